"""
Data folders of portals that have started once: to make one, migrate and seed it takes a quarter of a minute.

The first that a run of tests asks for is made by a real start and a real stop. Every other portal begins with a copy of
it, under an id of its own. A test that is about a first start says so, and its portal begins with nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.servers import FOLDER

#: Starts a portal with this environment on this folder, and stops it.
Once = Callable[[Path, Mapping[str, str]], None]
#: What there is, with its environment and what it goes on from.
KINDS: dict[str, tuple[dict[str, str], str]] = {"empty": ({"PORTAL_EMPTY": "1"}, ""), "demo": ({}, "empty")}


def begin_with_a_copy(data: Path, kind: str, once: Once) -> None:
    """Fill a data folder with what a first start leaves there."""
    if FOLDER in os.environ:  # else there is no run of tests to keep it for
        _copy(started_once(kind, once), data)


def started_once(kind: str, once: Once) -> Path:
    """Return the data folder of a portal that was started and stopped; whichever worker comes first makes it."""
    environment, before = KINDS[kind]
    data, done = (_shelf() / f"{kind}{end}" for end in ("", ".done"))
    with (_shelf() / f"{kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            if before:
                _copy(started_once(before, once), data)
            once(data, environment)
            done.touch()
    return data


def _shelf() -> Path:
    shelf = Path(os.environ[FOLDER]) / "started-once"
    shelf.mkdir(exist_ok=True)
    shelf.chmod(0o711)  # the servers' account passes through
    return shelf


def _copy(started: Path, data: Path) -> None:
    # Only ``cp -a`` keeps the owners: the servers' account has what is theirs.
    data.mkdir(mode=0o711, exist_ok=True)
    subprocess.run(["cp", "-a", f"{started}/.", data], check=True)
    kept = data / "secrets.json"
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"cluster": secrets.token_hex(8)}), encoding="utf-8")
