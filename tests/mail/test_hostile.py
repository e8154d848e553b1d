"""Hostile and generated mails: none ends the poller, none is lost, and none takes more than its share."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.mail import rounds
from cases.mail.reader import Reader, Unread
from cases.mail.reading import kiln, letter
from cases.mail.receiving import MAILBOX
from cases.models import Alert, MailReceipt
from districts.reach import reach_of
from tests.mail.conftest import AT, SAMPLES, Judge, arrive, mail

SHAPE = {
    "platform", "partner_reference", "handle", "platform_user_id", "display_name", "phones", "emails", "ip_events",
    "content_text", "posted_at", "urls",
}  # fmt: skip
SEEDS = [path.read_bytes() for path in sorted(SAMPLES.glob("*.eml"))]
LABELS = st.sampled_from(
    [
        "Case number",
        "Username",
        "Phone",
        "IP",
        "IP time",
        "Posted at",
        "Content",
        "User ID",
        "आईपी",
        "जन्म तिथि",
        "Lat",
        "PIN",
        "Age",
        "URL",
    ]
)
HEADERS = st.sampled_from(
    [
        "Content-Type",
        "Content-Transfer-Encoding",
        "Subject",
        "From",
        "Date",
        "To",
        "Content-Disposition",
        "Authentication-Results",
    ]
)
VALUES = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            "multipart/mixed; boundary=",
            'text/plain; charset="\x00"',
            "message/rfc822",
            "base64",
            "=?utf-8?b?4KS44KSC",
            "=?x?q?=80?=",
            '"a',
            "text/html; charset=utf-7",
            "2026-13-45 99:99:99 UTC",
            "999.1.1.1",
            "::::::",
            "+" + "9" * 90,
        ]
    ),
)


@st.composite
def written(draw: st.DrawFn) -> bytes:
    """A mail made of the pieces mails are made of, in no order that makes sense."""
    head = "".join(f"{name}: {value}\n" for name, value in draw(st.lists(st.tuples(HEADERS, VALUES), max_size=8)))
    body = "".join(
        f"{name}{draw(st.sampled_from([': ', ' - ', ':', '', chr(9)]))}{value}\n"
        for name, value in draw(st.lists(st.tuples(LABELS, VALUES), max_size=12))
    )
    return (head + "\n" + body).encode("utf-8", "surrogatepass")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound mail with pieces cut out, doubled, and overwritten."""
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        piece = draw(st.binary(max_size=30))
        match draw(st.sampled_from(["cut", "put", "over", "double", "end"])):
            case "cut":
                del content[at : at + draw(st.integers(1, 400))]
            case "put":
                content[at:at] = piece
            case "over":
                content[at : at + len(piece)] = piece
            case "double":
                content[at:at] = content[at : at + 300]
            case "end":
                del content[max(at, 200) :]
    return bytes(content)


MAILS = st.one_of(written(), damaged(), st.binary(max_size=2000))


def sound(result: dict[str, Any]) -> None:
    """What was read has the shape of the contract and can be stored."""
    parsed = result["parsed"]
    assert set(parsed) == SHAPE
    assert all(isinstance(parsed[name], list) for name in ("phones", "emails", "ip_events", "urls"))
    text = json.dumps(result, ensure_ascii=False)
    assert "\\u0000" not in text
    text.encode()
    for moment in (parsed["posted_at"], result["sent_at"], *(event["at"] for event in parsed["ip_events"])):
        assert moment is None or datetime.fromisoformat(moment).tzinfo == UTC


