"""The sealer's rounds: close the books, say the root in the log, have it stamped, send it by letter."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import Error, connection
from psycopg_pool import PoolTimeout

from cases import sealing
from cases.models import Seal, Stamp
from districts import clock
from districts.actors import CLOCK
from districts.reach import reach_of
from notifications.channels.smtp import Mail
from notifications.channels.wire import Refused, Unreachable
from portal.sealer import authority

#: Seconds between two rounds, and how many seals one round makes while much is waiting.
EVERY_S: Final = 5.0
IN_A_ROUND: Final = 20
#: How often somebody outside gets the newest root, if it is a new one; and when one that failed is tried again.
STAMP_EVERY: Final = timedelta(minutes=10)
LETTER_EVERY: Final = timedelta(days=1)
AGAIN_AFTER: Final = timedelta(minutes=1)

log = structlog.get_logger("portal.sealer")


class Sealer:
    """Seals what was written, and publishes the newest root. It may be killed at any moment: the next round goes on."""

    def __init__(self) -> None:
        self._not_before: dict[str, datetime] = {}

    def go_on(self, stopping: threading.Event) -> None:
        """Do a round every few seconds until ``stopping`` is set."""
        while not stopping.is_set():
            began = time.monotonic()
            try:
                self.round()
            except (Error, PoolTimeout):
                log.warning("the books could not be closed: the database does not answer")
            except Exception:
                log.exception("the books could not be closed")
            finally:
                connection.close()
            stopping.wait(max(0.5, EVERY_S - (time.monotonic() - began)))

    def round(self) -> int:
        """Close the books once; return how many seals that took."""
        sealed = 0
        while sealed < IN_A_ROUND:
            with reach_of(CLOCK):
                seal = sealing.seal_next(at=clock.now())
            if seal is None:
                break
            sealed += 1
            # The log goes where the database's owner cannot rewrite it; verify_audit --roots reads it again.
            log.info("sealed", number=seal.number, root=seal.root, lines=seal.lines)
        self._publish(Stamp.By.AUTHORITY, bool(settings.TSA_URL), STAMP_EVERY)
        self._publish(Stamp.By.LETTER, bool(settings.SEAL_MAIL_TO and settings.EMAIL_URL), LETTER_EVERY)
        return sealed

    def _publish(self, by: Stamp.By, wanted: bool, every: timedelta) -> None:  # noqa: FBT001 - a setting that is set
        """Give the newest root to somebody outside, when they have none that is new enough."""
        at = clock.now()
        if not wanted or at < self._not_before.get(by, at):
            return
        with reach_of(CLOCK):
            seal = Seal.objects.order_by("-number").first()
            newest = Stamp.objects.filter(by=by).order_by("-at").first()
        if seal is None or (newest and (newest.seal_id == seal.number or at - newest.at < every)):
            return
        try:
            answer = authority.stamp(seal.root, address=settings.TSA_URL) if by == Stamp.By.AUTHORITY else _post(seal)
        except (authority.NotStamped, Refused, Unreachable) as problem:
            self._not_before[by] = at + AGAIN_AFTER
            log.warning("a root was not taken outside", by=str(by), number=seal.number, why=str(problem))
            return
        with reach_of(CLOCK):
            Stamp.objects.create(seal=seal, by=by, at=at, answer=answer)
        log.info("a root is kept outside", by=str(by), number=seal.number)


def _post(seal: Seal) -> bytes:
    """Send the newest root by letter; return whom it was sent to."""
    body = (
        f"number: {seal.number}\nroot: {seal.root}\nat: {seal.at.isoformat()}\n\n"
        "Keep this letter. With it anybody can tell whether the histories of the cases were rewritten later:\n"
        "manage.py verify_audit --roots FILE, where FILE is this text.\n"
    )
    subject = f"Jeevan Setu: seal {seal.number}"
    headers = {"Auto-Submitted": "auto-generated", "Message-ID": f"<seal-{seal.number}-{seal.root[:16]}@seals>"}
    letter = EmailMessage(subject, body, settings.MAIL_FROM, settings.SEAL_MAIL_TO, headers=headers)
    Mail(settings.EMAIL_URL).hand_over(letter)
    return ", ".join(settings.SEAL_MAIL_TO).encode()
