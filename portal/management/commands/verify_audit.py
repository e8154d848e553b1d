"""``manage.py verify_audit``: read every case's history again, and say where it does not stand as it was written."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cases import access, history
from cases.models import Case, CaseEvent
from districts.actors import CLOCK
from districts.reach import reach_of

#: Cases read in one transaction: each is seen whole, and none is held for long.
AT_ONCE = 200


class Command(BaseCommand):
    help = "Verifies the hash chain of every case's history, or of one; exit status 1 if one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--case", metavar="REF", help="only this case")
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *_args: object, **options: Any) -> None:
        checked, lines, faults = 0, 0, {}
        for case, found, length in verified(options["case"]):
            checked, lines = checked + 1, lines + length
            if found:
                faults[case.reference] = found
        if options["case"] and not checked:
            raise CommandError(f"There is no case {options['case']}. Write it as on the screen, such as RJ-4829-1736.")
        report = {
            "at": timezone.now().isoformat(),
            "cases": checked,
            "lines": lines,
            "ok": not faults,
            "faults": [{"case": reference, "faults": found} for reference, found in faults.items()],
        }
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=1))
        else:
            for reference, found in faults.items():
                self.stdout.write(f"{reference}: {'; '.join(found)}")
            self.stdout.write(
                f"{checked} cases, {lines} lines: {len(faults)} broken" if faults else self._sound(report)
            )
        if faults:
            raise SystemExit(1)

    @staticmethod
    def _sound(report: dict[str, Any]) -> str:
        return f"{report['cases']} cases, {report['lines']} lines: every line stands as it was written."


def verified(reference: str | None) -> Iterator[tuple[Case, list[str], int]]:
    """Return each case with what is wrong with its history, and how many lines that has."""
    last = None
    while True:
        with reach_of(CLOCK):
            cases = access.cases_for(CLOCK).order_by("pk")
            cases = cases.filter(reference=reference) if reference else cases
            cases = cases.filter(pk__gt=last) if last else cases
            page = [
                (case, history.verify(case), CaseEvent.objects.filter(case=case).count()) for case in cases[:AT_ONCE]
            ]
        yield from page
        if len(page) < AT_ONCE:
            return
        last = page[-1][0].pk
