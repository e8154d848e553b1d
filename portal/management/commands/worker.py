"""``manage.py worker``: run Celery's tasks."""

import os
import sys
import warnings
from typing import Any

from celery.exceptions import SecurityWarning
from celery.signals import task_prerun
from django.conf import settings
from django.core.management.base import BaseCommand
from redis import Redis

from portal.celery import app
from portal.processes import BEHIND_THE_PAGES, end_on_term, prepare
from portal.pulse import Heart
from portal.watchdog import Watchdog

THREADS = 4


class Command(BaseCommand):
    help = "Runs the sweeps and the deliveries that Celery carries."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        end_on_term()
        prepare(self, "worker", checks=BEHIND_THE_PAGES)
        os.environ["CELERY_SKIP_CHECKS"] = "1"  # just made
        # The embedded default runs as whoever starts it; nothing but JSON is accepted from the broker.
        warnings.simplefilter("ignore", SecurityWarning)
        worker = app.Worker(
            hostname=f"worker-{os.getpid()}",
            pool="threads",
            concurrency=THREADS,
            loglevel="INFO",
            quiet=True,
            # The event loop now and then forgets to listen when the broker comes back; the plain loop does not.
            use_eventloop=False,
            # There is nobody to talk to: workers share their work through the database.
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        watchdog = Watchdog(tasks_waiting)
        task_prerun.connect(lambda **_: watchdog.feed(), weak=False)
        watchdog.start()
        Heart("worker").start()
        worker.start()
        sys.exit(worker.exitcode)


def tasks_waiting() -> int:
    """Ask the broker how many tasks wait, on a line of our own: the consumer's may be the one that hangs."""
    with Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as broker:
        return int(broker.llen(app.conf.task_default_queue))
