"""Receipts: what a gateway says later came of a message. They come late, twice, out of order, and from strangers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from districts.actors import CLOCK
from districts.reach import reach_of
from notifications import onward
from notifications.delivery import not_answered, not_delivered
from notifications.life import CHANGING, move
from notifications.models import PERHAPS_TAKEN, Attempt, Channel, Message, Outcome, State


class Status(StrEnum):
    """What a gateway may say."""

    DELIVERED = "delivered"
    ANSWERED = "answered"
    KEY = "key"
    FAILED = "failed"
    NO_ANSWER = "no_answer"


# Later ones say more: a key was pressed by somebody who answered. A bad word never takes back a good one.
RANK: Final = {"": 0, Status.FAILED: 1, Status.NO_ANSWER: 1, Status.DELIVERED: 2, Status.ANSWERED: 3, Status.KEY: 4}
ARRIVED: Final = frozenset({Status.DELIVERED, Status.ANSWERED, Status.KEY})
A_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{40,64}")
A_KEY: Final = re.compile(r"[0-9*#]{1,4}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a gateway says of one message. Its own time is not kept: two clocks in one record help nobody."""

    message_id: UUID
    provider_id: str
    status: Status
    key: str = ""


class Unknown(LookupError):
    """No message of ours belongs to this receipt. The answer must not say which part of it was wrong."""


class Taken(NamedTuple):
    """A receipt that was written down: its message, and the key pressed, where this receipt is the first to say it."""

    message: Message
    key: str


def take(token: str, receipt: Receipt, *, at: datetime) -> Taken:
    """
    Write down a receipt, and return the message it belongs to. Saying the same twice changes nothing.

    :raises Unknown: if the token is not one of ours, or the gateway speaks of a message that it was never given
    """
    with reach_of(CLOCK):
        message = _message(token)
        attempt = _attempt(message, receipt.provider_id)
        if message.pk != receipt.message_id or attempt is None:
            raise Unknown
        pressed = receipt.key if receipt.status == Status.KEY and A_KEY.fullmatch(receipt.key) else ""
        # Somebody may press a wrong key and then the right one in the same call.
        another = bool(pressed) and attempt.heard == Status.KEY and pressed != attempt.key
        if RANK[receipt.status] <= RANK[attempt.heard] and not another:
            return Taken(message, "")
        attempt.heard, attempt.heard_at, attempt.provider_id = receipt.status, at, receipt.provider_id
        attempt.key = pressed
        attempt.save(update_fields=["heard", "heard_at", "key", "provider_id"])
        if receipt.status in ARRIVED:
            message.provider_id = receipt.provider_id
            move(message, State.DELIVERED, at=at).save(update_fields=CHANGING)
            onward.reached(message, at=at)
        elif message.state in {State.ACCEPTED, State.SENDING} and attempt.number == message.attempts:
            why = f"the gateway reported {receipt.status}"
            if message.channel == Channel.VOICE:
                not_answered(message, why=why, at=at)
            else:
                # The same id again would be the same message to that gateway: another one is the better second try.
                not_delivered(message, why=why, at=at)
        return Taken(message, pressed)


def subject_of(token: str) -> UUID | None:
    """Return what the message with that token is about, so that a rule can lock it before the message; no lock here."""
    known = Message.objects.filter(token=token) if A_TOKEN.fullmatch(token) else Message.objects.none()
    return known.values_list("about_id", flat=True).first()


def _message(token: str) -> Message:
    """Return the message with that token, locked; the token is the only proof of who speaks."""
    if not A_TOKEN.fullmatch(token):
        raise Unknown  # before the database is asked, which refuses some signs with an error
    found = Message.objects.filter(token=token).select_related("contact__unit")
    message = found.select_for_update(of=("self",), no_key=True).first()
    if message is None:
        raise Unknown
    return message


def _attempt(message: Message, provider_id: str) -> Attempt | None:
    """
    Return the attempt that a receipt speaks of.

    A number we know names its attempt. One we don't know is believed only while some attempt's own number is unknown to
    us: its answer was lost, or the receipt has overtaken it.
    """
    attempts = list(Attempt.objects.filter(message=message).order_by("-number"))
    for attempt in attempts:
        if attempt.provider_id == provider_id:
            return attempt
    return next((a for a in attempts if not a.provider_id and a.outcome in PERHAPS_TAKEN - {Outcome.ACCEPTED}), None)