@pytest.mark.fault
@settings(max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(MAILS)
def test_five_thousand_mails_are_read_without_one_failure(content: bytes):
    sound(letter.read(content, layouts=[], own_domains=[], at=AT))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(MAILS)
def test_generated_mails_are_read_without_one_failure(content: bytes):
    sound(letter.read(content, layouts=[], own_domains=[], at=AT))


def nested(levels: int, kind: str = "multipart/mixed") -> bytes:
    lines = [b"From: a@b.example", b"Subject: deep"]
    for level in range(levels):
        lines += [f'Content-Type: {kind}; boundary="b{level}"'.encode(), b"", f"--b{level}".encode()]
    return b"\r\n".join([*lines, b"Content-Type: text/plain", b"", b"Username: kalpanik_deep"])


POISON = {
    "3,000 nested parts": nested(3000),
    "3,000 nested mails": b"Content-Type: message/rfc822\n\n" * 3000 + b"Subject: x\n\nhello",
    "100,000 addresses": b"From: a@b.example\nTo: " + b", ".join(b"user%d@x.example" % n for n in range(100_000)) + b"\n\nUsername: kalpanik_to\n",
    "100,000 headers": b"".join(b"X-H%d: %d\n" % (n, n) for n in range(100_000)) + b"\nUsername: kalpanik_h\n",
    "100,000 parts": b"Content-Type: multipart/mixed; boundary=B\n\n" + b"--B\n\nx\n" * 100_000 + b"--B--",
    "a line of 20 MB": b"From: a@b.example\n\n" + b"a" * 20_000_000,
    "2,000,000 colons": b"From: a@b.example\n\n" + b":" * 2_000_000,
    "many quotation marks": b'From: a@b.example\n\nPost text: "' + b'" he wrote "' * 50_000,
    "open tags": b"Content-Type: text/html\n\n" + b"<div><a href='http://x'>" * 100_000,
    "entities": b"Content-Type: text/html\n\n" + b"&amp;" * 500_000,
    "a bomb of blanks": b"From: a@b.example\n\nPhone" + b" " * 3_000_000 + b": 1",
    "digits": b"From: a@b.example\n\nIP: " + b"1." * 500_000 + b"\nPhone: " + b"9 " * 500_000,
    "encoded words": b"Subject: " + b"=?utf-8?b?4KS4?= " * 100_000 + b"\n\nUsername: kalpanik_w\n",
    "unclosed comment": b"From: (" * 50_000 + b"\nContent-Type: text/plain; charset=(((\n\nx",
    "51 MB": b"From: a@b.example\n\n" + b"x" * (51 * 1024 * 1024),
}  # fmt: skip


@pytest.mark.fault
@pytest.mark.parametrize("name", POISON)
def test_poison_is_read_or_refused_in_time(reader: Reader, name: str, tmp_path: Path, settings: Any):
    settings.FILES_DIR = str(tmp_path)
    folder = tmp_path / "00"
    folder.mkdir()
    (folder / ("00" + name)).write_bytes(POISON[name])
    began = time.monotonic()
    why = ""
    try:
        sound(reader.read("00" + name, layouts=[], own_domains=[], at=AT))
    except Unread as unread:
        why = unread.why
    assert why in {"", "size"}, why
    assert time.monotonic() - began < kiln.WALL_SECONDS + 5
    again = SAMPLES / "03_meta_followup_same_case.eml"
    (folder / "00next").write_bytes(again.read_bytes())
    assert reader.read("00next", layouts=[], own_domains=[], at=AT)["parsed"]["partner_reference"] == "MSI-7700001"


@pytest.mark.fault
def test_every_generated_mail_becomes_a_case_or_lies_in_the_tray(judge: Judge):
    """What is generated is received and judged to the end: nothing of it stays behind."""
    contents: list[bytes] = []

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(MAILS)
    def collect(content: bytes) -> None:
        contents.append(content)

    collect()
    receipts = [judge(content) for content in [*contents, nested(3000), POISON["100,000 addresses"]]]
    assert {receipt.verdict for receipt in receipts} <= {"alert", "unreadable", "tray"}
    with reach_of(MAILBOX):
        assert MailReceipt.objects.filter(judged_at=None).count() == 0
        cases = [receipt for receipt in receipts if receipt.verdict != "tray"]
        assert Alert.objects.filter(links__ended_at=None).count() == len(cases)


def test_a_mail_that_hangs_the_reader_is_a_case_and_the_next_one_is_read(land: None, monkeypatch: pytest.MonkeyPatch):
    class Dead(Reader):
        def _ask(self, _line: bytes) -> dict[str, Any]:
            if self._kiln is not None:
                self._kiln.kill()
            return {"failed": "crashed"}

    receipt = arrive(mail("Username: kalpanik_hang\n").encode())
    with Dead() as dead:
        assert rounds.judge(receipt, reader=dead, at=AT) == "unreadable"
    with Reader() as reader:
        reader.read(receipt.sha256, layouts=[], own_domains=[], at=AT)
        assert reader._kiln is not None
        reader._kiln.kill()
        reader._kiln.wait()
        assert reader.read(receipt.sha256, layouts=[], own_domains=[], at=AT)["parsed"]["handle"] == "kalpanik_hang"


def test_the_child_has_no_secret_of_ours(reader: Reader, land: None):
    receipt = arrive(mail("x").encode())
    reader.read(receipt.sha256, layouts=[], own_domains=[], at=AT)
    assert reader._kiln is not None
    told = Path(f"/proc/{reader._kiln.pid}/environ").read_bytes()
    assert b"DATABASE" not in told
    assert b"SECRET" not in told


def test_reading_knows_neither_django_nor_the_database():
    folder = Path(letter.__file__).parent
    strangers = [
        f"{path.name}: {line}"
        for path in folder.glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(("import django", "from django", "from districts", "from cases.models", "import psycopg"))
    ]
    assert strangers == []
