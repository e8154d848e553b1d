"""Channels: the small classes that put a message on a wire, and the choice between them."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from notifications.channels.gateway import Gateway
from notifications.channels.smtp import Mail
from notifications.channels.telephones import Telephones
from notifications.channels.ways import rehearses, ways_of
from notifications.channels.wire import Wire
from notifications.models import Channel, Message


def wire_for(message: Message, *, at: datetime) -> Wire:
    """
    Return the way out for a message: that of the provider it was claimed for.

    A practice message rings the demo telephones, whatever is configured, unless its post is a practice post; without
    a gateway everything rings them.
    """
    ways = ways_of(message.channel)
    if rehearses(message) or not ways:
        return Telephones(at=at)
    # A provider that has been taken out of the settings meanwhile: the next one carries what was meant for it.
    name = message.provider if message.provider in ways else next(iter(ways))
    return _mail(ways[name]) if message.channel == Channel.EMAIL else _gateway(ways[name], name)


@cache
def _gateway(address: str, name: str) -> Gateway:
    """Return a provider's gateway; each has connections of its own, so that one that hangs holds up no other."""
    return Gateway(address, name=name)


@cache
def _mail(address: str) -> Mail:
    return Mail(address)
