"""The pile: what has waited through an outage does not go out in a storm, but the newest of each matter or a digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from districts.models import UnitKind
from notifications import rows
from notifications.life import CHANGING, move
from notifications.models import Message, State
from notifications.rows import Addressee, Occasion

# Who has waited this long has waited through an outage.
STALE: Final = timedelta(minutes=2)
# A post is told of so many matters one by one; of more it is told that they wait.
ONE_BY_ONE: Final = 5
DIGEST: Final = "digest"
MOST: Final = 9999
# Where somebody sees all that waits for them.
HOMES: Final[Mapping[str, str]] = {
    UnitKind.STATE_CELL: "console",
    UnitKind.ZONE: "register",
    UnitKind.RANGE: "register",
}


def settle(claimed: Sequence[Message], *, at: datetime) -> list[Message]:
    """
    Return what of the claimed messages is to be sent, with a digest in place of too many; end the others by name.

    Only what has waited long is touched. The caller holds the rows it has claimed; what else waits for the same posts
    is locked here, unless somebody else holds it already.
    """
    kept = [message for message in claimed if not _is_stale(message, at=at)]
    stale = [message for message in claimed if _is_stale(message, at=at)]
    for post in dict.fromkeys((message.contact_id, message.channel, message.practice) for message in stale):
        mine = [message for message in stale if (message.contact_id, message.channel, message.practice) == post]
        pile = sorted([*mine, *_waiting(mine[0], claimed, at=at)], key=lambda message: (message.created_at, message.pk))
        newest = {_matter(message): message for message in pile}
        if len(newest) > ONE_BY_ONE and rows.address(mine[0].contact, mine[0].channel):  # type: ignore[arg-type]  # a stale message has a post
            kept += _digest(pile, list(newest.values()), at=at)
            continue
        for message in pile:
            if newest[_matter(message)] is not message:
                _replace(message, newest[_matter(message)], at=at)
        # What nobody has claimed yet goes at its own time.
        kept += [message for message in newest.values() if message in mine]
    return kept


def _is_stale(message: Message, *, at: datetime) -> bool:
    # On its way when its sender died: it may be read already, and is asked after under its own id.
    return message.contact_id is not None and message.state == State.QUEUED and at - message.created_at >= STALE


def _waiting(one: Message, claimed: Sequence[Message], *, at: datetime) -> list[Message]:
    """Lock and return what else has waited long for the same post on the same channel, due or not."""
    others = Message.objects.filter(contact=one.contact_id, channel=one.channel, practice=one.practice)
    others = others.filter(state=State.QUEUED).exclude(pk__in=[message.pk for message in claimed])
    locked = others.select_related("contact__unit").select_for_update(of=("self",), skip_locked=True, no_key=True)
    return [message for message in locked if _is_stale(message, at=at)]


def _matter(message: Message) -> tuple[object, ...]:
    """Return what a message is about: a case as one unit has it. Of two units in a case neither hides the other."""
    if message.topic == DIGEST:
        return (DIGEST, message.pk)
    return (message.about_id, message.facts.get("unit"))


def _digest(pile: Sequence[Message], newest: Sequence[Message], *, at: datetime) -> list[Message]:
    """Owe one message that counts the matters, and let it stand for all of them."""
    last = pile[-1]
    contact = last.contact
    if contact is None:
        return []
    # A digest that waited as well stands for as many matters as it says.
    count = sum(int(message.facts["count"]) if message.topic == DIGEST else 1 for message in newest)
    facts = {"count": str(min(count, MOST)), "urgency": min(message.facts["urgency"] for message in newest)}
    facts |= {"link": f"{settings.PUBLIC_URL}/{HOMES.get(contact.unit.kind, 'inbox')}"}
    facts |= {"call_back": last.facts["call_back"]} if "call_back" in last.facts else {}
    name = f"digest:{last.pk}"
    occasion = Occasion(DIGEST, facts, last.about, last.about_id, name, name, at, last.practice, unit=None)
    (digest,) = rows.add([rows.row(Addressee(contact, last.channel), occasion)])
    for message in pile:
        _replace(message, digest, at=at)
    return [digest]


def _replace(message: Message, by: Message, *, at: datetime) -> None:
    message.replaced_by = by
    move(message, State.REPLACED, at=at).save(update_fields=[*CHANGING, "replaced_by"])
