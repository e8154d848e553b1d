"""The gate: of a body that is too long, the first byte too many is read, and not one more is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
#: What stands around a file in a form: boundaries, headers and a digest.
AROUND_A_FILE = 64 * 1024
#: How the addresses end where files are sent.
FILES = "/files"
Application = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]


def gate(
    application: Application, *, prefix: str, bytes_max: int, file_bytes_max: int = 0, files: str = FILES
) -> Application:
    """
    Cut bodies below ``prefix`` one byte after their limit, which is another where files are sent.

    Django writes a whole body to the disk before it asks who sent it. The view still sees that a body is too long, and
    says so; a stranger can not fill the disk.
    """

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(prefix):
            limit = max(bytes_max, file_bytes_max) if scope["path"].endswith(files) else bytes_max
            await application(scope, _cut(receive, limit + 1), send)
        else:
            await application(scope, receive, send)

    return guarded


def _cut(receive: Receive, left: int) -> Receive:
    async def cut() -> Message:
        nonlocal left
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return message
            if left == 0:
                continue  # read, because the other side may not listen before it has spoken, and let go
            body = message.get("body", b"")[:left]
            left -= len(body)
            return {**message, "body": body, "more_body": message.get("more_body", False) and left > 0}

    return cut
