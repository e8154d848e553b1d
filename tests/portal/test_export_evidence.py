"""``manage.py export_evidence``: what is in the file, that it can be checked without us, and that it hides no fault."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cases import evidence
from cases.models import Case, CaseEvent
from districts.actors import CLOCK
from districts.reach import reach_of
from tests.portal.conftest import do, read

SENT = b'{"partner_reference": "MSI-1", "content": {"text": "what was written"}}'


@pytest.fixture
def case(post: Any, desk: Any, settings: Any, tmp_path: Path) -> Case:
    """A case with a sealed source, a file of the operator's, and some history."""
    settings.FILES_DIR = str(tmp_path / "files")
    case: Case = post(sha256=evidence.seal(SENT), size=len(SENT))
    post()  # the stranger
    op1 = desk("op1")
    assert do(op1, case, "claim").status_code == 200
    assert do(op1, case, "forward", unit="RJ-NORTH", role="lead").status_code == 200
    page = tmp_path / "page.txt"
    page.write_bytes(b"a page of the diary")
    with page.open("rb") as file:
        assert op1.post(f"/cases/{case.reference}/files", {"file": file}).status_code == 303
    return case


def export(case: Case, out: Path) -> tuple[int, str]:
    said = StringIO()
    try:
        call_command("export_evidence", case.reference, str(out), stdout=StringIO(), stderr=said)
    except SystemExit as end:
        return int(str(end.code)), said.getvalue()
    return 0, said.getvalue()


def unpacked(out: Path, folder: Path) -> Path:
    with zipfile.ZipFile(out) as file:
        file.extractall(folder)
    return folder


def verify(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", folder / "verify.py"], capture_output=True, text=True, check=False)


def test_the_file_holds_every_source_and_checks_itself_without_the_portal(case: Case, tmp_path: Path):
    out = tmp_path / "out.zip"
    assert export(case, out) == (0, "")
    folder = unpacked(out, tmp_path / "unpacked")
    manifest = json.loads((folder / "manifest.json").read_text())

    assert out.stat().st_mode & 0o777 == 0o600
    assert manifest["case"]["reference"] == case.reference
    assert [alert["door"] for alert in manifest["alerts"]] == ["api"]
    assert (folder / "sealed" / manifest["alerts"][0]["sha256"]).read_bytes() == SENT
    assert (folder / "sealed" / manifest["files"][0]["sha256"]).read_bytes() == b"a page of the diary"
    assert [row["kind"] for row in json.loads((folder / "deadlines.json").read_text()) if not row["level"]] == [
        "CLAIM", "FORWARD", "ACKNOWLEDGE",
    ]  # fmt: skip
    assert {row["to"] for row in json.loads((folder / "messages.json").read_text())} == {"RJ-NORTH/control_room"}
    assert manifest["alerts"][0]["sha256"] in (folder / "CERTIFICATE.txt").read_text()
    assert len(list((folder / "sealed").iterdir())) == 2, "nothing of the other case"
    told = verify(folder)
    assert (told.returncode, told.stdout) == (
        0,
        f"{case.reference}: every source and every line stands as it was written.\n",
    )


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("history.jsonl", "RJ-NORTH", "RJ-SOUTH", "the facts of line 3 were changed"),
        ("history.jsonl", '"action": "claimed"', '"action": "noted"', "line 2 was changed"),
        ("history.jsonl", '"actor": "officer:op1"', '"actor": "officer:op2"', "line 2 was changed"),
    ],
)
def test_a_line_changed_afterwards_is_found(case: Case, tmp_path: Path, name: str, before: str, after: str, said: str):
    export(case, tmp_path / "out.zip")
    folder = unpacked(tmp_path / "out.zip", tmp_path / "unpacked")
    place = folder / name
    assert before in place.read_text()
    place.write_text(place.read_text().replace(before, after))
    told = verify(folder)
    assert told.returncode == 1
    assert said in told.stdout


def test_a_line_left_out_and_a_source_changed_are_found(case: Case, tmp_path: Path):
    export(case, tmp_path / "out.zip")
    folder = unpacked(tmp_path / "out.zip", tmp_path / "unpacked")
    lines = (folder / "history.jsonl").read_text().splitlines(keepends=True)
    (folder / "history.jsonl").write_text("".join(lines[:1] + lines[2:]))
    source = next(place for place in (folder / "sealed").iterdir() if place.read_bytes() == SENT)
    source.write_bytes(SENT.replace(b"was", b"is"))
    told = verify(folder)
    assert told.returncode == 1
    assert "line 2 is missing" in told.stdout
    assert f"{source.name} was changed" in told.stdout


def test_a_broken_seal_is_said_and_never_handed_out(case: Case, tmp_path: Path):
    digest = evidence.seal(SENT)
    evidence.path_of(digest).chmod(0o600)
    evidence.path_of(digest).write_bytes(b"something else")
    status, said = export(case, tmp_path / "out.zip")
    folder = unpacked(tmp_path / "out.zip", tmp_path / "unpacked")
    assert status == 1
    assert digest in said
    assert not (folder / "sealed" / digest).exists()
    assert verify(folder).returncode == 1


def test_the_export_itself_is_written_down_and_shown(case: Case, desk: Any, tmp_path: Path):
    export(case, tmp_path / "out.zip")
    with reach_of(CLOCK):
        event = CaseEvent.objects.filter(case=case).order_by("-seq").first()
        assert (event.action, event.actor, event.facts["sources"]) == (
            "evidence_exported", "command:export_evidence", 2,
        )  # fmt: skip
        assert case.reads.filter(kind="export").count() == 1
    assert "evidence_exported" in [line["action"] for line in read(desk("op1"), case)["timeline"]]


def test_evidence_is_never_overwritten(case: Case, tmp_path: Path):
    out = tmp_path / "out.zip"
    out.write_bytes(b"somebody's")
    with pytest.raises(CommandError, match="exists already"):
        export(case, out)
    assert out.read_bytes() == b"somebody's"


def test_a_case_that_is_not_there_is_said_so(case: Case, tmp_path: Path):
    with pytest.raises(CommandError, match="There is no case RJ-0000-0000"):
        call_command("export_evidence", "RJ-0000-0000", str(tmp_path / "out.zip"))
    assert not (tmp_path / "out.zip").exists()
