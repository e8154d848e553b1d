"""The sealer: every round closes the books, and somebody outside gets the newest root."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cases.models import Case, CaseEvent, Seal, Stamp
from districts import clock
from districts.actors import CLOCK
from districts.reach import reach_of
from portal.lookout import books
from portal.sealer.rounds import Sealer
from tests.notifications.test_mail import MailServer, mail_server
from tests.portal.authority import Authority, authority, openssl
from tests.portal.conftest import do
from tests.portal.watched import found

MINUTE = timedelta(minutes=1)


@pytest.fixture
def tsa(settings: Any, tmp_path: Path) -> Iterator[Authority]:
    folder = tmp_path / "authority"
    folder.mkdir()
    with authority(folder) as (here, settings.TSA_URL):
        yield here


@pytest.fixture
def letters(settings: Any) -> Iterator[MailServer]:
    settings.SEAL_MAIL_TO = ["auditor@state.example", "court@state.example"]
    with mail_server() as (server, settings.EMAIL_URL):
        yield server


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Move the clock that the sealer reads."""
    ahead = [timedelta()]
    real = clock.now

    def moved() -> datetime:
        return real() + ahead[0]

    monkeypatch.setattr(clock, "now", moved)

    def later(by: timedelta) -> None:
        ahead[0] += by

    return later


def stamps(by: str) -> list[int]:
    with reach_of(CLOCK):
        return list(Stamp.objects.filter(by=by).order_by("pk").values_list("seal_id", flat=True))


def newest() -> Seal:
    with reach_of(CLOCK):
        seal = Seal.objects.order_by("-number").first()
    assert seal
    return seal


def run(*words: str) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    try:
        call_command("verify_audit", *words, "--json", stdout=out)
    except SystemExit as end:
        return int(str(end.code)), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_a_round_seals_what_is_new_and_a_second_one_finds_nothing(post, desk):
    case = post()
    sealer = Sealer()
    assert sealer.round() == 1
    assert sealer.round() == 0
    assert do(desk("op1"), case, "claim").status_code == 200
    assert sealer.round() == 1
    assert run()[1]["seals"] == 2


def test_the_authority_stamps_the_newest_root_and_anybody_can_check_its_signature(post, tsa, tmp_path):
    post()
    Sealer().round()
    seal = newest()
    with reach_of(CLOCK):
        stamp = Stamp.objects.get(by="authority", seal=seal)
    (tmp_path / "root.txt").write_text(seal.root)
    (tmp_path / "stamp.tsr").write_bytes(bytes(stamp.answer))
    told = openssl("ts", "-verify", "-data", "root.txt", "-in", "stamp.tsr", "-CAfile", str(tsa.folder / "ca.pem"),
                   folder=tmp_path)  # fmt: skip
    assert b"OK" in told
    assert run("--tsa-ca", str(tsa.folder / "ca.pem"))[0] == 0


def test_a_stamp_of_another_authority_does_not_hold(post, tsa, tmp_path):
    post()
    Sealer().round()
    other = tmp_path / "other"
    other.mkdir()
    Authority(other)
    status, report = run("--tsa-ca", str(other / "ca.pem"))
    assert status == 1
    assert report["seal_faults"][0].startswith("the stamp of seal 1 does not hold")


def test_the_newest_root_is_stamped_again_after_ten_minutes_and_not_without_need(post, tsa, later):
    sealer = Sealer()
    post()
    sealer.round()
    post()
    sealer.round()
    assert stamps("authority") == [1]
    later(11 * MINUTE)
    sealer.round()
    assert stamps("authority") == [1, 2]
    later(11 * MINUTE)
    sealer.round()
    assert tsa.asked == 2, "there is no newer root"


@pytest.mark.parametrize("says", [(500, b""), (200, b"<html>"), (200, b""), (302, b""), (200, b"0" * 100_000)])
def test_an_authority_that_does_not_stamp_is_asked_again_a_minute_later_and_alarms(post, tsa, later, says):
    sealer = Sealer()
    tsa.says = says
    post()
    assert sealer.round() == 1, "the books are closed whoever is away outside"
    sealer.round()
    assert (stamps("authority"), tsa.asked) == ([], 1)
    later(2 * MINUTE)
    sealer.round()
    assert tsa.asked == 2
    assert found(books.open_books(at=timezone.now())) == []
    (alarm,) = found(books.open_books(at=timezone.now() + 25 * MINUTE))
    assert (alarm.code, alarm.subject) == ("root_unpublished", "authority")
    tsa.says = None
    later(2 * MINUTE)
    sealer.round()
    assert stamps("authority") == [1]
    assert found(books.open_books(at=timezone.now() + 25 * MINUTE)) == []


def test_a_stamp_on_something_else_is_not_taken(post, tsa, tmp_path):
    (tmp_path / "other.txt").write_text("another root")
    openssl("ts", "-query", "-data", "other.txt", "-sha256", "-cert", "-out", "other.tsq", folder=tmp_path)
    tsa.says = tsa.answer((tmp_path / "other.tsq").read_bytes())
    post()
    Sealer().round()
    assert stamps("authority") == []


