"""The HTTP gateways for SMS and voice (CONTRACT 6)."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from concurrent.futures import TimeoutError as NoResult
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import httpx
from django.conf import settings

from notifications.channels.wire import Refused, Sent, Unreachable
from notifications.models import Message

PATIENCE_S: Final = 5.0
LONGEST_ANSWER: Final = 64 * 1024
LONGEST_ID: Final = 120
# A gateway that asks for more time than this is asked again anyway; somebody's life does not wait a day.
LONGEST_WAIT_S: Final = 900.0
NOT_FOR_GOOD: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class Gateway:
    """Sends by one POST. The same message always carries the same id, so that a repeat can be told from a new one."""

    outside = True

    def __init__(self, address: str, *, name: str) -> None:
        self._address = address
        self._name = name
        # No proxy from the environment: the gateway's address is the whole truth about the way to it. And the slow part
        # of getting ready (reading the authorities) is done here, not between a claim and its wire.
        trusted = ssl.create_default_context() if address.startswith("https") else False
        self._client = httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S, verify=trusted)

    def send(self, message: Message) -> Sent:
        """Send one message; five seconds in all, however slowly the other side drips."""
        asked = asyncio.run_coroutine_threadsafe(self._post(_body(message)), _loop())
        try:
            return asked.result(timeout=PATIENCE_S + 2)
        except NoResult:
            asked.cancel()
            raise Unreachable("no answer in time", perhaps=True) from None

    async def _post(self, body: dict[str, str]) -> Sent:
        try:
            # httpx counts its timeout anew for every read; only this one bounds the whole.
            async with (
                asyncio.timeout(PATIENCE_S),
                self._client.stream(
                    "POST", self._address, json=body, headers={"Accept-Encoding": "identity"}
                ) as answer,
            ):
                if answer.is_success:
                    return Sent(await _provider_id(answer), status_code=answer.status_code)
                raise _no(answer)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as problem:
            raise Unreachable("no connection") from problem
        except (TimeoutError, httpx.TimeoutException) as problem:
            raise Unreachable("no answer in time", perhaps=True) from problem
        except httpx.HTTPError as problem:
            raise Unreachable("the connection broke", perhaps=True) from problem


def _body(message: Message) -> dict[str, str]:
    body: dict[str, str] = {
        "id": str(message.pk),
        "to": message.to,
        "text": message.text,
        "language": message.language,
        "template_id": message.template_id,
        "callback_url": f"{settings.PUBLIC_URL}/gateway/receipts/{message.token}",
    }
    # The name it is sent under, where the state has registered one with the telecom operators.
    if message.header:
        body["header"] = message.header
    return body


async def _provider_id(answer: httpx.Response) -> str:
    """Return the gateway's own number for the message: a 2xx without one is a page of somebody else's."""
    body = b""
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > LONGEST_ANSWER:
            break
    try:
        given = json.loads(body)["provider_id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        given = None
    number = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if not 0 < len(number) <= LONGEST_ID or not number.isprintable():
        raise Unreachable("a yes without a number", status_code=answer.status_code, perhaps=True)
    return number


def _no(answer: httpx.Response) -> Refused | Unreachable:
    """Return what an answer other than yes means."""
    code = answer.status_code
    if HTTPStatus.BAD_REQUEST <= code < HTTPStatus.INTERNAL_SERVER_ERROR and code not in NOT_FOR_GOOD:
        return Refused(f"the gateway answered {code}", status_code=code)
    return Unreachable(
        f"the gateway answered {code}",
        status_code=code,
        perhaps=code >= HTTPStatus.INTERNAL_SERVER_ERROR,
        wait_s=_wait(answer),
    )


def _wait(answer: httpx.Response) -> float:
    """Return how many seconds the gateway asks us to wait (Retry-After), as far as that is reasonable."""
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isdecimal() and asked.isascii():
        return min(float(asked), LONGEST_WAIT_S)
    try:
        moment = parsedate_to_datetime(asked)
        # Against the gateway's own clock where it tells it: the two of us need not agree.
        now = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, TypeError):
        return 0.0
    aware = (time if time.tzinfo else time.replace(tzinfo=UTC) for time in (moment, now))
    return _bounded(*aware)


def _bounded(moment: datetime, now: datetime) -> float:
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_WAIT_S)


_loop_lock = threading.Lock()
_running: list[asyncio.AbstractEventLoop] = []


def _loop() -> asyncio.AbstractEventLoop:
    """Return the process's event loop for gateways, on a thread of its own."""
    with _loop_lock:
        if not _running:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="gateways", daemon=True).start()
            _running.append(loop)
        return _running[0]
