"""The life of a message: the one place that changes its state."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F
from django.db.models.functions import Coalesce

from notifications.models import FINAL, OWED, Channel, Message, State

# What changes after a message is owed. Its words never do, and the database grants no more than these columns.
CHANGING = (
    "state", "attempts", "due_at", "lease_until", "first_try_at", "final_at", "withdrawn_at", "provider_id",
    "last_error",
)  # fmt: skip


# Longer than any wire takes: after it, whoever took the message is dead.
LEASE: Final = timedelta(seconds=30)
# A channel that has had this long and will not have answered by then is not counted on any more.
ALONE_FOR: Final = timedelta(seconds=30)


def struggles(message: Message) -> bool:
    """Tell whether a message is still owed long after its first try, so that the post should be told otherwise too."""
    if message.first_try_at is None or message.state not in OWED:
        return False
    next_try = message.due_at - (LEASE if message.state == State.SENDING else timedelta(0))
    return next_try - message.first_try_at >= ALONE_FOR


def lease(messages: Sequence[Message], *, at: datetime) -> None:
    """Put messages on their way, in memory and in the database; whoever sends them must be back within the lease."""
    until = at + LEASE
    for message in messages:
        message.state = State.SENDING
        message.attempts += 1
        message.first_try_at = message.first_try_at or at
        message.due_at = message.lease_until = until
    # One statement: a burst is claimed by the dozen, and all of them change alike.
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(
        state=State.SENDING,
        attempts=F("attempts") + 1,
        first_try_at=Coalesce("first_try_at", at),
        due_at=until,
        lease_until=until,
    )


def move(message: Message, state: State, *, at: datetime, due_at: datetime | None = None) -> Message:
    """
    Put a message into any other state, in memory; the caller holds its row lock and saves it.

    A message is never taken back from delivered. It may come back from cancelled or failed when proof arrives that it
    got out after all: what a telephone has shown can't be unsaid, and the record must not deny it.
    """
    if message.state == State.DELIVERED:
        return message
    message.state = state
    message.due_at = due_at or message.due_at
    message.lease_until = None
    if state in FINAL or (state == State.ACCEPTED and message.channel == Channel.EMAIL):
        message.final_at = at
    else:
        message.final_at = None
    return message
