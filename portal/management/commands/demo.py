"""``manage.py demo``: a rehearsed night on the running portal, to watch on the console and the telephones."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.environment import ROOT
from portal.night import Rehearsal, Stuck

WORDS = ROOT / "districts" / "data" / "demo.json"


class Command(BaseCommand):
    help = (
        "Posts practice alerts to the running portal, walks two to an outcome, and leaves one unanswered until its "
        "ladder reaches the range: ten minutes, in real time."
    )
    # It is a visitor: it needs the address of the portal, and no database.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="where the portal is (default %(default)s)")
        parser.add_argument("--pace", type=float, default=1.5, help="seconds between two acts (default 1.5)")
        until = "where to stop: when the walked ones have their outcome, or when the range is told (default)"
        parser.add_argument("--until", choices=["outcome", "range"], default="range", help=until)

    def handle(self, *_args: Any, url: str, pace: float, until: str, **_: Any) -> None:
        words = json.loads(WORDS.read_text(encoding="utf-8"))
        password = words["sign_ins"][0]["password"]
        night = Rehearsal(url.rstrip("/"), words["practice_key"], password, say=self._say, pace=max(0.0, pace))
        try:
            night.play(until_range=until == "range")
        except httpx.TransportError as trouble:
            raise CommandError(
                f"Nothing answers at {url}. Start the portal with `make run`, then try again."
            ) from trouble
        except Stuck as stuck:
            raise CommandError(str(stuck)) from stuck
        except KeyboardInterrupt:
            self._say("Left to itself.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
