"""A state cell with a telephone, three partners that are strangers to one another, and a report to send."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from cases.models import Alert, Case, Deadline
from districts.actors import CLOCK
from districts.models import Contact, Partner, PartnerKey, Policy, State, Unit
from districts.reach import reach_of
from portal.api.v1 import telephone

ALERTS = "/api/v1/alerts"
CELL_TELEPHONE = "+915550000901"
SERIAL = count(7_700_001)


@dataclass
class Caller:
    """A partner's machine."""

    key: str
    partner: Partner
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))
    serial: Any = field(default_factory=lambda: count(1))

    def send(self, body: Any, key: str | None = None, **headers: str) -> Any:
        """Send an alert; bytes go as they are, and without a key of its own it gets a new one."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        known = {"Idempotency-Key": key or f"key-{next(self.serial)}", "Content-Type": "application/json"}
        sent = {**known, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.ask("post", ALERTS, data=raw, content_type=sent.pop("Content-Type"), headers=sent)

    def get(self, address: str, **query: str) -> Any:
        return self.ask("get", address, query_params=query)

    def ask(self, method: str, address: str, headers: dict[str, str] | None = None, **rest: Any) -> Any:
        given = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return getattr(self.client, method)(address, headers={**given, **(headers or {})}, **rest)


def report(**changes: Any) -> dict[str, Any]:
    """Return a whole alert about somebody who does not exist, with members put in or, by None, taken out."""
    number = next(SERIAL)
    now = timezone.now()
    body = {
        "partner_reference": f"MSI-{number}",
        "platform": "instagram",
        "sent_at": now.isoformat(),
        "urgency": {"level": "high", "reason": "farewell"},
        "content": {
            "posted_at": (now - timedelta(minutes=4)).isoformat(),
            "text": "अब और नहीं होता। सबको अलविदा।",
            "language": "hi",
            "urls": [f"https://www.instagram.com/p/K{number}/"],
            "live": False,
        },
        "subject": {
            "platform_user_id": f"1784{number}",
            "handle": f"@aarav.{number}",
            "display_names": ["Aarav Kalpanik"],
            "profile_urls": [f"https://www.instagram.com/aarav.{number}/"],
            "phones": [{"number": "055500 01234", "verified": True}],
            "emails": [{"address": f"aarav.{number}@post.example", "verified": True}],
        },
        "ip_events": [{"ip": "203.0.113.45", "port": 51514, "at": now.isoformat(), "event": "post"}],
        "locations": [{"source": "profile", "city": "Kota", "pin": "324005"}],
    }
    body |= changes
    return {name: value for name, value in body.items() if value is not None}


def without(body: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the body without one member."""
    smaller = copy.deepcopy(body)
    *above, last = path.split(".")
    inner = smaller
    for name in above:
        inner = inner[name]
    del inner[last]
    return smaller


def make_partner(state: State, code: str, **facts: Any) -> Caller:
    partner = Partner.objects.create(state=state, code=code, name=code.title(), **facts)
    key = f"key-of-{state.code}-{code}"
    give(partner, key)
    return Caller(key, partner)


def give(partner: Partner, key: str, slot: int = 1) -> PartnerKey:
    return PartnerKey.objects.create(
        partner=partner,
        slot=slot,
        prefix=key[:8],
        sha256=hashlib.sha256(key.encode()).hexdigest(),
        issued_at=timezone.now(),
    )


@pytest.fixture
def rajasthan(transactional_db: None) -> State:
    state = State.objects.create(code="RJ", name_en="Rajasthan", name_hi="राजस्थान", languages=["hi", "en"])
    cell = Unit.objects.create(
        state=state,
        code="RJ-CELL",
        kind="state_cell",
        name_en="State Cell, Kota",
        name_hi="राज्य प्रकोष्ठ, कोटा",
        group=Group.objects.create(name="RJ-CELL"),
    )
    Contact.objects.create(unit=cell, post="in_charge", rung=2, phone="+915550000902")
    Contact.objects.create(unit=cell, post="shift_desk", rung=1, phone=CELL_TELEPHONE)
    Policy.objects.create(state=state, name="default", urgency="P1", ladder=[])
    return state


@pytest.fixture
def meta(rajasthan: State) -> Caller:
    return make_partner(rajasthan, "meta")


@pytest.fixture
def stranger(rajasthan: State) -> Caller:
    """Another partner of the same state: the one that must never see anything."""
    return make_partner(rajasthan, "x")


@pytest.fixture
def rehearsal(rajasthan: State) -> Caller:
    return make_partner(rajasthan, "practice", practice=True)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    telephone.forget()
    yield
    telephone.forget()


def rows() -> tuple[int, int, int]:
    """Return how many alerts, cases and deadlines there are."""
    with reach_of(CLOCK):
        return Alert.objects.count(), Case.objects.count(), Deadline.objects.count()


def kept(answer: Any) -> Alert:
    """Return the alert that an answer tells of, as the database has it."""
    with reach_of(CLOCK):
        return Alert.objects.select_related("partner").get(pk=json.loads(answer.content)["id"])


def case_of(alert: Alert) -> Case:
    with reach_of(CLOCK):
        return Case.objects.get(links__alert=alert, links__ended_at=None)
