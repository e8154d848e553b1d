"""Somebody who listens to ``/events`` over a real socket of a real uvicorn, and what they were told."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from django.conf import settings
from django.test import Client

#: Two busy cores.
PATIENCE = 20.0


def wait_for(what: Callable[[], Any], otherwise: str) -> Any:
    give_up = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < give_up, otherwise
        time.sleep(0.02)
    return found


@contextmanager
def serving(application: Any) -> Iterator[int]:
    """Serve an application of ours on a port of its own."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(application, lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    wait_for(lambda: server.started, "uvicorn does not start")
    try:
        yield door.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        door.close()


class Listener:
    """A browser's EventSource, without the browser."""

    def __init__(self, port: int, client: Client | None = None, *, last: str = "", **headers: str) -> None:
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value if client else ""
        known = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"} if cookie else {}
        known |= {"Last-Event-ID": last} if last else {}
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.line.request("GET", "/events", headers=known | {"Accept": "text/event-stream"} | headers)
        self.answer = self.line.getresponse()
        self.frames: list[dict[str, str]] = []
        self.ended = threading.Event()
        if self.answer.status == 200:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        frame: dict[str, str] = {}
        try:
            for raw in self.answer:
                text = raw.decode().rstrip("\n")
                if text:
                    name, _, value = text.partition(": ")
                    frame[name] = value
                elif frame:
                    self.frames.append(frame)
                    frame = {}
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass
        finally:
            self.ended.set()

    def lives(self) -> Listener:
        """Wait until PostgreSQL is heard: from here on nothing is missed."""
        wait_for(lambda: self.beats, "no heartbeat came")
        return self

    @property
    def beats(self) -> int:
        return sum(frame.get("event") == "heartbeat" for frame in list(self.frames))

    @property
    def told(self) -> list[tuple[str, str]]:
        """What happened to which case, without signs of life."""
        said = [json.loads(frame["data"]) for frame in list(self.frames) if "data" in frame and "event" not in frame]
        return [(one["event"], one["reference"]) for one in said]

    @property
    def last(self) -> str:
        return next(frame["id"] for frame in reversed(self.frames) if "id" in frame)

    def hears(self, event: str, reference: str = "") -> None:
        wait_for(lambda: (event, reference) in self.told, f"{event} {reference} was not told, but {self.told}")

    def close(self) -> None:
        if self.answer.fp is not None and self.line.sock is not None:
            self.line.sock.shutdown(socket.SHUT_RDWR)
        self.line.close()
