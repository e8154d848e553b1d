"""Onward: what follows when a message does not get through: another channel, another call, or a named dead end."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from notifications import rows
from notifications.life import CHANGING, move, redial_pause, struggles
from notifications.models import Channel, DeadEnd, Message, State
from notifications.rows import Addressee

log = logging.getLogger(__name__)

# Where a message goes when its own channel fails.
NEXT_CHANNEL: Final[Mapping[str, tuple[str, ...]]] = {
    Channel.SMS: (Channel.VOICE, Channel.EMAIL),
    Channel.VOICE: (Channel.SMS, Channel.EMAIL),
    Channel.EMAIL: (Channel.SMS, Channel.VOICE),
}
# Nothing more comes of a message in one of these.
SPENT: Final = frozenset({State.FAILED, State.CANCELLED, State.SUPERSEDED, State.REPLACED})
# A post that does not answer is called again; from the third call in vain on the cell is told that nobody answers.
IN_VAIN: Final = 2


def go_on(message: Message, *, end: DeadEnd, at: datetime, in_vain: bool = False) -> list[Message]:
    """
    Owe the same on the post's next channel, unless another one carries it already; name the dead end if none is left.

    After a call ``in_vain`` the post is called once more besides, as long as that has not been done often enough. The
    caller has just written ``message`` or holds its row lock: that is what lets ``outbox.cancel`` see what follows.
    """
    contact = rows.told(message)
    if contact is None or message.withdrawn_at is not None:
        return []
    keys = rows.keys_of(message)
    # Two channels of one post may fail at the same moment; each must see what the other has become.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [keys[0]])
    others = list(Message.objects.filter(once__in=keys).exclude(pk=message.pk))
    if in_vain and (pause := redial_pause(message)) is not None:
        message.call_again_at = at + pause
        message.save(update_fields=["call_again_at"])
    # A call once more carries nothing yet: the last ones were not answered.
    if any(one.state not in SPENT and not struggles(one) and not one.turn for one in others):
        return []
    tried = {one.channel for one in others} | {message.channel}
    for channel in NEXT_CHANNEL[message.channel]:
        if channel not in tried and rows.address(contact, channel):
            stand_in = rows.row(Addressee(contact, channel), rows.occasion_of(message, at=at))
            stand_in.instead_of = message
            return rows.add([stand_in])
    if message.call_again_at is None or message.turn >= IN_VAIN:
        _mark(message, others, end=end, at=at)
    return []


def call_again(message: Message, *, at: datetime) -> list[Message]:
    """Owe another call, a message of its own: the same id again would be the same call to a gateway."""
    message.call_again_at = None
    message.save(update_fields=["call_again_at"])
    if (contact := rows.told(message)) is None:
        return []
    call = rows.row(Addressee(contact, Channel.VOICE), rows.occasion_of(message, at=at), turn=message.turn + 1)
    call.instead_of = message
    return rows.add([call]) if call.state == State.QUEUED else []


def reached(message: Message, *, at: datetime) -> None:
    """Take back what was said of dead ends, stop what was tried in its place, and call no more, now that it got out."""
    marked = Message.objects.filter(once__in=rows.keys_of(message)).exclude(dead_end="").exclude(pk=message.pk)
    for one in marked.select_for_update(no_key=True, skip_locked=True):
        one.dead_end, one.dead_end_at = "", None
        one.save(update_fields=["dead_end", "dead_end_at"])
    if message.state == State.DELIVERED:
        _supersede(message, at=at)


def _supersede(message: Message, *, at: datetime) -> None:
    """Stop trying what this message stood in for, now that it has arrived; who has answered is not called again."""
    stopped = Message.objects.filter(pk__in=_stood_in_for(message), state=State.QUEUED)
    if message.channel == Channel.VOICE:
        calls = Message.objects.filter(contact=message.contact_id, channel=Channel.VOICE, group=message.group)
        stopped = stopped | calls.filter(turn__gt=0, state=State.QUEUED).exclude(pk=message.pk)
        _forget_calls(calls.filter(call_again_at__isnull=False))
    # Not in the order of keys, so don't wait for anybody: what is held just now is being sent or cancelled.
    for waiting in stopped.select_for_update(no_key=True, skip_locked=True):
        move(waiting, State.SUPERSEDED, at=at).save(update_fields=CHANGING)


def _forget_calls(calls: QuerySet[Message]) -> None:
    for call in calls.select_for_update(no_key=True, skip_locked=True):
        call.call_again_at = None
        call.save(update_fields=["call_again_at"])


def _stood_in_for(message: Message) -> list[UUID]:
    """Return the keys of what this message was owed instead of: a call after calls, after an SMS."""
    found: list[UUID] = []
    before = message.instead_of_id
    while before is not None:
        found.append(before)
        before = Message.objects.values_list("instead_of", flat=True).get(pk=before)
    return found


def _mark(message: Message, others: list[Message], *, end: DeadEnd, at: datetime) -> None:
    """Write the dead end down, once for a post and an occasion; what becomes of it later gives it its last name."""
    if message.dead_end == end or any(one.dead_end for one in others):
        return
    if not message.dead_end:
        message.dead_end_at = at
        said = {"message_id": str(message.pk), "channel": message.channel, "to_ref": message.to_ref, "why": str(end)}
        log.warning("message %(message_id)s to %(to_ref)s is at a dead end by %(channel)s: %(why)s", said, extra=said)
    message.dead_end = end
    message.save(update_fields=["dead_end", "dead_end_at"])
