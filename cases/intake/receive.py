"""Receive: one alert becomes a new case, joins an open one, or opens a linked one after an earlier case has closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Model

from cases import deadlines, forwarding, history, ladder, merging, sightings, transitions
from cases.intake import kinds
from cases.intake.arrival import Arrival
from cases.intake.kinds import Again
from cases.intake.needs import Needs, queue_up_and_ask
from cases.models import Alert, Case, CaseLink, HardKey, Identifier, Person, date_version
from cases.states import Promise, Status
from cases.urgency import hasten, one_step_up, rouse
from cases.writing import write
from districts.actors import Actor
from districts.keys import uuid7

OPENED_IT = "opened it"
#: What a case may have already, or another one has.
ONCE_PER_CASE = (Identifier, HardKey)


class Received(NamedTuple):
    """What became of an alert."""

    alert: Alert
    case: Case
    joined: bool


@transaction.atomic(savepoint=False)
def receive(
    arrival: Arrival,
    *,
    by: Actor,
    at: datetime,
    alert_id: UUID | None = None,
    beside: Callable[[Alert], Model] | None = None,
    **sealed: Any,
) -> Received:
    """
    Write the alert down, with its case, deadlines, owed messages and history, in one transaction.

    ``sealed`` are further columns of the alert that are written once with it (the key it came with, the answer given);
    ``beside`` makes one row more that is written with it.
    """
    # Before anybody waits for us: reading the words of a post takes longer than writing all rows.
    hints = sightings.hints_in(arrival.body, arrival.parsed)
    keys = arrival.hard_keys
    needs = queue_up_and_ask(arrival.state, keys, practice=arrival.practice, at=at)
    known, standing = _cases_of_the_person(arrival, keys) if needs.known else ([], [])
    case = _home_among(standing, at=at)
    joined = case is not None
    why = kinds.kind_of(arrival, case, {key.key for key in known if key.case_id == case.pk}) if case else OPENED_IT
    if case is None:
        case = _new_case(arrival, needs.reference, at=at, earlier=known[-1].case if known else None)
    answer = sealed.pop("answer", None)
    alert_id = alert_id or uuid7()
    sealed["answer"] = answer(alert_id, case) if answer else {}
    alert = _alert_of(arrival, alert_id, at=at, **sealed)
    rows: list[Model] = [CaseLink(alert=alert, case=case, joined_at=at, joined_by=by.label, why=why)]
    rows += [*_pointers_to(case, arrival, keys), *([beside(alert)] if beside else [])]
    rows += sightings.rows_of(case, alert, hints, by=by, at=at)
    if not joined:
        life = _life_of(case, alert, needs, by=by, at=at)
        person = Person(case=case, name=arrival.name, claimed_age=arrival.claimed_age)
        write(case, alert, person, *rows, *life, at=at, unless_known=ONCE_PER_CASE)
        return Received(alert, case, joined)
    write(alert, *rows, at=at, unless_known=ONCE_PER_CASE)
    _grow(case, alert, arrival, why=why, by=by, at=at)
    for other in standing:
        case = _brought_in(case, other, by=by, at=at)
    return Received(alert, case, joined)


def _alert_of(arrival: Arrival, alert_id: UUID, *, at: datetime, **sealed: Any) -> Alert:
    return Alert(
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
        **sealed,
    )


def _life_of(case: Case, alert: Alert, needs: Needs, *, by: Actor, at: datetime) -> list[Model]:
    """Return what starts the clock of a new case, and the first line of its history."""
    promise = deadlines.promised(case, Promise.CLAIM, unit=needs.cell, at=at, policies=needs.policies)
    facts = {"alert": str(alert.pk), "door": alert.door, "sha256": alert.sha256, "urgency": str(case.urgency)}
    if case.earlier:
        facts |= {"as": Again.REPEAT, "earlier": case.earlier.reference, "earlier_outcome": case.earlier.outcome}
    return [promise, *history.first_line(case, "received", by=by, at=at, facts=facts)]


def _grow(case: Case, alert: Alert, arrival: Arrival, *, why: str, by: Actor, at: datetime) -> None:
    """Let an open case grow by one more alert: it is raised if the alert says so, and whoever has it is told."""
    before = case.urgency
    case.urgency = min(case.urgency, arrival.urgency)
    case.minor = case.minor or arrival.is_minor
    case.family_not_told = case.family_not_told or arrival.family_not_told[:500]
    case.last_activity_at = at
    date_version(case, at)
    case.save(update_fields=["urgency", "minor", "family_not_told", "last_activity_at"])
    if arrival.name and (person := Person.objects.filter(case=case, name="").first()):
        # The first to report did not know who it is.
        person.name = arrival.name
        person.save(update_fields=["name"])
    facts: dict[str, Any] = {"alert": str(alert.pk), "door": alert.door, "sha256": alert.sha256, "as": str(why)}
    # A repeat never hides behind a pause, and what it raises does not wait as long as before.
    rouse(case, at=at)
    facts |= {"from": before, "to": case.urgency, "shortened": hasten(case, before=before, at=at)}
    history.record(case, "alert_joined", by=by, at=at, facts=facts)
    if any(step["reference"] == case.reference for step in arrival.trail) and arrival.partner:
        forwarding.handed_back(case, arrival.partner, reference=arrival.partner_reference, by=by, at=at)
    _ring(case, alert, at=at)


def _ring(case: Case, alert: Alert, *, at: datetime) -> None:
    """Ring the units that have the case for each alert; where none has it, the cell's desk once for a burst of them."""
    if case.forwardings.filter(ended_at=None).exists():
        once = str(alert.pk)
    else:
        once = f"burst:{int(at.timestamp()) // ladder.ONE_RING_S}"
    ladder.alarm(case, cell=transitions.cell_of(case, at=at), once=once, at=at)


