"""``manage.py verify_audit``: read every history and every seal again, and say where they do not stand as written."""

from __future__ import annotations

import json
import re
import shutil
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cases import access, history, sealing
from cases.models import Case, CaseEvent, Seal, Stamp
from districts.actors import CLOCK
from districts.reach import reach_of
from portal.sealer import authority

#: Cases read in one transaction: each is seen whole, and none is held for long.
AT_ONCE = 200
#: A published root, as it stands in the log (of either form) and in the letters.
PUBLISHED = re.compile(r"""number["']?\s*[=:]\s*(\d+)[\s,"']+root["']?\s*[=:]\s*["']?([0-9a-f]{64})""")


class Command(BaseCommand):
    help = "Verifies every case's history and every seal, or one case's history; exit status 1 if one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--case", metavar="REF", help="only this case's history")
        parser.add_argument("--roots", metavar="FILE", help="published roots to compare with: a log, or saved letters")
        parser.add_argument("--tsa-ca", metavar="FILE", help="certificates (PEM) to check the stamps' signatures by")
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *_args: object, **options: Any) -> None:
        roots, trusted = _roots(options["roots"]), _certificates(options["tsa_ca"])
        if options["case"] and (roots or trusted):
            raise CommandError("A seal holds many cases: leave --case out to compare roots or stamps.")
        checked, lines, faults = 0, 0, {}
        for case, found, length in verified(options["case"]):
            checked, lines = checked + 1, lines + length
            if found:
                faults[case.reference] = found
        if options["case"] and not checked:
            raise CommandError(f"There is no case {options['case']}. Write it as on the screen, such as RJ-4829-1736.")
        report: dict[str, Any] = {
            "at": timezone.now().isoformat(),
            "cases": checked,
            "lines": lines,
            "ok": not faults,
            "faults": [{"case": reference, "faults": found} for reference, found in faults.items()],
        }
        if not options["case"]:
            with reach_of(CLOCK):
                wrong = [*sealing.verify(roots=roots), *_stamps(trusted)]
                report |= {"seals": Seal.objects.count(), "seal_faults": wrong, "ok": not faults and not wrong}
        self.stdout.write(json.dumps(report, indent=1) if options["json"] else "\n".join(_said(report)))
        if not report["ok"]:
            raise SystemExit(1)


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


def _said(report: dict[str, Any]) -> Iterator[str]:
    for row in report["faults"]:
        yield f"{row['case']}: {'; '.join(row['faults'])}"
    yield from report.get("seal_faults", [])
    counts = f"{report['cases']} cases, {report['lines']} lines"
    if "seals" in report:
        counts += f", {report['seals']} seals"
    if report["ok"]:
        yield f"{counts}: every line stands as it was written."
    else:
        broken, wrong = len(report["faults"]), len(report.get("seal_faults", []))
        yield f"{counts}: {broken} histories broken, {wrong} faults of seals"


def _stamps(trusted: Path | None) -> Iterator[str]:
    for stamp in Stamp.objects.filter(by=Stamp.By.AUTHORITY).select_related("seal").order_by("seal"):
        try:
            authority.stamped_at(bytes(stamp.answer), stamp.seal.root)
            if trusted:
                authority.verify(bytes(stamp.answer), stamp.seal.root, trusted=trusted)
        except authority.NotStamped as problem:
            yield f"the stamp of seal {stamp.seal_id} does not hold: {problem}"


def _roots(place: str | None) -> dict[int, str]:
    if not place:
        return {}
    found = {int(number): root for number, root in PUBLISHED.findall(_text(place))}
    if not found:
        raise CommandError(f"{place} holds no root. Give a log of `watch`, or letters that it sent.")
    return found


def _certificates(place: str | None) -> Path | None:
    if not place:
        return None
    if "-----BEGIN CERTIFICATE-----" not in _text(place):
        raise CommandError(f"{place} holds no certificate in PEM form.")
    if shutil.which("openssl") is None:
        raise CommandError("There is no OpenSSL here to check signatures with: install the package openssl.")
    return Path(place)


def _text(place: str) -> str:
    try:
        return Path(place).read_text(encoding="utf-8", errors="replace")
    except OSError as problem:
        raise CommandError(f"{place} cannot be read: {problem.strerror}.") from problem
