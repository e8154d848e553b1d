"""Joining: all alerts of one case move to another, as links that can be undone, with a line in the history of both."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from cases import deadlines, history, ladder, transitions
from cases.intake.arrival import hard_keys
from cases.merging import absorb, hand_over, move, name_the_person
from cases.models import Alert, Case, CaseLink, HardKey, Identifier, Person, date_version
from cases.reference import next_reference
from cases.refusals import (
    AlreadyClaimed,
    NothingToJoin,
    NotInThisCase,
    NotWithUnit,
    OnlyAlert,
    PracticeAndReal,
    SameCase,
    StillWithUnits,
)
from cases.states import MOVES, Outcome, Verb
from districts.actors import Actor

PUT_BACK = "put back"


@transaction.atomic
def join(case: Case, other: Case, *, by: Actor, at: datetime) -> Case:
    """
    Move every alert of ``other`` to ``case``. An open case that is emptied so is closed as a duplicate.

    A case that was closed before keeps its outcome: what happened then has happened.

    :raises SameCase: if both are one
    :raises PracticeAndReal: if one of them is an exercise
    :raises AlreadyClaimed: if another operator is at work on one of them
    :raises NotYours: if the actor is not in the state cell
    :raises StillWithUnits: if the case that would be emptied is with a unit
    :raises NothingToJoin: if it has no alert of its own
    :raises WrongMoment: if the case that would take them in is closed
    """
    if case.pk == other.pk:
        raise SameCase(reference=case.reference)
    locked = _locked_in_order(case, other)
    case = transitions.locked(case, Verb.JOIN, by=by)
    if other.pk not in locked:
        raise NotWithUnit(reference=other.reference, unit=by.name)
    other = locked[other.pk]
    claim = transitions.hold(case, by=by, at=at) if case.claimed_by_id else {}
    links = _joinable(case, other, by=by, at=at)
    case = absorb(case, other, links, by=by, at=at, **claim)
    _alarm(case, once=f"join:{other.pk}:{at.isoformat()}", at=at)
    return case


@transaction.atomic
def unjoin(case: Case, alert: Alert, *, by: Actor, at: datetime) -> Case:
    """
    Take an alert out of a case and return the case it is in now: the one it came from, else a new one.

    A case that a join had closed opens again. One that was closed for a reason of its own stays so, and the alert
    opens a new case linked to it: what stands alone again must be seen by somebody.

    :raises NotInThisCase: if the alert is not in the case
    :raises OnlyAlert: if nothing would be left in it
    :raises AlreadyClaimed: if another operator is at work on it
    :raises WrongMoment: if it is closed
    """
    former = _former_case(alert, case)
    locked = _locked_in_order(case, former or case)
    case = transitions.locked(case, Verb.UNJOIN, by=by)
    former = locked[former.pk] if former else None
    claim = transitions.hold(case, by=by, at=at) if case.claimed_by_id else {}
    links = list(case.links.filter(ended_at=None).select_related("alert"))
    leaving = next((link for link in links if link.alert_id == alert.pk), None)
    if leaving is None:
        raise NotInThisCase(reference=case.reference)
    staying = [link.alert for link in links if link is not leaving]
    if not staying:
        raise OnlyAlert(reference=case.reference)
    back = former is not None and (former.closed_at is None or _was_closed_by_a_join(former))
    home = former if former is not None and back else _new_case(leaving.alert, case, earlier=former, at=at)
    move(leaving, to=home, why=PUT_BACK, by=by, at=at)
    own = _facts_of([leaving.alert]) - _facts_of(staying)
    hand_over(home, keys=_keys_among(case, own), pointers=_pointers_among(case, own))
    transitions.land(case, at=at, **claim)
    name_the_person(case)
    _live_on(home, leaving.alert, parted_from=case, is_new=not back, by=by, at=at)
    facts = {"alert": str(alert.pk), "to": home.reference}
    history.record(case, "unjoined", by=by, at=at, facts=facts)
    return home


def _locked_in_order(*cases: Case) -> dict[Any, Case]:
    """Lock cases by their key, whichever the officer named first: two joins must not wait for each other for ever."""
    rows = Case.objects.select_for_update(of=("self",), no_key=True).select_related("state", "claimed_by")
    return {row.pk: row for row in rows.filter(pk__in=[case.pk for case in cases]).order_by("pk")}


def _joinable(case: Case, other: Case, *, by: Actor, at: datetime) -> list[CaseLink]:
    """Return the links that would move, after asking whether they may."""
    if case.practice != other.practice:
        raise PracticeAndReal(reference=case.reference, other=other.reference)
    if other.closed_at is None and transitions.is_held_by_another(other, by=by, at=at):
        raise AlreadyClaimed(reference=other.reference, holder=other.claimed_by)
    legs = other.forwardings.filter(ended_at=None).select_related("unit").order_by("forwarded_at")
    if units := ", ".join(str(leg.unit) for leg in legs):
        raise StillWithUnits(reference=other.reference, units=units)
    links = list(other.links.filter(ended_at=None).select_related("alert").order_by("pk"))
    if not links:
        raise NothingToJoin(reference=other.reference)
    return links


def _former_case(alert: Alert, case: Case) -> Case | None:
    """Return the case that an alert was in last, before it came to this one."""
    ended = alert.links.exclude(ended_at=None).exclude(case=case).select_related("case")
    link = ended.order_by("-ended_at", "-pk").first()
    return link.case if link else None


def _was_closed_by_a_join(case: Case) -> bool:
    """Tell whether the case was closed because its alerts left, and for no reason of its own."""
    at = case.closed_at
    return at is not None and case.outcome == Outcome.DUP and case.events.filter(action="joined_into", at=at).exists()


def _new_case(alert: Alert, case: Case, *, earlier: Case | None, at: datetime) -> Case:
    """Make a case for an alert that stands alone. It is as urgent as the one it leaves: a machine never lowers."""
    new = Case(
        state=case.state,
        reference=next_reference(case.state),
        urgency=case.urgency,
        practice=case.practice,
        earlier=earlier,
        minor=case.minor,
        posted_at=alert.posted_at,
        detected_at=alert.detected_at,
        sent_at=alert.sent_at,
        opened_at=at,
        last_activity_at=at,
    )
    date_version(new, at)
    new.save(force_insert=True)
    Person.objects.create(case=new, name=alert.parsed.get("display_name") or "")
    return new


def _live_on(home: Case, alert: Alert, *, parted_from: Case, is_new: bool, by: Actor, at: datetime) -> None:
    """Start the clock of the case that has the alert again, and say in its history where it comes from."""
    facts = {"alert": str(alert.pk), "from": parted_from.reference}
    stopped = home.closed_at is not None
    # ``forwarded_at`` is emptied, so that a claim starts the time to forward again.
    opened: dict[str, Any] = {
        "outcome": "",
        "closed_at": None,
        "claimed_by": None,
        "claimed_until": None,
        "forwarded_at": None,
    }
    transitions.land(home, at=at, **(opened if stopped else {}))
    if is_new or stopped:
        for promise in MOVES[Verb.UNJOIN].starts:
            deadlines.start(home, promise, unit=transitions.cell_of(home, at=at), by=by, at=at)
    if is_new:
        told = {"door": alert.door, "sha256": alert.sha256, "urgency": str(home.urgency)}
        for row in history.first_line(home, "received", by=by, at=at, facts=facts | told):
            row.save(force_insert=True)
        return
    history.record(home, "put_back", by=by, at=at, facts=facts)
    _alarm(home, once=f"back:{alert.pk}:{at.isoformat()}", at=at)


def _alarm(case: Case, *, once: str, at: datetime) -> None:
    """Tell the units that have the case that it has grown."""
    for leg in case.forwardings.filter(ended_at=None).select_related("unit"):
        to = ladder.first_rung(leg.unit, at=at)
        ladder.tell_again(case, leg, topic="case_raised", to=to, once=f"{leg.pk}:{once}", at=at)


# ---- what leads to the person goes where the alert goes ------------------------------------------------------


def _facts_of(alerts: Iterable[Alert]) -> set[tuple[str, str]]:
    """Return what alerts, and what was added to them, say of the person: each hard key, each pointer by its kind."""
    facts: set[tuple[str, str]] = set()
    for alert in alerts:
        for said in (alert.parsed, *alert.additions.values_list("parsed", flat=True)):
            facts |= _facts_in(said, alert)
    return facts


def _facts_in(said: dict[str, Any], alert: Alert) -> set[tuple[str, str]]:
    kinds = Identifier.Kind
    account = said.get("platform_user_id") or ""
    platform, urls = said.get("platform") or alert.platform, said.get("urls") or []
    accounts = [(platform, account)] if account else []
    keys = hard_keys(alert.platform, alert.partner_reference, accounts=accounts, posts=urls)
    facts = {("key", key) for key in keys}
    facts |= {(kinds.URL, url) for url in urls}
    facts |= {(kinds.PHONE, phone) for phone in said.get("phones") or []}
    facts |= {(kinds.EMAIL, email) for email in said.get("emails") or []}
    return facts | {(kinds.HANDLE, said.get("handle") or ""), (kinds.ACCOUNT, account)}


def _keys_among(case: Case, facts: set[tuple[str, str]]) -> list[HardKey]:
    return [key for key in case.hard_keys.all() if ("key", key.key) in facts]


def _pointers_among(case: Case, facts: set[tuple[str, str]]) -> list[Identifier]:
    return [pointer for pointer in case.identifiers.all() if (pointer.kind, pointer.value) in facts]
