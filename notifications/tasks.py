"""The tasks of this floor, and the same work for a watch whose Celery is silent."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from celery import shared_task

from districts import clock
from notifications import lanes, webhooks
from notifications.delivery import claim_one
from notifications.models import Channel

# A task is short: what is on the wire when it ends is met by the next one, a second later.
TASK_S: Final = 3.0


@shared_task(name="notifications.deliver_due", ignore_result=True)
def deliver_due(*, channel: str = "", **_later: object) -> None:
    """Deliver what is due, on one channel or on all; beat runs this every second and a nudge in between."""
    lanes.OFFICE.deliver(clock=clock.steady(), for_s=TASK_S, channels=[channel] if channel else Channel.values)


@shared_task(name="notifications.deliver", ignore_result=True)
def deliver(*, message: str, **_later: object) -> None:
    """Deliver one message if it is due and nobody else has it."""
    claimed = claim_one(UUID(message), at=clock.now())
    if claimed is not None:
        lanes.deliver_one(claimed, clock=clock.steady())


@shared_task(name="notifications.deliver_webhooks", ignore_result=True)
def deliver_webhooks(**_later: object) -> None:
    """Tell partners what is due; beat runs this every second. Whoever comes while one is at work goes on at once."""
    webhooks.deliver_due(clock=clock.steady(), for_s=TASK_S)


def deliver_everything_due(*, at: datetime, for_s: float = 0.8) -> None:
    """Deliver what is due without Celery, for at most ``for_s`` seconds; call it again while it is needed."""
    began = time.monotonic()
    lanes.OFFICE.deliver(clock=lambda: at + timedelta(seconds=time.monotonic() - began), for_s=for_s)
