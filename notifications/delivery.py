"""Delivery: takes what is due, and writes down what came of it. The wire itself lies between two transactions."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from districts.actors import CLOCK
from districts.reach import reach_of
from notifications import outbox
from notifications.channels.wire import NotSent, Refused, Sent, Unreachable
from notifications.life import CHANGING, lease, move, struggles
from notifications.models import OWED, Attempt, Message, Outcome, State

log = logging.getLogger(__name__)

HORIZON: Final = timedelta(hours=6)
LONGEST_PAUSE_S: Final = 300
LARGEST_CODE: Final = 999


@dataclass(frozen=True, slots=True)
class Answer:
    """What one try of one message came to."""

    message_id: UUID
    number: int
    result: Sent | NotSent


def claim_due(*, channel: str, at: datetime, limit: int) -> list[Message]:
    """
    Take up to ``limit`` messages that are due, each with a lease and an open attempt; they must be sent at once.

    A message whose sender died is due again when its lease ends, and goes out under the same id.
    """
    with reach_of(CLOCK):
        due = Message.objects.filter(channel=channel, state__in=sorted(OWED), due_at__lte=at).order_by("due_at")
        return _take(list(_unlocked(due)[:limit]), at=at)


def claim_one(message_id: UUID, *, at: datetime) -> Message | None:
    """Take one message if it is due and nobody else has it."""
    with reach_of(CLOCK):
        due = Message.objects.filter(pk=message_id, state__in=sorted(OWED), due_at__lte=at)
        return next(iter(_take(list(_unlocked(due)), at=at)), None)


def record(answers: Sequence[Answer], *, at: datetime) -> set[UUID]:
    """
    Write down what came of some tries, and decide what follows; return whose answers are written.

    The others' rows are held by somebody who cancels them at this moment: bring those answers again. Waiting for one
    row while holding others could end an officer's transaction in a deadlock.
    """
    by_message = {answer.message_id: answer for answer in answers}
    with reach_of(CLOCK):
        messages = list(_unlocked(Message.objects.filter(pk__in=by_message).order_by("pk")))
        tries = {(t.message_id, t.number): t for t in Attempt.objects.filter(message__in=messages)}
        for message in messages:
            answer = by_message[message.pk]
            attempt = tries[message.pk, answer.number]
            _close(attempt, answer.result, at=at)
            if attempt.heard:
                continue  # the receipt has overtaken the answer, and has said more
            if isinstance(answer.result, Sent):
                _got_out(message, answer.result, at=at)
            elif message.state == State.SENDING and message.attempts == answer.number:
                _did_not(message, answer.result, at=at)
            # Else somebody else decided meanwhile: a receipt, a cancellation, or whoever took it after our lease.
    return {message.pk for message in messages}


def supersede_waiting(message: Message, *, at: datetime) -> None:
    """Stop trying the channel that this message stood in for, now that it has arrived."""
    if message.instead_of_id is None:
        return
    # Locked after its stand-in, which is younger; that is the order of keys turned round, so don't wait for it.
    waiting = Message.objects.filter(pk=message.instead_of_id, state=State.QUEUED)
    for original in waiting.select_for_update(no_key=True, skip_locked=True):
        move(original, State.SUPERSEDED, at=at).save(update_fields=CHANGING)


def fail(message: Message, *, why: str, at: datetime) -> None:
    """End a message that can't be delivered on its channel, and tell the post on the next one."""
    message.last_error = why
    move(message, State.FAILED, at=at).save(update_fields=CHANGING)
    if not outbox.owe_elsewhere(message, at=at):
        said = {"message_id": str(message.pk), "channel": message.channel, "to_ref": message.to_ref, "why": why}
        log.warning("message %(message_id)s to %(to_ref)s ended by %(channel)s: %(why)s", said, extra=said)


def _unlocked(due: QuerySet[Message]) -> QuerySet[Message]:
    """Lock what nobody else has locked; whoever sends or cancels it has it already."""
    return due.select_related("contact__unit").select_for_update(of=("self",), skip_locked=True, no_key=True)


def _take(messages: list[Message], *, at: datetime) -> list[Message]:
    """Lease the messages and open an attempt for each; end those that have been tried long enough."""
    again = [message for message in messages if message.state == State.SENDING]
    for attempt in Attempt.objects.filter(message__in=again, ended_at=None) if again else ():
        attempt.ended_at, attempt.outcome, attempt.detail = at, Outcome.ABANDONED, "the sender did not come back"
        attempt.save(update_fields=["ended_at", "outcome", "detail"])
    taken = []
    for message in messages:
        if message.attempts and at >= message.created_at + HORIZON:
            fail(message, why=f"given up: {message.last_error or 'no answer'}", at=at)
        else:
            taken.append(message)
    lease(taken, at=at)
    Attempt.objects.bulk_create([Attempt(message=message, number=message.attempts, at=at) for message in taken])
    return taken


def _close(attempt: Attempt, result: Sent | NotSent, *, at: datetime) -> None:
    """End an attempt; an answer that comes after its lease still says more than that the sender died."""
    attempt.ended_at = at
    code = result.status_code
    attempt.status_code = code if code is not None and 0 <= code <= LARGEST_CODE else None
    if isinstance(result, Sent):
        attempt.outcome, attempt.provider_id, attempt.detail = Outcome.ACCEPTED, result.provider_id, ""
    else:
        attempt.detail = result.detail
        if isinstance(result, Refused):
            attempt.outcome = Outcome.REFUSED
        else:
            perhaps = isinstance(result, Unreachable) and result.perhaps
            attempt.outcome = Outcome.UNANSWERED if perhaps else Outcome.UNREACHABLE
    attempt.save(update_fields=["ended_at", "outcome", "status_code", "detail", "provider_id"])


def _got_out(message: Message, sent: Sent, *, at: datetime) -> None:
    """Note that the gateway took it, whatever we had thought of it meanwhile."""
    if message.state != State.DELIVERED:
        move(message, State.DELIVERED if sent.delivered else State.ACCEPTED, at=at)
    message.provider_id, message.last_error = sent.provider_id, ""
    message.save(update_fields=CHANGING)
    if sent.delivered:
        supersede_waiting(message, at=at)


def _did_not(message: Message, result: NotSent, *, at: datetime) -> None:
    """Try again later, or end it."""
    pause = timedelta(seconds=min(2**message.attempts, LONGEST_PAUSE_S))
    if isinstance(result, Unreachable):
        pause = max(pause, timedelta(seconds=result.wait_s))
    if isinstance(result, Refused):
        fail(message, why=result.detail, at=at)
    elif message.attempts > 1 and message.stand_ins.filter(state=State.DELIVERED).exists():
        move(message, State.SUPERSEDED, at=at).save(update_fields=CHANGING)
    elif at + pause >= message.created_at + HORIZON:
        fail(message, why=f"given up: {result.detail}", at=at)
    else:
        message.last_error = result.detail
        move(message, State.QUEUED, at=at, due_at=at + pause).save(update_fields=CHANGING)
        if struggles(message):
            outbox.owe_elsewhere(message, at=at)
