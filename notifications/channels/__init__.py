"""Channels: the small classes that put a message on a wire, and the choice between them."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from django.conf import settings

from notifications.channels.gateway import Gateway
from notifications.channels.smtp import Mail
from notifications.channels.telephones import Telephones
from notifications.channels.wire import Wire
from notifications.models import Channel, Message


def wire_for(message: Message, *, at: datetime) -> Wire:
    """
    Return the way out for a message.

    A practice message rings the demo telephones, whatever is configured, unless its post is a practice post; without
    a gateway everything rings them.
    """
    address = {
        Channel.SMS: settings.SMS_GATEWAY_URL,
        Channel.VOICE: settings.VOICE_GATEWAY_URL,
        Channel.EMAIL: settings.EMAIL_URL,
    }[Channel(message.channel)]
    rehearsal = message.practice and not (message.contact is not None and message.contact.practice)
    if rehearsal or not address:
        return Telephones(at=at)
    return _mail(address) if message.channel == Channel.EMAIL else _gateway(address, message.channel)


@cache
def _gateway(address: str, channel: str) -> Gateway:
    """Return the gateway of that channel; each has connections of its own, so that one that hangs holds up no other."""
    return Gateway(address, name=channel)


@cache
def _mail(address: str) -> Mail:
    return Mail(address)
