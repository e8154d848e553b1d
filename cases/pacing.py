"""Pacing: hurry a ladder on, hold promises for some minutes, and let them go on."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from cases import deadlines, history, pauses, transitions
from cases.models import Case, Deadline, Forwarding, Pause
from cases.refusals import AlreadyPaused, InChargeNeeded, NothingRuns, NotPaused, PauseTooLong, ReasonNeeded
from cases.states import Verb
from districts.actors import Actor
from districts.models import Role, Unit
from districts.models.policy import Urgency

IN_CHARGE = frozenset({Role.SHIFT_INCHARGE, Role.NODAL_OFFICER})


@transaction.atomic
def escalate(case: Case, *, by: Actor, at: datetime, unit: Unit | None = None, reason: str = "") -> Deadline:
    """
    Take the next step of the running ladder now. It is not taken again when its time comes.

    The cell hurries any ladder of the case, a unit that needs help its own.

    :raises NothingRuns: if no ladder has a step left
    :raises NotYours: if the actor watches over the unit and does not work in it
    """
    case = transitions.locked(case, Verb.ESCALATE, by=by)
    unit_ids = None
    if unit is not None or not by.in_state_cell:
        unit_ids = [transitions.locked_leg(case, Verb.ESCALATE, by=by, unit=_named(unit, by)).unit_id]
    with transitions.handing_over(by):
        step = deadlines.next_step(case, by=by, at=at, unit_ids=unit_ids)
        if step is None:
            raise NothingRuns(reference=case.reference)
        facts = {"deadline": step.kind, "level": step.level, "rung": step.rung, "reason": reason}
        about = step.unit if step.forwarding_id else None
        history.record(case, "escalated", by=by, at=at, facts=facts, unit=about)
        deadlines.take(step, by=by, at=at)
    return step


@transaction.atomic
def pause(case: Case, *, minutes: int, reason: str, by: Actor, at: datetime, unit: Unit | None = None) -> Pause:
    """
    Hold what the cell owes for some minutes, or what one unit owes. It goes on by itself.

    What is held has as much time left afterwards as it has now. What an act starts meanwhile runs at once.

    :raises ReasonNeeded: if no reason is given
    :raises AlreadyClaimed: if another operator is at work on the case
    :raises NothingRuns: if nothing is running there
    :raises PauseTooLong: if the policy allows less
    :raises InChargeNeeded: if it is live or imminent, or was held before, and the actor is no shift in-charge
    """
    if not reason.strip():
        raise ReasonNeeded(reference=case.reference)
    case = transitions.locked(case, Verb.PAUSE, by=by)
    leg = transitions.locked_leg(case, Verb.PAUSE, by=by, unit=unit) if unit else None
    held = deadlines.running(case, leg)
    if not held:
        raise NothingRuns(reference=case.reference)
    if running := pauses.running(case, leg):
        raise AlreadyPaused(reference=case.reference, until=running.until.isoformat(timespec="seconds"))
    _check_may_hold(case, leg, held, by=by, at=at)
    most = deadlines.policy_for(held[0].unit, case.urgency).pause_max_s // 60
    if minutes > most:
        raise PauseTooLong(reference=case.reference, minutes=most)
    until = at + timedelta(minutes=minutes)
    begun = pauses.begin(Pause(case=case, forwarding=leg, since=at, until=until, reason=reason, by=by.label), held)
    kinds: list[str] = sorted({str(deadline.kind) for deadline in held})
    pauses.said(begun, "paused", by=by, at=at, facts={"minutes": minutes, "reason": reason, "deadlines": kinds})
    return begun


@transaction.atomic
def resume(case: Case, *, by: Actor, at: datetime, unit: Unit | None = None) -> Pause:
    """
    Let what is held go on before its time, each promise with what it had left.

    :raises NotPaused: if nothing is held there
    """
    case = transitions.locked(case, Verb.RESUME, by=by)
    leg = transitions.locked_leg(case, Verb.RESUME, by=by, unit=unit) if unit else None
    held = deadlines.running(case, leg)
    ended = pauses.running(case, leg)
    if ended is None:
        raise NotPaused(reference=case.reference)
    pauses.end_early(ended, held, at=at)
    pauses.said(ended, "resumed", by=by, at=at, facts={"deadlines": sorted({str(one.kind) for one in held})})
    return ended


def _named(unit: Unit | None, by: Actor) -> Unit | None:
    """Return the unit the cell names. A unit hurries its own ladder, whatever else it names."""
    return unit if by.in_state_cell else None


def _check_may_hold(case: Case, leg: Forwarding | None, held: list[Deadline], *, by: Actor, at: datetime) -> None:
    """Ask whether this actor may hold these promises."""
    if by.roles & IN_CHARGE:
        return
    if case.claimed_by_id:
        transitions.hold(case, by=by, at=at)
    since = min(deadline.started_at for deadline in held)
    before = Pause.objects.filter(case=case, forwarding=leg, since__gte=since)
    if case.urgency == Urgency.P0 or before.exists():
        raise InChargeNeeded(reference=case.reference)
