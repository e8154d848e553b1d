"""
The kiln: a small process that forks one child for each mail, and ends the child that takes too much.

``python -m cases.mail.reading.kiln`` reads a line of JSON for each mail ({path, layouts, own_domains, at}) and writes a
line of JSON for each: {ok: …} or {failed: why}. It knows neither Django nor the database, so that what a mail does to
it is done to nothing else.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from cases.mail.reading import letter, values

CPU_SECONDS = 10
WALL_SECONDS = 20.0
MEMORY_BYTES = 512 * 1024 * 1024
MAIL_BYTES = 50 * 1024 * 1024
ANSWER_BYTES = 8 * 1024 * 1024
#: What a killed child is said to have died of.
ENDINGS = {signal.SIGXCPU: "time", signal.SIGKILL: "killed", signal.SIGSEGV: "crashed", signal.SIGABRT: "crashed"}


def main() -> None:
    """Answer one line for each line, until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us ends us
    values.e164("+919876543210")  # what it loads is loaded once, and not by every child
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(fired(line) + b"\n")
        sys.stdout.buffer.flush()


def fired(line: bytes) -> bytes:
    """Read one mail in a child of its own and return the answer to write."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        _burn(line, theirs)
    os.close(theirs)
    try:
        answer, late = _collect(ours)
    finally:
        os.close(ours)
    if late:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if late:
        return _failed("time")
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return _failed(ENDINGS.get(signal.Signals(number), signal.Signals(number).name))
    return answer if answer.endswith(b"}") else _failed("no answer")


def _burn(line: bytes, out: int) -> None:
    """Read the mail in this process, which is the child, and end it."""
    answer = b""
    try:
        _limit()
        answer = json.dumps({"ok": _read(json.loads(line))}).encode()
        if len(answer) > ANSWER_BYTES:
            answer = _failed("too much")
    except MemoryError:
        answer = _failed("memory")
    except RecursionError:
        answer = _failed("depth")
    except _TooLarge:
        answer = _failed("size")
    except BaseException as problem:  # noqa: BLE001 - nothing of a mail may leave its child
        answer = _failed(type(problem).__name__)
    finally:
        try:
            while answer:
                answer = answer[os.write(out, answer) :]
        finally:
            os._exit(0)


class _TooLarge(Exception):
    """The mail is larger than any that is read."""


def _read(asked: dict[str, Any]) -> dict[str, Any]:
    path = Path(asked["path"])
    if path.stat().st_size > MAIL_BYTES:
        raise _TooLarge
    return letter.read(
        path.read_bytes(),
        layouts=asked.get("layouts", []),
        own_domains=asked.get("own_domains", []),
        at=datetime.fromisoformat(asked["at"]),
    )


def _limit() -> None:
    """Take from this process what reading a mail does not need."""
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _collect(pipe: int) -> tuple[bytes, bool]:
    """Return what the child wrote, and whether its time ran out."""
    pieces: list[bytes] = []
    give_up = time.monotonic() + WALL_SECONDS
    while True:
        left = give_up - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            return b"", True
        piece = os.read(pipe, 65536)
        if not piece:
            return b"".join(pieces), False
        pieces.append(piece)


def _failed(why: str) -> bytes:
    return json.dumps({"failed": why}).encode()


if __name__ == "__main__":
    main()
