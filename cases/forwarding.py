"""Forwarding: send a case to a unit, take it back, and let the unit hand it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from cases import access, deadlines, history, ladder, transitions
from cases.models import Case, Forwarding
from cases.refusals import AlreadyForwarded, ReasonNeeded, UnitNotActing
from cases.states import MOVES, Leg, Promise, Verb
from districts.actors import Actor
from districts.models import Unit
from districts.models.territory import SUPERVISING
from notifications import outbox

# What a unit still owes while it has the case; none of it is owed once the case has left.
UNIT_PROMISES = (Promise.ACKNOWLEDGE, Promise.MOVE, Promise.CONTACT, Promise.FLASH, Promise.REPORT)


@transaction.atomic
def forward(
    case: Case,
    *,
    to: Unit,
    part: str,
    by: Actor,
    at: datetime,
    note: str = "",
    suggestion_rank: int | None = None,
) -> Forwarding:
    """
    Send a case to a unit, let it see the case, ring it, and start its time to acknowledge.

    :raises NotYours: if the actor is not in the state cell
    :raises WrongMoment: if nobody has claimed the case yet, or it is closed
    :raises AlreadyClaimed: if another operator holds it
    :raises UnitNotActing: if the unit takes no cases, has ended, or belongs to another state
    :raises AlreadyForwarded: if the unit has it already
    """
    case = transitions.locked(case, Verb.FORWARD, by=by)
    claim = transitions.hold(case, by=by, at=at)
    if to.kind in SUPERVISING or not to.is_valid(at) or to.state_id != case.state_id:
        raise UnitNotActing(reference=case.reference, unit=to)
    if Forwarding.objects.filter(case=case, unit=to, ended_at=None).exists():
        raise AlreadyForwarded(reference=case.reference, unit=to)
    leg = Forwarding.objects.create(
        case=case,
        unit=to,
        part=part,
        note=note,
        suggestion_rank=suggestion_rank,
        forwarded_by=by.label,
        forwarded_at=at,
        last_activity_at=at,
    )
    access.grant(case, to)
    case = transitions.land(case, at=at, reached=Leg.FORWARDED, **claim)
    deadlines.keep(case, MOVES[Verb.FORWARD].meets, at=at)
    facts = {"unit": to.code, "part": part, "note": note, "suggestion_rank": suggestion_rank}
    history.record(case, "forwarded", by=by, at=at, facts=facts, unit=to)
    deadlines.start(case, Promise.ACKNOWLEDGE, unit=to, forwarding=leg, by=by, at=at)
    return leg


@transaction.atomic
def recall(case: Case, *, unit: Unit, reason: str, by: Actor, at: datetime) -> Case:
    """
    Take a case back from a unit: it sees it no more, and whoever was told is told that it is withdrawn.

    :raises NotWithUnit: if the unit does not have the case
    :raises AlreadyClaimed: if another operator holds it
    """
    if not reason.strip():
        raise ReasonNeeded(reference=case.reference)
    case = transitions.locked(case, Verb.RECALL, by=by)
    claim = transitions.hold(case, by=by, at=at)
    leg = transitions.locked_leg(case, Verb.RECALL, by=by, unit=unit)
    _take_from(case, leg, Leg.RECALLED, reason=reason, by=by, at=at, **claim)
    history.record(case, "recalled", by=by, at=at, facts={"unit": unit.code, "reason": reason}, unit=unit)
    told = outbox.told(ladder.group_of(case, leg, Promise.ACKNOWLEDGE))
    ladder.tell_again(case, leg, topic="case_recalled", to=told, once=f"recall:{leg.pk}", at=at)
    access.revoke(case, unit)
    return case


@transaction.atomic
def return_case(case: Case, *, reason: str, by: Actor, at: datetime, suggested_unit: Unit | None = None) -> Case:
    """
    Hand a case back to the state cell, with a reason and perhaps a better unit. Its life clock runs on.

    :raises ReasonNeeded: if no reason is given
    :raises NotYours: if the actor does not work in the unit that has it
    :raises WrongMoment: if the unit has already made contact
    """
    if not reason.strip():
        raise ReasonNeeded(reference=case.reference)
    case = transitions.locked(case, Verb.RETURN, by=by)
    leg = transitions.locked_leg(case, Verb.RETURN, by=by)
    with transitions.handing_over(by):
        _take_from(case, leg, Leg.RETURNED, reason=reason, by=by, at=at, suggested=suggested_unit)
        facts = {
            "unit": leg.unit.code,
            "reason": reason,
            "suggested_unit": suggested_unit.code if suggested_unit else None,
        }
        history.record(case, "returned", by=by, at=at, facts=facts, unit=leg.unit)
        desk = ladder.first_rung(transitions.cell_of(case, at=at), at=at)
        ladder.tell_again(case, leg, topic="case_returned", to=desk, once=f"return:{leg.pk}", at=at)
        access.revoke(case, leg.unit)
    return case


def _take_from(
    case: Case,
    leg: Forwarding,
    ends_as: Leg,
    *,
    reason: str,
    by: Actor,
    at: datetime,
    suggested: Unit | None = None,
    **claim: Any,
) -> None:
    """
    End a forwarding; if it was the last one, the cell has to forward again within the promised time.

    A case that nobody holds has to be claimed first: its return must not wait for the slower of the two clocks.
    """
    transitions.turn(leg, ends_as, at=at, ended_because=reason, suggested_unit=suggested)
    transitions.land(case, at=at, **claim)
    deadlines.lift(case, UNIT_PROMISES, forwarding=leg, at=at)
    if Forwarding.objects.filter(case=case, ended_at=None).exists():
        return
    next_promise = Promise.FORWARD if case.claimed_by_id else Promise.CLAIM
    if not deadlines.is_open(case, next_promise):
        deadlines.start(case, next_promise, unit=transitions.cell_of(case, at=at), by=by, at=at)
