"""Issues a key to a partner and prints it, once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from districts import onboarding
from districts.actors import Actor, Kind, Sight
from districts.models import Partner
from districts.reach import reach_of
from districts.refusals import Refusal

TERMINAL = Actor(kind=Kind.CLOCK, label="clock:terminal", name="terminal", sight=Sight.GROUND)


class Command(BaseCommand):
    help = "Issues a key to PARTNER (its code, or STATE/code where two states know it) and prints it: it is shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("partner", metavar="PARTNER", help="such as meta or RJ/meta")

    def handle(self, *_args: object, **options: Any) -> None:
        with translation.override("en"), reach_of(TERMINAL):
            partner = _named(options["partner"])
            try:
                plain = onboarding.issue_key(partner, by=TERMINAL, at=timezone.now())
            except Refusal as refusal:
                raise CommandError(str(refusal)) from refusal
        self.stderr.write(f"A key for {partner} in {partner.state.name_en}. It is not stored and not shown again:")
        self.stdout.write(plain)


def _named(name: str) -> Partner:
    """Return the one partner of that name."""
    state, _, code = name.rpartition("/")
    found = list(Partner.objects.filter(code=code, **({"state__code": state} if state else {})).select_related("state"))
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(sorted(f"{partner.state.code}/{partner.code}" for partner in found))
        raise CommandError(f"Several states know {name}. Say which one: {names}.")
    known = ", ".join(
        sorted(f"{partner.state.code}/{partner.code}" for partner in Partner.objects.select_related("state"))
    )
    raise CommandError(f"There is no partner {name}. Known are: {known or 'none, run `manage.py seed` first'}.")
