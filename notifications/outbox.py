"""The outbox: the only door through which other floors owe a message, take it back, and ask who was told."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet

from districts.models import Contact, Unit
from notifications import nudge, wording
from notifications.life import CHANGING, move, struggles
from notifications.models import OWED, PERHAPS_TAKEN, Channel, Message, State

# Where a message goes when its own channel fails.
NEXT_CHANNEL: Final[Mapping[str, tuple[str, ...]]] = {
    Channel.SMS: (Channel.VOICE, Channel.EMAIL),
    Channel.VOICE: (Channel.SMS, Channel.EMAIL),
    Channel.EMAIL: (Channel.SMS, Channel.VOICE),
}
NO_ADDRESS: Final = "no address on record"
# Nothing more comes of a message in one of these.
SPENT: Final = frozenset({State.FAILED, State.CANCELLED, State.SUPERSEDED})


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
    about_id: UUID
    group: str
    once: str
    at: datetime
    practice: bool
    unit: Unit | None


def owe(
    *,
    topic: str,
    to: Sequence[Addressee],
    about: str,
    about_id: UUID,
    group: str,
    once: str,
    at: datetime,
    practice: bool,
    facts: Mapping[str, str],
) -> list[Message]:
    """
    Owe a message to each addressee, in the caller's transaction; return those that were not owed before.

    ``once`` names the occasion: the same post is told of it once on each channel, however often this is called.
    ``group`` names what is taken back together. ``facts["unit"]`` is a unit's code, ``facts["call_back"]`` the number
    of a post. A post without an address for the channel gets a message born failed, and one on its next channel.

    :raises Unspeakable: if a fact may not leave the house
    """
    wording.check(topic, facts)
    for link in {addressee.link for addressee in to} - {""}:
        wording.check(topic, {**facts, "link": link})
        _check_belongs_to_us({"link": link})
    _check_belongs_to_us(facts)
    occasion = Occasion(topic, facts, about, about_id, group, once, at, practice, unit=_unit(facts))
    owed = _add([_row(addressee, occasion) for addressee in dict.fromkeys(to)])
    for message in [message for message in owed if message.state == State.FAILED]:
        owed += owe_elsewhere(message, at=at)
    return owed


def owe_elsewhere(message: Message, *, at: datetime) -> list[Message]:
    """
    Owe the same on the post's next channel, unless another channel carries it already or none is left.

    The caller has just written ``message`` or holds its row lock: that is what lets ``cancel`` see every stand-in.
    """
    contact = message.contact
    if contact is None or message.withdrawn_at is not None:
        return []
    once = message.once.removesuffix(_key("", Addressee(contact, message.channel)))
    keys = [_key(once, Addressee(contact, channel)) for channel in Channel.values]
    # Two channels of one post may fail at the same moment; each must see what the other has become.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [keys[0]])
    siblings = {sibling.channel: sibling for sibling in Message.objects.filter(once__in=keys)}
    others = [sibling for sibling in siblings.values() if sibling.pk != message.pk]
    if any(sibling.state not in SPENT and not struggles(sibling) for sibling in others):
        return []
    for channel in NEXT_CHANNEL[message.channel]:
        if channel not in siblings and _address(contact, channel):
            occasion = Occasion(
                message.topic, message.facts, message.about, message.about_id, message.group, once, at,
                message.practice, unit=_unit(message.facts),
            )  # fmt: skip
            stand_in = _row(Addressee(contact, channel), occasion)
            stand_in.instead_of = message
            return _add([stand_in])
    return []


def cancel(*, group: str, at: datetime) -> int:
    """
    Take back, in the caller's transaction, all of a group that nobody has taken yet; return how many that were.

    After the commit no request sets out for any of them: a delivery of the same moment either has taken the row before
    us, and is calling the gateway already, or finds it cancelled. If that gateway says yes after all, the message comes
    back as accepted; ``told`` names such a post from the start.
    """
    # Two rounds. The first waits for whoever is writing down an answer and may be adding a stand-in on another channel;
    # the second sees that one, and with every row of the group locked no further one can come.
    list(_locked(group))
    cancelled = 0
    for message in _locked(group).filter(state__in=sorted(OWED | {State.ACCEPTED})):
        message.withdrawn_at = at
        if message.state in OWED:
            move(message, State.CANCELLED, at=at)
            cancelled += 1
        message.save(update_fields=CHANGING)
    return cancelled


def told(group: str) -> list[Addressee]:
    """Return who has been told, or may have been: taking back what nobody heard does less harm than the opposite."""
    perhaps = Q(state__in=[State.ACCEPTED, State.DELIVERED]) | Q(tries__outcome__in=PERHAPS_TAKEN)
    messages = Message.objects.filter(perhaps, group=group).select_related("contact__unit").order_by("created_at", "pk")
    return list(dict.fromkeys(Addressee(m.contact, m.channel) for m in messages if m.contact is not None))


def _locked(group: str) -> QuerySet[Message]:
    """Lock every row of the group, whatever its state, in the order everybody locks them in."""
    return Message.objects.filter(group=group).select_for_update(no_key=True).order_by("pk")


def _add(rows: list[Message]) -> list[Message]:
    """Write the rows whose occasion is new; return them."""
    # A key that is taken is skipped by the database: two callers at once cannot both add it, and neither fails.
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    added = set(Message.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    if added:
        nudge.after_commit()
    return [row for row in rows if row.pk in added]


def _row(to: Addressee, occasion: Occasion) -> Message:
    """Return the row for one post and channel, with its words frozen."""
    facts = {**occasion.facts, "link": to.link} if to.link else dict(occasion.facts)
    words = wording.say(
        occasion.topic,
        channel=to.channel,
        language=to.contact.language,
        facts=facts,
        unit=occasion.unit,
        practice=occasion.practice,
    )
    message = Message(
        topic=occasion.topic,
        channel=Channel(to.channel),
        contact=to.contact,
        to=_address(to.contact, to.channel),
        to_ref=str(to.contact),
        language=words.language,
        text=words.text,
        template_id=words.template_id,
        facts=facts,
        about=occasion.about,
        about_id=occasion.about_id,
        group=occasion.group,
        once=_key(occasion.once, to),
        token=secrets.token_urlsafe(32),
        practice=occasion.practice,
        created_at=occasion.at,
        due_at=occasion.at,
    )
    if not message.to:
        move(message, State.FAILED, at=occasion.at)
        message.last_error = NO_ADDRESS
    return message


def _key(once: str, to: Addressee) -> str:
    return f"{once}:{to.contact.pk}:{to.channel}"


def _address(contact: Contact, channel: str) -> str:
    return contact.email if channel == Channel.EMAIL else contact.phone


def _unit(facts: Mapping[str, str]) -> Unit | None:
    """Return the unit a message names, by its code."""
    return Unit.objects.get(code=facts["unit"]) if "unit" in facts else None


def _check_belongs_to_us(facts: Mapping[str, str]) -> None:
    """Refuse a link that leaves the portal, a number that is no post's and a unit that does not exist."""
    if "link" in facts and not facts["link"].startswith(f"{settings.PUBLIC_URL}/"):
        raise wording.Unspeakable("the link does not lead to this portal; begin it with PUBLIC_URL")
    if "call_back" in facts and not Contact.objects.filter(phone=facts["call_back"]).exists():
        raise wording.Unspeakable("the call-back number is not the number of a post")
    if "unit" in facts and not Unit.objects.filter(code=facts["unit"]).exists():
        raise wording.Unspeakable("the unit has no such code")
