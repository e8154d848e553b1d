"""What can be seen from outside while it goes on: when work was possible at all, and whether time ran backwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import psycopg

from tests.faults.blows import Fist
from tests.stack.portal import Portal

LOOK_S = 0.25
SLOW_S = 1.0
#: The ways of the sweep: Celery's needs three processes, the net needs one.
CHAINS = ({"worker", "beat", "valkey"}, {"watch"})
FROM_THE_FUTURE = """
    SELECT kind || '/' || level || ' of ' || case_id FROM ops.deadline
    WHERE settled_at > clock_timestamp() + interval '0.5 s'
    UNION ALL
    SELECT 'message ' || id FROM ops.message WHERE created_at > clock_timestamp() + interval '0.5 s'
"""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which nobody could have fired a deadline; seconds since the epoch."""

    start: float
    end: float


class Lookout:
    """Looks four times a second whether the processes that fire deadlines run, and the database answers."""

    def __init__(self, portal: Portal, fist: Fist) -> None:
        self._portal, self._fist = portal, fist
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._database: psycopg.Connection | None = None
        self._next_question = 0.0
        self.gaps: list[Gap] = []
        #: What was settled at a time that had not come yet: fired early by a wrong clock.
        self.early: set[str] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join(30)
        self._hang_up()

    def after_the_gaps(self, due: float, settled: float) -> float:
        """Return from when on it was possible to fire what was due at ``due`` and fired at ``settled``."""
        ends = [gap.end for gap in self.gaps if gap.start < settled and gap.end > due]
        return max([due, *ends])

    def _go_on(self) -> None:
        since: float | None = None
        while not self._ending.wait(LOOK_S):
            began = time.time()
            if self._is_possible():
                # A server that stands still lets us wait: that was a gap, too.
                stood_still = time.time() - began > SLOW_S
                if since is not None or stood_still:
                    self.gaps.append(Gap(began if since is None else since, time.time()))
                since = None
            elif since is None:
                since = began - LOOK_S
        if since is not None:
            self.gaps.append(Gap(since, time.time()))

    def _is_possible(self) -> bool:
        running = self._portal.living().keys() - set(self._fist.frozen)
        return any(chain <= running for chain in CHAINS) and "postgres" in running and self._database_answers()

    def _database_answers(self) -> bool:
        try:
            if self._database is None:
                address = self._portal.record()["ops_url"]
                self._database = psycopg.connect(address, connect_timeout=2, autocommit=True)
            if time.monotonic() > self._next_question:
                self._next_question = time.monotonic() + 1.0
                self.early.update(str(row[0]) for row in self._database.execute(FROM_THE_FUTURE))
            else:
                self._database.execute("SELECT 1")
        except (psycopg.Error, OSError, ValueError):
            self._hang_up()
            return False
        return True

    def _hang_up(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = None


def figures(seconds: list[float]) -> Iterator[str]:
    """Say p50, p99 and the largest of some seconds."""
    ordered = sorted(seconds)
    if not ordered:
        yield "none"
        return
    for name, percent in (("p50", 50), ("p95", 95), ("p99", 99), ("max", 100)):
        value = ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
        yield f"{name} {value:.2f} s"
