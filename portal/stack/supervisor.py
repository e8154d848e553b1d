"""
The supervisor: starts the whole portal on one machine, starts again what dies, and stops everything it started.

Read ``Stack.run`` first: it is the life of a portal from start to stop. All below is in the order of that life.
"""

import contextlib
import os
import select
import signal
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TextIO

from portal.stack.account import data_home, server_account
from portal.stack.child import Child
from portal.stack.database import holds_no_state, make_portal_database, see_roles
from portal.stack.folder import Folder
from portal.stack.leftovers import MARK, end_leftovers
from portal.stack.plan import DEMO_SEEDS, DEMO_WORDS, PROCESSES, Plan, command, process_environment
from portal.stack.ports import is_taken
from portal.stack.postgres import Postgres
from portal.stack.trouble import Trouble
from portal.stack.valkey import Valkey
from portal.stack.welcome import welcome

DATABASE = "portal"
ROLES = ("portal_owner", "portal_app", "portal_backup", "portal_ops")
#: Seconds the pages may take to answer for the first time.
PATIENCE = 60.0
#: A server's log is begun anew when it has grown beyond this at a start.
LOG_BYTES = 5_000_000


class Stopped(Exception):
    """Somebody asked the stack to stop while it was still starting."""


class Stack:
    """One portal: its servers and its processes."""

    def __init__(self, plan: Plan) -> None:
        """Plan a portal; ``run`` makes it live."""
        self._plan = plan
        self._folder = Folder(plan.data)
        self._servers: list[Child] = []
        self._processes: list[Child] = []
        self._addresses: dict[str, str] = {}
        self._recorded: dict[str, int | None] = {}
        self._record_is_stale = False
        self._environment: dict[str, str] = {}
        self._stop_asked = False
        self._bell, self._ringer = os.pipe()

    def run(self) -> int:
        """Live from start to stop, and return the exit status."""
        try:
            self._take_folder()
            self._listen_to_signals()
            self._start_servers()
            self._migrate()
            self._seed()
            self._start_processes()
            self._wait_for_pages()
            _say(
                welcome(self._plan.url, demo=DEMO_WORDS if self._folder.seeded.exists() else None, at=datetime.now(UTC))
            )
            self._keep_alive()
        except Stopped:
            pass
        except Trouble as trouble:
            _say(str(trouble), to=sys.stderr)
            return 1
        finally:
            self._stop_everything()
        return 0

    def _take_folder(self) -> None:
        """Make sure that we are the only ones here, and that nothing of an earlier portal is left."""
        self._folder.make(server_account())
        if not self._folder.lock():
            url = self._folder.record().get("url", "an address it has not yet written down")
            raise Trouble(
                f"The portal is already running at {url}. Stop it with `make stop`, or set PORTAL_DATA to another."
            )
        self._mark = {MARK: self._folder.secrets()["cluster"]}
        if left := end_leftovers(self._folder.record(), mark=self._mark[MARK]):
            _say(f"Ended what an earlier portal left behind: {', '.join(left)}.")
        self._folder.remove_record()
        if is_taken(self._plan.port, host=self._plan.host):
            raise Trouble(f"Port {self._plan.port} is used by another program. Set PORTAL_PORT to a free one.")

    def _listen_to_signals(self) -> None:
        """Have the first Ctrl-C, TERM or hang-up stop the stack; a child's death wakes the loop."""

        def stop(_number: int, _frame: FrameType | None) -> None:
            self._stop_asked = True

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        os.set_blocking(self._bell, False)
        os.set_blocking(self._ringer, False)
        signal.set_wakeup_fd(self._ringer, warn_on_full_buffer=False)

    def _start_servers(self) -> None:
        """Start our own servers, or use the ones whose addresses are given."""
        plan, secrets = self._plan, self._folder.secrets()
        account = server_account()
        home = data_home(plan.data, account, cluster=secrets["cluster"])
        if plan.database_url:
            self._addresses |= {"database_url": plan.database_url, "owner_url": plan.owner_url}
        else:
            _say("Starting PostgreSQL …")
            postgres = Postgres(
                home / "postgres",
                password=secrets["postgres"],
                account=account,
                log=self._log("postgres"),
                environment=self._mark,
            )
            self._servers.append(postgres.child)
            postgres.start()
            make_portal_database(postgres.superuser_url(), DATABASE, passwords={role: secrets[role] for role in ROLES})
            for name, role in zip(("owner_url", "database_url", "backup_url", "ops_url"), ROLES, strict=True):
                self._addresses[name] = postgres.url(role, secrets[role], DATABASE)
        if plan.redis_url:
            self._addresses["redis_url"] = plan.redis_url
        else:
            valkey = Valkey(
                home / "valkey",
                password=secrets["valkey"],
                account=account,
                log=self._log("valkey"),
                environment=self._mark,
            )
            self._servers.append(valkey.child)
            valkey.start()
            self._addresses["redis_url"] = valkey.url
        plan.files.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._environment = self._environment_of_processes()

    def _environment_of_processes(self) -> dict[str, str]:
        plan = self._plan
        return process_environment(
            {
                "DATABASE_URL": self._addresses["database_url"],
                "REDIS_URL": self._addresses["redis_url"],
                "SECRET_KEY": plan.secret_key or self._folder.secrets()["secret_key"],
                "FILES_DIR": str(plan.files),
                "PORTAL_DATA": str(plan.data),
                "PORTAL_PORT": str(plan.port),
                "PORTAL_HOST": plan.host,
                "PORTAL_DEMO": os.environ.get("PORTAL_DEMO", "1" if plan.demo else "0"),
                # Threads that share the allocator's arenas keep less memory between them.
                "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
                **self._mark,
            }
        )

    def _migrate(self) -> None:
        """Bring the database to the shape this code needs, as its owner."""
        owner_url = self._addresses["owner_url"]
        if not owner_url:
            raise Trouble(
                "DATABASE_URL is set: set DATABASE_OWNER_URL too, the address of portal_owner, who migrates it."
            )
        see_roles(owner_url)
        _say("Bringing the database up to date …")
        self._finish("migrate", "--no-input", "--verbosity", "0", DATABASE_OWNER_URL=owner_url)

    def _seed(self) -> None:
        """Load the demo state into a database that holds no state yet; finish it if that was interrupted."""
        seeds = [seed for seed in DEMO_SEEDS if seed.exists()]
        half = self._folder.seeding
        if not self._plan.demo or not seeds or not (half.exists() or holds_no_state(self._addresses["owner_url"])):
            return
        _say("Loading the demo state …")
        half.touch()
        for seed in seeds:
            self._finish("seed", str(seed))
        half.replace(self._folder.seeded)

    def _finish(self, *words: str, **more: str) -> None:
        """Run a ``manage.py`` command to its end."""
        step = Child(words[0], partial(command, *words), environment={**self._environment, **more})
        step.start()
        self._processes.append(step)
        while step.is_alive():
            self._sleep(0.2)
        self._processes.remove(step)
        if step.exit_status:
            raise Trouble(f"`manage.py {' '.join(words[:2])}` did not finish; what it said stands above.")

    def _start_processes(self) -> None:
        for name in PROCESSES:
            process = Child(name, partial(command, name), environment=self._environment)
            self._processes.append(process)
            process.start()
        self._write_record()

    def _wait_for_pages(self) -> None:
        """Wait until the pages answer, tending what dies meanwhile."""
        give_up = time.monotonic() + PATIENCE
        while not _answers(f"{self._plan.url}/healthz"):
            if time.monotonic() > give_up:
                raise Trouble(f"The pages did not answer at {self._plan.url} within a minute; the reason stands above.")
            self._tend()
            self._sleep(0.2)

    def _keep_alive(self) -> None:
        """Start again whatever dies, until somebody asks us to stop."""
        while True:
            self._tend()
            # Woken by a signal; the second is for a back-off that ends.
            self._sleep(1.0 if all(child.is_alive() for child in self._children()) else 0.1)

    def _tend(self) -> None:
        for child in self._children():
            if news := child.tend():
                _say(news, to=sys.stderr)
        self._write_record()

    def _write_record(self) -> None:
        """Write portal.json when a process id has changed."""
        pids = {child.name: child.pid for child in self._children()}
        if pids == self._recorded:
            return
        record = {
            "url": self._plan.url,
            **{name: self._addresses.get(name, "") for name in ("database_url", "owner_url", "ops_url")},
            "backup_url": self._addresses.get("backup_url", ""),
            "redis_url": self._addresses["redis_url"],
            "files_dir": str(self._plan.files),
            "secret_key": self._environment["SECRET_KEY"],
            "pids": {"stack": os.getpid(), **pids},
        }
        try:
            self._folder.write_record(record)
        except OSError as problem:
            # A full disk must not end the portal: who is called does not depend on this file. It is tried again.
            if not self._record_is_stale:
                _say(f"portal.json can't be written now ({problem.strerror}); the portal goes on.", to=sys.stderr)
            self._record_is_stale = True
        else:
            self._recorded, self._record_is_stale = pids, False

    def _stop_everything(self) -> None:
        """Stop the processes together, then the servers they use."""
        signal.set_wakeup_fd(-1)
        if self._processes:
            _say("Stopping …")
        for group in (self._processes, self._servers):
            for child in reversed(group):
                child.ask_to_stop()
            for child in reversed(group):
                child.wait()
        if self._folder.is_ours:
            self._folder.remove_record()
            self._folder.unlock()

    def _children(self) -> list[Child]:
        return [*self._servers, *self._processes]

    def _sleep(self, seconds: float) -> None:
        """Sleep until something happens; a wish to stop ends whatever is being done."""
        if not self._stop_asked:
            select.select([self._bell], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._bell, 4096)
        if self._stop_asked:
            raise Stopped

    def _log(self, server: str) -> Path:
        log = self._plan.data / f"{server}.log"
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.unlink()
        return log


def stop_portal(plan: Plan) -> str:
    """Stop the portal that runs on the data folder, or what was left of it; return what was done."""
    folder = Folder(plan.data)
    if not plan.data.exists():
        return f"Nothing runs on {plan.data}."
    if (holder := folder.holder()) is not None:
        os.kill(holder, signal.SIGTERM)
        for _ in range(450):
            if folder.holder() != holder:
                return f"Stopped the portal (process {holder})."
            time.sleep(0.1)
        os.kill(holder, signal.SIGKILL)  # its children ask to be stopped when it dies
        time.sleep(1)
    left = end_leftovers(folder.record(), mark=folder.secrets()["cluster"])
    folder.remove_record()
    return f"Stopped what was left: {', '.join(left)}." if left else f"Nothing runs on {plan.data}."


def _answers(url: str) -> bool:
    """Say whether somebody answers there, whatever the answer is."""
    try:
        urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - our own address
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _say(words: str, *, to: TextIO | None = None) -> None:
    # Where our output goes may be full or gone; that is no reason to stop.
    with contextlib.suppress(OSError):
        print(words, file=to or sys.stdout, flush=True)
