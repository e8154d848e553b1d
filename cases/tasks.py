"""The tasks of the cases: short, safe to run twice, and never the truth."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from celery import shared_task
from django.db import InterfaceError, OperationalError

from cases import crossings, deadlines, pauses
from cases.models import Deadline
from districts import clock
from districts.actors import CLOCK
from districts.reach import reach_of

# A sweep is short: what is left when it ends is met by the next one, a second later.
SWEEP_S: Final = 3.0
BEHIND: Final = timedelta(seconds=2)
# So many deadlines of as many cases in one transaction: an officer's act may have to wait for it.
TOGETHER: Final = 40

log = logging.getLogger(__name__)


@shared_task(name="cases.miss_due", ignore_result=True)
def miss_due(**_later: object) -> None:
    """Settle everything overdue now as missed; beat runs this every second, several workers may run it at once."""
    sweep(for_s=SWEEP_S)


@shared_task(name="cases.carry_over", ignore_result=True)
def carry_over(**_later: object) -> None:
    """Carry what is owed to the portals of other states; beat runs this every second."""
    now = clock.steady()
    for _round in range(20):
        with reach_of(CLOCK):
            if crossings.grow_next(at=now()) is None:
                break
    crossings.carry_due(clock=now, for_s=SWEEP_S)


def sweep_is_behind() -> bool:
    """Tell whether something has been due for longer than a sweep that comes every second lets it wait."""
    with reach_of(CLOCK):
        oldest = deadlines.oldest_open()
    return oldest is not None and clock.now() - oldest > BEHIND


def sweep(*, for_s: float = SWEEP_S, at: datetime | None = None) -> int:
    """
    Miss what is overdue, several deadlines in one transaction, for at most ``for_s`` seconds; return how many.

    Pauses that are over are ended first, so that the history says so before what they held is missed. Where one of
    several cannot be missed, nothing of the several is, and each is tried alone: the one that cannot is left for the
    next sweep, and takes no other with it. ``watch`` sees that it is overdue and raises the alarm.
    """
    began, missed = time.monotonic(), 0
    now = clock.steady()
    while time.monotonic() - began < for_s:
        with reach_of(CLOCK):
            if pauses.end_next(at=at or now()) is None:
                break
    alone, stuck = 0, set[UUID]()
    while time.monotonic() - began < for_s:
        moment, due = at or now(), list[Deadline]()
        try:
            with reach_of(CLOCK):
                due = deadlines.overdue(at=moment, limit=1 if alone else TOGETHER, beside=stuck)
                deadlines.miss(due, at=moment)
        except (OperationalError, InterfaceError):
            raise  # the database is away, or wants the whole of it done again
        except Exception:
            if not due:
                raise
            if len(due) == 1:
                log.exception("deadline %s cannot be missed; the others go on", due[0].pk)
                stuck.add(due[0].pk)
            alone = max(len(due), alone) if len(due) > 1 else alone - 1
            continue
        if not due:
            break
        alone = max(alone - 1, 0)
        missed += len(due)
    return missed
