"""Two states with a cell, units and officers on each side, planted through onboarding like everything else."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone, translation

from districts import onboarding, seeding
from districts.actors import Actor, officer_actor
from districts.models import Officer, State, Unit
from tests.database import ground

PASSWORD = "four words in a row"


def state_file(code: str) -> dict[str, Any]:
    """Return a small seed file of a state of that code, with officers named after it."""
    low = code.lower()

    def unit(name: str, kind: str, parent: str = "") -> dict[str, Any]:
        contacts = [{"post": "control_room", "rung": 1, "email": f"{low}.{name.lower()}@police.example"}]
        return {
            "code": f"{code}-{name}", "kind": kind, "name_en": f"{name.title()} of {code}", "name_hi": f"{code} {name}",
            "parent": f"{code}-{parent}" if parent else None, "contacts": contacts,
        }  # fmt: skip

    def officer(name: str, place: str, role: str) -> dict[str, Any]:
        return {
            "username": f"{low}.{name}", "password": PASSWORD, "name": f"{name} of {code}", "language": "en",
            "postings": [{"unit": f"{code}-{place}", "role": role}],
        }  # fmt: skip

    return {
        "state": {"code": code, "name_en": f"State {code}", "name_hi": f"राज्य {code}", "languages": ["hi", "en"]},
        "districts": [{"code": "1", "name_en": "Northern", "name_hi": "उत्तरी"}],
        "units": [
            unit("NORTH", "district", "RANGE"), unit("SOUTH", "district", "RANGE"), unit("RANGE", "range", "CELL"),
            unit("CELL", "state_cell"),
        ],
        "officers": [
            officer("op", "CELL", "operator"), officer("admin", "CELL", "administrator"),
            officer("desk", "NORTH", "district_desk"), officer("south", "SOUTH", "district_desk"),
            officer("local", "NORTH", "administrator"),
        ],
        "partners": [{"code": "meta", "name": "Meta", "key": f"key-of-meta-in-{low}-0001"}],
        "policies": [
            {"name": "default", "urgency": "P1", "ladder": [{"after_s": 0, "rung": 1, "channels": ["sms"]}]},
        ],
    }  # fmt: skip


CHEAP = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def quick_hashes(settings: Any) -> None:
    """Make passwords cheap to check: the product's hash costs a twentieth of a second on purpose."""
    settings.PASSWORD_HASHERS = CHEAP


#: Standard Webhooks: 24 bytes, none of them secret.
SECRET = "whsec_" + "A" * 32
LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=ZoneInfo("Asia/Kolkata"))


@pytest.fixture
def long_ago() -> datetime:
    return LONG_AGO


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@ground
def plant_home() -> None:
    _plant("AA")


@ground
def plant_abroad() -> None:
    _plant("BB")


def _plant(code: str) -> None:
    with override_settings(PASSWORD_HASHERS=CHEAP):
        seeding.plant(state_file(code), at=LONG_AGO)


@pytest.fixture
def home(db: None) -> State:
    return State.objects.get(code="AA")


@pytest.fixture
def abroad(db: None) -> State:
    return State.objects.get(code="BB")


def unit(code: str) -> Unit:
    return Unit.objects.get(code=code)


def actor(username: str, at: datetime) -> Actor:
    return officer_actor(Officer.objects.get(username=username), at=at)


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(Officer.objects.get(username=username), backend="portal.posting_backend.PostingBackend")
    return client


@pytest.fixture
def admin(home: State, request: pytest.FixtureRequest) -> Client:
    call = getattr(request.node, "callspec", None)
    if call is not None and call.params.get("section") == "counterpart":
        reach_other_portals()
    return signed_in("aa.admin")


def reach_other_portals() -> None:
    """Let each state there is reach one other state by API."""
    for state in State.objects.all():
        outside = onboarding.add_unit(
            state, code=f"{state.code}-OUT", kind="other_state", name_en="Outside", name_hi="बाहर",
            by=onboarding.SEED, at=LONG_AGO,
        )  # fmt: skip
        sent = {
            "address": "https://setu.outside.example",
            "key": f"key-of-{state.code}-there-000000",
            "signing_secret": SECRET,
        }
        onboarding.add_counterpart(outside, by=onboarding.SEED, at=LONG_AGO, **sent)


def page(section: str, act: str = "changelist", *args: object) -> str:
    return reverse(f"admin:districts_{section}_{act}", args=args)


def faults(answer: Any) -> str:
    """Return what the form of an answer says is wrong."""
    form = answer.context["adminform"].form
    # Read after the answer, so not in its language.
    with translation.override("en"):
        return " ".join([*form.non_field_errors(), *(str(fault) for fault in form.errors.values())])


def new_unit(**values: object) -> dict[str, object]:
    """Return what a form for a new unit sends."""
    state = unit("AA-CELL").state_id
    return {"state": state, "code": "AA-WEST", "kind": "district", "name_en": "West", "name_hi": "पश्चिम"} | values


#: The sections of the desk. Facts about places stand apart: a state has none of its own until it lays some down.
FACTS = ["place", "pinarea", "stdarea"]
ADDABLE = ["district", "unit", "contact", "officer", "posting", "partner", "policy", "counterpart"]
SECTIONS = [*ADDABLE, "state", "partnerkey", "registerentry"]
