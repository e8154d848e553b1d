"""One stream: what waits for a browser that reads slowly is bounded, and nothing is left out unsaid."""

from __future__ import annotations

import asyncio

from districts.actors import CLOCK
from portal.live.hub import REFETCH, WAITING_MAX, Stream, frame
from portal.live.sight import Viewer


async def read(stream: Stream) -> list[bytes]:
    told = []
    while (what := await asyncio.wait_for(stream.next(), 5)) is not None:
        told.append(what)
        if len(told) > WAITING_MAX:
            break
        if what == REFETCH:
            stream.end()
    return told


def test_a_slow_browser_is_told_to_fetch_its_page_instead_of_everything_it_missed():
    async def story() -> list[bytes]:
        stream = Stream(Viewer("session", CLOCK))
        for number in range(WAITING_MAX + 1):
            stream.tell(frame("noted", reference="RJ-2026-0001", seq=number, key=number + 1))
        return await read(stream)

    assert asyncio.run(story()) == [REFETCH]


def test_a_browser_that_keeps_up_is_told_everything_in_order():
    async def story() -> list[bytes]:
        stream = Stream(Viewer("session", CLOCK))
        for number in range(WAITING_MAX - 1):
            stream.tell(frame("noted", seq=number))
        stream.tell(REFETCH)
        return await read(stream)

    told = asyncio.run(story())
    assert told == [frame("noted", seq=number) for number in range(WAITING_MAX - 1)] + [REFETCH]
