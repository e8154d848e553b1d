"""Whose charge it is: what an administrator may onboard, from the postings they hold at that moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from districts.actors import Actor, Kind, Sight
from districts.models import Officer, Posting, Role, State, Unit, UnitKind
from districts.refusals import NotYourDesk

#: Plants seed files. It acts for whoever may sign in to the machine itself.
SEED = Actor(kind=Kind.CLOCK, label="clock:seed", name="seed", sight=Sight.GROUND)


@dataclass(frozen=True, slots=True)
class Desk:
    """What somebody may onboard: whole states, or single units with their contacts and officers."""

    everything: bool = False
    states: frozenset[int] = frozenset()
    units: frozenset[int] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether there is anything they may onboard."""
        return self.everything or bool(self.states or self.units)

    def covers_state(self, state: State) -> bool:
        """Tell whether the whole state is in their charge."""
        return self.everything or state.pk in self.states

    def covers_unit(self, unit: Unit) -> bool:
        """Tell whether the contacts and postings of the unit are in their charge."""
        return self.everything or unit.state_id in self.states or unit.pk in self.units

    def covers_officer(self, officer: Officer, *, at: datetime) -> bool:
        """
        Tell whether the officer is in their charge.

        All that the officer serves at now must be; else the administrator of one unit could give a new password to
        somebody who is also posted in the state cell, and sign in as them.
        """
        if self.everything:
            return True
        postings = Posting.objects.filter(officer=officer).select_related("unit").order_by("valid_from")
        standing = [posting for posting in postings if posting.valid_to is None or posting.valid_to > at]
        return bool(postings) and all(self.covers_unit(posting.unit) for posting in standing or list(postings)[-1:])

    def over_states(self, path: str = "") -> Q:
        """Return the condition that a row, at the end of ``path``, belongs to a state in their charge."""
        return Q() if self.everything else Q(**{f"{path}__in" if path else "pk__in": self.states})

    def over_units(self, path: str = "") -> Q:
        """Return the condition that a unit, at the end of ``path``, is in their charge."""
        if self.everything:
            return Q()
        prefix = f"{path}__" if path else ""
        return Q(**{f"{prefix}state__in": self.states}) | Q(**{f"{prefix}pk__in": self.units})


def desk_of(by: Actor) -> Desk:
    """Return what the actor may onboard, by the postings they came with."""
    if by.kind == Kind.CLOCK:
        return Desk(everything=True)
    posted = [unit_id for unit_id, role in by.duties if role == Role.ADMINISTRATOR]
    if not posted:
        return Desk()
    units = list(Unit.objects.filter(pk__in=posted))
    return Desk(
        states=frozenset(unit.state_id for unit in units if unit.kind == UnitKind.STATE_CELL),
        units=frozenset(unit.pk for unit in units if unit.kind != UnitKind.STATE_CELL),
    )


def check_everything(by: Actor, *, subject: object) -> None:
    """
    Let only the machine's own hands through: a state is added by its seed file.

    :raises NotYourDesk: if it is anybody else
    """
    if not desk_of(by).everything:
        raise NotYourDesk(subject=subject)


def check_state(by: Actor, state: State, *, subject: object) -> None:
    """
    Let through who administers the whole state.

    :raises NotYourDesk: if they do not
    """
    if not desk_of(by).covers_state(state):
        raise NotYourDesk(subject=subject)


def check_unit(by: Actor, unit: Unit, *, subject: object) -> None:
    """
    Let through who administers the state or that one unit.

    :raises NotYourDesk: if they do not
    """
    if not desk_of(by).covers_unit(unit):
        raise NotYourDesk(subject=subject)


def check_officer(by: Actor, officer: Officer, *, at: datetime) -> None:
    """
    Let through who administers all that the officer serves at.

    :raises NotYourDesk: if they do not
    """
    if not desk_of(by).covers_officer(officer, at=at):
        raise NotYourDesk(subject=officer)
