"""
Tests of numbers: a message to a post that is about no case, and what came of it.

A number is verified when a gateway says that a test of that very number was delivered, answered, or confirmed by a key.
Nothing of it is written down a second time: a post that is given another number is not verified any more, because no
test of that number ever arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Max

from districts.actors import Actor, Sight
from districts.models import Contact, UnitKind
from districts.onboarding import desk_of
from districts.onboarding.register import Note, name_of, record
from districts.reach import reach_of
from districts.refusals import JustTested, NothingToTest, NotYourDesk
from notifications import outbox
from notifications.models import Channel, Message, State
from notifications.outbox import Addressee

TOPIC: Final = "contact_test"
#: So long nobody tests the same number again: a post is not to be rung all night.
REST: Final = timedelta(minutes=1)
BY_TELEPHONE: Final = (str(Channel.SMS), str(Channel.VOICE))


@dataclass(frozen=True, slots=True)
class Tested:
    """What is known of a post's number."""

    verified_at: datetime | None = None
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
def send(contact: Contact, *, by: Actor, at: datetime, channels: Sequence[str] = BY_TELEPHONE) -> list[Message]:
    """
    Owe a test message to a post, on each channel that is asked for, and register it.

    :raises NotYourDesk: if the post is none of theirs
    :raises NothingToTest: if it has no telephone
    :raises JustTested: if it was tested within the last minute
    """
    if not may_test(contact, by=by):
        raise NotYourDesk(subject=contact)
    with _seeing_tests(by):
        # Locked, so that two who press at once ring it once.
        contact = Contact.objects.select_for_update(of=("self",)).select_related("unit__state").get(pk=contact.pk)
        if not contact.phone:
            raise NothingToTest(subject=contact)
        if Message.objects.filter(topic=TOPIC, contact=contact, to=contact.phone, created_at__gt=at - REST).exists():
            raise JustTested(subject=contact)
        facts = {"unit": contact.unit.code}
        if number := _number_of_the_cell(contact):
            facts["call_back"] = number
        owed = outbox.owe(
            topic=TOPIC,
            to=[Addressee(contact, channel) for channel in channels],
            about="",
            about_id=None,
            group=f"contact:{contact.pk}",
            once=f"{TOPIC}:{contact.pk}:{at.isoformat()}",
            at=at,
            practice=False,
            facts=facts,
        )
        unit = contact.unit
        record("contact_tested", subject=name_of(contact), note=Note(by, at, unit.state, unit),
               after={"channels": list(channels)})  # fmt: skip
    return owed


def tested(contacts: Iterable[Contact], *, by: Actor) -> dict[int, Tested]:
    """Return what is known of the numbers of posts that ``by`` may test; in two questions, however many they are."""
    mine = {contact.pk: contact for contact in contacts if may_test(contact, by=by)}
    with _seeing_tests(by):
        # Of the number of now: what came of an earlier one says nothing.
        of_now = Message.objects.filter(topic=TOPIC, contact__in=mine, to=F("contact__phone"), channel__in=BY_TELEPHONE)
        arrived = of_now.filter(state=State.DELIVERED).values("contact").annotate(at=Max("final_at")).order_by()
        verified = {row["contact"]: row["at"] for row in arrived}
        newest = of_now.order_by("contact_id", "-created_at", "-pk").distinct("contact_id")
        last = {message.contact_id: message for message in newest}
    return {key: _known(last.get(key), verified.get(key)) for key in mine}


def _known(last: Message | None, verified_at: datetime | None) -> Tested:
    if last is None:
        return Tested(verified_at)
    return Tested(verified_at, last.created_at, last.channel, last.state)


@contextmanager
def _seeing_tests(by: Actor) -> Iterator[None]:
    """See tests, which are about no case and so within nobody's sight, in the name of whoever asks and was checked."""
    with reach_of(replace(by, sight=Sight.ENGINE)):
        yield


def _number_of_the_cell(contact: Contact) -> str:
    desk = Contact.objects.filter(unit__state=contact.unit.state_id, unit__kind=UnitKind.STATE_CELL).exclude(phone="")
    found = desk.order_by("rung", "pk").first()
    return found.phone if found else ""
