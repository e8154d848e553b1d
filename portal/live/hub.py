"""The hub: one connection of this process listens to PostgreSQL, and every open stream is told what it hears."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone
from psycopg import AsyncConnection, Error
from psycopg_pool import PoolTimeout

from portal.live.sight import Happening, Line, Viewer, happenings, lost_it, may_know, viewer_of, viewers_of

CHANNEL: Final = "portal_events"
#: A sign of life each so many seconds, and only while PostgreSQL is heard: a stream that is deaf says nothing.
BEAT_S: Final = 5.0
#: How often it is asked whether whoever listens is still signed in and posted. At each event it is asked as well.
LOOK_S: Final = 10.0
AGAIN_S: Final = 1.0
#: What waits for a stream that is read slowly. One that is further behind is told to fetch its page anew.
WAITING_MAX: Final = 100
#: How many lines a browser can have missed and still be told of each of them.
REMEMBERED: Final = 1000
STREAMS_MAX: Final = 1000
AWAY = (DatabaseError, InterfaceError, PoolTimeout, Error, OSError)

Answer = TypeVar("Answer")
log = structlog.get_logger("portal.live")


def frame(event: str, *, reference: str = "", seq: int = 0, key: int = 0, kind: str = "") -> bytes:
    """Return one event as it goes over the wire: its name, a reference and a number, and no content."""
    data = json.dumps({"event": event, "reference": reference, "seq": seq})
    head = (f"id: {key}\n" if key else "") + (f"event: {kind}\n" if kind else "")
    return f"{head}data: {data}\n\n".encode()


HEARTBEAT: Final = frame("heartbeat", kind="heartbeat")
REFETCH: Final = frame("refetch")


class Stream:
    """What one browser still has to be told, and in whose sight."""

    def __init__(self, viewer: Viewer) -> None:
        """Begin with nothing to tell."""
        self.viewer = viewer
        self.ended = False
        self._waiting: deque[bytes] = deque()
        self._some = asyncio.Event()

    def tell(self, what: bytes) -> None:
        """Add to what is told; instead of more than can wait, the page is told to look for itself."""
        if len(self._waiting) >= WAITING_MAX:
            self._waiting.clear()
            what = REFETCH
        self._waiting.append(what)
        self._some.set()

    def end(self) -> None:
        """Tell nothing more: the browser asks again, and is asked who it is."""
        self.ended = True
        self._some.set()

    async def next(self) -> bytes | None:
        """Wait for what is told next; nothing, once the stream has ended."""
        while not self._waiting and not self.ended:
            self._some.clear()
            await self._some.wait()
        return None if self.ended else self._waiting.popleft()


class Hub:
    """Listens once for the whole process. It begins with the first stream and goes on for good."""

    def __init__(self) -> None:
        """Know nobody yet."""
        self._streams: set[Stream] = set()
        self._heard: asyncio.Queue[Line] = asyncio.Queue()
        self._remembered: deque[Line] = deque(maxlen=REMEMBERED)
        self._hears = False
        self._tasks: list[asyncio.Task[None]] = []
        self._threads = ThreadPoolExecutor(max_workers=3, thread_name_prefix="live")

    @property
    def is_full(self) -> bool:
        """Whether this process holds as many streams as it should."""
        return len(self._streams) >= STREAMS_MAX

    async def who(self, session: str) -> Viewer | None:
        """Return who is signed in with a session."""
        return await self._ask(lambda: viewer_of(session, at=timezone.now()))

    async def open(self, viewer: Viewer, *, last: int) -> tuple[Stream, list[bytes]]:
        """Open a stream; return with it what was missed since the event ``last``, where a browser names one."""
        if not self._tasks or any(task.done() for task in self._tasks):
            self._tasks = [asyncio.create_task(work()) for work in (self._listen, self._hand_on, self._look_again)]
        stream = Stream(viewer)
        self._streams.add(stream)
        missed = self._since(last) if last else []
        if self._hears:
            stream.tell(HEARTBEAT)
        if missed is None:
            return stream, [REFETCH]
        try:
            found = await self._ask(lambda: happenings(missed)) if missed else []
        except AWAY:
            return stream, [REFETCH]
        return stream, [_told(happening) for happening in found if may_know(viewer.actor, happening)]

    def close(self, stream: Stream) -> None:
        """Forget a stream."""
        self._streams.discard(stream)

    def _since(self, last: int) -> list[Line] | None:
        """Return the lines after one, in the order in which they were committed; None if that is not remembered."""
        lines = list(self._remembered)
        places = [place for place, line in enumerate(lines) if line.key == last]
        return lines[places[0] + 1 :] if places else None

    # ---- what goes on ----

    async def _listen(self) -> None:
        """Listen for ever; after a break every page looks for itself, because nobody knows what was missed."""
        heard_before = False
        while True:
            try:
                # The parameters of Django's own connection; a listener holds no place in the pool.
                params = {**connection.get_connection_params(), "autocommit": True, "connect_timeout": 5}
                server = await AsyncConnection.connect(**_plain(params))
                async with server:
                    await server.execute(f"LISTEN {CHANNEL}")
                    self._remembered.clear()
                    self._hears = True
                    # A page fetches itself at the first sign of life; whoever has had one is told.
                    self._tell_all(*([REFETCH] if heard_before else []), HEARTBEAT)
                    heard_before = True
                    await self._hear(server)
            except AWAY as problem:
                if self._hears:
                    log.warning("live pages are deaf", why=type(problem).__name__)
            self._hears = False
            await asyncio.sleep(AGAIN_S)

    async def _hear(self, server: AsyncConnection[Any]) -> None:
        while True:
            async for notice in server.notifies(timeout=BEAT_S):
                self._heard.put_nowait(_line(notice.payload))
            async with asyncio.timeout(BEAT_S):
                await server.execute("SELECT 1")
            self._tell_all(HEARTBEAT)

    async def _hand_on(self) -> None:
        """Hand on what was heard, in the order of the commits, to those who may know of it now."""
        while True:
            lines = [await self._heard.get()]
            while not self._heard.empty():
                lines.append(self._heard.get_nowait())
            try:
                found = await self._ask(lambda lines=lines: happenings(lines))  # type: ignore[misc]  # bound at once
                await self._refresh({stream for stream in self._streams if _concerns(stream, found)})
            except AWAY:
                self._remembered.clear()
                self._tell_all(REFETCH)
                continue
            self._remembered.extend(line for line in lines if line.key)
            for stream in list(self._streams):
                _tell(stream, found)

    async def _look_again(self) -> None:
        """See who has signed out and whose posting has ended, also while nothing happens."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self._refresh(set(self._streams))
            except AWAY:
                continue  # a stream whose database is away tells nothing

    async def _refresh(self, streams: Iterable[Stream]) -> None:
        """Ask anew who listens; end the streams of those who are signed in no more."""
        asked = list(streams)
        sessions = {stream.viewer.session for stream in asked}
        if not sessions:
            return
        viewers = await self._ask(lambda: viewers_of(sessions, at=timezone.now()))
        for stream in asked:
            viewer = viewers[stream.viewer.session]
            if viewer is None or viewer.actor.officer_id != stream.viewer.actor.officer_id:
                stream.end()
            else:
                stream.viewer = viewer

    def _tell_all(self, *frames: bytes) -> None:
        for stream in self._streams:
            for what in frames:
                stream.tell(what)

    async def _ask(self, question: Callable[[], Answer]) -> Answer:
        """Ask the database from a thread, and give its connection back."""

        def asked() -> Answer:
            try:
                return question()
            finally:
                connection.close()

        return await asyncio.get_running_loop().run_in_executor(self._threads, asked)


def _concerns(stream: Stream, found: Iterable[Happening]) -> bool:
    actor = stream.viewer.actor
    return any(may_know(actor, happening) or lost_it(actor, happening) for happening in found)


def _tell(stream: Stream, found: Iterable[Happening]) -> None:
    if stream.ended:
        return
    for happening in found:
        if may_know(stream.viewer.actor, happening):
            stream.tell(_told(happening))
        elif lost_it(stream.viewer.actor, happening):
            stream.tell(REFETCH)


def _told(happening: Happening) -> bytes:
    line = happening.line
    return frame(line.action, reference=happening.reference, seq=line.seq, key=line.key)


def _line(payload: str) -> Line:
    said = json.loads(payload)
    return Line(said["key"], UUID(said["case"]), said["seq"], said["action"], said["unit"])


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    """Return what psycopg itself understands of Django's parameters."""
    return {name: value for name, value in params.items() if name not in {"pool", "context", "cursor_factory"}}
