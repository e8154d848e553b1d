"""The reader: asks the kiln to read a mail, and starts another one where that has ended."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from cases import evidence
from cases.mail.reading.kiln import WALL_SECONDS

ROOT = Path(__file__).resolve().parents[2]
#: What the kiln needs of our environment: nothing that is secret.
KEPT = ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "MALLOC_ARENA_MAX", "PYTHONDONTWRITEBYTECODE")


class Unread(Exception):
    """A mail could not be read; ``why`` is a word for it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Reader:
    """Reads one mail at a time in a process with limits. Several threads may share one; they take turns."""

    def __init__(self) -> None:
        """Begin without a process: it is started when the first mail is read."""
        self._kiln: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def read(
        self, sha256: str, *, layouts: list[dict[str, Any]], own_domains: list[str], at: datetime
    ) -> dict[str, Any]:
        """
        Return what a sealed mail says.

        :raises Unread: if it can not be read within the limits
        """
        asked = {
            "path": str(evidence.path_of(sha256)),
            "layouts": layouts,
            "own_domains": own_domains,
            "at": at.isoformat(),
        }
        with self._turn:
            answer = self._ask(json.dumps(asked).encode() + b"\n")
        if "ok" not in answer:
            raise Unread(str(answer.get("failed", "no answer")))
        found: dict[str, Any] = answer["ok"]
        return found

    def close(self) -> None:
        """End the process."""
        kiln, self._kiln = self._kiln, None
        if kiln is None:
            return
        kiln.kill()
        kiln.wait()
        for pipe in (kiln.stdin, kiln.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self.close()

    def _ask(self, line: bytes) -> dict[str, Any]:
        for _ in range(2):
            kiln = self._kiln = self._kiln or self._start()
            try:
                answer = _exchange(kiln, line)
            except (OSError, ValueError):
                answer = b""
            if answer.endswith(b"\n"):
                found: dict[str, Any] = json.loads(answer)
                return found
            # The kiln itself has ended or hangs. Once may be an accident; twice is this mail.
            self.close()
        return {"failed": "crashed"}

    @staticmethod
    def _start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "cases.mail.reading.kiln"],
            cwd=ROOT,
            env={name: os.environ[name] for name in KEPT if name in os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )


def _exchange(kiln: subprocess.Popen[bytes], line: bytes) -> bytes:
    """Send a line and return the line that answers it, cut short when the kiln hangs."""
    stdin, stdout = kiln.stdin, kiln.stdout
    if stdin is None or stdout is None:
        return b""
    while line:
        line = line[stdin.write(line) or 0 :]
    pieces = []
    while select.select([stdout], [], [], WALL_SECONDS + 10)[0]:
        piece = stdout.read(65536)
        if not piece:
            break
        pieces.append(piece)
        if piece.endswith(b"\n"):
            break
    return b"".join(pieces)