def test_the_root_goes_by_letter_once_a_day_and_the_letter_finds_a_rewriting_out(post, letters, later, tmp_path):
    sealer = Sealer()
    post()
    sealer.round()
    post()
    sealer.round()
    (sent,) = letters.letters
    envelope, letter = sent
    assert envelope.rcpt_tos == ["auditor@state.example", "court@state.example"]
    text = letter.get_content()
    assert newest().prev_root in text
    kept = tmp_path / "letters.txt"
    kept.write_text(text)
    assert run("--roots", str(kept))[0] == 0
    kept.write_text(text.replace(newest().prev_root, "0" * 64))
    assert run("--roots", str(kept))[1]["seal_faults"] == ["seal 1 is not the one that was published"]
    later(timedelta(days=1, minutes=1))
    sealer.round()
    assert [letter["Subject"] for _, letter in letters.letters] == ["Jeevan Setu: seal 1", "Jeevan Setu: seal 2"]


def test_a_mail_server_that_refuses_is_tried_again(post, letters, later):
    letters.to_data = "451 later"
    sealer = Sealer()
    post()
    sealer.round()
    assert stamps("letter") == []
    letters.to_data = ""
    later(2 * MINUTE)
    sealer.round()
    assert stamps("letter") == [1]


def test_the_roots_in_the_log_of_watch_are_read_again(post, tmp_path):
    post()
    Sealer().round()
    seal = newest()
    line = f"level=info process=watch event=sealed number={seal.number} root={seal.root} lines=1"
    other = f'{{"event": "sealed", "number": {seal.number}, "root": "{"0" * 64}"}}'
    place = tmp_path / "watch.log"
    place.write_text(f"some line\n{line}\n")
    assert run("--roots", str(place))[0] == 0
    place.write_text(other)
    assert run("--roots", str(place))[0] == 1


def test_what_holds_no_root_and_no_certificate_is_said(land, tmp_path):
    place = tmp_path / "empty.txt"
    place.write_text("nothing")
    for words, said in (
        (["--roots", str(place)], "holds no root"),
        (["--roots", str(tmp_path / "none")], "cannot be read"),
        (["--tsa-ca", str(place)], "holds no certificate"),
    ):
        with pytest.raises(CommandError, match=said):
            call_command("verify_audit", *words)


def test_histories_that_nobody_seals_are_found(post):
    post()
    with reach_of(CLOCK):
        written = CaseEvent.objects.order_by("at").values_list("at", flat=True)[0]
    assert found(books.open_books(at=written + MINUTE)) == []
    (alarm,) = found(books.open_books(at=written + 3 * MINUTE))
    assert (alarm.code, alarm.since) == ("history_unsealed", written)
    Sealer().round()
    assert found(books.open_books(at=written + 3 * MINUTE)) == []


def test_the_evidence_of_a_case_shows_its_place_in_the_seals_and_nothing_of_another(post, desk, tsa, tmp_path):
    case: Case = post()
    strangers = [post() for _ in range(4)]
    Sealer().round()
    out = tmp_path / "out.zip"
    # The alert's own bytes were never stored here; what is looked at is the history.
    with pytest.raises(SystemExit):
        call_command("export_evidence", case.reference, str(out), stdout=StringIO(), stderr=StringIO())
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(out) as file:
        file.extractall(folder)
    proof = json.loads((folder / "seals.json").read_text())
    assert proof["line"]["case"] == str(case.pk)
    assert not any(str(other.pk) in (folder / "seals.json").read_text() for other in strangers)
    assert len(proof["path"]) >= 2
    (folder / "root.txt").write_text(proof["seals"][-1]["root"])
    (folder / "stamp.tsr").write_bytes(base64.b64decode(proof["stamp"]))
    assert b"OK" in openssl("ts", "-verify", "-data", "root.txt", "-in", "stamp.tsr", "-CAfile",
                            str(tsa.folder / "ca.pem"), folder=folder)  # fmt: skip

    assert "seal" not in checked(folder)
    tree = proof["seals"][0]["tree"]
    for said, change in (
        ("the sealed line is not in its seal", {"path": [["left", "0" * 64], *proof["path"][1:]]}),
        ("seal 1 was changed", {"seals": [proof["seals"][0] | {"at": "2020-01-01T00:00:00.000000+00:00"}]}),
        ("is not the one that was sealed", {"line": proof["line"] | {"hash": tree}}),
    ):
        (folder / "seals.json").write_text(json.dumps(proof | change))
        assert said in checked(folder)


def checked(folder: Path) -> str:
    """Return what the verifier says of an unpacked file."""
    told = subprocess.run([sys.executable, "-I", folder / "verify.py"], capture_output=True, text=True, check=False)
    return told.stdout
