"""Forwarding: send a case to a unit, take it back, and let the unit hand it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from cases import access, crossings, deadlines, family, history, ladder, locating, receipts, transitions
from cases.models import Case, Forwarding
from cases.refusals import AlreadyForwarded, ReasonNeeded, UnitNotActing
from cases.states import MOVES, Leg, Part, Promise, Verb
from districts.actors import Actor
from districts.models import Partner, Unit, UnitKind
from districts.models.territory import SUPERVISING
from notifications import outbox

# What a unit still owes while it has the case; none of it is owed once the case has left.
UNIT_PROMISES = (Promise.ACKNOWLEDGE, Promise.OTHER_STATE, Promise.MOVE, Promise.CONTACT, Promise.FLASH, Promise.REPORT)
# So long after it was sent a recall is the undoing of a slip, and no word about the unit.
UNDO_LASTS = timedelta(seconds=10)


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
    differs_because: str = "",
) -> Forwarding:
    """
    Send a case to a unit, let it see the case, ring it, and start its time to acknowledge.

    :raises NotYours: if the actor is not in the state cell
    :raises WrongMoment: if nobody has claimed the case yet, or it is closed
    :raises AlreadyClaimed: if another operator holds it
    :raises UnitNotActing: if the unit takes no cases, has ended, or belongs to another state
    :raises AlreadyForwarded: if the unit has it already
    :raises FamilyNotTold: if the family is to be told and must not be, and the note does not say why it is
    """
    case = transitions.locked(case, Verb.FORWARD, by=by)
    claim = transitions.hold(case, by=by, at=at)
    part = _fitting(case, to, part, note=note, at=at)
    said = locating.suggestion(case, at=at)
    leg = Forwarding.objects.create(
        case=case,
        unit=to,
        part=part,
        note=note,
        suggestion=locating.as_kept(said),
        suggestion_rank=locating.rank_of(said, to) if suggestion_rank is None else suggestion_rank,
        differs_because=differs_because,
        forwarded_by=by.label,
        forwarded_at=at,
        last_activity_at=at,
    )
    access.grant(case, to)
    _forget_recalls(case, to, at=at)
    case = transitions.land(case, at=at, reached=Leg.FORWARDED, queue_place=1, **claim)
    deadlines.keep(case, MOVES[Verb.FORWARD].meets, at=at)
    facts = {"unit": to.code, "part": part, "note": note, "suggestion_rank": leg.suggestion_rank}
    history.record(case, "forwarded", by=by, at=at, facts=facts, unit=to)
    if to.kind == UnitKind.OTHER_STATE:
        crossings.begin(case, leg, by=by, at=at)
    else:
        deadlines.start(case, Promise.ACKNOWLEDGE, unit=to, forwarding=leg, by=by, at=at)
    if others := _returned_since(case, to):
        _say_to_and_fro(case, [to, *others], leg, by=by, at=at)
    return leg


def _forget_recalls(case: Case, to: Unit, *, at: datetime) -> None:
    """Lift what is owed for an earlier recall: the unit has the case again, and need not say that it had lost it."""
    for before in Forwarding.objects.filter(case=case, unit=to, status=Leg.RECALLED):
        deadlines.lift(case, (Promise.RECALL,), forwarding=before, at=at)


def _fitting(case: Case, to: Unit, part: str, *, note: str, at: datetime) -> str:
    """Return what the unit is asked to do, after asking whether it may be asked at all."""
    if to.kind in SUPERVISING or not to.is_valid(at) or to.state_id != case.state_id:
        raise UnitNotActing(reference=case.reference, unit=to)
    if Forwarding.objects.filter(case=case, unit=to, ended_at=None).exists():
        raise AlreadyForwarded(reference=case.reference, unit=to)
    if part == Part.FAMILY:
        family.heed(case, despite=note)
    return Part.OTHER_STATE if to.kind == UnitKind.OTHER_STATE else part


@transaction.atomic
def recall(case: Case, *, unit: Unit, reason: str, by: Actor, at: datetime) -> Case:
    """
    Take a case back from a unit: it sees it no more, and whoever was told is told that it is withdrawn.

    The unit keeps a receipt of what it saw until now, and acknowledges there that it knows.

    :raises NotWithUnit: if the unit does not have the case
    :raises AlreadyClaimed: if another operator holds it
    """
    if not reason.strip():
        raise ReasonNeeded(reference=case.reference)
    case = transitions.locked(case, Verb.RECALL, by=by)
    claim = transitions.hold(case, by=by, at=at)
    leg = transitions.locked_leg(case, Verb.RECALL, by=by, unit=unit)
    _take_from(case, leg, Leg.RECALLED, reason=reason, by=by, at=at, **claim)
    undone = at - leg.forwarded_at <= UNDO_LASTS and leg.acknowledged_at is None
    facts = {"unit": unit.code, "reason": reason, "undone": undone}
    history.record(case, "recalled", by=by, at=at, facts=facts, unit=unit)
    receipt = receipts.keep(case, leg, at=at)
    told = outbox.told(ladder.group_of(case, leg, Promise.ACKNOWLEDGE))
    link = receipts.address_of(receipt)
    ladder.tell_again(case, leg, topic="case_recalled", to=told, once=f"recall:{leg.pk}", at=at, link=link)
    crossings.withdraw(case, leg, at=at)
    if unit.kind != UnitKind.OTHER_STATE:
        # A team that does not know goes on looking: after that time the cell takes the telephone. Another state has no
        # sign-in here and is rung in any case.
        deadlines.start(case, Promise.RECALL, unit=transitions.cell_of(case, at=at), forwarding=leg, by=by, at=at)
    access.revoke(case, unit)
    return case


@transaction.atomic
def return_case(case: Case, *, reason: str, by: Actor, at: datetime, suggested_unit: Unit | None = None) -> Case:
    """
    Hand a case back to the state cell, with a reason and perhaps a better unit. Its life clock runs on.

    It stands first in the queue of the cell. Where units send it to and fro, their range is told to decide.

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
        receipts.keep(case, leg, at=at)
        if others := _goes_round(case, leg):
            _say_to_and_fro(case, [leg.unit, *others], leg, by=by, at=at)
        access.revoke(case, leg.unit)
    return case


