"""A state with a cell and three partners that write mails, a stranger of a state, and a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from cases.mail import rounds
from cases.mail.reader import Reader
from cases.mail.reading import letter
from cases.mail.receiving import MAILBOX, Message, receive_message, seal
from cases.models import Alert, MailReceipt
from districts import seeding
from districts.models import Officer
from districts.onboarding import SEED
from districts.reach import reach_of
from tests.database import ground
from tests.mail.dovecot import Dovecot
from tests.mail.process import AUTHSERV, MailProcess

SAMPLES = Path(__file__).with_name("samples")
SERIAL = count(1)
AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PASSWORD = "a long enough word 7"


def seed_of(code: str, partners: list[dict[str, Any]]) -> dict[str, Any]:
    cell = {"code": f"{code}-CELL", "kind": "state_cell", "name_en": "Cell", "name_hi": "प्रकोष्ठ"}
    desk = {"username": f"{code.lower()}-op1", "password": PASSWORD, "name": "Operator"}
    return {
        "state": {"code": code, "name_en": code, "name_hi": code, "languages": ["hi", "en"]},
        "units": [cell | {"contacts": [{"post": "desk", "rung": 1, "phone": "+915550000101"}]}],
        "officers": [
            desk | {"postings": [{"unit": f"{code}-CELL", "role": "operator"}]},
            desk
            | {"username": f"{code.lower()}-admin", "postings": [{"unit": f"{code}-CELL", "role": "administrator"}]},
        ],
        "partners": partners,
        "policies": [],
    }


def partner(code: str, domain: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": code.title(), "mail_domains": [domain]} | more


@ground
def plant_two_mailboxes() -> None:
    key = "key-of-meta-by-api-000000"
    partners = [partner("meta", "meta-safety.example", key=key), partner("x", "x-safety.example")]
    for document in (
        seed_of("RJ", [*partners, partner("google", "google-sos.example")]),
        seed_of("UP", [partner("meta", "meta-safety.example")]),
    ):
        with reach_of(SEED):
            seeding.plant(document, at=AT - timedelta(days=30))


@pytest.fixture
def two_mailboxes(db: None) -> None:
    """What stands before a test begins."""


@pytest.fixture
def land(two_mailboxes: None, settings: Any) -> None:
    """Rajasthan, whose mailbox it is; Uttar Pradesh as the stranger."""
    settings.MAIL_AUTHSERV_ID = AUTHSERV
    settings.MAIL_STATE = "RJ"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


def officer(username: str) -> Officer:
    return Officer.objects.get(username=username)


def arrive(content: bytes, *, uid: int | None = None, uidvalidity: int = 1, at: datetime = AT) -> MailReceipt:
    """Let a message come to lie in the mailbox."""
    number = next(SERIAL) if uid is None else uid
    message = Message("cell@127.0.0.1/INBOX", uidvalidity, number, at.replace(microsecond=0), content)
    sha256 = seal(message)
    with reach_of(MAILBOX):
        return receive_message(message, sha256=sha256, at=at)


Judge = Callable[..., MailReceipt]
Start = Callable[..., MailProcess]


@pytest.fixture
def judge(land: None, reader: Reader) -> Judge:
    """Let a mail arrive and judge it."""

    def judge(content: bytes | str, **where: Any) -> MailReceipt:
        raw = content.encode() if isinstance(content, str) else content
        receipt = arrive(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), **where)
        rounds.judge(receipt, reader=reader, at=AT)
        with reach_of(MAILBOX):
            receipt.refresh_from_db()
        return receipt

    return judge


def alert_of(receipt: MailReceipt) -> Alert:
    with reach_of(MAILBOX):
        return Alert.objects.select_related("partner", "state").get(pk=receipt.pk)


def read(text: str | bytes, **more: Any) -> dict[str, Any]:
    """Read a mail in this very process."""
    raw = text.encode() if isinstance(text, str) else text
    return letter.read(raw, layouts=more.get("layouts", []), own_domains=more.get("own_domains", []), at=AT)


def mail(body: str, *, sender: str = "le-alerts@meta-safety.example", subject: str = "Alert", **headers: str) -> str:
    """Return a plain mail."""
    lines = {"From": sender, "To": "cell@police.example", "Subject": subject, "Date": "Sun, 22 Nov 2026 03:00:00 +0000"}
    lines |= {"MIME-Version": "1.0", "Content-Type": 'text/plain; charset="utf-8"', "Content-Transfer-Encoding": "8bit"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    return "".join(f"{name}: {value}\n" for name, value in lines.items()) + "\n" + body


def verified(domain: str = "meta-safety.example", server: str = AUTHSERV) -> str:
    return f"{server}; spf=pass smtp.mailfrom={domain}; dkim=pass header.d={domain}; dmarc=pass header.from={domain}"


@pytest.fixture
def server() -> Iterator[Dovecot]:
    dovecot = Dovecot()
    try:
        yield dovecot.start()
    finally:
        dovecot.remove()


@pytest.fixture
def start(land: None, tmp_path: Path) -> Iterator[Start]:
    """Start the poller; it is gone when the test is."""
    started: list[MailProcess] = []

    def start(url: str, **environment: str) -> MailProcess:
        started.append(MailProcess(url, tmp_path / "mail.log", **environment).start())
        return started[-1]

    yield start
    for process in started:
        if process.is_alive():
            process.kill()
