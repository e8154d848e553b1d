"""Outcome: close a case with a fixed code, set one aside, open one again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from cases import access, deadlines, history, looking_back, receipts, transitions
from cases.models import Case, Forwarding, HardKey, Outreach, Receipt
from cases.refusals import ContactNotConfirmed, ReasonNeeded
from cases.states import NEEDS_CONTACT, Leg, Outcome, Promise, Verb
from cases.urgency import one_step_up
from districts.actors import Actor

REACHED = frozenset({Outreach.Result.SAFE, Outreach.Result.REACHED, Outreach.Result.DANGER, Outreach.Result.REFUSED})


@transaction.atomic
def close(case: Case, *, outcome: str, by: Actor, at: datetime, note: str = "") -> Case:
    """
    Close a case with its outcome. Closed means that contact was confirmed, or the code says why not.

    Where somebody was reached, the looks back begin.

    :raises ContactNotConfirmed: if the outcome says somebody was reached and nobody has confirmed it
    :raises AlreadyClaimed: if another operator holds it
    :raises WrongMoment: if nobody has claimed it yet, or it is closed
    """
    case = transitions.locked(case, Verb.CLOSE, by=by)
    claim = transitions.hold(case, by=by, at=at)
    if outcome in NEEDS_CONTACT and not _contact_confirmed(case, outcome):
        raise ContactNotConfirmed(reference=case.reference, outcome=outcome)
    end(case, at=at, outcome=outcome, **claim)
    history.record(case, "closed", by=by, at=at, facts={"outcome": outcome, "note": note})
    looking_back.promise(case, by=by, at=at)
    return case


@transaction.atomic
def set_aside(case: Case, *, reason: str, by: Actor, at: datetime) -> Case:
    """
    Close a case that is none, with the reason; a new alert on the same person opens a linked one.

    :raises ReasonNeeded: if no reason is given
    :raises WrongMoment: if it has been forwarded
    """
    if not reason.strip():
        raise ReasonNeeded(reference=case.reference)
    case = transitions.locked(case, Verb.SET_ASIDE, by=by)
    claim = transitions.hold(case, by=by, at=at)
    end(case, at=at, set_aside_reason=reason, **claim)
    history.record(case, "set_aside", by=by, at=at, facts={"reason": reason})
    return case


@transaction.atomic
def reopen(case: Case, *, reason: str, by: Actor, at: datetime) -> Case:
    """
    Open a closed case again, one step more urgent. Units that had it see it again only when it is forwarded again.

    :raises ReasonNeeded: if no reason is given
    :raises WrongMoment: if it is not closed
    """
    if not reason.strip():
        raise ReasonNeeded(reference=case.reference)
    case = transitions.locked(case, Verb.REOPEN, by=by)
    for leg in case.forwardings.select_related("unit__group", "suggested_unit"):
        if not Receipt.objects.filter(forwarding=leg).exists():
            receipts.keep(case, leg, at=at)
        access.revoke(case, leg.unit)
    looking_back.forget(case, at=at)
    before = case.outcome
    case = transitions.land(
        case,
        at=at,
        urgency=one_step_up(case.urgency),
        outcome="",
        set_aside_reason="",
        closed_at=None,
        claimed_by=None,
        claimed_until=None,
        forwarded_at=None,
    )
    _hold_keys(case)
    deadlines.start(case, Promise.CLAIM, unit=transitions.cell_of(case, at=at), by=by, at=at)
    history.record(case, "reopened", by=by, at=at, facts={"reason": reason, "outcome_before": before})
    return case


def end(case: Case, *, at: datetime, **changes: Any) -> None:
    """End what is open on a case; the units keep sight of what they did. Rules that close a case call it."""
    for leg in Forwarding.objects.select_for_update(of=("self",), no_key=True).filter(case=case, ended_at=None):
        transitions.turn(leg, Leg.CLOSED, at=at)
    transitions.land(case, at=at, closed_at=at, **changes)
    deadlines.lift_everything(case, at=at)
    for key in case.hard_keys.filter(open=True):
        key.open = False
        key.save(update_fields=["open"])


def _hold_keys(case: Case) -> None:
    """Make the case the open one for its hard keys again, where no newer case is."""
    taken = HardKey.objects.filter(state_id=case.state_id, practice=case.practice, open=True)
    for key in case.hard_keys.exclude(key__in=taken.values("key")):
        key.open = True
        key.save(update_fields=["open"])


def _contact_confirmed(case: Case, outcome: str) -> bool:
    """Tell whether somebody has confirmed what the outcome says: a unit on the spot, or the cell by telephone."""
    contacts = case.forwardings.exclude(contact_at=None)
    if outcome in {Outcome.S3, Outcome.S4}:
        return contacts.exists() or case.outreach.filter(result__in=REACHED).exists()
    return contacts.exists()
