"""The mailbox door as a process, against a real Dovecot: killed, cut, restarted, stripped and made anew."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from portal import environment
from portal.mail.mailbox import Address, Mailbox, Refused
from tests.mail.conftest import Start, mail, verified
from tests.mail.dovecot import PASSWORD, Dovecot
from tests.mail.process import Line, wait_until
from tests.servers import url_for

# Each starts a mail server and a poller, and most kill one of them: they want the machine for themselves.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


def alert(number: int, **more: str) -> str:
    body = f"Case number: MSI-{number}\nService: Instagram\nUsername: kalpanik_{number}\nUser ID: 1784{number:07d}\n"
    headers = {"Authentication_Results": verified(), "Message_ID": f"<{number}@meta-safety.example>"}
    return mail(body, **(headers | more))


def rows(query: str) -> list[tuple[Any, ...]]:
    """Ask as whoever may look at everything from outside."""
    name = os.environ["DATABASE_URL"].rpartition("/")[2]
    with psycopg.connect(url_for("portal_backup", name)) as database:
        return database.execute(query).fetchall()


def receipts() -> list[tuple[Any, ...]]:
    return rows("SELECT uid, sha256, verdict, same_as_id IS NOT NULL FROM cases_mailreceipt ORDER BY uidvalidity, uid")


def has(number: int) -> bool:
    return len(receipts()) >= number


def cases() -> int:
    return rows("SELECT count(*) FROM cases_case")[0][0]


def judged(number: int) -> Callable[[], bool]:
    return lambda: len(found := receipts()) == number and all(row[2] for row in found)


def alive() -> list[str]:
    return [row[0] for row in rows("SELECT name FROM portal_pulse WHERE name LIKE 'mail@%' ORDER BY name")]


def test_the_poller_shows_that_it_lives_and_takes_leave_in_good_order(server: Dovecot, start: Start):
    process = start(server.url)
    wait_until(lambda: len(alive()) == 1, process.said)
    assert process.stop() == 0
    assert alive() == []


def test_where_there_is_no_mailbox_any_more_nobody_misses_who_read_it(server: Dovecot, start: Start):
    process = start(server.url)
    wait_until(lambda: len(alive()) == 1, process.said)
    process.kill()
    assert len(alive()) == 1
    resting = start("")
    wait_until(lambda: alive() == [], resting.said)


def test_every_message_has_one_receipt_whatever_its_id_and_is_marked_after_its_commit(server: Dovecot, start: Start):
    twice = alert(1)
    other = alert(2, Message_ID="<1@meta-safety.example>")
    server.deliver(twice, twice, other)
    process = start(server.url)
    wait_until(judged(3), process.said)
    with server.client() as imap:
        contents = [imap.uid("FETCH", str(uid), "(BODY.PEEK[])")[1][0][1] for uid in (1, 2, 3)]
    assert [row[1] for row in receipts()] == [hashlib.sha256(content).hexdigest() for content in contents]
    assert cases() == 2  # the same mail twice is one case with two sealed sources
    wait_until(lambda: all(server.flags().values()), process.said)
    told = rows(
        "SELECT r.sha256, l.reference IS NOT NULL FROM ops.receipt r JOIN ops.case_link l ON l.receipt_id = r.id"
    )
    assert sorted(told) == sorted((row[1], True) for row in receipts())
    # What comes while the poller listens is a case at once, and nothing was moved or deleted.
    server.deliver(alert(3))
    began = time.monotonic()
    wait_until(lambda: has(4), process.said)
    assert time.monotonic() - began < 9, "IDLE did not wake it, only the look of every ten seconds"
    wait_until(judged(4), process.said)
    assert list(server.flags()) == [1, 2, 3, 4]
    assert process.stop() == 0


def test_nothing_is_marked_before_its_receipt_is_committed(server: Dovecot, start: Start):
    name = os.environ["DATABASE_URL"].rpartition("/")[2]
    with psycopg.connect(url_for("portal_owner", name)) as owner:
        owner.execute("LOCK TABLE cases_mailreceipt IN SHARE MODE")  # it may be read, and nothing written
        process = start(server.url)
        wait_until(lambda: "mailbox is open" in process.said(), process.said)
        server.deliver(alert(1))
        time.sleep(2)
        assert server.flags() == {1: False}
        assert receipts() == []
    wait_until(lambda: server.flags() == {1: True}, process.said)
    assert len(receipts()) == 1


def test_killed_again_and_again_it_loses_nothing_and_repeats_nothing(server: Dovecot, start: Start):
    server.deliver(*(alert(number) for number in range(60)))
    process = start(server.tls_url)
    for already in (5, 25, 50):
        wait_until(partial(has, already), process.said)
        process.kill()
        process = start(server.tls_url)
    wait_until(judged(60), process.said)
    assert [row[0] for row in receipts()] == list(range(1, 61))
    assert cases() == 60
    wait_until(lambda: all(server.flags().values()), process.said)


def test_a_line_that_is_cut_in_the_middle_of_a_message_brings_no_half_message(server: Dovecot, start: Start):
    large = [alert(number) + "x" * 200_000 for number in range(6)]
    server.deliver(*large)

    def cut(said: bytes, call: int) -> bytes | None:
        heard[call] = heard.get(call, 0) + len(said)
        return None if call <= 4 and heard[call] > 150_000 * call else said

    heard: dict[int, int] = {}
    line = Line(server.port, cut)
    process = start(server.url.replace(str(server.port), str(line.port)))
    wait_until(judged(6), process.said, seconds=60)
    line.close()
    assert line.calls >= 5
    sizes = rows("SELECT DISTINCT size FROM cases_mailreceipt")
    assert min(size for (size,) in sizes) > 200_000
    assert cases() == 6


def test_a_mailbox_made_anew_is_known_again(server: Dovecot, start: Start):
    server.deliver(
        alert(1), alert(2), "From: a@nobody.example\n\nsee my picture\n", date='"22-Nov-2026 03:00:00 +0000"'
    )
    process = start(server.url)
    wait_until(judged(3), process.said)
    before = cases()
    server.make_anew()
    wait_until(judged(6), process.said, seconds=60)
    assert [row[3] for row in receipts()] == [False] * 3 + [True] * 3
    assert cases() == before == 3
    assert rows("SELECT count(*) FROM ops.receipt") == [(3,)]
    server.deliver(alert(4))
    wait_until(judged(7), process.said)


def test_it_waits_for_a_server_that_is_away(server: Dovecot, start: Start):
    process = start(server.url)
    wait_until(lambda: "mailbox is open" in process.said(), process.said)
    server.stop()
    wait_until(lambda: "cannot be read now" in process.said(), process.said)
    server.start()
    server.deliver(alert(1))
    wait_until(judged(1), process.said)


def test_a_stripped_starttls_is_refused_and_no_password_leaves(server: Dovecot):
    line = Line(server.port, lambda said, _: said.replace(b"STARTTLS", b"X"))
    url = server.url.replace("imap://", "imap+tls://").replace(str(server.port), str(line.port))
    with pytest.raises(Refused, match="STARTTLS"):
        Mailbox(Address.of(url))
    line.close()
    assert PASSWORD.encode() not in line.heard
    assert b"LOGIN" not in line.heard
    whole = Mailbox(Address.of(server.url.replace("imap://", "imap+tls://")))
    assert whole.uids() == []
    whole.close()


@pytest.mark.parametrize("host", ["mail.police.example", "10.0.0.5", "203.0.113.9"])
def test_a_mailbox_on_another_machine_is_not_read_in_the_clear(monkeypatch: pytest.MonkeyPatch, host: str):
    monkeypatch.setattr(environment, "PROBLEMS", problems := [])
    monkeypatch.setenv("IMAP_URL", f"imap://a:b@{host}/INBOX")
    assert environment.mailbox("IMAP_URL") == ""
    assert [problem.name for problem in problems] == ["IMAP_URL"]
    for sound in (f"imaps://a:b@{host}/INBOX", f"imap+tls://a:b@{host}/INBOX", "imap://a:b@127.0.0.1:1143/INBOX"):
        monkeypatch.setenv("IMAP_URL", sound)
        assert environment.mailbox("IMAP_URL") == sound
    assert len(problems) == 1


def test_without_a_mailbox_it_rests_and_stops_when_asked(start: Start):
    process = start("")
    wait_until(lambda: "resting" in process.said(), process.said)
    time.sleep(0.5)
    assert "resting.py" in Path(f"/proc/{process.pid}/cmdline").read_text()
    assert process.stop() == 0


def test_a_backlog_of_a_thousand_becomes_a_thousand_cases(
    server: Dovecot, start: Start, record_property: Callable[[str, object], None]
):
    server.deliver(*(alert(number) for number in range(1000)))
    began = time.monotonic()
    process = start(server.url)
    wait_until(lambda: len(receipts()) == 1000, process.said, seconds=120)
    received = time.monotonic() - began
    wait_until(judged(1000), process.said, seconds=240)
    record_property("received_s", received)
    record_property("judged_s", time.monotonic() - began)
    assert cases() == 1000
    assert {row[2] for row in receipts()} == {"alert"}
    wait_until(lambda: all(server.flags().values()), process.said)
