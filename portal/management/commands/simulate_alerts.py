"""``manage.py simulate_alerts``: practice alerts for the running portal, at a pace of one's own choice."""

from __future__ import annotations

import json
import random
import time
from argparse import ArgumentParser
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.api import rehearsal
from portal.environment import ROOT

DEMO = ROOT / "districts" / "data" / "demo.json"
AT_ONCE = 16
TRIES = 5
PATIENCE_S = 30.0
AGAIN = {409, 429, 503}


class Command(BaseCommand):
    help = "Post practice alerts to the running portal. They are practice whatever key is used: they ring no real post."
    # It is a partner's machine: it needs the address of the portal and a key, and no database.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rate", type=float, default=1.0, help="alerts per second (default 1)")
        parser.add_argument("--count", type=int, default=10, help="how many (default 10)")
        parser.add_argument("--key", default="", help="a partner's key (default: the practice key of the demo state)")
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="where the portal is (default %(default)s)")
        parser.add_argument("--seed", type=int, default=None, help="the same number makes the same people again")

    def handle(self, *_args: Any, rate: float, count: int, key: str, url: str, seed: int | None, **_: Any) -> None:
        if rate <= 0 or count <= 0:
            raise CommandError("--rate and --count must be greater than 0.")
        chance = random.Random(seed)  # noqa: S311 - it plays, it keeps no secret
        headers = {"Authorization": f"Bearer {key or practice_key()}"}
        answers: Counter[str] = Counter()
        start = time.monotonic()
        with (
            httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_S) as client,
            ThreadPoolExecutor(AT_ONCE) as senders,
        ):
            sent: list[Future[str]] = []
            for number in range(count):
                time.sleep(max(0.0, start + number / rate - time.monotonic()))
                sent.append(senders.submit(self.send, client, rehearsal.alert(chance, at=timezone.now())))
            answers.update(future.result() for future in sent)
        seconds = time.monotonic() - start
        failed = count - answers["taken"]
        self.stdout.write(f"{answers['taken']} of {count} practice alerts taken in {seconds:.1f} s.")
        if failed:
            raise CommandError(f"{failed} were not taken. The lines above say why.")

    def send(self, client: httpx.Client, body: dict[str, Any]) -> str:
        """Send one alert as a careful partner does: the same key until there is an answer that means something."""
        headers = {"Idempotency-Key": str(uuid4())}
        why = ""
        for _ in range(TRIES):
            try:
                answer = client.post("/api/v1/alerts", json=body, headers=headers)
            except httpx.TransportError as trouble:
                why, wait = f"no answer ({type(trouble).__name__})", 1.0
            else:
                if answer.is_success:
                    told = answer.json()
                    score = told["completeness"]["score"]
                    self.stdout.write(f"{told['reference']}  {body['partner_reference']}  complete to {score} of 100")
                    return "taken"
                why, wait = why_not(answer), float(answer.headers.get("Retry-After", 1))
                if answer.status_code not in AGAIN:
                    break
            time.sleep(min(wait, PATIENCE_S))
        self.stderr.write(f"{body['partner_reference']}: {why}")
        return "failed"


def why_not(answer: httpx.Response) -> str:
    """Return the sentence of a problem, or the number of an answer that is none."""
    try:
        return f"{answer.status_code}, {answer.json()['detail']}"
    except (ValueError, KeyError, TypeError):
        return str(answer.status_code)


def practice_key() -> str:
    """
    Return the practice key of the demo state.

    :raises CommandError: if the demo's sign-ins are not there
    """
    try:
        key: str = json.loads(DEMO.read_text(encoding="utf-8"))["practice_key"]
    except (OSError, ValueError, KeyError) as missing:
        raise CommandError("There is no practice key for a demo here. Give one with --key.") from missing
    return key
