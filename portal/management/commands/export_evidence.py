"""``manage.py export_evidence``: the evidence of one case in one ZIP file, for a court or an inquiry."""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cases import access, history
from districts.actors import CLOCK
from districts.reach import reach_of
from portal import evidence_bundle

#: Whoever may run commands on the machine; the history names the door, since nobody has signed in.
CONSOLE = replace(CLOCK, label="command:export_evidence", name="export_evidence")


class Command(BaseCommand):
    help = "Writes every sealed source and the whole history of a case into OUT.zip; exit status 1 if a seal is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", metavar="REF", help="the case, as on the screen: RJ-4829-1736")
        parser.add_argument("out", metavar="OUT.zip", type=Path, help="a file that does not exist yet")

    def handle(self, *_args: object, **options: Any) -> None:
        reference, out = options["reference"], options["out"]
        with reach_of(CONSOLE):
            case = access.cases_for(CONSOLE).select_related("state").filter(reference=reference).first()
            if case is None:
                raise CommandError(f"There is no case {reference}. Write it as on the screen, such as RJ-4829-1736.")
            now = timezone.now()
            access.look(case, by=CONSOLE, at=now, kind="export")
            bundle = evidence_bundle.gather(case, at=now)
            try:
                evidence_bundle.write(bundle, out)
            except FileExistsError as there:
                raise CommandError(
                    f"{out} exists already. Name a file that does not: evidence is never overwritten."
                ) from there
            except OSError as problem:
                raise CommandError(f"{out} cannot be written: {problem.strerror}.") from problem
            digest = hashlib.sha256(out.read_bytes()).hexdigest()
            facts = {"sha256": digest, "sources": len(bundle.sources), "broken": bundle.broken}
            history.record(case, "evidence_exported", by=CONSOLE, at=now, facts=facts)
        self.stdout.write(f"{out}: {len(bundle.sources)} sealed sources; SHA-256 of the file {digest}")
        for what in (*(f"The seal of {digest} is broken." for digest in bundle.broken), *bundle.faults):
            self.stderr.write(what)
        if bundle.broken or bundle.faults:
            raise SystemExit(1)
