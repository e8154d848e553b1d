"""``manage.py mail``: bring what lies in the mailbox into cases and the tray."""

import os
import sys
import threading
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from portal import pulse
from portal.mail import resting_place
from portal.mail.mailbox import Address
from portal.mail.poller import Judges, Poller
from portal.processes import BEHIND_THE_PAGES, end_on_term, on_term, prepare


class Command(BaseCommand):
    help = "Reads the mailbox of IMAP_URL: seals each message, commits it, marks it as seen, and judges what it is."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        end_on_term()
        prepare(self, "mail", checks=BEHIND_THE_PAGES)
        log = structlog.get_logger("portal.mail")
        if not settings.IMAP_URL:
            # Mail that was fetched before the address was taken away is still judged.
            Judges(threading.Event()).once()
            # Nobody is to miss the one that read the mailbox before.
            pulse.forget(*(process.name for process in pulse.processes() if process.kind == "mail"))
            connection.close()
            log.info("no mailbox is set (IMAP_URL): resting")
            os.execv(sys.executable, [sys.executable, "-I", str(Path(resting_place))])  # noqa: S606 - our own file
        poller = Poller(Address.of(settings.IMAP_URL))
        on_term(poller.stop)
        # Beside the mailbox's own sign of life: that one may be late because the mail server is.
        heart = pulse.Heart("mail")
        heart.start()
        poller.go_on()
        heart.stop()
        log.info("stopped")
        # Not sys.exit: a mail that is being read needs up to half a minute, and is read again.
        os._exit(0)
