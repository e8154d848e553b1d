"""``manage.py mail`` as a process of its own, and a line to the mail server that can be cut or stripped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from portal.stack.ports import free_port

#: The state's own mail server.
AUTHSERV = "mx1.rajpolice.example"
ROOT = Path(__file__).resolve().parents[2]


class MailProcess:
    """The poller, as the supervisor starts it."""

    def __init__(self, url: str, log: Path, **environment: str) -> None:
        self._environment = (
            os.environ | {"IMAP_URL": url, "MAIL_AUTHSERV_ID": AUTHSERV, "MAIL_STATE": "RJ"} | environment
        )
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> MailProcess:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "mail"], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        return self

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Ask it to end, and return how it ended."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(8)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(self.said()) from None

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def said(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]


def wait_until(true: Callable[[], bool], what: Callable[[], str], *, seconds: float = 40) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up, what()
        time.sleep(0.1)


class Line:
    """A line to the mail server. ``spoil`` may change what the server says, or cut it by returning None."""

    def __init__(self, server_port: int, spoil: Callable[[bytes, int], bytes | None]) -> None:
        self.port = free_port()
        self.calls = 0
        self.heard = b""
        self._server_port, self._spoil = server_port, spoil
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._answer, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _answer(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                self.calls += 1
                server = socket.create_connection(("127.0.0.1", self._server_port))
                threading.Thread(target=self._up, args=(caller, server), daemon=True).start()
                threading.Thread(target=self._down, args=(server, caller, self.calls), daemon=True).start()

    def _up(self, caller: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while said := caller.recv(65536):
                self.heard += said
                server.sendall(said)
        self._end(caller, server)

    def _down(self, server: socket.socket, caller: socket.socket, call: int) -> None:
        with suppress(OSError):
            while said := server.recv(65536):
                spoiled = self._spoil(said, call)
                if spoiled is None:
                    break
                caller.sendall(spoiled)
        self._end(caller, server)

    @staticmethod
    def _end(*lines: socket.socket) -> None:
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
