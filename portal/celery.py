"""
Celery: it moves due work along each second, and carries nudges so that new work need not wait for that second.

Nothing depends on it for the truth. A lost nudge costs a second; a lost broker costs five, until ``watch`` takes over.
"""

import os
from typing import Any

from celery import Celery, Task
from celery.signals import setup_logging
from django.conf import settings
from django.db import DatabaseError

from portal import pulse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

#: Tasks whose success is a sign of life, and the pulse it is written to.
PULSES = {
    "cases.miss_due": "sweep",
    "notifications.deliver_due": "delivery",
    "notifications.deliver_webhooks": "webhooks",
    "cases.carry_over": "carrying",
}
#: A nudge older than this is not run: the next one is already there.
STALE_AFTER = 5.0


class Pulsing(Task):  # type: ignore[type-arg]  # Celery's own class takes none at run time
    """A task that leaves a heartbeat when it has succeeded, if it is one of ``PULSES``."""

    abstract = True

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:  # noqa: ANN401, ARG002 - Celery's
        """Write the heartbeat. Losing one is not worth a failed task."""
        if name := PULSES.get(self.name):
            try:
                pulse.beat(name)
            except DatabaseError:
                return


app = Celery("portal", task_cls=Pulsing)
# For every thread: the one that nudges is not the one that imports this.
app.set_default()
app.conf.update(
    broker_url=settings.REDIS_URL,
    task_default_queue="portal",
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    # A task is safe to run twice, so it is taken off the queue when it is done: a killed worker loses none.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    # No limit: the plain loop acknowledges between two messages, and would wait for one while it may not take it.
    worker_prefetch_multiplier=0,
    broker_transport_options={
        # What a killed worker held comes back after two minutes, and not ten messages at a time.
        "visibility_timeout": 120,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # Whoever nudges is in the middle of somebody's request: it may not wait for a broker that is gone.
        "socket_connect_timeout": 0.3,
        "socket_timeout": 5,
        "max_retries": 0,
        "connect_retries_timeout": 0.3,
    },
    task_publish_retry=False,
    # The broker comes and goes; the processes stay.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_redirect_stdouts=False,
    beat_scheduler="celery.beat:Scheduler",
    beat_schedule={
        "what is due is missed": {
            "task": "cases.miss_due",
            "schedule": 1.0,
            "options": {"expires": STALE_AFTER},
        },
        "what is owed is sent": {
            "task": "notifications.deliver_due",
            "schedule": 1.0,
            "options": {"expires": STALE_AFTER},
        },
        "partners are told": {
            "task": "notifications.deliver_webhooks",
            "schedule": 1.0,
            "options": {"expires": STALE_AFTER},
        },
        "what crosses is carried": {
            "task": "cases.carry_over",
            "schedule": 1.0,
            "options": {"expires": STALE_AFTER},
        },
    },
)
app.autodiscover_tasks(["cases", "notifications"])
# Celery leaves the log alone when somebody answers this: portal.logs has set it up.
setup_logging.connect(lambda **_: None, weak=False)
