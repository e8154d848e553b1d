"""The stream ``/events``: a browser stays connected and is told that something changed. It holds no thread."""

from __future__ import annotations

import asyncio
from http.cookies import CookieError, SimpleCookie

from django.conf import settings

from portal.api.gate import Application, Receive, Scope, Send
from portal.live.hub import AWAY, Hub, Stream
from portal.live.sight import Viewer

PATH = "/events"
#: How long a browser waits before it asks again.
RETRY = b"retry: 2000\n\n"
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # A proxy must hand on each event at once.
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]


def live(django: Application, *, hub: Hub | None = None) -> Application:
    """
    Answer ``/events`` to whoever is signed in; Django answers everything else, and everybody else at that address.

    Django would keep a thread and a connection to the database for as long as the stream is open.
    """
    streams = hub or Hub()

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET"
        viewer = await _viewer(streams, scope) if is_ours and not streams.is_full else None
        if viewer is None:
            await django(scope, receive, send)
        else:
            await _stream(streams, viewer, receive, send, last=_last_seen(scope))

    return answered


async def _viewer(hub: Hub, scope: Scope) -> Viewer | None:
    session = _cookie(scope, settings.SESSION_COOKIE_NAME)
    try:
        return await hub.who(session) if session else None
    except AWAY:
        return None  # Django says that the database is away


async def _stream(hub: Hub, viewer: Viewer, receive: Receive, send: Send, *, last: int) -> None:
    stream, missed = await hub.open(viewer, last=last)
    gone = asyncio.create_task(_until_gone(receive, stream))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": RETRY + b"".join(missed), "more_body": True})
        while (what := await stream.next()) is not None:
            await send({"type": "http.response.body", "body": what, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except OSError:
        pass  # the browser has gone
    finally:
        gone.cancel()
        hub.close(stream)


def _last_seen(scope: Scope) -> int:
    """Return the event a browser saw last: 0 if it names none, and one that never was if it cannot be read."""
    last = _header(scope, b"last-event-id").decode("ascii", "replace").strip()
    if not last:
        return 0
    return int(last) if last.isdecimal() and len(last) < 19 else -1


async def _until_gone(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


def _cookie(scope: Scope, name: str) -> str:
    try:
        jar: SimpleCookie = SimpleCookie(_header(scope, b"cookie", joint=b"; ").decode("latin-1"))
    except CookieError:
        return ""
    return jar[name].value if name in jar else ""


def _header(scope: Scope, name: bytes, *, joint: bytes = b", ") -> bytes:
    return joint.join(value for found, value in scope["headers"] if found == name)
