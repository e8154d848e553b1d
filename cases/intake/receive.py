"""Receive: one alert becomes a new case, joins an open one, or opens a linked one after an earlier case has closed."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from cases import deadlines, history, ladder, transitions
from cases.intake import kinds
from cases.intake.arrival import Arrival
from cases.intake.kinds import Again
from cases.models import Alert, Case, CaseLink, HardKey, Identifier, Person, date_version
from cases.reference import next_reference
from cases.states import Promise, Status
from cases.urgency import hasten, one_step_up, rouse
from districts.actors import Actor
from districts.keys import uuid7

# Two doors delivering the same post in the same second queue here; the unique constraint stands behind it.
QUEUE_UP = "SELECT pg_advisory_xact_lock(k) FROM unnest(%s::bigint[]) AS k"

OPENED_IT = "opened it"


class Received(NamedTuple):
    """What became of an alert."""

    alert: Alert
    case: Case
    joined: bool


@transaction.atomic(savepoint=False)
def receive(arrival: Arrival, *, by: Actor, at: datetime, alert_id: UUID | None = None, **sealed: Any) -> Received:
    """
    Write the alert down, with its case, deadlines, owed messages and history, in one transaction.

    ``sealed`` are further columns of the alert that are written once with it (the key it came with, the answer given).
    """
    _queue_up(arrival)
    known, case = _case_of_the_person(arrival)
    joined = case is not None
    why = kinds.kind_of(arrival, case, {key.key for key in known if key.case_id == case.pk}) if case else OPENED_IT
    if case is None:
        case = _new_case(arrival, at=at, earlier=known[-1].case if known else None)
    answer = sealed.pop("answer", None)
    alert_id = alert_id or uuid7()
    alert = Alert.objects.create(
        id=alert_id,
        state=arrival.state,
        partner=arrival.partner,
        door=arrival.door,
        practice=arrival.practice,
        partner_reference=arrival.partner_reference,
        platform=arrival.platform,
        sha256=arrival.sha256,
        size=arrival.size,
        received_at=at,
        sent_at=arrival.sent_at,
        posted_at=arrival.posted_at,
        detected_at=arrival.detected_at,
        parsed=arrival.parsed,
        body=arrival.body,
        answer=answer(alert_id, case) if answer else {},
        **sealed,
    )
    CaseLink.objects.create(alert=alert, case=case, joined_at=at, joined_by=by.label, why=why)
    _point_to_person(case, arrival)
    if joined:
        _grow(case, alert, arrival, why=why, by=by, at=at)
    else:
        _begin_life(case, alert, by=by, at=at)
    return Received(alert, case, joined)


def _begin_life(case: Case, alert: Alert, *, by: Actor, at: datetime) -> None:
    """Start the clock of a new case, and its history."""
    deadlines.start(case, Promise.CLAIM, unit=transitions.cell_of(case, at=at), by=by, at=at)
    facts = {"alert": str(alert.pk), "door": alert.door, "sha256": alert.sha256, "urgency": str(case.urgency)}
    if case.earlier:
        facts |= {"as": Again.REPEAT, "earlier": case.earlier.reference, "earlier_outcome": case.earlier.outcome}
    history.begin(case, "received", by=by, at=at, facts=facts)


def _grow(case: Case, alert: Alert, arrival: Arrival, *, why: str, by: Actor, at: datetime) -> None:
    """Let an open case grow by one more alert: it is raised if the alert says so, and whoever has it is told."""
    before = case.urgency
    case.urgency = min(case.urgency, arrival.urgency)
    case.minor = case.minor or arrival.is_minor
    case.last_activity_at = at
    date_version(case, at)
    case.save(update_fields=["urgency", "minor", "last_activity_at"])
    if arrival.name and (person := Person.objects.filter(case=case, name="").first()):
        # The first to report did not know who it is.
        person.name = arrival.name
        person.save(update_fields=["name"])
    facts: dict[str, Any] = {"alert": str(alert.pk), "door": alert.door, "sha256": alert.sha256, "as": str(why)}
    # A repeat never hides behind a pause, and what it raises does not wait as long as before.
    rouse(case, at=at)
    facts |= {"from": before, "to": case.urgency, "shortened": hasten(case, before=before, at=at)}
    history.record(case, "alert_joined", by=by, at=at, facts=facts)
    for leg in case.forwardings.filter(ended_at=None).select_related("unit"):
        to = ladder.first_rung(leg.unit)
        ladder.tell_again(case, leg, topic="case_raised", to=to, once=f"raise:{leg.pk}:{alert.pk}", at=at)


def _queue_up(arrival: Arrival) -> None:
    """Wait for whoever is receiving the same person at this moment."""
    if not arrival.hard_keys:
        return
    numbers = sorted(_number(f"{arrival.state.pk}:{key}") for key in arrival.hard_keys)
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_UP, [numbers])


def _case_of_the_person(arrival: Arrival) -> tuple[list[HardKey], Case | None]:
    """Return the hard keys that are known, oldest case first, and the open case that the alert belongs to, locked."""
    known = _keys_of_the_person(arrival)
    case = _still_open(known)
    if case is None and any(key.open for key in known):
        # While we waited for its row it was closed, or joined into another, and its keys are there now.
        known = _keys_of_the_person(arrival)
        case = _still_open(known)
    return known, case


def _keys_of_the_person(arrival: Arrival) -> list[HardKey]:
    """Return the hard keys that are known, with the case each belongs to, oldest case first."""
    if not arrival.hard_keys:
        return []
    held = HardKey.objects.filter(state=arrival.state, practice=arrival.practice, key__in=arrival.hard_keys)
    return list(held.select_related("case").order_by("case__opened_at"))


def _still_open(known: list[HardKey]) -> Case | None:
    """Lock the oldest open case of these keys; nothing, if it was closed while we waited for its row."""
    candidates = [key.case_id for key in known if key.open]
    if not candidates:
        return None
    rows = Case.objects.select_for_update(of=("self",), no_key=True).select_related("state")
    case = rows.get(pk=candidates[0])
    return case if case.status != Status.CLOSED else None


def _new_case(arrival: Arrival, *, at: datetime, earlier: Case | None) -> Case:
    case = Case(
        state=arrival.state,
        reference=next_reference(arrival.state),
        urgency=min(arrival.urgency, one_step_up(earlier.urgency)) if earlier else arrival.urgency,
        practice=arrival.practice,
        earlier=earlier,
        minor=arrival.is_minor or bool(earlier and earlier.minor),
        posted_at=arrival.posted_at,
        detected_at=arrival.detected_at,
        sent_at=arrival.sent_at,
        opened_at=at,
        last_activity_at=at,
    )
    date_version(case, at)
    case.save(force_insert=True)
    Person.objects.create(case=case, name=arrival.name, claimed_age=arrival.claimed_age)
    return case


def _point_to_person(case: Case, arrival: Arrival) -> None:
    """Add what points to the person and is not yet known; keys of another open case stay there and are suggested."""
    Identifier.objects.bulk_create(
        [
            Identifier(case=case, kind=p.kind, platform=p.platform, value=p.value[:500], verified=p.verified)
            for p in arrival.pointers
        ],
        ignore_conflicts=True,
    )
    HardKey.objects.bulk_create(
        [
            HardKey(state=arrival.state, case=case, practice=arrival.practice, key=key, open=True)
            for key in arrival.hard_keys
        ],
        ignore_conflicts=True,
    )


def _number(key: str) -> int:
    """Return the number under which a key is locked."""
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
