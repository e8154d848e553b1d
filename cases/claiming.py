"""Claiming: an operator takes a case, keeps it while at work on it, and gives it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cases import deadlines, history, transitions
from cases.models import Case, Forwarding
from cases.refusals import AlreadyClaimed, NotYours
from cases.states import MOVES, Promise, Verb
from districts.actors import Actor


@transaction.atomic
def claim(case: Case, *, by: Actor, at: datetime, reason: str = "") -> Case:
    """
    Take a case. Whoever is first has it; a second operator needs a reason to take it over.

    :raises AlreadyClaimed: if somebody else is at work on it and no reason is given
    :raises WrongMoment: if the case is closed
    """
    case = transitions.locked(case, Verb.CLAIM, by=by)
    held = transitions.is_held_by_another(case, by=by, at=at)
    if held and not reason:
        raise AlreadyClaimed(reference=case.reference, holder=case.claimed_by)
    again, before = case.claimed_by_id == by.officer_id, case.claimed_by
    case = transitions.land(
        case,
        at=at,
        claimed_by_id=by.officer_id,
        claimed_until=at + transitions.CLAIM_LASTS,
        claimed_at=case.claimed_at or at,
    )
    deadlines.keep(case, MOVES[Verb.CLAIM].meets, at=at)
    # Not "was never forwarded": after a return and a release nobody has it either, and nobody would be waited for.
    # Whoever takes it anew has the whole time again. Claiming one's own case once more makes nothing less late.
    begins = not again or not deadlines.was_missed(case, Promise.FORWARD)
    if not with_a_unit(case) and begins and not deadlines.is_open(case, Promise.FORWARD):
        deadlines.start(case, Promise.FORWARD, unit=transitions.cell_of(case, at=at), by=by, at=at)
    if not again:
        facts = {"from": before.name, "reason": reason} if held and before else {}
        history.record(case, "claimed", by=by, at=at, facts=facts)
    return case


def with_a_unit(case: Case) -> bool:
    """Tell whether a unit has the case now."""
    return Forwarding.objects.filter(case=case, ended_at=None).exists()


@transaction.atomic
def release(case: Case, *, by: Actor, at: datetime) -> Case:
    """
    Give a case back to the queue; somebody has to claim it again within the promised time.

    :raises NotYours: if the actor does not hold it
    """
    case = transitions.locked(case, Verb.RELEASE, by=by)
    if case.claimed_by_id != by.officer_id:
        raise NotYours(reference=case.reference, verb=Verb.RELEASE, who=case.claimed_by or "nobody")
    case = transitions.land(case, at=at, claimed_by=None, claimed_until=None)
    if case.status in {"received", "in_triage"}:
        deadlines.lift(case, MOVES[Verb.RELEASE].lifts, at=at)
        deadlines.start(case, Promise.CLAIM, unit=transitions.cell_of(case, at=at), by=by, at=at)
    history.record(case, "released", by=by, at=at)
    return case
