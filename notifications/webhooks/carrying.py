"""Carrying: one signed request to the API of another portal, and what came back, whatever the other side does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from notifications.webhooks.sending import Heard, signature, waits

#: For one request from beginning to end, and how much longer for each byte of it: a file goes over a slow line.
PATIENCE_S: Final = 8.0
SLOWEST_BYTES_S: Final = 500_000
LONGEST_S: Final = 70.0
#: No answer of the partner API is longer.
ANSWER_MAX: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is carried where: the bytes are signed as they are sent, anew for each try."""

    address: str
    key: str
    secret: str
    webhook_id: str
    idempotency_key: str
    content: bytes
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Answer(Heard):
    """What the other portal said; ``body`` is empty where it was no JSON object."""

    body: dict[str, Any] = field(default_factory=dict)


def carry(errands: Sequence[Errand], *, moment: int) -> list[Answer]:
    """Carry all of them at once; one that hangs holds nobody else up for longer than its own patience."""
    return asyncio.run(_carry_all(errands, moment=moment))


async def _carry_all(errands: Sequence[Errand], *, moment: int) -> list[Answer]:
    # No proxy from the environment and no redirects: the address that was entered is the whole truth about the way.
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=LONGEST_S) as client:
        return list(await asyncio.gather(*(_carry(client, errand, moment=moment) for errand in errands)))


async def _carry(client: httpx.AsyncClient, errand: Errand, *, moment: int) -> Answer:
    signed = signature(errand.secret, webhook_id=errand.webhook_id, moment=moment, body=errand.content)
    headers = {
        "Authorization": f"Bearer {errand.key}",
        "Idempotency-Key": errand.idempotency_key,
        "Content-Type": errand.media_type,
        "Accept-Encoding": "identity",
        "User-Agent": "jeevan-setu",
        "webhook-id": errand.webhook_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": signed,
    }
    try:
        async with (
            asyncio.timeout(PATIENCE_S + len(errand.content) / SLOWEST_BYTES_S),
            client.stream("POST", errand.address, content=errand.content, headers=headers) as answer,
        ):
            return Answer(answer.status_code, wait_s=waits(answer), body=await _object_in(answer))
    except (TimeoutError, httpx.TimeoutException):
        return Answer(detail="no answer in time")
    except httpx.ConnectError:
        return Answer(detail="no connection")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as problem:
        return Answer(detail=f"the call broke ({type(problem).__name__})"[:80])


async def _object_in(answer: httpx.Response) -> dict[str, Any]:
    """Read no more than an answer can be long; what is no JSON object says nothing."""
    read = b""
    async for piece in answer.aiter_raw():
        read += piece
        if len(read) > ANSWER_MAX:
            return {}
    try:
        found = json.loads(read)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
