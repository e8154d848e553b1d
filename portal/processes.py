"""What every long-running process does first: set up its log, wait for the database, see that all is sound."""

import signal
import sys
import time
from collections.abc import Callable, Sequence

import structlog
from django.core.checks import Tags
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection

from portal import logs

#: The checks of a process that serves no pages: the others load every page, which takes a third of its memory.
BEHIND_THE_PAGES = ("environment", Tags.security, Tags.database)


def prepare(command: BaseCommand, name: str, *, checks: Sequence[str] | None = None) -> None:
    """
    Return when the process ``name`` may begin; end it when a check, of the tags ``checks`` or any, says it must not.

    The database is waited for: it may start later than we do, or be on its way back.
    """
    logs.set_up(name)
    log = structlog.get_logger("portal.processes")
    waiting = False
    while True:
        try:
            connection.ensure_connection()
            break
        except OperationalError as problem:
            if not waiting:
                log.warning("waiting for the database", why=str(problem).strip().splitlines()[0])
            waiting = True
            time.sleep(0.5)
    command.check(tags=checks, databases=["default"])
    connection.close()


def end_on_term() -> None:
    """Make SIGTERM end this process the ordinary way, until something better is installed."""
    on_term(lambda: sys.exit(0))


def on_term(do: Callable[[], object]) -> None:
    """Call ``do`` when somebody asks this process to stop."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: do())
