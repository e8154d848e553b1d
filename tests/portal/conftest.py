"""Two states planted from seed files, their officers signed in, and alerts on people who do not exist."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from cases.intake import Arrival, Pointer, receive
from cases.models import Case
from districts import seeding
from districts.actors import Sight, partner_actor
from districts.models import Officer, Partner
from districts.onboarding import SEED
from districts.reach import reach_of
from tests.database import ground
from tests.servers import SUPERUSER

PASSWORD = "a long enough word 7"
SERIAL = count(1)
PHONE = "+915550001234"
LADDER = [
    {"after_s": 0, "rung": 1, "channels": ["sms", "voice"]},
    {"after_s": 180, "rung": 3, "channels": ["sms"]},
    {"after_s": 600, "rung": 4, "channels": ["sms"]},
]


def unit(code: str, kind: str, parent: str | None, rungs: dict[int, str]) -> dict[str, Any]:
    number = int(hashlib.sha256(code.encode()).hexdigest()[:6], 16) % 9000
    contacts = [{"post": post, "rung": rung, "phone": f"+91555{number:04d}{rung:03d}"} for rung, post in rungs.items()]
    words = {"code": code, "kind": kind, "name_en": code.title(), "name_hi": f"{code} इकाई", "contacts": contacts}
    return words | ({"parent": parent} if parent else {})


def officer(username: str, unit_code: str | None, role: str, language: str = "en") -> dict[str, Any]:
    postings = [{"unit": unit_code, "role": role}] if unit_code else []
    named = {"username": username, "password": PASSWORD, "name": f"Officer {username}", "language": language}
    return named | {"postings": postings}


def seed_of(code: str, units: list[dict[str, Any]], officers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "state": {"code": code, "name_en": code, "name_hi": code, "languages": ["hi", "en"]},
        "units": [unit(f"{code}-CELL", "state_cell", None, {1: "desk", 3: "incharge"}), *units],
        "officers": officers,
        "partners": [{"code": "meta", "name": "Meta", "key": f"key-of-{code.lower()}-meta-000000"}],
        "policies": [{"name": "default", "urgency": "P1", "ladder": LADDER}],
    }


RAJASTHAN = seed_of(
    "RJ",
    [
        unit("RJ-RANGE", "range", "RJ-CELL", {4: "IG"}),
        unit("RJ-NORTH", "district", "RJ-RANGE", {1: "control_room", 3: "SP"}),
        unit("RJ-SOUTH", "district", "RJ-RANGE", {1: "control_room", 3: "SP"}),
        unit("RJ-EAST", "district", "RJ-CELL", {1: "control_room"}),
    ],
    [
        officer("op1", "RJ-CELL", "operator"),
        officer("op2", "RJ-CELL", "operator"),
        officer("north", "RJ-NORTH", "district_desk"),
        officer("south", "RJ-SOUTH", "district_desk", "hi"),
        officer("east", "RJ-EAST", "district_desk"),
        officer("dig", "RJ-RANGE", "supervisor"),
        officer("reviewer", "RJ-CELL", "reviewer"),
        officer("auditor", "RJ-CELL", "auditor"),
        officer("admin", "RJ-CELL", "administrator"),
        officer("nobody", None, ""),
    ],
)
UTTAR_PRADESH = seed_of(
    "UP",
    [unit("UP-AGRA", "district", "UP-CELL", {1: "control_room"})],
    [officer("up-op1", "UP-CELL", "operator"), officer("agra", "UP-AGRA", "district_desk")],
)
#: Everybody who has no business with a case of Rajasthan that was sent to the north.
STRANGERS = ("south", "east", "reviewer", "auditor", "admin", "nobody", "up-op1", "agra")


CHEAP = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def plant() -> None:
    for document in (RAJASTHAN, UTTAR_PRADESH):
        with reach_of(SEED), override_settings(PASSWORD_HASHERS=CHEAP):
            seeding.plant(document, at=timezone.now())


@ground
def plant_two_states() -> None:
    plant()


@pytest.fixture(autouse=True)
def cheap_passwords(settings: Any) -> None:
    """Make passwords cheap to check; what they cost is the product's business."""
    settings.PASSWORD_HASHERS = CHEAP


