"""A full disk does not end the portal: its supervisor goes on without writing down where everything is."""

import errno
import io
from pathlib import Path
from typing import Any

import pytest

from portal.stack.folder import Folder
from portal.stack.plan import Plan
from portal.stack.supervisor import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    plan = Plan(
        data=tmp_path, host="127.0.0.1", port=1, database_url="", owner_url="", redis_url="", secret_key="",
        files=tmp_path / "files", demo=False,
    )  # fmt: skip
    stack = Stack(plan)
    stack._addresses["redis_url"] = "redis://127.0.0.1:1"
    stack._environment["SECRET_KEY"] = "x"
    return stack


def test_it_says_so_once_and_writes_it_as_soon_as_there_is_room(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_folder: Folder, _record: dict[str, Any]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "write_record", full)
        stack._recorded = {"web": 1}  # a process has died
        stack._write_record()
        stack._write_record()
    assert capsys.readouterr().err.count("No space left on device") == 1
    assert stack._folder.record() == {}
    stack._write_record()
    assert stack._folder.record()["redis_url"] == "redis://127.0.0.1:1"


def test_what_was_half_written_is_not_left_on_the_full_disk(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    stack._recorded = {"web": 1}
    stack._write_record()
    assert list(stack._folder.path.iterdir()) == []


class FullOutput(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_an_output_that_is_full_is_no_reason_to_stop(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", FullOutput())
    monkeypatch.setattr(Folder, "write_record", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    stack._recorded = {"web": 1}
    stack._write_record()
    assert stack._record_is_stale
