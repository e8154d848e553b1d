"""The tests' own servers: they touch nothing of a running portal, and go when the tests are killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from portal.stack.leftovers import is_running
from tests.stack.portal import ROOT, wait_for

TEST = """
import os, time
from pathlib import Path

def test_hang():
    Path({note!r}).write_text(" ".join([os.environ["PORTAL_TEST_FOLDER"], os.environ["DATABASE_URL"]]))
    time.sleep(60)
"""


def test_killed_tests_leave_no_server(tmp_path: Path) -> None:
    note = tmp_path / "note"
    (tmp_path / "test_it.py").write_text(TEST.format(note=str(note)))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_TEST", "PYTEST"))}
    environment |= {"DATABASE_URL": "postgresql://running:portal@127.0.0.1:1/x", "PYTHONPATH": str(ROOT)}
    plain = ["-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(tmp_path), "--ds", "portal.settings"]
    tests = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.servers", *plain, str(tmp_path)],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(note.exists, "the inner tests did not start", seconds=60)
        wait_for(lambda: note.read_text().strip(), "no note")
    finally:
        tests.send_signal(signal.SIGKILL)
        tests.wait()
    folder, address = note.read_text().split()
    assert "running:portal" not in address
    wait_for(lambda: servers_in(folder) == [], "a server outlived the tests", seconds=20)


def servers_in(folder: str) -> list[int]:
    """Return the processes whose command line names ``folder``."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if folder.encode() in (entry / "cmdline").read_bytes() and is_running(int(entry.name)):
                found.append(int(entry.name))
        except OSError:
            continue
    return found
