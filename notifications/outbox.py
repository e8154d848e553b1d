"""The outbox: the only door through which other floors owe a message, take it back, and ask who was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from districts.models import Contact, Unit
from notifications import onward, rows, wording
from notifications.life import CHANGING, move
from notifications.models import OWED, PERHAPS_TAKEN, DeadEnd, Message, State
from notifications.rows import Addressee, Occasion
from notifications.templates import Book

__all__ = ["Addressee", "Owing", "cancel", "owe", "owe_all", "told"]


@dataclass(frozen=True, slots=True)
class Owing:
    """
    Something that must be told: what, to whom, about which subject.

    ``once`` names the occasion: the same post is told of it once on each channel, however often it is owed. ``group``
    names what is taken back together. ``facts["unit"]`` is a unit's code, ``facts["call_back"]`` the number of a post.
    """

    topic: str
    to: Sequence[Addressee]
    about: str
    about_id: UUID | None
    group: str
    once: str
    practice: bool
    facts: Mapping[str, str]


def owe(
    *,
    topic: str,
    to: Sequence[Addressee],
    about: str,
    about_id: UUID | None,
    group: str,
    once: str,
    at: datetime,
    practice: bool,
    facts: Mapping[str, str],
) -> list[Message]:
    """
    Owe a message to each addressee, in the caller's transaction; return those that were not owed before.

    A post without an address for the channel gets a message born failed, and one on its next channel.

    :raises Unspeakable: if a fact may not leave the house
    """
    return owe_all([Owing(topic, to, about, about_id, group, once, practice, facts)], at=at)


def owe_all(owings: Sequence[Owing], *, at: datetime) -> list[Message]:
    """
    Owe many things at once, each as if alone, in a handful of statements; return what was not owed before.

    :raises Unspeakable: if a fact may not leave the house
    """
    if not owings:
        return []
    units = _checked(owings)
    books = {topic: Book(topic, at=at) for topic in {owing.topic for owing in owings}}
    new = []
    for owing in owings:
        occasion = Occasion(
            owing.topic, owing.facts, owing.about, owing.about_id, owing.group, owing.once, at, owing.practice,
            unit=units[owing.facts["unit"]] if "unit" in owing.facts else None,
        )  # fmt: skip
        new += [rows.row(addressee, occasion, book=books[owing.topic]) for addressee in dict.fromkeys(owing.to)]
    owed = rows.add(new)
    for message in [message for message in owed if message.state == State.FAILED]:
        owed += onward.go_on(message, end=DeadEnd.NO_ADDRESS, at=at)
    return owed


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
    ended = {State.DELIVERED, State.CANCELLED, State.SUPERSEDED}
    digests: set[UUID] = set()
    for message in _locked(group).filter(withdrawn_at=None).exclude(state__in=ended):
        message.withdrawn_at = at
        if message.state in OWED:
            move(message, State.CANCELLED, at=at)
            cancelled += 1
        elif message.state == State.REPLACED and message.replaced_by_id:
            digests.add(message.replaced_by_id)
        # It is in hand: nobody has to answer the telephone any more.
        message.answer_by = message.call_again_at = None
        message.save(update_fields=CHANGING)
    for digest in Message.objects.filter(pk__in=digests, topic="digest", state__in=sorted(OWED)).order_by("pk"):
        # A digest of nothing that is still to be told is not sent.
        if not digest.replaces.filter(withdrawn_at=None).exists():
            cancelled += cancel(group=digest.group, at=at)
    return cancelled


def told(group: str) -> list[Addressee]:
    """Return who has been told, or may have been: taking back what nobody heard does less harm than the opposite."""
    perhaps = Q(state__in=[State.ACCEPTED, State.DELIVERED]) | Q(tries__outcome__in=PERHAPS_TAKEN)
    messages = Message.objects.filter(perhaps, group=group).select_related("contact__unit").order_by("created_at", "pk")
    return list(dict.fromkeys(Addressee(m.contact, m.channel) for m in messages if m.contact is not None))


def _locked(group: str) -> QuerySet[Message]:
    """Lock every row of the group, whatever its state, in the order everybody locks them in."""
    return Message.objects.filter(group=group).select_for_update(no_key=True).order_by("pk")


def _checked(owings: Sequence[Owing]) -> Mapping[str, Unit]:
    """Refuse what no message may say, a link that leaves the portal, a number that is no post's and an unknown unit."""
    for owing in owings:
        wording.check(owing.topic, owing.facts)
        links = {addressee.link for addressee in owing.to} - {""}
        for link in links:
            wording.check(owing.topic, {**owing.facts, "link": link})
        if any(not link.startswith(f"{settings.PUBLIC_URL}/") for link in links | _facts("link", [owing])):
            raise wording.Unspeakable("the link does not lead to this portal; begin it with PUBLIC_URL")
    numbers, codes = _facts("call_back", owings), _facts("unit", owings)
    if numbers - set(Contact.objects.filter(phone__in=numbers).values_list("phone", flat=True) if numbers else ()):
        raise wording.Unspeakable("the call-back number is not the number of a post")
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=codes)} if codes else {}
    if codes - set(units):
        raise wording.Unspeakable("the unit has no such code")
    return units


def _facts(name: str, owings: Sequence[Owing]) -> set[str]:
    return {owing.facts[name] for owing in owings if name in owing.facts}
