"""Plants a seed file: a state with its units, contacts, officers, partners and policies."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from cases.mail import layouts
from districts import seeding
from districts.onboarding import SEED
from districts.reach import reach_of
from districts.refusals import SeedFault
from notifications import templates


class Command(BaseCommand):
    help = "Loads a state from FILE.json (docs/seed.md). Safe to run twice; a file with a fault stores nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE.json", type=Path)

    def handle(self, *_args: object, **options: Any) -> None:
        # What an engineer reads on a terminal is in English, like the log.
        with translation.override("en"):
            for file in options["files"]:
                self._plant(file)

    def _plant(self, file: Path) -> None:
        document = _read(file)
        try:
            with reach_of(SEED):
                at = timezone.now()
                planted = seeding.plant(document, at=at)
                if isinstance(document, dict) and document.get("layouts"):
                    planted.notices += layouts.plant_layouts(planted.state, document["layouts"], by=SEED, at=at)
                if isinstance(document, dict) and document.get("templates"):
                    planted.notices += templates.plant_templates(planted.state, document["templates"], by=SEED, at=at)
        except SeedFault as fault:
            raise CommandError(f"{file}: {fault} Nothing was stored.") from fault
        for notice in planted.notices:
            self.stderr.write(f"{file}: {notice}")
        counts = ", ".join(f"{number} {name}" for name, number in planted.counts.items())
        done = f"{planted.acts} acts registered" if planted.acts else "nothing had to be changed"
        self.stdout.write(f"{planted.state.name_en}: {counts}; {done}.")


def _read(file: Path) -> object:
    """Return what is in the file, or say why it can not be read."""
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as problem:
        raise CommandError(f"{file} cannot be read ({problem.strerror}). Name a seed file that exists.") from problem
    except UnicodeDecodeError as problem:
        raise CommandError(f"{file} is not UTF-8. Save it as UTF-8. Nothing was stored.") from problem
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        raise CommandError(f"{file} is not JSON at {where}: {problem.msg}. Nothing was stored.") from problem
