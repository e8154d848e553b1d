"""A letter goes out through a real mail server, which can be as difficult as any."""

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import Message as Letter
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from districts.actors import CLOCK
from districts.models import Contact
from districts.reach import reach_of
from notifications import queries
from notifications.lanes import Office
from notifications.models import Attempt
from tests.notifications.conftest import Owe, now, tries


class MailServer:
    """Keeps every letter, and answers what it is told to."""

    def __init__(self) -> None:
        self.letters: list[tuple[Envelope, Letter]] = []
        self.to_rcpt = self.to_data = ""

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:  # noqa: N802 - aiosmtpd's name
        if self.to_rcpt:
            return self.to_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.to_data:
            return self.to_data
        self.letters.append((envelope, email.message_from_bytes(envelope.content or b"", policy=default)))  # type: ignore[arg-type]  # bytes here
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[MailServer, str]]:
    """Run a mail server; give it, and where it is."""
    server = MailServer()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    yield server, f"smtp://127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
def mail(settings) -> Iterator[MailServer]:
    with mail_server() as (server, settings.EMAIL_URL):
        yield server


@pytest.fixture
def mail_2(settings) -> Iterator[MailServer]:
    with mail_server() as (server, settings.EMAIL_URL_2):
        yield server


def test_a_letter_arrives_in_hindi_with_its_own_number(
    owe: Owe, office: Office, control_room: Contact, mail: MailServer, settings, monday: datetime
) -> None:
    (message,) = owe((control_room, "email"))
    office.deliver(clock=lambda: monday, for_s=10)
    ((envelope, letter),) = mail.letters
    assert envelope.rcpt_tos == ["cr@police.example"]
    assert letter["Subject"].strip() == "RJ-4829-1736: अति आवश्यक: संकट में व्यक्ति।"
    assert letter["From"] == settings.MAIL_FROM
    assert str(message.pk) in letter["Message-ID"]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "यह पत्र मशीन ने लिखा है।" in letter.get_content()  # type: ignore[attr-defined]  # the default policy has it
    taken = now(message)
    assert (taken.state, taken.final_at) == ("accepted", monday)


@pytest.mark.parametrize(
    ("where", "answer", "state", "error"),
    [
        ("to_rcpt", "550 no such user Ramesh", "failed", "the mail server answered 550"),
        ("to_rcpt", "450 busy", "queued", "the mail server answered 450"),
        ("to_data", "554 no", "failed", "the mail server answered 554"),
        ("to_data", "452 full", "queued", "the mail server answered 452"),
    ],
)
def test_a_fives_is_final_and_a_four_is_not(
    owe: Owe, office: Office, control_room: Contact, mail: MailServer, monday: datetime, where, answer, state, error
) -> None:  # fmt: skip
    (message,) = owe((control_room, "email"))
    setattr(mail, where, answer)
    office.deliver(clock=lambda: monday, for_s=10)
    assert (now(message).state, now(message).last_error) == (state, error)
    setattr(mail, where, "")
    office.deliver(clock=lambda: monday + timedelta(seconds=2), for_s=10)
    assert len(mail.letters) == (1 if state == "queued" else 0)


def test_no_mail_server_is_no_reason_to_give_up(
    owe: Owe, office: Office, control_room: Contact, settings, monday: datetime
) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:9"
    (message,) = owe((control_room, "email"))
    office.deliver(clock=lambda: monday, for_s=10)
    assert (now(message).state, now(message).last_error) == ("queued", "no connection to the mail server")
    with reach_of(CLOCK):
        assert Attempt.objects.get().outcome == "unreachable"


def test_an_address_that_is_none_fails_by_name(
    owe: Owe, office: Office, control_room: Contact, mail: MailServer, monday: datetime
) -> None:
    Contact.objects.filter(pk=control_room.pk).update(email="cr@police.example\nBcc: all@police.example")
    control_room.refresh_from_db()
    (message,) = owe((control_room, "email"))
    office.deliver(clock=lambda: monday, for_s=10)
    assert (now(message).state, mail.letters) == ("failed", [])


@pytest.mark.parametrize("first", ["is not there", "550 no", "450 busy"])
def test_a_letter_that_the_first_server_does_not_take_the_second_gets_at_once(
    owe: Owe, office: Office, control_room: Contact, mail: MailServer, mail_2: MailServer, settings, monday: datetime,
    first: str,
) -> None:  # fmt: skip
    if first == "is not there":
        settings.EMAIL_URL = "smtp://127.0.0.1:9"
    else:
        mail.to_rcpt = first
    (message,) = owe((control_room, "email"))
    office.deliver(clock=lambda: monday, for_s=10)
    ((envelope, letter),) = mail_2.letters
    assert (envelope.rcpt_tos, str(message.pk) in letter["Message-ID"]) == ([control_room.email], True)
    assert mail.letters == []
    assert [name for name, _ in tries(message)] == ["email", "email-2"]
    assert (now(message).state, now(message).provider) == ("accepted", "email-2")


def test_a_busy_mailbox_is_no_outage_of_the_mail_server(
    owe: Owe, office: Office, control_room: Contact, mail: MailServer, monday: datetime
) -> None:
    mail.to_rcpt = "450 busy"
    for _ in range(6):
        owe((control_room, "email"))
    office.deliver(clock=lambda: monday, for_s=10)
    with reach_of(CLOCK):
        assert [row.opened_at for row in queries.providers()] == [None]
