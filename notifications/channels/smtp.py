"""The mail server that takes our letters (EMAIL_URL)."""

from __future__ import annotations

import smtplib
from functools import partial
from typing import Final
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from notifications.channels.wire import Refused, Sent, Unreachable
from notifications.models import Message

PATIENCE_S: Final = 5
PERMANENT: Final = 500
PORTS: Final = {"smtp": 25, "smtps": 465, "smtp+ssl": 465, "smtp+tls": 587}


class Mail:
    """Sends one letter over one connection. Its Message-ID is the message's key, so that a repeat can be told."""

    outside = True

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._connect = partial(
            EmailBackend,
            host=parts.hostname or "localhost",
            port=parts.port or PORTS[parts.scheme],
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            use_tls=parts.scheme == "smtp+tls",
            use_ssl=parts.scheme in {"smtps", "smtp+ssl"},
            timeout=PATIENCE_S,
        )

    def send(self, message: Message) -> Sent:
        """Hand one letter to the mail server."""
        subject, _, body = message.text.partition("\n\n")
        letter_id = f"<{message.pk}@{settings.MAIL_FROM.rpartition('@')[2].strip('>')}>"
        headers = {"Message-ID": letter_id, "Auto-Submitted": "auto-generated", "Content-Language": message.language}
        self.hand_over(EmailMessage(subject, body, settings.MAIL_FROM, [message.to], headers=headers))
        return Sent(letter_id)

    def hand_over(self, letter: EmailMessage) -> None:
        """
        Hand any letter to the mail server.

        :raises Refused: if it will never take it
        :raises Unreachable: if it did not, and may
        """
        try:
            self._connect().send_messages([letter])
        except smtplib.SMTPRecipientsRefused as problem:
            raise _no(next((code for code, _ in problem.recipients.values()), None)) from problem
        except smtplib.SMTPAuthenticationError as problem:
            # It is our own sign-in that is wrong, not the letter: somebody can mend that before the letter is given up.
            raise Unreachable("the mail server refused our sign-in", status_code=problem.smtp_code) from problem
        except (smtplib.SMTPConnectError, smtplib.SMTPHeloError) as problem:
            raise Unreachable("the mail server is not ready", status_code=problem.smtp_code) from problem
        except smtplib.SMTPResponseException as problem:
            raise _no(problem.smtp_code) from problem
        except ValueError as problem:
            raise Refused("the address is none") from problem
        except (smtplib.SMTPException, OSError) as problem:
            raise Unreachable("no connection to the mail server", perhaps=_perhaps(problem)) from problem


def _no(code: int | None) -> Refused | Unreachable:
    """Return what the mail server's number means: fives are for good, fours are for now."""
    said = f"the mail server answered {code}"
    return Refused(said, status_code=code) if code and code >= PERMANENT else Unreachable(said, status_code=code)


def _perhaps(problem: Exception) -> bool:
    """Tell whether the letter may have been taken although the connection broke."""
    return not isinstance(problem, ConnectionRefusedError)
