"""Supplements: what a partner adds after its alert. Nothing before it is changed, and whoever has the case is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import evidence, files, history, ladder, sightings, transitions
from cases.intake import Answer, Arrival, KeyReused, hold_key
from cases.models import Addition, Alert, Case, HardKey, Identifier, Person, SealedFile
from cases.states import Status
from cases.urgency import hasten, rouse
from districts.actors import Actor
from districts.keys import uuid7
from districts.models import Partner
from districts.refusals import Refusal

#: Of one alert. More is a fault of a program, and would bury what the first ones show.
FILES_MAX = 100
Kind = Addition.Kind
Tell = Callable[[UUID, Case], dict[str, Any]]


class NoSuchAlert(Refusal):
    """There is no such alert, or it is somebody else's: nobody can tell which."""

    code = "not_found"
    sentence = _("There is no such thing, or it is not yours to see.")


class TooManyFiles(Refusal):
    """The alert has as many files as an alert may have."""

    code = "too_many_files"
    sentence = _("The alert has %(count)s files already. Send what is more in a supplement, or ring the state cell.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Something that has come for an alert: its bytes, what was read in them, and the key it came with."""

    kind: str
    content: bytes
    #: The digest of all that was asked: the same key never asks two things.
    asked: str
    key: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    #: What a supplement says, in the shape of an alert.
    arrival: Callable[[Alert], Arrival] | None = None
    name: str = ""


@transaction.atomic(savepoint=False)
def add_once(alert_id: UUID, sent: Sent, *, partner: Partner, by: Actor, at: datetime, tell: Tell) -> Answer:
    """
    Add to an alert; a replay of its Idempotency-Key gets the stored answer, word for word.

    :raises NoSuchAlert: if the alert is not the partner's
    :raises KeyBusy: if another request with the same key is at work
    :raises KeyReused: if the key came before and asked something else
    :raises TooManyFiles: if the alert has as many as it may have
    """
    if sent.key:
        hold_key(partner, sent.key, at=at)
        known = Addition.objects.filter(partner=partner, idempotency_key=sent.key).first()
        if known is not None:
            if known.asked != sent.asked:
                raise KeyReused
            return Answer(known.answer, created=False, replayed=True)
    alert = Alert.objects.filter(pk=alert_id, partner=partner).first()
    if alert is None:
        raise NoSuchAlert
    # Before the case is locked: an officer who acknowledges it does not wait for a disk.
    sha256 = evidence.seal(sent.content)
    case = _case_of(alert)
    if sent.kind == Kind.FILE:
        _check_room(alert)
    read = sent.arrival(alert) if sent.arrival else None
    addition_id = uuid7()
    addition = Addition.objects.create(
        id=addition_id,
        alert=alert,
        case=case,
        partner=partner,
        kind=sent.kind,
        sha256=sha256,
        size=len(sent.content),
        received_at=at,
        parsed=read.parsed if read else {},
        body=sent.body,
        idempotency_key=sent.key,
        asked=sent.asked,
        answer=tell(addition_id, case),
    )
    if read is not None:
        _supplemented(case, addition, read, by=by, at=at)
    elif sent.kind == Kind.FILE:
        _filed(case, addition, sent, by=by, at=at)
    else:
        _retracted(case, addition, by=by, at=at)
    return Answer(addition.answer, created=True, replayed=False)


def _supplemented(case: Case, addition: Addition, read: Arrival, *, by: Actor, at: datetime) -> None:
    """Let the case grow by what is new, raise it if the supplement says so, and tell whoever has it."""
    before = case.urgency
    _learn(case, read)
    sightings.keep_hints(case, addition.alert, said=read.body, parsed=read.parsed, by=by, at=at)
    _touch(case, at=at)
    shortened: list[str] = []
    if case.status != Status.CLOSED:
        rouse(case, at=at)
        shortened = hasten(case, before=before, at=at)
    facts: dict[str, Any] = {"alert": str(addition.alert_id), "supplement": str(addition.pk), "shortened": shortened}
    facts |= {"from": before, "to": case.urgency}
    history.record(case, "supplemented", by=by, at=at, facts=facts)
    _ring(case, once=str(addition.pk), at=at)


def _filed(case: Case, addition: Addition, sent: Sent, *, by: Actor, at: datetime) -> None:
    """Keep the file beside the case, and tell whoever has it; files that follow one another ring once."""
    file = files.keep(
        case, content=sent.content, name=sent.name, by=by, at=at, alert=addition.alert, file_id=addition.pk
    )
    _touch(case, at=at)
    history.record(case, "file_received", by=by, at=at, facts=_facts_of(file))
    _ring(case, once=f"{addition.alert_id}:{int(at.timestamp()) // ladder.ONE_RING_S}", at=at)


def _retracted(case: Case, addition: Addition, *, by: Actor, at: datetime) -> None:
    """Write it down and ring, the cell in any case. Nobody is called back by it: the cell reads it, asks, decides."""
    _touch(case, at=at)
    facts = {"alert": str(addition.alert_id), "reason": str(addition.body.get("reason", ""))}
    history.record(case, "retracted", by=by, at=at, facts=facts)
    _ring(case, once=str(addition.pk), at=at, desk=True)


def _case_of(alert: Alert) -> Case:
    """Lock the case that the alert is in; it may have been joined to another while we waited."""
    while True:
        case_id = alert.links.values_list("case_id", flat=True).get(ended_at=None)
        rows = Case.objects.select_for_update(of=("self",), no_key=True).select_related("state")
        case = rows.get(pk=case_id)
        if alert.links.filter(case_id=case_id, ended_at=None).exists():
            return case


def _check_room(alert: Alert) -> None:
    """Count under the lock of the case: two at once do not both take the last place."""
    count = SealedFile.objects.filter(alert=alert)[:FILES_MAX].count()
    if count >= FILES_MAX:
        raise TooManyFiles(count=count)


def _learn(case: Case, arrival: Arrival) -> None:
    """Add what points to the person and is not yet known."""
    if case.status != Status.CLOSED:
        case.urgency = min(case.urgency, arrival.urgency)
        keys = [HardKey(state=case.state, case=case, practice=case.practice, key=key) for key in arrival.hard_keys]
        # One that is another open case's stays there; two cases that share it are suggested to one another.
        HardKey.objects.bulk_create(keys, ignore_conflicts=True)
    case.minor = case.minor or arrival.is_minor
    pointers = [
        Identifier(case=case, kind=p.kind, platform=p.platform, value=p.value[:500], verified=p.verified)
        for p in arrival.pointers
    ]
    Identifier.objects.bulk_create(pointers, ignore_conflicts=True)
    if arrival.name and (person := Person.objects.filter(case=case, name="").first()):
        person.name = arrival.name
        person.save(update_fields=["name"])


def _touch(case: Case, *, at: datetime) -> None:
    case.last_activity_at = at
    case.save(update_fields=["urgency", "minor", "last_activity_at"])


def _ring(case: Case, *, once: str, at: datetime, desk: bool = False) -> None:
    """Ring the units that have the case; where none has it, closed cases included, the desk of the state cell."""
    ladder.alarm(case, cell=transitions.cell_of(case, at=at), once=once, at=at, desk=desk)


def _facts_of(file: SealedFile) -> dict[str, Any]:
    return {"file": str(file.pk), "sha256": file.sha256, "size": file.size, "media_type": file.media_type}
