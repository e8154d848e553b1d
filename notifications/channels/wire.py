"""What every channel promises, and the ways in which it may fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from notifications.models import Message


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side took the message; ``delivered`` when it is known to have arrived as well."""

    provider_id: str
    delivered: bool = False
    status_code: int | None = None


class NotSent(Exception):
    """
    The other side did not take the message.

    ``detail`` is written down and shown, so it is words of ours, never of the other side: those may hold a number.
    """

    def __init__(self, detail: str, *, status_code: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status_code = status_code


class Refused(NotSent):
    """It said no, and will say no again."""


class Unreachable(NotSent):
    """It may say yes later. ``perhaps`` when it may even have taken the message without our hearing of it."""

    def __init__(
        self, detail: str, *, status_code: int | None = None, perhaps: bool = False, wait_s: float = 0.0
    ) -> None:
        super().__init__(detail, status_code=status_code)
        self.perhaps = perhaps
        self.wait_s = wait_s


class Wire(Protocol):
    """A way out. A real provider's adapter implements these two."""

    #: Whether sending waits for somebody outside; if so it happens in a thread of its own that has no database.
    outside: bool

    def send(self, message: Message) -> Sent:
        """
        Send one message, giving up within a few seconds.

        :raises Refused: for good
        :raises Unreachable: for now
        """
        ...
