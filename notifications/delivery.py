"""Delivery: takes what is due, and writes down what came of it. The wire itself lies between two transactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from districts.actors import CLOCK
from districts.reach import reach_of
from notifications import breaker, onward, pile
from notifications.breaker import Standing
from notifications.channels.wire import NotSent, Refused, Sent, Unreachable
from notifications.life import CHANGING, horizon, lease, move, struggles
from notifications.models import OWED, Attempt, Channel, DeadEnd, Message, Outcome, State

LONGEST_PAUSE_S: Final = 300
LARGEST_CODE: Final = 999
# What waits before a dead channel is looked at again after this, so that it is put on its way otherwise in time.
HELD_FOR: Final = timedelta(seconds=10)
HELD: Final = "every provider of this channel is out of order"
# How many are put off, or brought back, at a time.
MANY: Final = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What one try of one message came to."""

    message_id: UUID
    number: int
    result: Sent | NotSent


def claim_due(*, channel: str, at: datetime, limit: int) -> list[Message]:
    """
    Take up to ``limit`` messages that are due, each with a lease and an open attempt; they must be sent at once.

    A message whose sender died is due again when its lease ends, and goes out under the same id. While every provider
    of the channel is out of order one message is taken at a time, to try; the others are put off, and those that are
    urgent put on their way by another channel.
    """
    with reach_of(CLOCK):
        now = breaker.standing(channel, at=at)
        due = Message.objects.filter(channel=channel, state__in=sorted(OWED), due_at__lte=at).order_by("due_at")
        if not now.all_shut:
            return _take(list(_unlocked(due)[:limit]), now, at=at)
        at_home = Q(practice=True) & ~Q(contact__practice=True)
        real, rehearsed = due.exclude(at_home), list(_unlocked(due.filter(at_home))[:limit])
        trial = list(_unlocked(real)[:1]) if now.on_trial else []
        _hold_back(list(_unlocked(real.exclude(pk__in=[one.pk for one in trial]))[:MANY]), at=at)
        # Last, because everybody locks a provider's row last; who comes too late for the trial finds it still due.
        taken = trial if trial and any(breaker.take_trial(name, at=at) for name in sorted(now.on_trial)) else []
        return _take([*taken, *rehearsed], now, at=at)


def claim_one(message_id: UUID, *, at: datetime) -> Message | None:
    """Take one message if it is due and nobody else has it."""
    with reach_of(CLOCK):
        due = Message.objects.filter(pk=message_id, state__in=sorted(OWED), due_at__lte=at)
        found = list(_unlocked(due))
        return next(iter(_take(found, breaker.standing(found[0].channel, at=at), at=at)), None) if found else None


def record(answers: Sequence[Answer], *, at: datetime) -> set[UUID]:
    """
    Write down what came of some tries, and decide what follows; return whose answers are written.

    The others' rows are held by somebody who cancels them at this moment: bring those answers again. Waiting for one
    row while holding others could end an officer's transaction in a deadlock.
    """
    by_message = {answer.message_id: answer for answer in answers}
    with reach_of(CLOCK):
        messages = list(_unlocked(Message.objects.filter(pk__in=by_message).order_by("pk")))
        tries = _tries_of(messages)
        standings = {channel: breaker.standing(channel, at=at) for channel in {m.channel for m in messages}}
        said: dict[str, list[tuple[str, Sent | NotSent]]] = {}
        for message in messages:
            answer = by_message[message.pk]
            attempt = next(one for one in tries[message.pk] if one.number == answer.number)
            _close(attempt, answer.result, at=at)
            said.setdefault(message.channel, []).append((attempt.provider, answer.result))
            if attempt.heard:
                continue  # the receipt has overtaken the answer, and has said more
            if isinstance(answer.result, Sent):
                _got_out(message, answer.result, at=at)
            elif message.state == State.SENDING and message.attempts == answer.number:
                _did_not(message, answer.result, tries[message.pk], standings[message.channel], at=at)
            # Else somebody else decided meanwhile: a receipt, a cancellation, or whoever took it after our lease.
        for channel, heard in sorted(said.items()):
            if breaker.note(channel, heard, at=at):
                _bring_back(channel, at=at)
    return {message.pk for message in messages}


def hang_up(*, at: datetime) -> int:
    """Count calls as not answered that were taken, and of which nothing has been heard in time; return how many."""
    with reach_of(CLOCK):
        silent = list(_unlocked(Message.objects.filter(answer_by__lte=at).order_by("answer_by"))[:MANY])
        for message in silent:
            not_answered(message, why="nothing was heard of the call", at=at)
    return len(silent)


def call_again(*, at: datetime) -> int:
    """Owe the calls that are to be made once more by now; return how many."""
    with reach_of(CLOCK):
        due = _unlocked(Message.objects.filter(call_again_at__lte=at).order_by("call_again_at"))[:MANY]
        return sum(bool(onward.call_again(message, at=at)) for message in list(due))


def not_answered(message: Message, *, why: str, at: datetime) -> None:
    """End a call that nobody answered; the post is called again after a while, and told by another channel."""
    message.last_error = why
    move(message, State.FAILED, at=at).save(update_fields=CHANGING)
    onward.go_on(message, end=DeadEnd.UNANSWERED, at=at, in_vain=True)


