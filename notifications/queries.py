"""Questions that other floors ask about messages. Row security has said before what the asker may see."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Min, Prefetch, QuerySet

from notifications.channels.ways import ADDRESSES, ways_of
from notifications.models import OWED, Attempt, Message, Provider, Ring, State

# An open dead end is looked at for a day; after it the ladder, the cell and the reports have said more.
LOOKED_AT_FOR: Final = timedelta(hours=24)


def about(about_id: UUID) -> QuerySet[Message]:
    """Return everything that was owed about one subject, oldest first."""
    return Message.objects.filter(about_id=about_id).order_by("created_at", "pk")


def with_tries(about_id: UUID) -> QuerySet[Message]:
    """Return everything that was owed about one subject, each with its tries and what was heard of them."""
    tries = Attempt.objects.order_by("number")
    return about(about_id).select_related("contact").prefetch_related(Prefetch("tries", tries))


def dead_ends(about_id: UUID) -> QuerySet[Message]:
    """Return the messages about one subject that ended without reaching anybody on that channel."""
    return about(about_id).filter(state=State.FAILED)


def dead_ends_open(
    *, at: datetime, units: Collection[str] = (), within: timedelta = LOOKED_AT_FOR
) -> QuerySet[Message]:
    """
    Return the posts that cannot be told of a matter that is still open, longest first: one message for each.

    ``dead_end`` names the reason. Whatever gets through later, or takes the matter in hand, takes it off this list.
    A partial index holds nothing but these, however many messages there are.
    """
    found = Message.objects.filter(dead_end_at__gt=at - within, dead_end_at__lte=at, withdrawn_at=None)
    found = found.select_related("contact__unit").order_by("dead_end_at", "pk")
    return found.filter(contact__unit__code__in=units) if units else found


def providers() -> list[Provider]:
    """Return how the providers that are configured stand; of one that has never been heard of, that it is in order."""
    known = {row.name: row for row in Provider.objects.all()}
    return [
        known.get(name) or Provider(name=name, channel=channel) for channel in ADDRESSES for name in ways_of(channel)
    ]


def rings(*, units: Collection[str] = (), limit: int = 100) -> QuerySet[Ring]:
    """Return what the demo telephones showed, newest first, of some units (by code) or of all."""
    found = Ring.objects.select_related("message", "contact__unit").order_by("-at", "-pk")
    return (found.filter(contact__unit__code__in=units) if units else found)[:limit]


def oldest_due(at: datetime) -> datetime | None:
    """Return since when the message that waits longest has been due, if one waits: the age of the outbox."""
    due = Message.objects.filter(state__in=sorted(OWED), due_at__lte=at)
    oldest: datetime | None = due.aggregate(oldest=Min("due_at"))["oldest"]
    return oldest
