"""Rows: how a message is made for a post and a channel, with its words frozen, and written once for an occasion."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from districts import duty
from districts.models import Contact, Unit
from notifications import nudge, wording
from notifications.life import REDIALS, move
from notifications.models import Channel, Message, State
from notifications.templates import Book

NO_ADDRESS: Final = "no address on record"


class Addressee(NamedTuple):
    """A post, and the channel to tell it by; with a link of its own in the place of everybody's, where it has one."""

    contact: Contact
    channel: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What happened that must be told, whoever is told of it."""

    topic: str
    facts: Mapping[str, str]
    about: str
    about_id: UUID | None
    group: str
    once: str
    at: datetime
    practice: bool
    unit: Unit | None


def occasion_of(message: Message, *, at: datetime) -> Occasion:
    """Return what a message tells of, to be told again otherwise."""
    return Occasion(
        message.topic, message.facts, message.about, message.about_id, message.group, _once_of(message), at,
        message.practice, unit=unit_named(message.facts),
    )  # fmt: skip


def keys_of(message: Message) -> list[str]:
    """Return the keys of everything that may tell the message's post of its occasion: each channel, each call."""
    once, post = _once_of(message), message.contact_id
    calls = [f"{once}:{post}:{Channel.VOICE}:{turn}" for turn in range(1, REDIALS + 1)]
    return [*(f"{once}:{post}:{channel}" for channel in Channel.values), *calls]


def row(to: Addressee, occasion: Occasion, *, book: Book | None = None, turn: int = 0) -> Message:
    """Return the row for one post and channel, with its words frozen; ``book`` is the one open for the occasion."""
    book = book or Book(occasion.topic, at=occasion.at)
    facts = {**occasion.facts, "link": to.link} if to.link else dict(occasion.facts)
    words = wording.say(
        occasion.topic,
        channel=to.channel,
        language=to.contact.language,
        facts=facts,
        unit=occasion.unit,
        practice=occasion.practice,
        template=book.of(to.contact, to.channel),
    )
    message = Message(
        topic=occasion.topic,
        channel=Channel(to.channel),
        contact=to.contact,
        to=address(to.contact, to.channel),
        to_ref=str(to.contact),
        language=words.language,
        text=words.text,
        template_id=words.template_id,
        wording=words.template,
        header=words.header,
        facts=facts,
        about=occasion.about,
        about_id=occasion.about_id,
        group=occasion.group,
        once=f"{occasion.once}:{to.contact.pk}:{to.channel}" + (f":{turn}" if turn else ""),
        turn=turn,
        token=secrets.token_urlsafe(32),
        practice=occasion.practice,
        created_at=occasion.at,
        due_at=occasion.at,
    )
    if not message.to:
        move(message, State.FAILED, at=occasion.at)
        message.last_error = NO_ADDRESS
    return message


def add(rows: Sequence[Message]) -> list[Message]:
    """Write the rows whose occasion is new; return them."""
    if not rows:
        return []
    # A key that is taken is skipped by the database: two callers at once cannot both add it, and neither fails.
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    added = set(Message.objects.filter(pk__in=[one.pk for one in rows]).values_list("pk", flat=True))
    if added:
        nudge.after_commit()
    return [one for one in rows if one.pk in added]


def address(contact: Contact, channel: str) -> str:
    """Return where a post is reached by a channel, empty where it is not."""
    return contact.email if channel == Channel.EMAIL else contact.phone


def told(message: Message) -> Contact | None:
    """Return the post of a message, reached by the telephone it was told by: that may be a duty telephone."""
    if message.contact is None or message.channel == Channel.EMAIL:
        return message.contact
    return duty.reached_by(message.contact, message.to)


def unit_named(facts: Mapping[str, str]) -> Unit | None:
    """Return the unit a message names, by its code."""
    return Unit.objects.get(code=facts["unit"]) if "unit" in facts else None


def _once_of(message: Message) -> str:
    """Return the name of the occasion alone."""
    key = message.once.removesuffix(f":{message.turn}") if message.turn else message.once
    return key.removesuffix(f":{message.contact_id}:{message.channel}")
