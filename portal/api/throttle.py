"""The throttle: a partner that floods is told to wait before anything is done for it, and no other partner notices."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from portal.api.gate import Application, Receive, Scope, Send

#: Buckets that are remembered. An older one is full again by the time it would be missed.
BUCKETS_MAX = 5000
#: For how long somebody who asks is reckoned with.
CROWDED_FOR_S = 3.0
Clock = Callable[[], float]
#: Tells which telephone number belongs to the key with a digest.
LineOf = Callable[[str], str]


@dataclass(slots=True)
class Bucket:
    """How much one key may still ask for, and how many of its requests are at work or wait."""

    tokens: float
    at: float
    inside: int = 0


class Throttle:
    """Counts in the memory of this process: no broker has to be there for it, and it costs microseconds."""

    def __init__(
        self, *, rate: float, burst: float, at_once: int, shared: int = 0, clock: Clock = time.monotonic
    ) -> None:
        """
        Give each key ``burst`` requests at once and ``rate`` more each second, with ``at_once`` inside at most.

        While another key asks as well there are ``shared`` places for each: nobody waits for what a flood has piled up.
        """
        self._rate, self._burst, self._at_once, self._clock = rate, burst, at_once, clock
        self._shared = shared or at_once
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def enter(self, name: str) -> float:
        """Take a place and return 0; or return after how many seconds there is one, having taken nothing."""
        now = self._clock()
        bucket = self._buckets.get(name) or Bucket(self._burst, now)
        self._buckets[name] = bucket
        self._buckets.move_to_end(name)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.inside >= (self._shared if self._is_crowded(now) else self._at_once):
            return 1.0
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / self._rate
        bucket.tokens -= 1
        bucket.inside += 1
        self._forget()
        return 0.0

    def _is_crowded(self, now: float) -> bool:
        """Tell whether more than one key asks in these seconds. The two that asked last stand at the end."""
        last = [self._buckets[name].at for name in islice(reversed(self._buckets), 2)]
        return len(last) == 2 and now - last[1] < CROWDED_FOR_S

    def leave(self, name: str) -> None:
        """Give the place back."""
        if bucket := self._buckets.get(name):
            bucket.inside -= 1

    def __len__(self) -> int:
        return len(self._buckets)

    def _forget(self) -> None:
        while len(self._buckets) > BUCKETS_MAX:
            name, bucket = self._buckets.popitem(last=False)
            if bucket.inside:
                self._buckets[name] = bucket
                return


def throttled(application: Application, *, prefix: str, throttle: Throttle, line_of: LineOf) -> Application:
    """Let through what a key may ask for below ``prefix``, and answer the rest here: never with a 2xx."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(prefix):
            await application(scope, receive, send)
            return
        digest = _digest(scope)
        wait_s = throttle.enter(digest)
        if wait_s:
            await _too_many(scope, receive, send, wait_s=wait_s, line=line_of(digest))
            return
        try:
            await application(scope, receive, send)
        finally:
            throttle.leave(digest)

    return guarded


def _digest(scope: Scope) -> str:
    """Return the digest of the key, as authentication makes it; of somebody without one, of where they come from."""
    shown = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    scheme, _, key = shown.strip().partition(b" ")
    if scheme.lower() == b"bearer" and key.strip():
        return hashlib.sha256(key.strip()).hexdigest()
    return f"address:{(scope.get('client') or ['?'])[0]}"


async def _too_many(scope: Scope, receive: Receive, send: Send, *, wait_s: float, line: str) -> None:
    """Say it as every problem of the API is said, with the telephone number of the cell."""
    # Read, because the other side may not listen before it has spoken, and let go.
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass
    said = {
        "type": "/problems/too_many_requests",
        "title": "Too many requests at once",
        "status": 429,
        "detail": "Nothing was stored. Send this one again, with the same Idempotency-Key, when Retry-After is over. "
        f"If it can not wait, telephone the state cell{f': {line}' if line else ''}.",
        "instance": scope["path"],
        "telephone": line,
    }
    body = json.dumps(said, ensure_ascii=False).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-language", b"en"),
        (b"content-length", str(len(body)).encode()),
        (b"retry-after", str(max(1, math.ceil(wait_s))).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": body})