def handed_back(case: Case, partner: Partner, *, reference: str, by: Actor, at: datetime) -> bool:
    """
    Take note that the portal of another state has sent a case back that it was handed; return whether it had it.

    The case is locked. It is nobody's until somebody claims it, unless a desk is at work on it: that it came back has
    to be seen by a human, and is not answered by a state that it had before.
    """
    legs = Forwarding.objects.filter(case=case, ended_at=None, unit__counterpart__partner=partner)
    leg = legs.select_for_update(of=("self",), no_key=True).select_related("unit__parent").first()
    if leg is None:
        return False
    held = transitions.is_held(case, at=at)
    claim: dict[str, Any] = {} if held else {"claimed_by_id": None, "claimed_until": None}
    _take_from(case, leg, Leg.RETURNED, reason=reference, by=by, at=at, **claim)
    facts = {"unit": leg.unit.code, "reason": reference, "suggested_unit": None}
    history.record(case, "returned", by=by, at=at, facts=facts, unit=leg.unit)
    desk = ladder.first_rung(transitions.cell_of(case, at=at), at=at)
    ladder.tell_again(case, leg, topic="case_returned", to=desk, once=f"return:{leg.pk}", at=at)
    if others := _goes_round(case, leg):
        _say_to_and_fro(case, [leg.unit, *others], leg, by=by, at=at)
    access.revoke(case, leg.unit)
    return True


def first_forwards(*, since: datetime) -> tuple[int, int]:
    """
    Return how many cases were forwarded for the first time since then, and how many of these to a wrong unit.

    Wrong is what was recalled or handed back; the undoing of a slip within ten seconds is no forwarding at all.
    """
    earlier = Forwarding.objects.filter(case=OuterRef("case"), forwarded_at__lt=since)
    legs = Forwarding.objects.filter(forwarded_at__gte=since, case__practice=False).filter(~Exists(earlier))
    slip = Q(status=Leg.RECALLED, acknowledged_at=None, ended_at__lte=F("forwarded_at") + UNDO_LASTS)
    firsts = legs.exclude(slip).order_by("case_id", "forwarded_at", "pk").distinct("case_id")
    ended = list(firsts.values_list("status", flat=True))
    return len(ended), sum(status in {Leg.RECALLED, Leg.RETURNED} for status in ended)


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
    alone = not Forwarding.objects.filter(case=case, ended_at=None).exists()
    if alone and ends_as == Leg.RETURNED:
        claim["queue_place"] = 0
    transitions.land(case, at=at, **claim)
    deadlines.lift(case, UNIT_PROMISES, forwarding=leg, at=at)
    if not alone:
        return
    next_promise = Promise.FORWARD if case.claimed_by_id else Promise.CLAIM
    if not deadlines.is_open(case, next_promise):
        deadlines.start(case, next_promise, unit=transitions.cell_of(case, at=at), by=by, at=at)


def _goes_round(case: Case, leg: Forwarding) -> list[Unit]:
    """Return the other units of a case that comes back to where it was: handed back twice, or on to who had it."""
    returned = list(_returned(case).exclude(pk=leg.pk))
    again = any(before.unit_id == leg.unit_id for before in returned)
    onward = any(before.unit_id == leg.suggested_unit_id for before in returned)
    return list(dict.fromkeys(before.unit for before in returned)) if again or onward else []


def _returned_since(case: Case, to: Unit) -> list[Unit]:
    """Return who has handed a case back after ``to`` did, if it did: then it goes to a unit for the second time."""
    units = [leg.unit for leg in _returned(case)]
    since = units[units.index(to) + 1 :] if to in units else []
    return list(dict.fromkeys(unit for unit in since if unit != to))


def _returned(case: Case) -> QuerySet[Forwarding]:
    return Forwarding.objects.filter(case=case, status=Leg.RETURNED).select_related("unit").order_by("ended_at", "pk")


def _say_to_and_fro(case: Case, units: list[Unit], leg: Forwarding, *, by: Actor, at: datetime) -> None:
    """Tell the ranges above the units. The line is the range's: neither unit reads of the other."""
    above = dict.fromkeys(found for unit in units if (found := ladder.range_above(unit)) is not None)
    codes = list(dict.fromkeys(unit.code for unit in units))
    for found in above or {transitions.cell_of(case, at=at): None}:
        told = ladder.tell_range(case, found, once=f"to-and-fro:{leg.pk}:{leg.status}:{found.pk}", at=at)
        facts = {"units": codes, "posts": sorted({str(addressee.contact) for addressee in told})}
        history.record(case, "to_and_fro", by=by, at=at, facts=facts | {"unit": found.code}, unit=found)
