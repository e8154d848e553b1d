"""A gateway for SMS and voice of the harness's own: it writes down what it saw and said, and misbehaves when told."""

from __future__ import annotations

import http.client
import json
import queue
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import urlsplit

from tests.faults.schedule import WELL

#: Longer than the portal waits for an answer.
HANG_S = 15.0
POSTMEN = 4
RECEIPT_TRIES = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when it came, on which way, what it said, and what was answered."""

    at: float
    way: str
    manner: str
    body: dict[str, str]

    @property
    def id(self) -> str:
        return self.body["id"]

    @property
    def said_yes(self) -> bool:
        """Whether the answer was one that a careful sender may take for a yes."""
        return self.manner in {WELL, "wrong_number", "forge"}


@dataclass
class Gateway:
    """Two ways, each with manners of its own; receipts follow a yes, some of them twice."""

    seed: int = 0
    asked: list[Asked] = field(default_factory=list)
    manners: dict[str, str] = field(default_factory=lambda: {"sms": WELL, "voice": WELL})
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._receipts: queue.Queue[tuple[float, dict[str, str], str]] = queue.Queue()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.gateway = self
        self._threads = [threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})]
        self._threads += [threading.Thread(target=self._carry_receipts) for _ in range(POSTMEN)]
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    def url(self, way: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/{way}"

    def ids(self, *, yes: bool = False) -> set[str]:
        """Return the ids of the messages that were seen, or only of those that were answered with a yes."""
        return {asked.id for asked in list(self.asked) if asked.said_yes or not yes}

    def truly_confirmed(self) -> set[str]:
        """Return the ids of the messages for which a true receipt was, or may have been, given."""
        return {asked.id for asked in list(self.asked) if asked.manner == WELL}

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler: _Handler, way: str) -> None:
        """Answer one request in the manner of the moment."""
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        manner = self.manners[way]
        self.asked.append(Asked(time.time(), way, manner, body))
        number = f"p-{body['id']}"
        if manner == "hang":
            self.closing.wait(HANG_S)
            manner = "drop"
        if manner == "drop":
            with suppress(OSError):
                handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
        elif manner == "busy":
            handler.say(503, b"busy")
        elif manner == "refuse":
            handler.say(400, b"no such number")
        elif manner == "no_number":
            handler.say(200, b"{}")
        elif manner == "page":
            handler.say(200, b"<html>Welcome to the network</html>")
        elif manner == "wrong_number":
            handler.say(200, json.dumps({"provider_id": f"p-of-somebody-else-{self._random.random()}"}).encode())
        else:
            handler.say(200, json.dumps({"provider_id": number}).encode())
            self._follow_up(body, way, number, forged=manner == "forge")

    def _follow_up(self, body: dict[str, str], way: str, number: str, *, forged: bool) -> None:
        good = "answered" if way == "voice" else "delivered"
        receipt = {"id": body["id"], "provider_id": number, "status": good, "at": "2026-11-24T00:00:00Z"}
        address = body["callback_url"]
        now = time.monotonic()
        if forged:
            # Nobody but the gateway knows the token of a message: a stranger makes one up, or uses one of another's.
            stranger, another = f"{address.rpartition('/')[0]}/{'x' * 43}", self.asked[0].body["callback_url"]
            for token in {stranger, another} - {address}:
                self._receipts.put((now, receipt, token))
            return
        self._receipts.put((now + self._random.uniform(0.0, 1.0), receipt, address))
        if self._random.random() < 0.1:
            self._receipts.put((now + 1.0, receipt, address))
        if self._random.random() < 0.05:
            self._receipts.put((now + 1.5, receipt | {"status": "failed"}, address))

    def _carry_receipts(self) -> None:
        while not self.closing.is_set():
            try:
                due, receipt, address = self._receipts.get(timeout=0.2)
            except queue.Empty:
                continue
            self.closing.wait(max(0.0, due - time.monotonic()))
            for _ in range(RECEIPT_TRIES):
                if _post(address, receipt) or self.closing.wait(1.0):
                    break


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    gateway: Gateway

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed is what this is about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.gateway.answer(self, self.path.strip("/"))

    def say(self, status: int, content: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _post(address: str, receipt: dict[str, str]) -> bool:
    """Hand in a receipt; tell whether somebody answered, whatever it was but a fault of the server."""
    parts = urlsplit(address)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        line.request("POST", parts.path, json.dumps(receipt), {"Content-Type": "application/json"})
        return line.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