def not_delivered(message: Message, *, why: str, at: datetime) -> None:
    """Give a message that a provider took and did not bring to another provider, or end it on its channel."""
    now = breaker.standing(message.channel, at=at)
    if breaker.choose(message, _tries_of([message])[message.pk], now) is not None:
        message.last_error = why
        move(message, State.QUEUED, at=at, due_at=at).save(update_fields=CHANGING)
    else:
        fail(message, why=why, at=at)


def fail(message: Message, *, why: str, at: datetime, end: DeadEnd = DeadEnd.EXHAUSTED) -> None:
    """End a message that can't be delivered on its channel, and tell the post on the next one."""
    message.last_error = why
    move(message, State.FAILED, at=at).save(update_fields=CHANGING)
    onward.go_on(message, end=end, at=at)


def _unlocked(due: QuerySet[Message]) -> QuerySet[Message]:
    """Lock what nobody else has locked; whoever sends or cancels it has it already."""
    return due.select_related("contact__unit").select_for_update(of=("self",), skip_locked=True, no_key=True)


def _take(messages: list[Message], now: Standing, *, at: datetime) -> list[Message]:
    """Lease the messages and open an attempt for each; end those that were tried long enough or need not be sent."""
    alive = _without_the_ended(messages, at=at)
    taken = pile.settle(alive, at=at)
    tries = _tries_of([message for message in taken if message.attempts])
    trials = set(now.on_trial) if not now.all_shut else set()
    for message in taken:
        provider = breaker.choose(message, tries.get(message.pk, []), now) or next(iter(now.ways))
        # While another provider carries the channel, one message tries whether this one answers again.
        if trials and not message.attempts and provider in now.ways:
            name = trials.pop()
            provider = name if breaker.take_trial(name, at=at) else provider
        message.provider = provider
    lease(taken, at=at)
    Attempt.objects.bulk_create(
        [Attempt(message=one, number=one.attempts, at=at, provider=one.provider) for one in taken]
    )
    return taken


def _without_the_ended(messages: list[Message], *, at: datetime) -> list[Message]:
    """Close what senders left behind who did not come back, and end those that have been tried long enough."""
    again = [message for message in messages if message.state == State.SENDING]
    for attempt in Attempt.objects.filter(message__in=again, ended_at=None) if again else ():
        attempt.ended_at, attempt.outcome, attempt.detail = at, Outcome.ABANDONED, "the sender did not come back"
        attempt.save(update_fields=["ended_at", "outcome", "detail"])
    alive = []
    for message in messages:
        if (message.attempts or message.last_error) and at >= message.created_at + horizon(message):
            why = f"given up: {message.last_error or 'no answer'}"
            fail(message, why=why, at=at, end=DeadEnd.GIVEN_UP)
        else:
            alive.append(message)
    return alive


def _hold_back(messages: list[Message], *, at: datetime) -> None:
    """Put off what no provider would take; tell the post of it by another channel where it cannot wait."""
    for message in _without_the_ended(messages, at=at):
        message.last_error = HELD
        move(message, State.QUEUED, at=at, due_at=at + HELD_FOR).save(update_fields=CHANGING)
        if struggles(message):
            onward.go_on(message, end=DeadEnd.WAITING, at=at)


def _bring_back(channel: str, *, at: datetime) -> None:
    """Let everything that waits for a provider go now that one answers again; a pile is settled when it is claimed."""
    waiting = Message.objects.filter(channel=channel, state=State.QUEUED, due_at__gt=at).order_by("due_at")
    locked = waiting.select_for_update(skip_locked=True, no_key=True)[: MANY * 4]
    Message.objects.filter(pk__in=[message.pk for message in locked]).update(due_at=at)


def _tries_of(messages: Sequence[Message]) -> Mapping[UUID, list[Attempt]]:
    """Return the tries of some messages, the first one first."""
    found: dict[UUID, list[Attempt]] = {message.pk: [] for message in messages}
    for attempt in Attempt.objects.filter(message__in=found).order_by("number") if found else ():
        found[attempt.message_id].append(attempt)
    return found


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
    # Whatever goes out at the first try, and in nobody's stead, has nothing to set right.
    if message.attempts > 1 or message.instead_of_id is not None or message.channel == Channel.VOICE:
        onward.reached(message, at=at)


def _did_not(message: Message, result: NotSent, tries: Sequence[Attempt], now: Standing, *, at: datetime) -> None:
    """Try the next provider at once, or again later, or end it."""
    following = breaker.choose(message, tries, now)
    if following is None:
        fail(message, why=result.detail, at=at)
        return
    if message.attempts > 1 and message.stand_ins.filter(state=State.DELIVERED).exists():
        move(message, State.SUPERSEDED, at=at).save(update_fields=CHANGING)
        return
    given = [one.provider for one in tries]
    pause = timedelta(seconds=min(2 ** min(given.count(following), 9), LONGEST_PAUSE_S))
    if given.count(following) < given.count(given[-1]):
        pause = timedelta(0)  # another provider's turn: who waits for whom?
    elif isinstance(result, Unreachable) and following == given[-1]:
        pause = max(pause, timedelta(seconds=result.wait_s))
    if at + pause >= message.created_at + horizon(message):
        fail(message, why=f"given up: {result.detail}", at=at, end=DeadEnd.GIVEN_UP)
        return
    message.last_error = result.detail
    move(message, State.QUEUED, at=at, due_at=at + pause).save(update_fields=CHANGING)
    if struggles(message):
        onward.go_on(message, end=DeadEnd.WAITING, at=at)
