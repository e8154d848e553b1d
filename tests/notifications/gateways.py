"""A real HTTP gateway on a port of its own, which can be told to hang, refuse, drop, lie, drip and repeat."""

import json
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Asked:
    """One request as it arrived."""

    at: float
    body: dict[str, str]

    @property
    def id(self) -> str:
        return self.body["id"]


@dataclass
class Manner:
    """How the gateway answers: a status with a body, after a while, or not at all."""

    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    drop: bool = False
    drip: bool = False


class GatewayServer(ThreadingHTTPServer):
    """Records every request, and answers in its usual manner unless another is next in line."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.manner = Manner()
        self.next_manners: deque[Manner] = deque()
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/send"

    @property
    def ids(self) -> list[str]:
        return [asked.id for asked in self.asked]

    def then(self, *manners: Manner) -> None:
        """Answer the next requests like this."""
        self.next_manners.extend(manners)

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that lost its patience is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: GatewayServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        arrived = time.monotonic()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(Asked(arrived, body))
        try:
            manner = self.server.next_manners.popleft()
        except IndexError:
            manner = self.server.manner
        if manner.after_s:
            self.server.closing.wait(manner.after_s)
        if manner.drop:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        answer = manner.body if manner.body is not None else json.dumps({"provider_id": f"p-{body['id']}"}).encode()
        self.send_response_only(manner.status)
        for name, value in manner.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if manner.drip:
            for number in range(len(answer)):
                if self.server.closing.wait(0.2):
                    return
                self.wfile.write(answer[number : number + 1])
                self.wfile.flush()
        else:
            self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
