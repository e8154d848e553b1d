"""``manage.py beat``: send Celery what is to be done each second."""

from typing import Any

from celery.beat import Scheduler, Service
from django.core.management.base import BaseCommand

from portal import logs
from portal.celery import app
from portal.processes import end_on_term
from portal.pulse import Heart


class Command(BaseCommand):
    help = "Sends the nudges of each second. Its schedule is code: it keeps no file that a crash could break."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        logs.set_up("beat")
        end_on_term()
        Heart("beat").start()
        # The service alone: celery's own command would import every task, and sending a name needs none of them.
        # Left to itself it would take the scheduler that keeps a file, in whatever folder it was started.
        Service(app, scheduler_cls=Scheduler).start()  # type: ignore[arg-type]  # any app will do
