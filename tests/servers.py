"""
A pytest plugin that brings the tests their own PostgreSQL and Valkey (``-p tests.servers``).

They are started before Django reads its settings, live in a temporary folder, and go when the tests go, killed or not.
The workers of pytest-xdist share the servers of the process that started them. Nothing of a running portal is touched.

``python -m tests.servers COMMAND`` starts them for a whole command: what one run of pytest has made, the migrated
database and the portals that have started once, is there for the next.
"""

import atexit
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
import redis

from portal.stack.account import server_account
from portal.stack.postgres import Postgres
from portal.stack.valkey import Valkey

#: The address of the test cluster's superuser, for the fixtures that make databases. The portal never sees it.
SUPERUSER = "PORTAL_TEST_SUPERUSER_URL"
FOLDER = "PORTAL_TEST_FOLDER"
#: Names one run of pytest among those that share the servers; its workers are told.
RUN = "PORTAL_TEST_RUN"
WORKER = "PYTEST_XDIST_WORKER"
PASSWORDS = {role: f"{role}-for-tests" for role in ("portal_owner", "portal_app", "portal_backup", "portal_ops")}
#: What a developer's own environment must not change about the tests.
FOREIGN = (
    "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL", "IMAP_URL", "MAIL_AUTHSERV_ID",
    "EMAIL_URL", "SMS_GATEWAY_URL", "VOICE_GATEWAY_URL", "EMAIL_URL_2", "SMS_GATEWAY_URL_2", "VOICE_GATEWAY_URL_2",
    "HEARTBEAT_URL", "TSA_URL", "FILES_DIR", "DEBUG", "MAIL_FROM",
    "PORTAL_PORT", "PORTAL_DATA", "PORTAL_HOST", "PORTAL_EMPTY", "PORTAL_DEMO", "PORTAL_POOL",
)  # fmt: skip


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    """Start the servers and point the environment at them; a wrapper, so that it runs before pytest-django."""
    if SUPERUSER not in os.environ:
        _start()
    if WORKER not in os.environ:
        os.environ[RUN] = str(os.getpid())
    _address()
    return (yield)


def main(command: list[str]) -> int:
    """Start the servers, run a command that finds them, and return its exit status."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    _start()
    return subprocess.run(command, check=False).returncode


def _start() -> None:
    """Start both servers for this process and the workers it starts."""
    for name in FOREIGN:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    _clear_away_killed_runs()
    account = server_account()
    folder = Path(tempfile.mkdtemp(prefix=f"portal-tests-{os.getpid()}-"))
    folder.chmod(0o711)
    postgres = Postgres(
        folder / "postgres",
        password=secrets.token_hex(16),
        account=account,
        log=folder / "postgres.log",
        # Survives a killed server, not a power cut: right for data that lives minutes.
        settings={"fsync": "off", "full_page_writes": "off", "max_connections": "300", "autovacuum_naptime": "10s"},
    )
    valkey = Valkey(folder / "valkey", password=secrets.token_hex(16), account=account, log=folder / "valkey.log")
    starter = os.getpid()

    def stop() -> None:
        if os.getpid() == starter:  # not in a child forked by a test
            postgres.child.ask_to_stop()
            valkey.child.stop()
            postgres.child.wait()
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    postgres.start()
    valkey.start()
    os.environ[SUPERUSER] = postgres.superuser_url()
    os.environ[FOLDER] = str(folder)
    os.environ["REDIS_URL"] = valkey.url


def _address() -> None:
    """Give this process, a worker or the only one, its own database, broker number and folders."""
    worker = os.environ.get(WORKER, "main")
    number = int(worker.removeprefix("gw")) + 1 if worker != "main" else 0
    name = f"{os.environ[RUN]}_{worker}"
    mine = Path(os.environ[FOLDER]) / name
    mine.mkdir(exist_ok=True)
    os.environ["DATABASE_URL"] = url_for("portal_app", f"portal_test_{name}")
    os.environ["DATABASE_OWNER_URL"] = url_for("portal_owner", f"portal_test_{name}")
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{number}"
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        broker.flushdb()  # what a run before this one has left in it
    # A thread of a test that ends without giving its connection back takes it along; the pool counts it for ever.
    os.environ["PORTAL_POOL"] = "80"
    os.environ["SECRET_KEY"] = "for-tests-only-" + "x7Qm2LpV9sKd4TzB" * 3
    os.environ["PORTAL_DATA"] = str(mine)
    os.environ["FILES_DIR"] = str(mine / "files")


def url_for(role: str, database: str) -> str:
    """Return the address of a database of the test cluster for one of the portal's roles."""
    host = os.environ[SUPERUSER].rpartition("@")[2].partition("/")[0]
    return f"postgresql://{role}:{PASSWORDS[role]}@{host}/{database}"


def _clear_away_killed_runs() -> None:
    """Remove the folders of test runs that were killed; their servers went with them."""
    for folder in Path(tempfile.gettempdir()).glob("portal-tests-*"):
        pid = folder.name.split("-")[2]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
