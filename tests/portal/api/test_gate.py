"""The gate: an endless body is cut one byte after its limit, and the view still sees that it is too long."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import pytest

from portal.api.gate import Message, Receive, Scope, Send, gate


def through(chunks: list[bytes], *, path: str = "/api/v1/alerts", end: bool = True) -> tuple[bytes, int]:
    """Return what an application gets of a body, and how many messages it needs for it."""
    waiting = deque({"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks)
    if end:
        waiting.append({"type": "http.request", "body": b"", "more_body": False})
    waiting.append({"type": "http.disconnect"})
    got: list[Message] = []
    after: list[Message] = []

    async def application(_scope: Scope, receive: Receive, _send: Send) -> None:
        while not got or got[-1].get("more_body"):
            got.append(await receive())
        # Django then listens for one thing only: that the other side has gone.
        after.append(await receive())

    async def receive() -> Message:
        return waiting.popleft()

    async def send(_message: Message) -> None: ...

    asyncio.run(gate(application, prefix="/api/", bytes_max=10)({"type": "http", "path": path}, receive, send))
    assert [message["type"] for message in after] == ["http.disconnect"]
    return b"".join(message["body"] for message in got), len(got)


@pytest.mark.parametrize("chunks", [[], [b"12345"], [b"12345", b"67890"], [b"1234567890"]])
def test_a_body_within_the_limit_passes_whole(chunks: list[bytes]):
    assert through(chunks)[0] == b"".join(chunks)


@pytest.mark.parametrize("chunks", [[b"12345678901"], [b"1234567890", b"1"], [b"1" * 1000], [b"1"] * 1000])
def test_a_body_beyond_the_limit_is_cut_one_byte_after_it(chunks: list[bytes]):
    body, messages = through(chunks)

    assert body == b"".join(chunks)[:11]
    assert messages <= 11


def test_other_addresses_are_left_alone():
    assert through([b"1" * 1000], path="/cases/x/files")[0] == b"1" * 1000


def test_what_is_no_request_is_left_alone():
    seen: list[Any] = []

    async def application(scope: Scope, receive: Receive, _send: Send) -> None:
        seen.append((scope["type"], await receive()))

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(_message: Message) -> None: ...

    asyncio.run(gate(application, prefix="/api/", bytes_max=10)({"type": "lifespan"}, receive, send))
    assert seen == [("lifespan", {"type": "lifespan.startup"})]
