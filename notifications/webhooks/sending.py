"""Sending: takes what is due with a lease, calls the partners all at once, and writes down what came of it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import httpx
from django.db.models import Exists, OuterRef

from districts.actors import CLOCK
from districts.reach import reach_of
from notifications.models import Webhook, WebhookTry

Clock = Callable[[], datetime]
Stage = Webhook.Stage

#: For one call from beginning to end, however slowly the other side drips.
PATIENCE_S: Final = 5.0
#: Longer than any call takes: after it, whoever took the row is dead.
LEASE: Final = timedelta(seconds=30)
#: How many calls are out at once, and how many of them to one partner: one that hangs leaves room for the others.
WIDTH, WIDTH_OF_ONE = 48, 12
PAUSES_S: Final = (5, 15, 60, 300, 900, 1800, 3600, 7200)
#: Who asks for more time than this is asked again anyway.
LONGEST_WAIT_S: Final = 3600

_at_work = threading.Lock()


@dataclass(frozen=True, slots=True)
class Call:
    """A webhook on its way: where to, and what is signed."""

    webhook: Webhook
    number: int
    address: str
    secret: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What the partner answered, if it did."""

    status_code: int | None = None
    detail: str = ""
    wait_s: int = 0

    @property
    def taken(self) -> bool:
        """Whether it said yes. A redirect is no yes: the address is the one that the partner has given us."""
        return self.status_code is not None and 200 <= self.status_code < 300


def deliver_due(*, clock: Clock, for_s: float) -> int:
    """
    Deliver what is due, for about ``for_s`` seconds; return how many were taken.

    One thread of a process does it at a time: of the threads that carry messages to officers, partners that hang can
    hold one at most.
    """
    if not _at_work.acquire(blocking=False):
        return 0
    try:
        taken, until = 0, time.monotonic() + for_s
        while calls := _claim(at=clock()):
            heard = asyncio.run(_call_all(calls, moment=int(clock().timestamp())))
            taken += _record(calls, heard, at=clock())
            if time.monotonic() >= until:
                break
        return taken
    finally:
        _at_work.release()


def signature(secret: str, *, webhook_id: str, moment: int, body: bytes) -> str:
    """Return the signature of Standard Webhooks, as it stands in the header."""
    key = base64.b64decode(secret.removeprefix("whsec_") + "==")
    digest = hmac.digest(key, f"{webhook_id}.{moment}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def _claim(*, at: datetime) -> list[Call]:
    """Take what is due, the oldest of each alert only: what came later must not arrive earlier."""
    with reach_of(CLOCK):
        before = Webhook.objects.filter(alert_id=OuterRef("alert_id"), stage=Stage.OWED, pk__lt=OuterRef("pk"))
        due = Webhook.objects.filter(~Exists(before), stage=Stage.OWED, due_at__lte=at).order_by("due_at", "pk")
        locked = due.select_related("partner").select_for_update(of=("self",), skip_locked=True, no_key=True)
        calls: list[Call] = []
        for_one: dict[int, int] = {}
        for webhook in locked[: WIDTH * 4]:
            place = for_one.get(webhook.partner_id, 0)
            if place >= WIDTH_OF_ONE or len(calls) >= WIDTH:
                continue
            for_one[webhook.partner_id] = place + 1
            webhook.attempts += 1
            webhook.due_at = at + LEASE
            webhook.save(update_fields=["attempts", "due_at"])
            partner = webhook.partner
            calls.append(Call(webhook, webhook.attempts, partner.webhook_url, partner.signing_secret))
        WebhookTry.objects.bulk_create([WebhookTry(webhook=c.webhook, number=c.number, at=at) for c in calls])
        return calls


async def _call_all(calls: Sequence[Call], *, moment: int) -> list[Heard]:
    # No proxy from the environment and no redirects: the partner's address is the whole truth about the way to it.
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=PATIENCE_S) as client:
        return list(await asyncio.gather(*(_call(client, call, moment=moment) for call in calls)))


async def _call(client: httpx.AsyncClient, call: Call, *, moment: int) -> Heard:
    if not call.address:
        return Heard(detail="no address")
    body, webhook_id = call.webhook.body.encode(), f"msg_{call.webhook.webhook_id}"
    headers = {"Content-Type": "application/json", "webhook-id": webhook_id, "webhook-timestamp": str(moment)}
    headers |= {"Accept-Encoding": "identity", "User-Agent": "jeevan-setu"}
    if call.secret:
        headers["webhook-signature"] = signature(call.secret, webhook_id=webhook_id, moment=moment, body=body)
    try:
        # httpx counts its timeout anew for every read; only this one bounds the whole. What it says is not read.
        async with (
            asyncio.timeout(PATIENCE_S),
            client.stream("POST", call.address, content=body, headers=headers) as answer,
        ):
            return Heard(answer.status_code, wait_s=waits(answer))
    except (TimeoutError, httpx.TimeoutException):
        return Heard(detail="no answer in time")
    except httpx.ConnectError:
        return Heard(detail="no connection")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as problem:
        # Whatever the other side does, it is its own webhook that waits.
        return Heard(detail=f"the call broke ({type(problem).__name__})"[:80])


def waits(answer: httpx.Response) -> int:
    """Return for how many seconds the other side asks not to be asked again."""
    asked = answer.headers.get("retry-after", "").strip()
    return min(int(asked), LONGEST_WAIT_S) if asked.isdecimal() and asked.isascii() and len(asked) < 8 else 0


def _record(calls: Sequence[Call], heard: Sequence[Heard], *, at: datetime) -> int:
    """Write down what came of each call; return how many were taken."""
    by_row = {call.webhook.pk: (call, answer) for call, answer in zip(calls, heard, strict=True)}
    with reach_of(CLOCK):
        rows = Webhook.objects.filter(pk__in=by_row).select_for_update(no_key=True).order_by("pk")
        tries = {(t.webhook_id, t.number): t for t in WebhookTry.objects.filter(webhook__in=by_row)}
        for webhook in rows:
            call, answer = by_row[webhook.pk]
            code = answer.status_code if answer.status_code and answer.status_code < 1000 else None
            attempt = tries[webhook.pk, call.number]
            attempt.ended_at, attempt.status_code, attempt.detail = at, code, answer.detail
            attempt.save(update_fields=["ended_at", "status_code", "detail"])
            # Somebody who took it after our lease, or sends it once more, decides for himself; a yes is a yes.
            if webhook.stage == Stage.OWED and (answer.taken or webhook.attempts == call.number):
                _decide(webhook, answer, at=at)
    return sum(answer.taken for answer in heard)


def _decide(webhook: Webhook, answer: Heard, *, at: datetime) -> None:
    """Say what follows from an answer."""
    if answer.taken:
        webhook.stage, webhook.final_at = Stage.DELIVERED, at
    elif at >= webhook.give_up_at or answer.status_code == HTTPStatus.GONE:
        webhook.stage, webhook.final_at = Stage.FAILED, at
    else:
        pause = max(PAUSES_S[min(webhook.attempts, len(PAUSES_S)) - 1], answer.wait_s)
        webhook.due_at = min(at + timedelta(seconds=pause), max(webhook.give_up_at, at))
    webhook.save(update_fields=["stage", "final_at", "due_at"])
