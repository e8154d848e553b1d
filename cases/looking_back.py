"""Looking back: a day, three days, a week and a month after somebody was reached, somebody asks how they are."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cases import access, deadlines, history, ladder, transitions
from cases.models import Case, Deadline, FollowUp
from cases.refusals import NothingToLookBackAt, NotYours
from cases.states import LOOKED_BACK_AT, Leg, Promise, Settled, Verb
from districts.actors import Actor
from districts.models import Unit
from notifications import outbox

NUMBERS = (1, 2, 3, 4)


def promise(case: Case, *, by: Actor, at: datetime) -> None:
    """Start the looks back of a case that has just ended with somebody reached; a practice case has none."""
    if case.outcome not in LOOKED_BACK_AT or case.practice:
        return
    unit = responsible(case, at=at)
    for number in NUMBERS:
        deadlines.start(case, Promise.FOLLOW_UP, unit=unit, number=number, by=by, at=at)


def forget(case: Case, *, at: datetime) -> None:
    """Lift the looks back of a case that is opened again: when it ends they begin anew."""
    for number in NUMBERS:
        deadlines.settle_one(case, Promise.FOLLOW_UP, number, Settled.LIFTED, at=at)


def responsible(case: Case, *, at: datetime) -> Unit:
    """Return who looks back: the unit that made contact last, else the state cell."""
    legs = case.forwardings.filter(status=Leg.CLOSED).exclude(contact_at=None)
    leg = legs.select_related("unit").order_by("-contact_at").first()
    return leg.unit if leg else transitions.cell_of(case, at=at)


@transaction.atomic
def look_back(case: Case, *, result: str, by: Actor, at: datetime, note: str = "") -> FollowUp:
    """
    Write down how the person is. It keeps the earliest look back that is owed.

    Whoever was not reached is owed the next one all the same; danger is told to the desk of the cell at once.

    :raises NothingToLookBackAt: if none is owed
    :raises NotYours: if another unit owes it
    :raises WrongMoment: if the case is open
    """
    case = transitions.locked(case, Verb.FOLLOW_UP, by=by)
    # Only of the last end: what was owed for an earlier one was lifted when the case was opened again.
    ended_at = case.closed_at or at
    made = FollowUp.objects.filter(case=case, at__gte=ended_at).values("number")
    owed = Deadline.objects.filter(case=case, kind=Promise.FOLLOW_UP, level=0, started_at=ended_at)
    owed = owed.exclude(settled_as__in=[Settled.LIFTED, Settled.MET]).exclude(number__in=made)
    first = owed.select_related("unit").order_by("number").first()
    if first is None:
        raise NothingToLookBackAt(reference=case.reference)
    if not by.in_state_cell and not by.works_at(first.unit_id):
        raise NotYours(reference=case.reference, verb=Verb.FOLLOW_UP, who=first.unit)
    own = access.own_unit(case, by)
    with transitions.handing_over(by):
        found = FollowUp.objects.create(
            case=case, unit=own, number=first.number, result=result, note=note, at=at, by=by.label
        )
        deadlines.settle_one(case, Promise.FOLLOW_UP, first.number, Settled.MET, at=at)
        transitions.land(case, at=at)
        facts = {"number": first.number, "result": result}
        history.record(case, "looked_back", by=by, at=at, facts=facts, unit=own)
        if result == FollowUp.Result.DANGER:
            _alarm(case, found, at=at)
    return found


def _alarm(case: Case, found: FollowUp, *, at: datetime) -> None:
    """Ring the desk: it opens the case again, one step more urgent."""
    cell = transitions.cell_of(case, at=at)
    outbox.owe(
        topic="case_raised",
        to=ladder.first_rung(cell, at=at),
        about=case.reference,
        about_id=case.pk,
        group=f"looked-back:{case.pk}",
        once=f"looked-back:{found.pk}",
        at=at,
        practice=case.practice,
        facts=ladder.message_facts(case, cell),
    )
