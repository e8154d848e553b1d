"""The demo telephones: every post has one, and what it shows is a row."""

from __future__ import annotations

from datetime import datetime

from districts.actors import CLOCK
from districts.reach import reach_of
from notifications.channels.wire import Sent
from notifications.models import Message, Ring


class Telephones:
    """Rings the demo telephone, or fills the demo mailbox, of a post; once for a message, like any decent gateway."""

    outside = False

    def __init__(self, *, at: datetime) -> None:
        self._at = at

    def send(self, message: Message) -> Sent:
        """Write what the telephone shows."""
        with reach_of(CLOCK):
            Ring.objects.get_or_create(
                message=message,
                defaults={
                    "contact": message.contact,
                    "channel": message.channel,
                    "to": message.to,
                    "text": message.text,
                    "at": self._at,
                },
            )
        return Sent(f"telephone-{message.pk}", delivered=True)
