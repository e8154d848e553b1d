"""Processes that a killed supervisor left behind: found by their recorded ids, ended only if they are truly ours."""

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Any

#: Stands in the environment of every process of a stack, with an id that the data folder keeps.
MARK = "PORTAL_STACK"
#: Seconds to go politely.
PATIENCE = 10.0


def end_leftovers(record: dict[str, Any], *, mark: str) -> list[str]:
    """End what still runs of the portal marked ``mark`` whose supervisor is gone; return the names."""
    pids: dict[str, int] = record.get("pids", {})
    ours = {name: pid for name, pid in pids.items() if is_marked(pid, mark)}
    for name, pid in ours.items():
        _send(pid, signal.SIGINT if name == "postgres" else signal.SIGTERM)
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up and any(is_running(pid) for pid in ours.values()):
        time.sleep(0.1)
    for pid in ours.values():
        _send(pid, signal.SIGKILL)
    return sorted(ours)


def is_running(pid: int) -> bool:
    """Say whether there is such a process; one that has ended and was not yet collected is not running."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def is_marked(pid: int, mark: str) -> bool:
    """Say whether process ``pid`` was started by the portal marked ``mark``: ids are given out again."""
    try:
        return f"{MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
