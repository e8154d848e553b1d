"""Carrying: takes the parcels that are due, calls the other portals all at once, and writes down what came."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef

from cases import evidence, history
from cases.crossings import hearing
from cases.models import Case, Parcel, Passage
from districts.actors import CLOCK
from districts.models import Counterpart, Unit
from districts.reach import reach_of
from notifications import webhooks
from notifications.webhooks import Answer, Errand

Clock = Callable[[], datetime]
Kind, Stage = Parcel.Kind, Parcel.Stage

#: Longer than any call takes: after it, whoever took the parcel is dead.
LEASE: Final = timedelta(seconds=90)
WIDTH: Final = 12
#: A life hangs on it: once a portal answers again, nothing waits there for longer than half a minute.
PAUSES_S: Final = (2, 5, 10, 20, 30)
#: After so many failures in a row a portal is asked by one call at a time, until one is taken.
BREAKS_AFTER: Final = 3
#: What another try may change: a key that was entered wrong, a portal that is busy or falling over.
WORTH_ANOTHER_TRY: Final = frozenset({401, 403, 404, 408, 409, 425, 429})
REFERENCE: Final = re.compile(r"[A-Z]{2,4}-[0-9]{4}-[0-9]{4}")
PLACES: Final = {Kind.SOURCE: "/files", Kind.SUPPLEMENT: "/supplements", Kind.WITHDRAWAL: "/retract"}

_at_work = threading.Lock()


@dataclass(frozen=True, slots=True)
class Trip:
    """A parcel on its way; without an errand its bytes are gone, and it never sets out."""

    parcel: Parcel
    number: int
    errand: Errand | None


def carry_due(*, clock: Clock, for_s: float) -> int:
    """Carry what is due, for about ``for_s`` seconds, one thread of a process at a time; return how much was taken."""
    if not _at_work.acquire(blocking=False):
        return 0
    try:
        taken, until = 0, time.monotonic() + for_s
        while trips := _claim(at=clock()):
            errands = [trip.errand for trip in trips if trip.errand]
            answers = iter(webhooks.carry(errands, moment=int(clock().timestamp())))
            heard = [next(answers) if trip.errand else Answer(detail="the sealed bytes are gone") for trip in trips]
            taken += sum(_record(trip, answer, at=clock()) for trip, answer in zip(trips, heard, strict=True))
            if time.monotonic() >= until:
                break
        return taken
    finally:
        _at_work.release()


def _claim(*, at: datetime) -> list[Trip]:
    """Take what is due, the first of each passage only; of a portal that does not answer, one at a time."""
    with reach_of(CLOCK):
        owed = Parcel.objects.filter(stage=Stage.OWED)
        before = owed.filter(passage=OuterRef("passage"), number__lt=OuterRef("number"))
        due = owed.filter(~Exists(before), due_at__lte=at, passage__counterpart__active=True).order_by("due_at", "pk")
        locked = due.select_related("passage__counterpart").select_for_update(
            of=("self",), skip_locked=True, no_key=True
        )
        rows = list(locked[: WIDTH * 2])
        # An alert does not wait for another one's film.
        rows = [parcel for parcel in rows if parcel.kind != Kind.SOURCE][:WIDTH] or rows[:WIDTH]
        broken = owed.filter(attempts__gte=BREAKS_AFTER).values_list("passage__counterpart", flat=True)
        silent, asked = (set(broken), set[int]()) if rows else (set[int](), set[int]())
        trips = []
        for parcel in rows:
            portal = parcel.passage.counterpart_id
            if portal in silent and portal in asked:
                continue
            asked.add(portal)
            parcel.attempts += 1
            parcel.due_at = at + LEASE
            parcel.save(update_fields=["attempts", "due_at"])
            trips.append(Trip(parcel, parcel.attempts, _errand(parcel)))
        return trips


def _errand(parcel: Parcel) -> Errand | None:
    """Return the request that carries a parcel: an ordinary call of the partner API, with a key that never changes."""
    portal, passage = parcel.passage.counterpart, parcel.passage
    try:
        content = evidence.unseal(parcel.sha256)
    except evidence.SealBroken:
        return None
    media_type, below = "application/json", ""
    if parcel.kind != Kind.ALERT:
        below = f"/{passage.their_alert}{PLACES[Kind(parcel.kind)]}"
    if parcel.kind == Kind.SOURCE:
        content, media_type = _form(parcel, content)
    return Errand(
        address=f"{portal.address}/api/v1/alerts{below}",
        key=portal.key,
        secret=portal.signing_secret,
        # An id is accepted once; each try has its own, and the key says that it is the same.
        webhook_id=f"msg_{parcel.pk.hex}.{parcel.attempts}",
        idempotency_key=str(parcel.pk),
        content=content,
        media_type=media_type,
    )


def _form(parcel: Parcel, content: bytes) -> tuple[bytes, str]:
    """Return the file as a form with its digest, which is compared over there before anything is kept."""
    line = f"sealed-{parcel.pk.hex}"
    name = re.sub(r"[^\w .()-]", "_", parcel.name) or "source"
    head = (
        f'--{line}\r\nContent-Disposition: form-data; name="sha256"\r\n\r\n{parcel.sha256}\r\n'
        f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode() + content + f"\r\n--{line}--\r\n".encode(), f"multipart/form-data; boundary={line}"


def _record(trip: Trip, answer: Answer, *, at: datetime) -> bool:
    """Write down what came of a trip; return whether the parcel was taken."""
    with reach_of(CLOCK):
        passage_id, case_id = trip.parcel.passage_id, trip.parcel.case_id
        # The case before everything that hangs on it, as whoever acts on it does.
        case = Case.objects.select_for_update(of=("self",), no_key=True).select_related("state").get(pk=case_id)
        passage = Passage.objects.select_for_update(of=("self",), no_key=True).get(pk=passage_id)
        parcel = Parcel.objects.select_for_update(of=("self",), no_key=True).get(pk=trip.parcel.pk)
        taken = _is_ours(parcel, answer)
        code = answer.status_code if answer.status_code and answer.status_code < 1000 else None
        parcel.status_code, parcel.detail = code, _detail(answer, taken=taken)
        # Somebody who took it after our lease decides for himself; a yes is a yes.
        if parcel.stage == Stage.OWED and (taken or parcel.attempts == trip.number):
            _decide(parcel, answer, taken=taken, gone=trip.errand is None, at=at)
        parcel.save(update_fields=["status_code", "detail", "stage", "final_at", "due_at"])
        if taken and parcel.stage == Stage.DELIVERED:
            _arrived(case, passage, parcel, answer, at=at)
        elif parcel.stage == Stage.FAILED:
            unit = _unit_of(passage)
            facts = {"unit": unit.code, "kind": parcel.kind, "sha256": parcel.sha256, "answer": code or parcel.detail}
            history.record(case, "parcel_failed", by=CLOCK, at=at, facts=facts, unit=unit)
    return taken


def _is_ours(parcel: Parcel, answer: Answer) -> bool:
    """Tell whether they have what we sent: a 2xx that names its digest, and for an alert its number over there."""
    if not answer.taken or answer.body.get("sha256") != parcel.sha256:
        return False
    return parcel.kind != Kind.ALERT or _uuid(answer.body.get("id")) is not None


def _decide(parcel: Parcel, answer: Answer, *, taken: bool, gone: bool, at: datetime) -> None:
    code = answer.status_code or 0
    refused = 400 <= code < 500 and code not in WORTH_ANOTHER_TRY
    if taken:
        parcel.stage, parcel.final_at = Stage.DELIVERED, at
    elif gone or refused or at >= parcel.give_up_at or code == HTTPStatus.GONE:
        parcel.stage, parcel.final_at = Stage.FAILED, at
    else:
        pause = max(PAUSES_S[min(parcel.attempts, len(PAUSES_S)) - 1], min(answer.wait_s, PAUSES_S[-1]))
        parcel.due_at = min(at + timedelta(seconds=pause), max(parcel.give_up_at, at))


def _arrived(case: Case, passage: Passage, parcel: Parcel, answer: Answer, *, at: datetime) -> None:
    """Keep what they call it, and let what waited for this portal go at once: it answers."""
    unit = _unit_of(passage)
    facts: dict[str, Any] = {"unit": unit.code, "kind": parcel.kind, "sha256": parcel.sha256}
    if parcel.kind == Kind.ALERT:
        passage.their_alert = _uuid(answer.body.get("id"))
        reference = str(answer.body.get("reference"))
        passage.their_reference = reference if REFERENCE.fullmatch(reference) else ""
        passage.save(update_fields=["their_alert", "their_reference"])
        facts["their_reference"] = passage.their_reference
    history.record(case, "parcel_arrived", by=CLOCK, at=at, facts=facts, unit=unit)
    waiting = Parcel.objects.filter(
        stage=Stage.OWED,
        passage__counterpart=passage.counterpart_id,
        due_at__gt=at,
        due_at__lte=at + timedelta(seconds=PAUSES_S[-1]),
    ).exclude(attempts=0)
    for other in waiting.select_for_update(of=("self",), skip_locked=True, no_key=True):
        other.due_at = at
        other.save(update_fields=["due_at"])
    if parcel.kind == Kind.ALERT and not _leads_back(parcel, passage):
        # Somebody may be at work on that person over there already.
        hearing.stands(case, passage, state=str(answer.body.get("state")), at=at)


def _leads_back(parcel: Parcel, passage: Passage) -> bool:
    """Tell whether the case has gone back to where it came from: its state there is then not about this hand-over."""
    said = json.loads(evidence.unseal(parcel.sha256))
    return any(step["reference"] == passage.their_reference for step in said["handed_over"]["trail"])


def _unit_of(passage: Passage) -> Unit:
    return Counterpart.objects.select_related("unit").get(pk=passage.counterpart_id).unit


def _detail(answer: Answer, *, taken: bool) -> str:
    return "" if taken else answer.detail or ("the answer was not about what was sent" if answer.taken else "")


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
