"""Heartbeats: every moving part says that it works; ``watch`` and ``/readyz`` ask how long ago that was."""

from __future__ import annotations

import atexit
import os
import socket
import threading
from collections.abc import Callable
from typing import NamedTuple

from django.db import Error, connection
from psycopg_pool import PoolTimeout

#: Seconds between two heartbeats of a process.
EVERY_S = 3.0

# The database's clock tells the time on both sides, because the processes may stand on several machines.
BEAT = """
    INSERT INTO portal_pulse (name, at) VALUES (%s, clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET at = excluded.at
"""
LIVE = """
    INSERT INTO portal_pulse (name, at, began_at) VALUES (%s, clock_timestamp(), clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET at = excluded.at
"""
AGE = "SELECT name, extract(epoch FROM clock_timestamp() - at)::float8 FROM portal_pulse"
PROCESSES = """
    SELECT name, extract(epoch FROM clock_timestamp() - at)::float8,
           extract(epoch FROM clock_timestamp() - began_at)::float8
    FROM portal_pulse WHERE began_at IS NOT NULL ORDER BY name
"""


class Process(NamedTuple):
    """One process as its heartbeats show it, in seconds before now."""

    name: str
    age: float
    began: float

    @property
    def kind(self) -> str:
        """What sort of process it is: web, worker, beat."""
        return self.name.partition("@")[0]

    @property
    def host(self) -> str:
        """The machine it runs on."""
        return self.name.partition("@")[2].rpartition(":")[0]


def beat(name: str) -> None:
    """Say that the part ``name`` works now."""
    with connection.cursor() as cursor:
        cursor.execute(BEAT, [name])


def ages() -> dict[str, float]:
    """Return how many seconds ago each part was last seen to work. A part that never was is not in it."""
    with connection.cursor() as cursor:
        cursor.execute(AGE)
        return dict(cursor.fetchall())


def processes() -> list[Process]:
    """Return every process that has left a heartbeat and has not ended in good order."""
    with connection.cursor() as cursor:
        cursor.execute(PROCESSES)
        return [Process(*row) for row in cursor.fetchall()]


def forget(*names: str) -> None:
    """Let go of processes that have ended."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM portal_pulse WHERE name = ANY(%s)", [list(names)])


class Heart:
    """The heartbeat of this process, from a thread of its own: a process that is frozen or gone leaves none."""

    def __init__(self, kind: str, *, well: Callable[[], bool] = lambda: True) -> None:
        """``well`` is asked before each heartbeat; a process that is not well leaves none."""
        self.name = f"{kind}@{socket.gethostname()[:20]}:{os.getpid()}"[:40]
        self._well = well
        self._stopping = threading.Event()
        self._left = False

    def start(self) -> None:
        """Beat from now on, until the process ends."""
        threading.Thread(target=self._go_on, name="heart", daemon=True).start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """End in good order, so that nobody is alarmed."""
        self._stopping.set()
        # Where the last one could not be left, the database is away: nobody waits for it at the end.
        if self._left:
            self._tell(lambda: forget(self.name))

    def beat(self) -> None:
        """Leave one heartbeat, if the process is well and the database answers."""
        self._left = self._well() and self._tell(self._live)

    def _live(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(LIVE, [self.name])

    def _go_on(self) -> None:
        while not self._stopping.is_set():
            self.beat()
            self._stopping.wait(EVERY_S)

    @staticmethod
    def _tell(say: Callable[[], None]) -> bool:
        try:
            say()
        except (Error, PoolTimeout):
            return False
        finally:
            connection.close()
        return True