@pytest.fixture
def two_states(db: None) -> None:
    """What stands before a test begins."""


@pytest.fixture
def land(two_states: None) -> None:
    """Rajasthan with a range over the north and the south; Uttar Pradesh as the stranger."""


@pytest.fixture
def desk(land: None) -> Callable[[str], Client]:
    """Somebody's browser, signed in."""

    def desk(username: str) -> Client:
        client = Client()
        client.force_login(Officer.objects.get(username=username))
        return client

    return desk


Post = Callable[..., Case]


def arrive(state: str = "RJ", **changes: Any) -> Case:
    """Let an alert come in on somebody nobody has heard of."""
    partner = Partner.objects.select_related("state").get(state__code=state, code="meta")
    number = next(SERIAL)
    facts: dict[str, Any] = {
        "door": "api",
        "state": partner.state,
        "partner": partner,
        "platform": "instagram",
        "partner_reference": f"MSI-{number}",
        "sha256": hashlib.sha256(str(number).encode()).hexdigest(),
        "size": 10,
        "name": "Aarav Kalpanik",
        "pointers": (
            Pointer("handle", f"aarav.{number}", "instagram"),
            Pointer("account", f"1784{number}", "instagram"),
            Pointer("phone", PHONE, verified=True),
        ),
        "parsed": {
            "platform": "instagram",
            "partner_reference": f"MSI-{number}",
            "handle": f"aarav.{number}",
            "platform_user_id": f"1784{number}",
            "display_name": "Aarav Kalpanik",
            "phones": [PHONE],
            "emails": ["aarav@mail.example"],
            "ip_events": [{"ip": "203.0.113.45"}],
            "content_text": f"Aarav here, call {PHONE} or @aarav.{number}; I am at the lake",
            "posted_at": None,
            "urls": ["https://social.example/p/1"],
        },
        "body": {"locations": [{"source": "text", "text": "Old lake", "pin": "333001", "city": "Jhunjhunu"}]},
    }
    by = partner_actor(partner, sight=Sight.ENGINE)
    with reach_of(by):
        return receive(Arrival(**(facts | changes)), by=by, at=timezone.now()).case


@pytest.fixture
def post(land: None) -> Post:
    return arrive


JSON = {"Accept": "application/json"}


def signed_in(username: str) -> Client:
    """Somebody's browser, signed in; what fails on our side comes back as an answer."""
    client = Client(raise_request_exception=False)
    client.force_login(Officer.objects.get(username=username))
    return client


def do(client: Client, case: Case, verb: str, **fields: Any) -> Any:
    """Do something to a case as a script does."""
    return client.post(f"/cases/{case.reference}/{verb}", fields, headers=JSON)


def read(client: Client, case: Case) -> dict[str, Any]:
    """Read a case as a script does."""
    answer = client.get(f"/cases/{case.reference}", headers=JSON)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


@pytest.fixture
def committed(transactional_db: None) -> Post:
    """Let an alert come in and be sent to the north, for all connections to see."""
    plant()

    def committed(**changes: Any) -> Case:
        case = arrive(**changes)
        op1 = Client()
        op1.force_login(Officer.objects.get(username="op1"))
        assert do(op1, case, "claim").status_code == 200
        assert do(op1, case, "forward", unit="RJ-NORTH", role="lead").status_code == 200
        return case

    return committed


@pytest.fixture
def superuser() -> Iterator[psycopg.Connection]:
    """Somebody with all the rights there are, on the test database."""
    with psycopg.connect(os.environ[SUPERUSER], dbname=connection.settings_dict["NAME"], autocommit=True) as server:
        yield server


@pytest.fixture
def forwarded(post: Post, desk: Callable[[str], Client]) -> Case:
    """A case that the cell has claimed and sent to the north."""
    case = post()
    op1 = desk("op1")
    assert do(op1, case, "claim").status_code == 200
    assert do(op1, case, "forward", unit="RJ-NORTH", role="lead").status_code == 200
    return case
