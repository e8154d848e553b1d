"""Receiving: a message of the mailbox is sealed and has its receipt before anything is thought about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from cases import evidence
from cases.models import MailReceipt
from districts.actors import Actor, Kind, Sight

#: Receives and judges mail. It works for every state: whose mail it is, is known only when it was read.
MAILBOX = Actor(kind=Kind.CLOCK, label="clock:mail", name="mail", sight=Sight.ENGINE)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it was fetched: where it lies, when it came there, and every byte of it."""

    mailbox: str
    uidvalidity: int
    uid: int
    internal_date: datetime | None
    content: bytes


def known_uids(mailbox: str, uidvalidity: int, *, above: int = 0) -> set[int]:
    """Return the numbers that have a receipt."""
    rows = MailReceipt.objects.filter(mailbox=mailbox, uidvalidity=uidvalidity, uid__gt=above)
    return set(rows.values_list("uid", flat=True))


def seal(message: Message) -> str:
    """Put the bytes on the disk and return their digest; to be done before ``receive_message``."""
    return evidence.seal(message.content)


def receive_message(message: Message, *, sha256: str, at: datetime) -> MailReceipt:
    """Write the receipt of a sealed message, once, however often it is fetched and by however many."""
    number = {"mailbox": message.mailbox, "uidvalidity": message.uidvalidity, "uid": message.uid}
    known = MailReceipt.objects.filter(**number).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return MailReceipt.objects.create(
                **number,
                internal_date=message.internal_date,
                sha256=sha256,
                size=len(message.content),
                received_at=at,
                same_as=_same_elsewhere(message, sha256),
            )
    except IntegrityError:
        return MailReceipt.objects.get(**number)


def _same_elsewhere(message: Message, sha256: str) -> MailReceipt | None:
    """
    Return the receipt of the same message under another number: same bytes, come at the same second.

    The mailbox was made anew, or has moved to another server. Two equal messages in one mailbox are two messages, and
    each of them is known again once.
    """
    equal = MailReceipt.objects.filter(sha256=sha256, internal_date=message.internal_date)
    here = equal.filter(mailbox=message.mailbox, uidvalidity=message.uidvalidity)
    elsewhere = equal.exclude(mailbox=message.mailbox, uidvalidity=message.uidvalidity).filter(same_as=None)
    if message.internal_date is None:
        return None
    return elsewhere.exclude(pk__in=here.exclude(same_as=None).values("same_as")).order_by("pk").first()
