"""
The dead man's switch: an address outside is called while all is well, and not when anything is wrong.

Whoever watches that address calls a human when the calls stop, whatever the reason: an alarm here, a database that is
away, a watch that hangs, a machine without power.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable

import httpx
import structlog

#: Seconds one call may take in all.
PATIENCE_S = 5.0

log = structlog.get_logger("portal.heartbeat")


class Heartbeat:
    """Calls the address every few seconds, from a thread of its own: an outside that hangs holds up nobody here."""

    def __init__(self, address: str, *, every_s: float, is_well: Callable[[], bool]) -> None:
        """``is_well`` is asked before each call."""
        self._address = address
        self._every_s = max(1.0, every_s)
        self._is_well = is_well
        self._heard = True
        self._trusted: ssl.SSLContext | bool = False

    def go_on(self, stopping: threading.Event) -> None:
        """Call until ``stopping`` is set."""
        self._trusted = ssl.create_default_context() if self._address.startswith("https") else False
        while not stopping.wait(0 if self._is_well() else 0.5):
            if self._is_well():
                self.call()
                stopping.wait(self._every_s)

    def call(self) -> bool:
        """Call once, and tell whether somebody answered well. The address is a secret: the log does not name it."""
        try:
            status = asyncio.run(self._get())
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as problem:
            return self._note(heard=False, why=type(problem).__name__)
        return self._note(heard=status < 400, why=f"status {status}")

    async def _get(self) -> int:
        # httpx counts its timeout anew for every read; the outer one bounds the whole, however slowly they drip.
        async with (
            asyncio.timeout(PATIENCE_S),
            httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S, verify=self._trusted) as client,
            client.stream("GET", self._address, headers={"User-Agent": "jeevan-setu"}) as answer,
        ):
            return answer.status_code

    def _note(self, *, heard: bool, why: str) -> bool:
        """Say once that nobody hears us outside, and once that somebody does again."""
        if heard != self._heard:
            log.info("the monitor outside hears us again") if heard else log.warning("nobody hears us outside", why=why)
        self._heard = heard
        return heard
