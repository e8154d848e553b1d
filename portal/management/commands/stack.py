"""``manage.py stack``: the whole portal on this machine."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal.stack.plan import Plan
from portal.stack.supervisor import Stack, stop_portal


class Command(BaseCommand):
    help = "Runs the whole portal: PostgreSQL, Valkey, and every process. Ctrl-C stops it and keeps the data."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stop", action="store_true", help="stop the portal that runs on PORTAL_DATA")

    def handle(self, *_args: Any, stop: bool = False, **_options: Any) -> None:
        plan = Plan.from_environment()
        if stop:
            self.stdout.write(stop_portal(plan))
            return
        sys.exit(Stack(plan).run())
