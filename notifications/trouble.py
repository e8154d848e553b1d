"""Trouble: messages that do not get out, and posts that none has reached, for whoever watches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from notifications.models import OWED, Channel, Message, State

#: A message in one of these has reached the post, or still may.
HOPEFUL = frozenset({State.QUEUED, State.SENDING, State.ACCEPTED, State.DELIVERED})


@dataclass(frozen=True, slots=True)
class Stuck:
    """Messages of a state that are due on a channel and do not get out."""

    state_id: int | None
    channel: str
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """Posts of a state that no message has reached, by their name: unit and post."""

    state_id: int | None
    posts: Sequence[str]
    since: datetime


def stuck(*, before: datetime, limit: int) -> list[Stuck]:
    """Return what has been due since before that time, state by state and channel by channel."""
    found: dict[tuple[int | None, str], list[datetime]] = {}
    for channel in Channel.values:
        due = Message.objects.filter(channel=channel, state__in=sorted(OWED), due_at__lt=before).order_by("due_at")
        for state_id, due_at in due.values_list("contact__unit__state_id", "due_at")[:limit]:
            found.setdefault((state_id, channel), []).append(due_at)
    return [Stuck(state_id, channel, len(times), min(times)) for (state_id, channel), times in found.items()]


def dead_ends(*, after: datetime, limit: int) -> list[DeadEnd]:
    """Return the posts that a message failed to reach since then on every channel it was tried on; practice apart."""
    found: dict[int | None, dict[str, datetime]] = {}
    ended = _without_hope(after).order_by("final_at").values_list("contact__unit__state_id", "to_ref", "final_at")
    for state_id, to_ref, final_at in ended[:limit]:
        if final_at is not None:
            found.setdefault(state_id, {}).setdefault(to_ref, final_at)
    return [DeadEnd(state_id, sorted(posts), min(posts.values())) for state_id, posts in found.items()]


def _without_hope(after: datetime) -> QuerySet[Message]:
    """Return the failed messages whose post has not been told of the same on another channel."""
    same = Message.objects.filter(
        group=OuterRef("group"), contact=OuterRef("contact"), about=OuterRef("about"), topic=OuterRef("topic")
    )
    failed = Message.objects.filter(state=State.FAILED, final_at__gt=after, practice=False, withdrawn_at=None)
    return failed.exclude(topic="contact_test").exclude(Exists(same.filter(state__in=sorted(HOPEFUL))))
