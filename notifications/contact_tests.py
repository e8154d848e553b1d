"""
Tests of numbers: a message to a post that is about no case, and what came of it.

A number is verified when a test of that very number is known to have come: a gateway says that it was delivered or
answered, or whoever holds the telephone confirms it, by the link of the SMS or a key in the call. It may be the post's
own number or a duty telephone. Nothing of it is written down a second time: a post that is given another number is not
verified any more, because no test of that number ever came.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q

from districts import duty
from districts.actors import CLOCK, Actor, Sight
from districts.models import Contact, UnitKind
from districts.onboarding import desk_of
from districts.onboarding.register import Note, name_of, record
from districts.reach import reach_of
from districts.refusals import JustTested, NothingToTest, NotYourDesk
from notifications import onward, outbox
from notifications.life import CHANGING, move
from notifications.models import Channel, Message, NumberLink, State
from notifications.outbox import Addressee

TOPIC: Final = "contact_test"
#: So long nobody tests the same number again: a post is not to be rung all night.
REST: Final = timedelta(minutes=1)
#: The link of a test waits for whoever sleeps.
LASTS: Final = timedelta(hours=24)
#: As random and as long as the link that takes charge of a case; of another table, so that one is never the other.
BYTES: Final = 16
A_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")
A_KEY_PRESSED: Final = Q(tries__heard="key")
BY_TELEPHONE: Final = (str(Channel.SMS), str(Channel.VOICE))


@dataclass(frozen=True, slots=True)
class Tested:
    """What is known of a post's number."""

    verified_at: datetime | None = None
    #: When somebody who held the telephone said so, by the link or a key.
    confirmed_at: datetime | None = None
    last_at: datetime | None = None
    last_channel: str = ""
    last_state: str = ""

    @property
    def is_verified(self) -> bool:
        """Whether a test of the number of now has arrived."""
        return self.verified_at is not None

    @property
    def failed(self) -> bool:
        """Whether the last test of the number of now did not arrive."""
        return self.last_state == State.FAILED


def may_test(contact: Contact, *, by: Actor) -> bool:
    """
    Tell whether somebody may test a post's number.

    The cell may for its state, whoever administers the unit, and whoever works in it or watches over it.
    """
    if by.in_state_cell:
        return contact.unit.state_id == by.state_id
    return contact.unit_id in by.unit_ids or desk_of(by).covers_unit(contact.unit)


@transaction.atomic
def send(
    contact: Contact, *, by: Actor, at: datetime, channels: Sequence[str] = BY_TELEPHONE, phone: str = ""
) -> list[Message]:
    """
    Owe a test message to a post, on each channel that is asked for, and register it.

    ``phone`` is a duty telephone or the number of whoever holds its charge; without it the post's own number is tested.

    :raises NotYourDesk: if the post is none of theirs
    :raises NothingToTest: if it has no telephone, or no such one
    :raises JustTested: if the number was tested within the last minute
    """
    if not may_test(contact, by=by):
        raise NotYourDesk(subject=contact)
    with _seeing_tests(by):
        # Locked, so that two who press at once ring it once.
        contact = Contact.objects.select_for_update(of=("self",)).select_related("unit__state").get(pk=contact.pk)
        number = phone or contact.phone
        if not number or (number != contact.phone and number not in duty.telephones_of([contact], at=at)[contact.pk]):
            raise NothingToTest(subject=contact)
        if Message.objects.filter(topic=TOPIC, contact=contact, to=number, created_at__gt=at - REST).exists():
            raise JustTested(subject=contact)
        facts = {"unit": contact.unit.code}
        if called_back := _number_of_the_cell(contact):
            facts["call_back"] = called_back
        token = secrets.token_urlsafe(BYTES)
        links = {str(Channel.SMS): f"{settings.PUBLIC_URL}/a/{token}"}
        told = duty.reached_by(contact, number)
        owed = outbox.owe(
            topic=TOPIC,
            to=[Addressee(told, channel, links.get(channel, "")) for channel in channels],
            about="",
            about_id=None,
            group=f"contact:{contact.pk}",
            once=f"{TOPIC}:{contact.pk}:{number}:{at.isoformat()}",
            at=at,
            practice=False,
            facts=facts,
        )
        for message in owed:
            if message.channel == Channel.SMS and message.facts.get("link") == links[Channel.SMS]:
                NumberLink.objects.create(digest=_digest(token), message=message, made_at=at, expires_at=at + LASTS)
        unit = contact.unit
        record("contact_tested", subject=name_of(contact), note=Note(by, at, unit.state, unit),
               after={"channels": list(channels)} | ({"phone": phone} if phone else {}))  # fmt: skip
    return owed


