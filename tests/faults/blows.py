"""Blows: each thing that is broken, done to the running portal from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import redis

from tests.faults.ground import Ground
from tests.faults.schedule import WELL, Blow

#: How a clock is moved while its process runs: right, ahead, behind, right again.
CLOCKS = ("+0", "+75", "-60", "+0")
DEBIAN = "/usr/lib"


def faketime() -> Path:
    """Return the library that moves the clock of one process (Debian: libfaketime)."""
    found = sorted(Path(DEBIAN).glob("*/faketime/libfaketimeMT.so.1"))
    assert found, "libfaketime is not here: as root, apt-get install libfaketime"
    return found[0]


class Fist:
    """Strikes when it is told to; what lasts ends by itself, or with ``let_go``."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._portal = ground.portal
        self._lasting: list[threading.Thread] = []
        self._letting_go = threading.Event()
        self._guard = threading.Lock()
        #: Which processes stand still at the moment.
        self.frozen: set[str] = set()
        #: What was done: (time, name of the process).
        self.killed: list[tuple[float, str]] = []
        self.done: list[tuple[float, Blow]] = []

    def strike(self, blow: Blow) -> None:
        self.done.append((time.time(), blow))
        how: dict[str, Callable[[Blow], None]] = {
            "kill": self._kill, "restart": self._restart, "flush": self._flush, "freeze": self._freeze,
            "gateway": self._gateway, "disk": self._disk, "clock": self._clock,
            "absent": self._absent,
        }  # fmt: skip
        if blow.for_s:
            thread = threading.Thread(target=how[blow.what], args=(blow,), daemon=True)
            self._lasting.append(thread)
            thread.start()
        else:
            how[blow.what](blow)

    def let_go(self) -> None:
        """End everything that lasts, and wait for it."""
        self._letting_go.set()
        for thread in self._lasting:
            thread.join(30)
        for way in self._ground.gateway.manners:
            self._ground.gateway.manners[way] = WELL

    def _kill(self, blow: Blow) -> None:
        self._signal(blow.on, signal.SIGKILL)

    def _restart(self, blow: Blow) -> None:
        # SIGINT ends PostgreSQL at once; the others end on SIGTERM.
        self._signal(blow.on, signal.SIGINT if blow.on == "postgres" else signal.SIGTERM)

    def _signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process that runs; wait a little for one that is just coming back."""
        give_up = time.monotonic() + 10
        while (pid := self._portal.living().get(name)) is None and time.monotonic() < give_up:
            time.sleep(0.05)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
                if number == signal.SIGKILL:
                    self.killed.append((time.time(), name))

    def _flush(self, _blow: Blow) -> None:
        with (
            suppress(redis.RedisError),
            redis.Redis.from_url(
                self._portal.record()["redis_url"], socket_timeout=2, socket_connect_timeout=2
            ) as broker,
        ):
            broker.flushall()

    def _freeze(self, blow: Blow) -> None:
        pid = self._portal.living().get(blow.on)
        if pid is None:
            return
        # The sessions of PostgreSQL are processes of their own.
        pids = [pid, *children_of(pid)] if blow.on == "postgres" else [pid]
        with self._guard:
            self.frozen.add(blow.on)
        _send(pids, signal.SIGSTOP)
        self._letting_go.wait(blow.for_s)
        _send(pids, signal.SIGCONT)
        with self._guard:
            self.frozen.discard(blow.on)

    def _absent(self, blow: Blow) -> None:
        """Kill a process again as often as it is started."""
        until = time.monotonic() + blow.for_s
        while time.monotonic() < until and not self._letting_go.wait(0.1):
            if pid := self._portal.living().get(blow.on):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.killed.append((time.time(), blow.on))

    def _gateway(self, blow: Blow) -> None:
        way, manner = blow.on.split()
        self._ground.gateway.manners[way] = manner
        self._letting_go.wait(blow.for_s)
        self._ground.gateway.manners[way] = WELL

    def _disk(self, blow: Blow) -> None:
        self._ground.disk.fill()
        self._letting_go.wait(blow.for_s)
        self._ground.disk.free()

    def _clock(self, blow: Blow) -> None:
        """
        Put a process with a clock of its own in the place of the one that runs, and move that clock forth and back.

        The supervised one stands still meanwhile. Only the time of day is moved, as by somebody who sets a clock;
        the monotonic clock goes on, as it does then.
        """
        clock = self._ground.folder / f"clock-{blow.on}"
        clock.write_text(CLOCKS[0])
        moved = {
            "LD_PRELOAD": str(faketime()), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip
        with (self._ground.folder / f"clock-{blow.on}.output").open("ab") as output:
            process = subprocess.Popen(
                [*self._portal.python, "manage.py", blow.on],
                cwd=self._portal.tree,
                env=self._portal.environment() | moved,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        usual = self._portal.living().get(blow.on)
        try:
            self._letting_go.wait(3)
            if usual is not None:
                _send([usual], signal.SIGSTOP)
            for setting in CLOCKS:
                clock.write_text(setting)
                self._letting_go.wait(blow.for_s / len(CLOCKS))
        finally:
            process.kill()
            process.wait(20)
            if usual is not None:
                _send([usual], signal.SIGCONT)


def children_of(pid: int) -> list[int]:
    """Return the children of a process."""
    children = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError):
            if int(entry.read_text().rpartition(")")[2].split()[1]) == pid:
                children.append(int(entry.parent.name))
    return children


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
