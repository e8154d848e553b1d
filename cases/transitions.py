"""Transitions: the one place that locks a case, checks a move against the table of life, and writes a state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from cases import access, telling
from cases.models import Case, Forwarding, Pause, date_version
from cases.refusals import AlreadyClaimed, NotWithUnit, NotYours, WrongMoment
from cases.states import MOVES, OPEN_LEGS, ORDER, PROGRESS, Leg, Status, Verb, Who
from districts.actors import Actor, Sight
from districts.models import Unit, UnitKind
from districts.reach import reach_of

# A claim lasts while its holder works; two minutes after the last act somebody else may take the case without asking.
CLAIM_LASTS = timedelta(minutes=2)
# The first time a case gets there is what the clock of the case shows.
FIRST_TIMES = {
    Leg.FORWARDED: "forwarded_at",
    Leg.ACKNOWLEDGED: "acknowledged_at",
    Leg.TEAM_MOVING: "moving_at",
    Leg.CONTACT_MADE: "contact_at",
    Leg.REPORTED: "reported_at",
}


def locked(case: Case, verb: Verb, *, by: Actor) -> Case:
    """
    Lock the case through the actor's own sight and check the move.

    :raises NotYours: if the verb belongs to the other side of the house
    :raises WrongMoment: if the case does not stand where the verb needs it
    """
    move = MOVES[verb]
    if move.who != Who.BOTH and (move.who == Who.CELL) != by.in_state_cell:
        raise NotYours(reference=case.reference, verb=verb, who=_who(move.who))
    # no_key: the sweep's new rows refer to the case, and must not wait for us while we wait for its deadline.
    found = (
        Case.objects.select_for_update(of=("self",), no_key=True)
        .select_related("state", "claimed_by")
        .filter(pk=case.pk)
        .first()
    )
    if found is None:
        raise NotWithUnit(reference=case.reference, unit=by.name)
    if found.status not in move.allowed:
        raise WrongMoment(
            reference=found.reference, status=_label(found.status), verb=verb, allowed=_labels(Status, move.allowed)
        )
    return found


def locked_leg(case: Case, verb: Verb, *, by: Actor, unit: Unit | None = None) -> Forwarding:
    """
    Lock the open forwarding the verb is about: of the unit named, or of the unit the actor is posted at.

    :raises NotYours: if the actor watches over the unit and does not work in it
    :raises NotWithUnit: if the unit has no open forwarding of the case
    :raises WrongMoment: if the forwarding does not stand where the verb needs it
    """
    legs = Forwarding.objects.filter(case=case, ended_at=None).order_by("forwarded_at")
    legs = legs.filter(unit=unit) if unit else legs.filter(unit_id__in=by.unit_ids)
    found = list(legs.select_for_update(of=("self",), no_key=True).select_related("unit__group"))
    if not found:
        raise NotWithUnit(reference=case.reference, unit=unit or by.name)
    mine = found if unit else [leg for leg in found if by.works_at(leg.unit_id) and access.may_work(case, leg.unit)]
    if not mine:
        raise NotYours(reference=case.reference, verb=verb, who=found[0].unit)
    allowed = MOVES[verb].legs
    ready = [leg for leg in mine if leg.status in allowed]
    if not ready:
        raise WrongMoment(
            reference=case.reference, status=_leg_label(mine[0].status), verb=verb, allowed=_labels(Leg, allowed)
        )
    return ready[0]


@contextmanager
def handing_over(by: Actor) -> Iterator[None]:
    """
    See the whole case for as long as it takes to write down what follows from an act of a unit.

    A unit may read its own part of a case and change nothing by itself: what follows from its act touches the case,
    deadlines and messages of posts above it, and a return carries the row out of its own sight. Only the rules of
    this floor open one, after their own checks through the unit's sight; the act stays in the officer's name.
    """
    if by.sight != Sight.UNIT:
        yield
        return
    with reach_of(replace(by, sight=Sight.ENGINE)):
        yield


def turn(leg: Forwarding, to: Leg, *, at: datetime, **changes: Any) -> Forwarding:
    """Write the new state of a forwarding, with what came with it."""
    leg.status = to
    leg.last_activity_at = at
    changes |= {FIRST_TIMES[to]: at} if to in FIRST_TIMES and getattr(leg, FIRST_TIMES[to]) is None else {}
    changes |= {} if to in OPEN_LEGS else {"ended_at": at}
    for name, value in changes.items():
        setattr(leg, name, value)
    date_version(leg, at)
    leg.save(update_fields=["status", "last_activity_at", *changes])
    return leg


def land(case: Case, *, at: datetime, reached: Leg | None = None, **changes: Any) -> Case:
    """Derive the state of the case from its forwardings and write it, once, with everything else that changes."""
    before = case.status
    for name, value in changes.items():
        setattr(case, name, value)
    fields = {"status", "last_activity_at", *changes}
    first = FIRST_TIMES.get(reached) if reached else None
    if first and getattr(case, first) is None:
        setattr(case, first, at)
        fields.add(first)
    case.status = status_of(case, Forwarding.objects.filter(case=case, ended_at=None))
    case.last_activity_at = at
    date_version(case, at)
    case.save(update_fields=sorted(fields))
    if case.status != before:
        telling.changed(case, at=at)
    return case


def status_of(case: Case, open_legs: Iterable[Forwarding]) -> Status:
    """Return where a case stands: as far along as the furthest of its open forwardings."""
    if case.closed_at is not None:
        return Status.CLOSED
    progress = [_progress(leg) for leg in open_legs]
    if progress:
        return max(progress, key=ORDER.index)
    return Status.IN_TRIAGE if case.claimed_by_id else Status.RECEIVED


def hold(case: Case, *, by: Actor, at: datetime) -> dict[str, Any]:
    """
    Return what makes the actor the holder of the case for the next two minutes.

    :raises AlreadyClaimed: if somebody else holds it and has been at work within two minutes
    """
    if is_held_by_another(case, by=by, at=at):
        raise AlreadyClaimed(reference=case.reference, holder=case.claimed_by)
    return {"claimed_by_id": by.officer_id, "claimed_until": at + CLAIM_LASTS}


def is_held_by_another(case: Case, *, by: Actor, at: datetime) -> bool:
    """Tell whether somebody other than the actor is at work on the case."""
    return is_held(case, at=at) and case.claimed_by_id != by.officer_id


def is_held(case: Case, *, at: datetime) -> bool:
    """Tell whether somebody is at work on the case."""
    return case.claimed_until is not None and case.claimed_until > at


def cell_of(case: Case, *, at: datetime) -> Unit:
    """Return the state cell whose promise it is to claim and to forward."""
    return Unit.objects.valid(at).get(state_id=case.state_id, kind=UnitKind.STATE_CELL)


def verbs_for(case: Case, *, by: Actor) -> list[str]:
    """Return what the actor may do to the case as it stands; the rules decide again when it is done."""
    legs = Forwarding.objects.filter(case=case, ended_at=None)
    here = {verb: move for verb, move in MOVES.items() if case.status in move.allowed}
    if by.in_state_cell:
        open_legs = {str(leg.status) for leg in legs}
        if not Pause.objects.filter(case=case, ended_at=None).exists():
            here.pop(Verb.RESUME, None)
        return [
            str(verb)
            for verb, move in here.items()
            if move.who != Who.UNIT and (not move.legs or move.own_too or open_legs & move.legs)
        ]
    own = [leg for leg in legs.filter(unit_id__in=by.unit_ids) if by.works_at(leg.unit_id)]
    mine = {str(leg.status) for leg in own}
    nameless = any(is_nameless(leg) for leg in own)
    return [
        str(verb)
        for verb, move in here.items()
        if move.who != Who.CELL and (not move.legs or mine & move.legs) and (verb != Verb.NAME_OFFICER or nameless)
    ]


def is_nameless(leg: Forwarding) -> bool:
    """Tell whether a post has answered for the unit and nobody has said yet who is in charge."""
    return leg.post_id is not None and not leg.officer_name


def _progress(leg: Forwarding) -> Status:
    """Return how far a leg is. Who reports without having reached anybody has come no further by it."""
    if leg.status == Leg.REPORTED and leg.contact_at is None:
        return Status.TEAM_MOVING if leg.moving_at else Status.ACKNOWLEDGED
    return PROGRESS[leg.status]


def who_is_the_cell() -> str:
    """Return what the desk that may do everything is called in a sentence."""
    return str(_("the state cell"))


def _who(side: Who) -> str:
    return who_is_the_cell() if side == Who.CELL else str(_("the unit that has the case"))


def _label(status: str) -> str:
    return str(Status(status).label)


def _leg_label(status: str) -> str:
    return str(Leg(status).label)


def _labels(choices: type[Status | Leg], values: Iterable[str]) -> str:
    return ", ".join(str(choice.label) for choice in choices if choice in set(values))
