"""Urgency: raised or lowered by a human with a reason; a machine may raise it and never lowers it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cases import deadlines, history, ladder, pauses, transitions
from cases.models import Case
from cases.refusals import ReasonNeeded
from cases.states import Verb
from districts.actors import Actor


@transaction.atomic
def change_urgency(case: Case, *, urgency: str, reason: str, by: Actor, at: datetime) -> Case:
    """
    Set the urgency. Raised, it shortens what runs and rings whoever has the case; lowered, what runs keeps its times.

    :raises ReasonNeeded: if no reason is given
    :raises AlreadyClaimed: if somebody else holds the case
    """
    if not reason.strip():
        raise ReasonNeeded(reference=case.reference)
    case = transitions.locked(case, Verb.URGENCY, by=by)
    before = case.urgency
    claim = transitions.hold(case, by=by, at=at) if case.claimed_by_id else {}
    case = transitions.land(case, at=at, urgency=urgency, **claim)
    shortened = hasten(case, before=before, at=at)
    facts = {"from": before, "to": urgency, "reason": reason, "shortened": shortened}
    history.record(case, "urgency_changed", by=by, at=at, facts=facts)
    if urgency < before:
        for leg in case.forwardings.filter(ended_at=None).select_related("unit"):
            once = f"urgency:{leg.pk}:{at.isoformat()}"
            ladder.tell_again(case, leg, topic="case_raised", to=ladder.first_rung(leg.unit, at=at), once=once, at=at)
    return case


def hasten(case: Case, *, before: str, at: datetime) -> list[str]:
    """
    Shorten what runs of a case that has just become more urgent, and return which promises; end what holds them.

    Every rule that raises a case calls it in the same transaction: a promise of twenty minutes is not kept for somebody
    who is live. Nothing is lengthened, and a case that is as urgent as before is left alone.
    """
    if case.urgency >= before:
        return []
    rouse(case, at=at)
    return deadlines.tighten(case, at=at)


def rouse(case: Case, *, at: datetime) -> None:
    """End every pause of a case: something has come in that whoever held it did not know."""
    for leg in (None, *case.forwardings.filter(ended_at=None)):
        held = deadlines.running(case, leg)
        if pause := pauses.running(case, leg):
            pauses.end_early(pause, held, at=at)


def one_step_up(urgency: str) -> str:
    """Return the next more urgent level; P0 stays P0."""
    return f"P{max(0, int(urgency[1]) - 1)}"
