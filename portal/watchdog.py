"""
The worker's own watchdog: ends a worker that has stopped taking work, so that it is started again.

After the broker has been away, Celery's consumer now and then never listens again, although it says that it
is connected.
Nothing is lost by it, because ``watch`` stands in; but nobody would notice, and the net would be all there is.
"""

import os
import threading
import time
from collections.abc import Callable

import structlog
from redis.exceptions import RedisError

#: Seconds in which a worker that has work waiting must have taken some. A task ends within three.
PATIENCE = 15.0
STEP = 3.0

log = structlog.get_logger("portal.watchdog")


class Watchdog:
    """Knows when work was last taken, and whether any waits."""

    def __init__(self, waiting: Callable[[], int], *, end: Callable[[], object] = lambda: os._exit(1)) -> None:
        """Watch over a worker: ``waiting`` returns how many tasks wait, ``end`` is called when nobody takes them."""
        self._waiting = waiting
        self._end = end
        self._fed = time.monotonic()

    def feed(self) -> None:
        """Say that a task was taken."""
        self._fed = time.monotonic()

    def start(self) -> None:
        """Look every few seconds from now on."""
        self.feed()
        threading.Thread(target=self._go_on, name="watchdog", daemon=True).start()

    def look(self) -> None:
        """End the worker if tasks wait and none was taken for a while. No tasks, or no broker, is no fault of it."""
        try:
            waiting = self._waiting()
        except (RedisError, OSError):
            waiting = 0
        if not waiting:
            self.feed()
        elif time.monotonic() - self._fed > PATIENCE:
            log.error("the worker takes no work; it ends, to be started again", waiting=waiting)
            self._end()

    def _go_on(self) -> None:
        while True:
            time.sleep(STEP)
            self.look()
