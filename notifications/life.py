"""The life of a message: the one place that changes its state, and how much time each stretch of it is given."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F
from django.db.models.functions import Coalesce

from notifications.models import FINAL, OWED, Channel, Message, State

# What changes after a message is owed. Its words never do, and the database grants no more than these columns.
CHANGING = (
    "state", "attempts", "due_at", "lease_until", "first_try_at", "final_at", "answer_by", "call_again_at",
    "withdrawn_at", "dead_end", "dead_end_at", "provider", "provider_id", "last_error",
)  # fmt: skip

# What is told of at once, or by another channel within a minute; the rest has hours, and wakes nobody.
URGENT: Final = frozenset({"P0", "P1"})
# Longer than any wire takes: after it, whoever took the message is dead.
LEASE: Final = timedelta(seconds=30)
# A channel that has had this long and will not have answered by then is not counted on any more.
ALONE_FOR: Final = timedelta(seconds=30)
ALONE_FOR_HOURS: Final = timedelta(minutes=30)
# How long a message is tried on its channel.
HORIZON: Final = timedelta(hours=6)
LONG_HORIZON: Final = timedelta(hours=24)
# How long a telephone rings and speaks, with room for a slow gateway; after it a call counts as not answered.
ANSWER_WITHIN: Final = timedelta(seconds=90)
# The pauses before a post is called once more; the last one is repeated.
REDIAL_S: Final = (60, 60, 120, 180, 300)
REDIAL_SLOWLY_S: Final = (300, 900, 1800, 3600)
# About an hour of calls, and about six hours where it is not urgent.
REDIALS: Final = 14
REDIALS_SLOWLY: Final = 8
# What nobody takes in hand is not called out for ever, and that nothing is to be done any more not twice.
REDIALS_OF: Final = {
    "case_recalled": 0, "case_raised": 2, "case_returned": 2, "case_disowned": 2, "case_to_and_fro": 2,
    "help_wanted": 2,
    "digest": 2, "contact_test": 0,
}  # fmt: skip


def is_urgent(message: Message) -> bool:
    """Tell whether somebody must know within a minute."""
    return message.facts.get("urgency") in URGENT


def horizon(message: Message) -> timedelta:
    """Return how long a message is tried on its channel."""
    return HORIZON if is_urgent(message) else LONG_HORIZON


def redial_pause(message: Message) -> timedelta | None:
    """Return how long to wait before the post is called again; None when it has been called often enough."""
    urgent = is_urgent(message)
    pauses, most = (REDIAL_S, REDIALS) if urgent else (REDIAL_SLOWLY_S, REDIALS_SLOWLY)
    if message.turn >= REDIALS_OF.get(message.topic, most):
        return None
    return timedelta(seconds=pauses[min(message.turn, len(pauses) - 1)])


def struggles(message: Message) -> bool:
    """Tell whether a message is still owed long after it was to go out: its post is to be told otherwise too."""
    if message.state not in OWED:
        return False
    next_try = message.due_at - (LEASE if message.state == State.SENDING else timedelta(0))
    alone_for = ALONE_FOR if is_urgent(message) else ALONE_FOR_HOURS
    return next_try - (message.first_try_at or message.created_at) >= alone_for


def lease(messages: Sequence[Message], *, at: datetime) -> None:
    """Put messages on their way, in memory and in the database; whoever sends them must be back within the lease."""
    until = at + LEASE
    for message in messages:
        message.state = State.SENDING
        message.attempts += 1
        message.first_try_at = message.first_try_at or at
        message.due_at = message.lease_until = until
    # One statement for each provider: a burst is claimed by the dozen, and all of them change alike.
    for provider in {message.provider for message in messages}:
        Message.objects.filter(pk__in=[message.pk for message in messages if message.provider == provider]).update(
            state=State.SENDING,
            attempts=F("attempts") + 1,
            first_try_at=Coalesce("first_try_at", at),
            due_at=until,
            lease_until=until,
            provider=provider,
        )


def move(message: Message, state: State, *, at: datetime, due_at: datetime | None = None) -> Message:
    """
    Put a message into any other state, in memory; the caller holds its row lock and saves it.

    A message is never taken back from delivered. It may come back from cancelled, failed or replaced when proof arrives
    that it got out after all: what a telephone has shown can't be unsaid, and the record must not deny it.
    """
    if message.state == State.DELIVERED:
        return message
    message.state = state
    message.due_at = due_at or message.due_at
    message.lease_until = message.answer_by = message.call_again_at = None
    if state in FINAL or (state == State.ACCEPTED and message.channel == Channel.EMAIL):
        message.final_at = at
    else:
        message.final_at = None
    if state in {State.ACCEPTED, State.DELIVERED}:
        message.dead_end, message.dead_end_at = "", None
    # Who has said already that it is in hand need not answer the telephone as well.
    if state == State.ACCEPTED and message.channel == Channel.VOICE and message.withdrawn_at is None:
        message.answer_by = at + ANSWER_WITHIN
    return message
