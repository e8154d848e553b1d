"""
The net below Celery: when its sweep or its delivery has been silent, ``watch`` does the same work itself.

It calls the very functions the tasks call. Doing the work twice is safe: a row is claimed by whoever comes first.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from django.db import Error, connection

from portal import pulse

#: Seconds without a sign of life after which Celery counts as silent.
SILENCE = 5.0
#: Seconds between two looks.
STEP = 1.0

log = structlog.get_logger("portal.watch")


@dataclass(frozen=True)
class Duty:
    """Something that must go on: the pulse that says Celery does it, and the function that does it without Celery."""

    name: str
    work: Callable[[], object]
    #: Whether more is due than Celery gets done: a second process has a processor of its own. Asked at each look.
    is_behind: Callable[[], bool] = lambda: False


class Watch:
    """Looks every second whether Celery works, and works in its place while it does not."""

    def __init__(self, duties: list[Duty], *, silence: float = SILENCE) -> None:
        """Each duty has a thread of its own: a gateway that hangs must not hold up a deadline."""
        self._duties = duties
        self._silence = silence
        self._threads = ThreadPoolExecutor(max_workers=len(duties), thread_name_prefix="watch")
        self._running: dict[str, Future[object]] = {}
        self._standing_in: set[str] = set()
        self._blind = False
        # Celery is given the time to start that it is given to be silent.
        self._began = time.monotonic()

    def go_on(self, stopping: threading.Event) -> None:
        """Look once every second until ``stopping`` is set."""
        next_look = time.monotonic()
        while not stopping.is_set():
            self.look()
            next_look = max(next_look + STEP, time.monotonic())
            stopping.wait(next_look - time.monotonic())
        self._threads.shutdown(wait=False, cancel_futures=True)

    def look(self) -> None:
        """Stand in for every duty that Celery has left alone; say so once, and once when it is back."""
        ages = self._ages()
        if ages is None:
            return
        for duty in self._duties:
            age = min(ages.get(duty.name, float("inf")), time.monotonic() - self._began)
            if age > self._silence:
                if duty.name not in self._standing_in:
                    self._standing_in.add(duty.name)
                    log.warning("Celery is silent; watch stands in", duty=duty.name, silent_for=f"{age:.0f} s")
                self._do(duty)
                continue
            if self._is_behind(duty):
                self._do(duty)
            if duty.name in self._standing_in:
                self._standing_in.discard(duty.name)
                log.info("Celery is back; watch rests", duty=duty.name)

    def _ages(self) -> dict[str, float] | None:
        """Return the pulses, or None while the database does not answer."""
        try:
            ages = pulse.ages()
            pulse.beat("watch")
        except Error as problem:
            if not self._blind:
                log.warning("the database does not answer", why=_first_line(problem))
            self._blind = True
            return None
        finally:
            connection.close()  # back into the pool, which gives a healthy one next time
        if self._blind:
            log.info("the database answers again")
        self._blind = False
        return ages

    def _is_behind(self, duty: Duty) -> bool:
        try:
            return duty.is_behind()
        except Error:
            return False  # the next look begins with the database, and says so
        finally:
            connection.close()

    def _do(self, duty: Duty) -> None:
        """Start the work unless the last round of it still runs."""
        running = self._running.get(duty.name)
        if running is None or running.done():
            self._running[duty.name] = self._threads.submit(_work, duty)


def _work(duty: Duty) -> None:
    try:
        duty.work()
    except Error as problem:
        log.warning("the database did not let watch finish", duty=duty.name, why=_first_line(problem))
    except Exception:
        log.exception("watch could not stand in", duty=duty.name)
    finally:
        connection.close()


def _first_line(problem: Exception) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0]
