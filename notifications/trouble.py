"""Trouble: messages that do not get out, and posts that none has reached, for whoever watches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notifications.channels.ways import ways_of
from notifications.models import OWED, Channel, Message, Provider


@dataclass(frozen=True, slots=True)
class Stuck:
    """Messages of a state that are due on a channel and do not get out."""

    state_id: int | None
    channel: str
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """A channel of which every provider is out of order, and since when the last of them is."""

    channel: str
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


def outages() -> list[Outage]:
    """Return the channels of which every provider is out of order; what they should carry is put off (delivery)."""
    rows = {row.name: row.opened_at for row in Provider.objects.filter(opened_at__isnull=False)}
    found = []
    for channel in Channel.values:
        since = [rows.get(name) for name in ways_of(channel)]
        if since and None not in since:
            found.append(Outage(channel, max(moment for moment in since if moment is not None)))
    return found


def dead_ends(*, after: datetime, limit: int) -> list[DeadEnd]:
    """Return the posts that cannot be told of a matter that is still open, since then; practice and tests apart."""
    found: dict[int | None, dict[str, datetime]] = {}
    ended = Message.objects.filter(dead_end_at__gt=after, withdrawn_at=None, practice=False)
    ended = ended.exclude(topic="contact_test").order_by("dead_end_at")
    for state_id, to_ref, at in ended.values_list("contact__unit__state_id", "to_ref", "dead_end_at")[:limit]:
        if at is not None:
            found.setdefault(state_id, {}).setdefault(to_ref, at)
    return [DeadEnd(state_id, sorted(posts), min(posts.values())) for state_id, posts in found.items()]
