"""The rounds: every five seconds all is looked at, written down, and told to whoever calls outside."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog
from django.db import Error, connection
from psycopg_pool import PoolTimeout

from districts import clock
from districts.actors import CLOCK
from districts.reach import reach_of
from portal import pulse
from portal.lookout import book, books, parts, work
from portal.lookout.findings import Code, Finding, stops_the_heartbeat

#: Seconds between two looks.
EVERY_S = 5.0
#: Milliseconds that one question may take: a look that hangs is a look that failed.
PATIENCE = "SET LOCAL statement_timeout = '4s'"

log = structlog.get_logger("portal.lookout")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at: what it may find, and how."""

    codes: tuple[Code, ...]
    look: Callable[[], Iterable[Finding]]

    @property
    def name(self) -> str:
        """How it is called when it fails."""
        return str(self.codes[0])


class Lookout:
    """Looks at everything, keeps the book of alarms, and knows whether all is well."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin; whoever has just started misses nobody for a moment."""
        self._clock = clock
        self._began = clock()
        self._open_cases = work.OpenCases()
        self._well_at: float | None = None
        self._said: set[str] = set()

    def go_on(self, stopping: threading.Event) -> None:
        """Look every five seconds until ``stopping`` is set."""
        while not stopping.is_set():
            began = self._clock()
            try:
                self.look()
            except (Error, PoolTimeout):
                self._well_at = None
                log.warning("watch could not look: the database does not answer")
            except Exception:
                self._well_at = None
                log.exception("watch could not look")
            finally:
                connection.close()
            stopping.wait(max(0.5, EVERY_S - (self._clock() - began)))

    def is_well(self, *, within: float = 3 * EVERY_S) -> bool:
        """Tell whether the last look is fresh, was whole, and found nothing that a human must be called for."""
        well_at = self._well_at
        return well_at is not None and self._clock() - well_at <= within

    def look(self) -> list[Finding]:
        """Look at everything once, write the book, and return what was found."""
        at = clock.now()
        findings: list[Finding] = []
        unseen: set[str] = set()
        for check in self._checks():
            try:
                with reach_of(CLOCK):
                    with connection.cursor() as cursor:
                        cursor.execute(PATIENCE)
                    findings += check.look()
            except Exception:
                # One that fails must not blind the others; that it failed is a finding of its own.
                log.exception("watch could not look", at=check.name)
                connection.close()
                unseen |= {str(code) for code in check.codes}
                findings.append(Finding(Code.CHECK_FAILED, check.name))
        book.write(findings, unseen=unseen, at=at)
        pulse.beat(book.LOOKED)
        called_for = sorted({str(found.code) for found in findings if stops_the_heartbeat(found.code)})
        self._well_at = None if called_for else self._clock()
        self._say(called_for)
        return findings

    def _checks(self) -> list[Check]:
        at, up_for = clock.now(), self._clock() - self._began
        return [
            Check((Code.DEADLINE_LATE,), lambda: work.late_deadlines(at=at)),
            Check((Code.MESSAGE_STUCK,), lambda: work.stuck_messages(at=at)),
            Check((Code.GATEWAY_OUT,), lambda: work.dead_channels(at=at)),
            Check((Code.CASE_UNWATCHED, Code.LADDER_ENDED, Code.CASE_UNCLOSED), lambda: self._open_cases.look(at=at)),
            Check((Code.PROCESS_SILENT,), lambda: parts.silent_processes(up_for=up_for)),
            Check((Code.CELERY_SILENT,), lambda: parts.silent_celery(up_for=up_for)),
            Check((Code.MAIL_SILENT,), lambda: parts.silent_mailbox(up_for=up_for)),
            Check((Code.PARTNER_SILENT,), lambda: parts.silent_partners(at=at)),
            Check((Code.POST_UNREACHABLE,), lambda: work.unreached_posts(at=at)),
            Check((Code.BROKER_AWAY,), parts.broker_away),
            Check((Code.HISTORY_UNSEALED, Code.ROOT_UNPUBLISHED), lambda: books.open_books(at=at)),
        ]

    def _say(self, codes: list[str]) -> None:
        """Say in the log what has begun and what is over."""
        for code in sorted(set(codes) - self._said):
            log.warning("something is wrong", code=code)
        for code in sorted(self._said - set(codes)):
            log.info("it is over", code=code)
        self._said = set(codes)
