"""``manage.py invariants``: what must be true at every moment, and whether it is."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal import invariants


class Command(BaseCommand):
    help = "Checks what must be true of the data and the walls around it; exit status 1 if something is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *_args: object, **options: Any) -> None:
        findings = invariants.look()
        if options["json"]:
            self.stdout.write(json.dumps(invariants.as_facts(findings), indent=1))
        else:
            for found in findings:
                self.stdout.write(f"{'holds ' if found.ok else 'BROKEN'}  {found.says}")
                if not found.ok:
                    self.stdout.write(f"        {found.count}: {', '.join(found.broken_by)}")
        if not all(found.ok for found in findings):
            raise SystemExit(1)
