"""``manage.py watch``: do Celery's work when Celery does not, look at everything, seal, call outside if well."""

import os
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from cases.tasks import carry_over, miss_due, sweep_is_behind
from districts import clock
from notifications.tasks import deliver_everything_due, deliver_webhooks
from portal.lookout.heartbeat import Heartbeat
from portal.lookout.rounds import Lookout
from portal.processes import BEHIND_THE_PAGES, end_on_term, on_term, prepare
from portal.sealer.rounds import Sealer
from portal.watch import Duty, Watch


class Command(BaseCommand):
    help = "Looks every second whether the sweep and the delivery go on, and does them itself when they do not."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        end_on_term()
        prepare(self, "watch", checks=BEHIND_THE_PAGES)
        stopping = threading.Event()
        on_term(stopping.set)
        lookout = Lookout()
        beside = [lookout.go_on, Sealer().go_on]
        if settings.HEARTBEAT_URL:
            every_s = float(settings.HEARTBEAT_EVERY_S)
            beside.append(Heartbeat(settings.HEARTBEAT_URL, every_s=every_s, is_well=lookout.is_well).go_on)
        # Each in a thread of its own: neither a look nor a call outside may hold up a deadline.
        for go_on in beside:
            threading.Thread(target=go_on, args=[stopping], daemon=True).start()
        sweep = Duty("sweep", miss_due, is_behind=sweep_is_behind)
        beside_it = [Duty("webhooks", deliver_webhooks), Duty("carrying", carry_over)]
        Watch([sweep, Duty("delivery", deliver), *beside_it]).go_on(stopping)
        # Not sys.exit: it would wait for a delivery that hangs. What that delivery holds is a lease, and runs out.
        os._exit(0)


def deliver() -> None:
    """Deliver what is due now."""
    deliver_everything_due(at=clock.now())
