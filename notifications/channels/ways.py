"""Ways: which providers carry a channel, by name and address, the first choice first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.conf import settings

from notifications.models import Channel, Message

#: The demo telephones, where nothing leaves the house.
TELEPHONES: Final = "telephones"
ADDRESSES: Final[Mapping[str, tuple[str, ...]]] = {
    Channel.SMS: ("SMS_GATEWAY_URL", "SMS_GATEWAY_URL_2"),
    Channel.VOICE: ("VOICE_GATEWAY_URL", "VOICE_GATEWAY_URL_2"),
    Channel.EMAIL: ("EMAIL_URL", "EMAIL_URL_2"),
}


def ways_of(channel: str) -> dict[str, str]:
    """Return the providers of a channel: their names, and where they are. None means the demo telephones."""
    found = {}
    for number, name in enumerate(ADDRESSES[channel], start=1):
        if address := getattr(settings, name):
            found[channel if number == 1 else f"{channel}-{number}"] = address
    return found


def rehearses(message: Message) -> bool:
    """Tell whether a message rings the demo telephones whatever is configured: it is practice, and its post is not."""
    return message.practice and not (message.contact is not None and message.contact.practice)
