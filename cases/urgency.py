"""Urgency: raised or lowered by a human with a reason; a machine may raise it and never lowers it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cases import history, transitions
from cases.models import Case
from cases.refusals import ReasonNeeded
from cases.states import Verb
from districts.actors import Actor


@transaction.atomic
def change_urgency(case: Case, *, urgency: str, reason: str, by: Actor, at: datetime) -> Case:
    """
    Set the urgency. What is running keeps the times it was started with; what starts later has the new ones.

    :raises ReasonNeeded: if no reason is given
    :raises AlreadyClaimed: if somebody else holds the case
    """
    if not reason.strip():
        raise ReasonNeeded(reference=case.reference)
    case = transitions.locked(case, Verb.URGENCY, by=by)
    before = case.urgency
    claim = transitions.hold(case, by=by, at=at) if case.claimed_by_id else {}
    case = transitions.land(case, at=at, urgency=urgency, **claim)
    facts = {"from": before, "to": urgency, "reason": reason}
    history.record(case, "urgency_changed", by=by, at=at, facts=facts)
    return case


def one_step_up(urgency: str) -> str:
    """Return the next more urgent level; P0 stays P0."""
    return f"P{max(0, int(urgency[1]) - 1)}"