def _cases_of_the_person(arrival: Arrival, keys: Sequence[str]) -> tuple[list[HardKey], list[Case]]:
    """Return the hard keys that are known, oldest case first, and the open cases that the alert belongs to, locked."""
    known = _keys_of_the_person(arrival, keys)
    standing = _still_open(known)
    if len(standing) != len({key.case_id for key in known if key.open}):
        # While we waited for their rows one was closed, or joined into another, and its keys are there now.
        known = _keys_of_the_person(arrival, keys)
        standing = _still_open(known)
    return known, standing


def _keys_of_the_person(arrival: Arrival, keys: Sequence[str]) -> list[HardKey]:
    """Return the hard keys that are known, with the case each belongs to, oldest case first."""
    held = HardKey.objects.filter(state=arrival.state, practice=arrival.practice, key__in=keys)
    return list(held.select_related("case").order_by("case__opened_at"))


def _still_open(known: list[HardKey]) -> list[Case]:
    """Lock the open cases of these keys, in the order of joins; without those that were closed while we waited."""
    candidates = {key.case_id for key in known if key.open}
    if not candidates:
        return []
    rows = Case.objects.select_for_update(of=("self",), no_key=True).select_related("state").order_by("pk")
    return [case for case in rows.filter(pk__in=candidates) if case.status != Status.CLOSED]


def _home_among(standing: list[Case], *, at: datetime) -> Case | None:
    """Return the case that the alert comes to: one that a unit has, else one somebody works on, else the oldest."""

    def rank(case: Case) -> tuple[bool, bool, datetime]:
        with_unit = case.forwardings.filter(ended_at=None).exists()
        return not with_unit, not transitions.is_held(case, at=at), case.opened_at

    return min(standing, key=rank) if len(standing) > 1 else next(iter(standing), None)


def _brought_in(case: Case, other: Case, *, by: Actor, at: datetime) -> Case:
    """
    Bring another open case of the same person in, now that an alert says that both are one; return the case.

    Not where a unit has that one as well, or two operators are at work: then it is suggested, and people decide.
    """
    held = transitions.is_held(other, at=at)
    apart = held and transitions.is_held(case, at=at) and case.claimed_by_id != other.claimed_by_id
    if other.pk == case.pk or apart or other.forwardings.filter(ended_at=None).exists():
        return case
    claim = {"claimed_by_id": other.claimed_by_id, "claimed_until": other.claimed_until} if held else {}
    links = other.links.filter(ended_at=None).select_related("alert").order_by("pk")
    return merging.absorb(case, other, list(links), by=by, at=at, **claim)


def _new_case(arrival: Arrival, reference: str, *, at: datetime, earlier: Case | None) -> Case:
    return Case(
        state=arrival.state,
        reference=reference,
        urgency=min(arrival.urgency, one_step_up(earlier.urgency)) if earlier else arrival.urgency,
        practice=arrival.practice,
        earlier=earlier,
        minor=arrival.is_minor or bool(earlier and earlier.minor),
        posted_at=arrival.posted_at,
        detected_at=arrival.detected_at,
        sent_at=arrival.sent_at,
        opened_at=at,
        last_activity_at=at,
        family_not_told=arrival.family_not_told[:500],
    )


def _pointers_to(case: Case, arrival: Arrival, keys: Sequence[str]) -> list[Model]:
    """Return what points to the person; keys of another open case stay there until that one is brought in."""
    pointers = {(p.kind, p.platform, p.value[:500]): p for p in arrival.pointers}
    return [
        *(
            Identifier(case=case, kind=kind, platform=platform, value=value, verified=pointer.verified)
            for (kind, platform, value), pointer in pointers.items()
        ),
        *(HardKey(state=arrival.state, case=case, practice=arrival.practice, key=key, open=True) for key in keys),
    ]