def answerable(token: str, *, at: datetime) -> NumberLink | None:
    """Return the test that a link can still confirm, and change nothing; None for one that is spent or never was."""
    if not A_TOKEN.fullmatch(token):
        return None
    with reach_of(CLOCK):
        rows = NumberLink.objects.filter(digest=_digest(token), used_at=None, expires_at__gt=at)
        return rows.select_related("message__contact__unit__state").first()


def confirm(link: NumberLink, *, at: datetime) -> NumberLink | None:
    """Write down that whoever holds the telephone has got the test, whatever a gateway said of it; None when spent."""
    with reach_of(CLOCK):
        held = NumberLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=at)
        if held.select_for_update(of=("self",), no_key=True).first() is None:
            return None
        rows = Message.objects.select_related("contact__unit__state").select_for_update(of=("self",), no_key=True)
        message = rows.get(pk=link.message_id)
        move(message, State.DELIVERED, at=at).save(update_fields=CHANGING)
        onward.reached(message, at=at)
        link.used_at = at
        link.save(update_fields=["used_at"])
    return link


def tested(contacts: Iterable[Contact], *, by: Actor) -> dict[int, Tested]:
    """Return what is known of the own numbers of posts that ``by`` may test."""
    found = of_numbers({contact: {contact.phone} for contact in contacts}, by=by)
    return {key: known for (key, _), known in found.items()}


def of_numbers(numbers: Mapping[Contact, Collection[str]], *, by: Actor) -> dict[tuple[int, str], Tested]:
    """Return what is known of numbers of posts, by post and number; in three questions, however many they are."""
    mine = {contact.pk: set(of_post) for contact, of_post in numbers.items() if may_test(contact, by=by)}
    asked = {(key, number) for key, of_post in mine.items() for number in of_post}
    with _seeing_tests(by):
        tests = Message.objects.filter(topic=TOPIC, contact__in=mine, to__in={number for _, number in asked})
        tests = tests.filter(channel__in=BY_TELEPHONE)
        arrived = tests.filter(state=State.DELIVERED).values_list("contact_id", "to").order_by()
        verified = {(key, to): at for key, to, at in arrived.annotate(at=Max("final_at"))}
        said = arrived.annotate(
            tapped=Max("number_link__used_at"), pressed=Max("tries__heard_at", filter=A_KEY_PRESSED)
        )
        confirmed = {(key, to): max(filter(None, (tap, press)), default=None) for key, to, tap, press in said}
        newest = tests.order_by("contact_id", "to", "-created_at", "-pk").distinct("contact_id", "to")
        last = {(message.contact_id, message.to): message for message in newest}
    return {pair: _known(last.get(pair), verified.get(pair), confirmed.get(pair)) for pair in asked}


def _known(last: Message | None, verified_at: datetime | None, confirmed_at: datetime | None) -> Tested:
    if last is None:
        return Tested(verified_at, confirmed_at)
    return Tested(verified_at, confirmed_at, last.created_at, last.channel, last.state)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@contextmanager
def _seeing_tests(by: Actor) -> Iterator[None]:
    """See tests, which are about no case and so within nobody's sight, in the name of whoever asks and was checked."""
    with reach_of(replace(by, sight=Sight.ENGINE)):
        yield


def _number_of_the_cell(contact: Contact) -> str:
    desk = Contact.objects.filter(unit__state=contact.unit.state_id, unit__kind=UnitKind.STATE_CELL).exclude(phone="")
    found = desk.order_by("rung", "pk").first()
    return found.phone if found else ""
