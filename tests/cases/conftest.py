"""A small territory with a stranger in it: two states, two districts with a range above them, and a Monday night."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import connection

from cases import claiming, deadlines, forwarding
from cases.intake import Arrival, Pointer, receive
from cases.models import Case
from districts.actors import CLOCK, Actor, Sight, officer_actor, partner_actor
from districts.models import Contact, Officer, Partner, Policy, Posting, State, Unit
from districts.reach import reach_of
from tests.database import ground
from tests.servers import SUPERUSER

NUMBERS = count(100)
LADDER = [
    {"after_s": 0, "rung": 1, "channels": ["sms", "voice"]},
    {"after_s": 180, "rung": 2, "channels": ["sms", "voice"]},
    {"after_s": 300, "rung": 3, "channels": ["sms", "voice"]},
    {"after_s": 600, "rung": 4, "channels": ["sms"]},
]


MONDAY = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)


@pytest.fixture
def monday() -> datetime:
    return MONDAY


@dataclass
class Territory:
    """Everything that stands before the first alert."""

    units: dict[str, Unit] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        for shelf in vars(self).values():
            if name in shelf:
                return shelf[name]
        raise AttributeError(name)


def make_unit(state: State, code: str, kind: str, above: Unit | None, rungs: dict[int, str]) -> Unit:
    unit = Unit.objects.create(
        state=state,
        code=code,
        kind=kind,
        parent=above,
        name_en=code,
        name_hi=code,
        group=Group.objects.create(name=code),
    )
    for rung, post in rungs.items():
        Contact.objects.create(unit=unit, post=post, rung=rung, phone=f"+9155500{next(NUMBERS):05d}")
    return unit


def make_actor(unit: Unit, role: str, name: str, since: datetime) -> Actor:
    officer = Officer.objects.create(username=name, name=f"Officer {name}", password="!")
    Posting.objects.create(officer=officer, unit=unit, role=role, valid_from=since)
    return officer_actor(officer, at=since)


_drawn: list[bytes] = []


@ground
def plant_territory() -> None:
    """Plant it, and keep how it looked: every test gets objects of its own."""
    _drawn[:] = [pickle.dumps(_draw(MONDAY))]


def _draw(monday: datetime) -> Territory:
    here, since = Territory(), monday - timedelta(days=30)
    for code in ("RJ", "UP"):
        state = State.objects.create(code=code, name_en=code, name_hi=code, languages=["hi", "en"])
        cell = make_unit(state, f"{code}-CELL", "state_cell", None, {1: "desk", 3: "incharge"})
        here.units[f"{code.lower()}_cell"] = cell
        here.actors[f"{code.lower()}_op1"] = make_actor(cell, "operator", f"{code.lower()}-op1", since)
        Policy.objects.create(state=state, name="default", urgency="P1", ladder=LADDER)
        meta = Partner.objects.create(state=state, code="meta", name="Meta")
        here.partners[f"{code.lower()}_meta"] = meta
    rj = here.rj_cell
    here.actors["rj_op2"] = make_actor(rj, "operator", "rj-op2", since)
    here.units["range"] = make_unit(rj.state, "RJ-RANGE-JAIPUR", "range", rj, {4: "IG"})
    for name in ("jhunjhunu", "sikar"):
        unit = make_unit(rj.state, f"RJ-{name.upper()}", "district", here.range, {1: "control_room", 3: "SP"})
        here.units[name] = unit
        here.actors[f"{name}_desk"] = make_actor(unit, "district_desk", f"desk-{name}", since)
    here.actors["dig"] = make_actor(here.range, "supervisor", "dig", since)
    here.actors["admin"] = make_actor(rj, "administrator", "admin", since)
    agra = make_unit(here.up_cell.state, "UP-AGRA", "district", here.up_cell, {1: "control_room"})
    here.units["agra"] = agra
    here.actors["agra_desk"] = make_actor(agra, "district_desk", "desk-agra", since)
    return here


@pytest.fixture
def territory(db: None) -> Territory:
    """What stands before a test begins."""
    here: Territory = pickle.loads(_drawn[0])  # noqa: S301 - we wrote it ourselves
    return here


@pytest.fixture
def land(territory: Territory) -> Territory:
    """Rajasthan with a range over Jhunjhunu and Sikar; Uttar Pradesh as the stranger."""
    return territory


SERIAL = count(1)


def arrival(partner: Partner, **changes: Any) -> Arrival:
    """Return a report about a fictional person nobody has heard of."""
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
            Pointer("phone", "+915550001234"),
        ),
    }
    return Arrival(**(facts | changes))


@pytest.fixture
def post(land: Territory, monday: datetime) -> Callable[..., Case]:
    """Let an alert come in through the door."""

    def post(partner: Partner | None = None, at: datetime = monday, **changes: Any) -> Case:
        partner = partner or land.rj_meta
        by = partner_actor(partner, sight=Sight.ENGINE)
        with reach_of(by):
            return receive(arrival(partner, **changes), by=by, at=at).case

    return post


@pytest.fixture
def forwarded(land: Territory, monday: datetime, post: Callable[..., Case]) -> Case:
    """A case that the cell has claimed and sent to Jhunjhunu at half past ten."""
    case = post()
    with reach_of(land.rj_op1):
        claiming.claim(case, by=land.rj_op1, at=monday)
        forwarding.forward(case, to=land.jhunjhunu, part="lead", by=land.rj_op1, at=monday)
        case.refresh_from_db()
    return case


def ring(at: datetime) -> list[tuple[str, int]]:
    """Let the clock strike: miss whatever is due and return the kinds and levels, in order."""
    missed = []
    while True:
        with reach_of(CLOCK):
            deadline = deadlines.miss_next(at=at)
            if deadline is None:
                return missed
            missed.append((str(deadline.kind), deadline.level))


@contextmanager
def as_engine() -> Iterator[None]:
    """Look at everything, as no officer can."""
    with reach_of(CLOCK):
        yield


@pytest.fixture
def superuser() -> Iterator[psycopg.Connection]:
    """Somebody with all the rights there are, on the test database."""
    with psycopg.connect(os.environ[SUPERUSER], dbname=connection.settings_dict["NAME"]) as server:
        yield server
