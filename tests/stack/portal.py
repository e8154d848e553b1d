"""A whole portal for a test: started as a person starts it, watched from outside, and never left behind."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import psycopg

from portal.stack.leftovers import is_marked
from portal.stack.ports import free_port
from tests.servers import FOREIGN
from tests.stack.first_start import begin_with_a_copy

ROOT = Path(__file__).resolve().parents[2]
#: A cold start under load on two cores.
PATIENCE = 90.0
PROCESSES = {"web", "worker", "beat", "watch", "mail"}
SERVERS = {"postgres", "valkey"}


class Portal:
    """
    A portal under its supervisor, on a data folder and a port of its own.

    ``new`` is one that starts for the first time; unless that is what is tested, a portal has started once before.
    """

    def __init__(
        self, data: Path, *, tree: Path = ROOT, python: list[str] | None = None, user: str = "", new: bool = False
    ) -> None:
        self.data = data
        self.new = new or tree != ROOT or bool(user)
        self.port = free_port()
        self.output = data.with_name(f"{data.name}.output")
        self.tree = tree
        self.python = python or [sys.executable]
        self.user = user
        self.supervisor: subprocess.Popen[bytes] | None = None
        self.more: dict[str, str] = {"PORTAL_EMPTY": "1"}

    def start(self) -> "Portal":
        """Start it and wait until its pages answer and its processes work."""
        supervisor = self.launch()
        wait_for(lambda: supervisor.poll() is not None or self.answers(), "it did not answer:\n", detail=self.said)
        wait_for(lambda: self.living().keys() >= PROCESSES, "not every process runs", detail=self.said)
        return self

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the supervisor and return at once."""
        if not (self.new or "DATABASE_URL" in self.more or (self.data / "secrets.json").exists()):
            begin_with_a_copy(self.data, "empty" if "PORTAL_EMPTY" in self.more else "demo", start_once)
        identity = pwd.getpwnam(self.user) if self.user else None
        with self.output.open("ab") as output:
            self.supervisor = subprocess.Popen(
                [*self.python, "manage.py", "stack"],
                cwd=self.tree,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=identity.pw_uid if identity else None,
                group=identity.pw_gid if identity else None,
                extra_groups=[] if identity else None,
            )
        return self.supervisor

    def try_to_start(self) -> tuple[int, str]:
        """Start it where it should refuse; return its exit status and what it said."""
        before = len(self.said())
        supervisor = self.launch()
        return supervisor.wait(PATIENCE), self.said()[before:]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a ``manage.py`` command against this portal's data folder."""
        return subprocess.run(
            [*self.python, "manage.py", *words],
            check=False,
            cwd=self.tree,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def environment(self) -> dict[str, str]:
        """Return an environment as of a fresh shell: nothing of the tests' own servers is in it."""
        mine = {"PORTAL_DATA": str(self.data), "PORTAL_PORT": str(self.port), **self.more}
        return {name: value for name, value in os.environ.items() if name not in FOREIGN} | mine

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it as a terminal or a service manager does, and return the exit status."""
        assert self.supervisor is not None
        self.supervisor.send_signal(number)
        return self.supervisor.wait(60)

    def end(self) -> None:
        """Leave nothing behind, whatever the test did."""
        if self.supervisor is not None and self.supervisor.poll() is None:
            self.supervisor.terminate()
            try:
                self.supervisor.wait(60)
            except subprocess.TimeoutExpired:
                self.supervisor.kill()
        for pid in self.marked():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(Path("/var/lib/portal-db/data") / self.mark, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def mark(self) -> str:
        """The id that stands in the environment of every process of this portal."""
        try:
            cluster: str = json.loads((self.data / "secrets.json").read_text())["cluster"]
        except FileNotFoundError:
            return "none"
        return cluster

    def record(self) -> dict[str, str]:
        record: dict[str, str] = json.loads((self.data / "portal.json").read_text())
        return record

    def pids(self) -> dict[str, int]:
        try:
            pids: dict[str, int] = json.loads((self.data / "portal.json").read_text())["pids"]
        except FileNotFoundError:
            return {}
        return pids

    def living(self) -> dict[str, int]:
        """Return the recorded processes that run."""
        return {name: pid for name, pid in self.pids().items() if pid and is_marked(pid, self.mark)}

    def marked(self) -> list[int]:
        """Return every process on this machine that this portal started."""
        candidates = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
        return [pid for pid in candidates if is_marked(pid, self.mark)]

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/healthz", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def said(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def ask(self, question: str, *, address: str = "database_url") -> list[tuple[object, ...]]:
        """Ask the portal's database."""
        with psycopg.connect(self.record()[address], connect_timeout=5) as database:
            return database.execute(question).fetchall()

    def moves_since(self, moment: datetime) -> bool:
        """Say whether Celery has swept since ``moment``."""
        try:
            return self.ask("SELECT at FROM portal_pulse WHERE name = 'sweep'")[0][0] > moment  # type: ignore[operator]  # a timestamp
        except (psycopg.Error, IndexError):
            return False


def start_once(data: Path, environment: Mapping[str, str]) -> None:
    """Start a portal on a folder, and stop it."""
    portal = Portal(data, new=True)
    portal.more = dict(environment)
    try:
        portal.start()
        assert portal.stop() == 0, portal.said()
    finally:
        portal.end()


def wait_for(
    what: Callable[[], object], otherwise: str, *, seconds: float = PATIENCE, detail: Callable[[], str] = str
) -> None:
    """Wait until ``what`` is true; fail with a sentence if it does not become so."""
    give_up = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < give_up, otherwise + detail()
        time.sleep(0.1)
