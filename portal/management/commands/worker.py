"""``manage.py worker``: run Celery's tasks."""

import os
import sys
import warnings
from typing import Any

from celery.exceptions import SecurityWarning
from django.core.management.base import BaseCommand

from portal.celery import app
from portal.processes import BEHIND_THE_PAGES, end_on_term, prepare

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
            # There is nobody to talk to: workers share their work through the database.
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        worker.start()
        sys.exit(worker.exitcode)
