"""
The clock by which things fall due: the database's, the same for every process on every machine.

The clock of a process may be wrong, or be set while it runs. One that is ahead would wake a unit before its time and
write that down as being in time; one that is behind would let a ladder sleep.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection


def now() -> datetime:
    """Return what time it is; for tasks and doors, which read the clock. Rules take ``at``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def steady() -> Callable[[], datetime]:
    """
    Return a clock for the next few seconds that asks the database only once.

    It goes on by this machine's monotonic clock, which nobody sets. That one stands still while the machine sleeps, so
    it may fall behind and is never ahead: make a new one for each piece of work.
    """
    began, started = now(), time.monotonic()
    return lambda: began + timedelta(seconds=time.monotonic() - started)
