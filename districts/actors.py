"""Actors: who does something, and how far they see while they do it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from districts.models import Contact, Officer, Partner, Posting, Role, Unit
from districts.models.officer import CELL_ROLES, UNIT_ROLES

#: As long as the histories keep it.
LABEL_MAX = 80


class Kind(StrEnum):
    """What sort of actor it is."""

    OFFICER = "officer"
    PARTNER = "partner"
    POST = "post"
    CLOCK = "clock"


class Sight(StrEnum):
    """The database role that bounds what an actor sees; the empty one sees no case at all."""

    GROUND = ""
    UNIT = "portal_unit"
    CELL = "portal_cell"
    PARTNER = "portal_partner"
    ENGINE = "portal_engine"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts. Rules take it as ``by``; the database is told of it by ``reach``."""

    kind: Kind
    label: str
    name: str
    sight: Sight
    state_id: int | None = None
    duties: frozenset[tuple[int, str]] = frozenset()
    unit_ids: tuple[int, ...] = ()
    group_ids: tuple[int, ...] = ()
    officer_id: int | None = None
    partner_id: int | None = None
    roles: frozenset[str] = frozenset()

    @property
    def in_state_cell(self) -> bool:
        """Whether they work at the central desk."""
        return self.sight == Sight.CELL

    @property
    def is_administrator(self) -> bool:
        """Whether they may onboard; it gives no sight of any case."""
        return Role.ADMINISTRATOR in self.roles

    @property
    def supervises(self) -> bool:
        """Whether they watch over units without working in one."""
        return self.sight == Sight.UNIT and not (self.roles & UNIT_ROLES)

    def works_at(self, unit_id: int) -> bool:
        """Tell whether they are posted there in a role that acts on cases."""
        return any((unit_id, role) in self.duties for role in UNIT_ROLES)


CLOCK = Actor(kind=Kind.CLOCK, label="clock", name="clock", sight=Sight.ENGINE)


def officer_actor(officer: Officer, *, at: datetime) -> Actor:
    """Return the officer with the sight that their postings of this moment give."""
    postings = list(Posting.objects.valid(at).filter(officer=officer).select_related("unit"))
    roles = frozenset(posting.role for posting in postings)
    own = [p.unit for p in postings if p.role in UNIT_ROLES]
    watched = [p.unit for p in postings if p.role == Role.SUPERVISOR]
    sight, seen = Sight.GROUND, list[Unit]()
    if roles & CELL_ROLES:
        sight, seen = Sight.CELL, [p.unit for p in postings if p.role in CELL_ROLES]
    elif own or watched:
        sight, seen = Sight.UNIT, list((_with_units_below(watched, at=at) | {unit.pk: unit for unit in own}).values())
    states = {posting.unit.state_id for posting in postings}
    return Actor(
        kind=Kind.OFFICER,
        label=f"officer:{officer.username}",
        name=officer.name,
        sight=sight,
        # Somebody posted in two states acts in the one of the desk they sit at; the seed and the admin allow one.
        state_id=seen[0].state_id if seen else next(iter(states), None),
        duties=frozenset((posting.unit_id, posting.role) for posting in postings),
        unit_ids=tuple(sorted(unit.pk for unit in seen)),
        group_ids=tuple(sorted(unit.group_id for unit in seen)),
        officer_id=officer.pk,
        roles=roles,
    )


def partner_actor(partner: Partner, *, sight: Sight = Sight.PARTNER) -> Actor:
    """Return the partner, seeing its own alerts only; intake acts in its name with the engine's sight."""
    return Actor(
        kind=Kind.PARTNER,
        label=f"partner:{partner.code}",
        name=partner.name,
        sight=sight,
        state_id=partner.state_id,
        partner_id=partner.pk,
    )


def post_actor(post: Contact) -> Actor:
    """Return a post that answers by its own telephone: it may do what the desk of its unit may, and is no person."""
    unit = post.unit
    return Actor(
        kind=Kind.POST,
        label=f"post:{post}"[:LABEL_MAX],
        name=str(post),
        sight=Sight.UNIT,
        state_id=unit.state_id,
        duties=frozenset({(unit.pk, str(Role.DISTRICT_DESK))}),
        unit_ids=(unit.pk,),
        group_ids=(unit.group_id,),
    )


def _with_units_below(units: list[Unit], *, at: datetime) -> dict[int, Unit]:
    """Return the units and everything below them, by key."""
    found = {unit.pk: unit for unit in units}
    level = list(units)
    while level:
        below = Unit.objects.valid(at).filter(parent__in=level).exclude(pk__in=found)
        level = list(below)
        found |= {unit.pk: unit for unit in level}
    return found
