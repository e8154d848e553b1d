"""The life of a message: the one place that changes its state."""

from datetime import datetime

from notifications.models import FINAL, Channel, Message, State

# What changes after a message is owed. Its words never do, and the database grants no more than these columns.
CHANGING = (
    "state", "attempts", "due_at", "lease_until", "first_try_at", "final_at", "withdrawn_at", "provider_id",
    "last_error",
)  # fmt: skip


def move(message: Message, state: State, *, at: datetime, due_at: datetime | None = None) -> Message:
    """
    Put a message into a state, in memory; the caller holds its row lock and saves it.

    A message is never taken back from delivered. It may come back from cancelled or failed when proof arrives that it
    got out after all: what a telephone has shown can't be unsaid, and the record must not deny it.
    """
    if message.state == State.DELIVERED:
        return message
    message.state = state
    message.due_at = due_at or message.due_at
    message.lease_until = message.due_at if state == State.SENDING else None
    if state in FINAL or (state == State.ACCEPTED and message.channel == Channel.EMAIL):
        message.final_at = at
    else:
        message.final_at = None
    return message
