"""The nudge: tells the workers that a row waits, and never makes the one who wrote it wait for the broker."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from celery import current_app
from django.db import transaction

log = logging.getLogger(__name__)

DELIVER: Final = "notifications.deliver_due"
# A nudge that nobody took at once is worthless: the sweep has been round by then.
WORTHLESS_AFTER: Final = 5
# How long a broker that did not answer is left alone.
QUIET_FOR: Final = 5.0


class Bell:
    """
    Sends nudges from a thread of its own.

    ``send_task`` blocks for six seconds when the broker is down and for longer when it hangs; an officer who
    acknowledges a case must not feel that. A nudge lost with the process costs a second: the sweep is the net.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._wanted: set[str] = set()
        self._quiet_until = 0.0
        self._thread: threading.Thread | None = None

    def ring(self, task: str = DELIVER) -> None:
        """Ask for a task to run soon; return at once, and quietly when the broker was down a moment ago."""
        if time.monotonic() < self._quiet_until:
            return
        with self._lock:
            self._wanted.add(task)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="nudge", daemon=True)
                self._thread.start()
        self._wake.set()

    def _work(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                tasks, self._wanted = self._wanted, set()
            for task in tasks:
                # What was asked for while the broker kept us waiting is not tried: it is the same broker.
                if time.monotonic() >= self._quiet_until:
                    self._send(task)

    def _send(self, task: str) -> None:
        try:
            current_app.send_task(task, expires=WORTHLESS_AFTER, ignore_result=True, retry=False)
        except Exception as problem:  # noqa: BLE001 - whatever the broker does, the row is written and the sweep comes
            self._quiet_until = time.monotonic() + QUIET_FOR
            log.warning("the broker did not take a nudge (%s); the sweep delivers", type(problem).__name__)


_BELL = Bell()


def after_commit(task: str = DELIVER) -> None:
    """Ring once the transaction that is open now has been committed; a rolled-back one nudges nobody."""
    transaction.on_commit(lambda: _BELL.ring(task), robust=True)
