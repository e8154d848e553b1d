"""
The poller: fetches, seals, commits, and only then marks as seen. Judging goes on beside it, in threads of its own.

Killed at any moment it loses nothing: what has no receipt is fetched again, what nobody has judged is judged again.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import Error, InterfaceError, OperationalError, connection
from psycopg_pool import PoolTimeout

from cases.mail import rounds
from cases.mail.reader import Reader
from cases.mail.receiving import MAILBOX, Message, known_uids, receive_message, seal
from cases.models import MailReceipt
from districts import clock
from districts.reach import reach_of
from portal import pulse
from portal.mail.mailbox import LOST, Address, Fetched, Mailbox, Refused

#: Seconds between two looks at the mailbox, where the server says nothing by itself.
STEP_S = 10.0
#: Seconds after which everything in the mailbox is compared with the receipts, not only what is new.
WHOLE_LOOK_S = 300.0
BACK_OFF = (1.0, 2.0, 5.0, 10.0)
#: Mails that are read at the same time; one that needs all its seconds must not hold up the others.
READERS = 2
AWAY = (OperationalError, InterfaceError, PoolTimeout)

log = structlog.get_logger("portal.mail")


class Poller:
    """Brings what lies in the mailbox into receipts, until it is told to stop."""

    def __init__(self, address: Address) -> None:
        """Make a poller; ``go_on`` makes it work."""
        self._address = address
        self._stopping = threading.Event()
        self._mailbox: Mailbox | None = None
        self._judges = Judges(self._stopping)

    def go_on(self) -> None:
        """Work until stopped; a lost connection is made again, a little later each time it fails."""
        self._judges.start()
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._visit()
            except (*LOST, Refused, Error, PoolTimeout) as problem:
                if self._stopping.is_set():
                    break
                failures = 1 if time.monotonic() - began > 60 else failures + 1
                wait = BACK_OFF[min(failures, len(BACK_OFF)) - 1]
                log.warning("the mailbox cannot be read now", why=_first_line(problem), again_in=f"{wait:g} s")
                self._stopping.wait(wait)
            finally:
                self._leave()
        self._judges.join()

    def stop(self) -> None:
        """End soon; what waits on the server is woken."""
        self._stopping.set()
        if self._mailbox is not None:
            self._mailbox.hang_up()
        self._judges.wake()

    def _visit(self) -> None:
        """Stay connected and keep up with the mailbox."""
        mailbox = self._mailbox = Mailbox(self._address)
        log.info("the mailbox is open", mailbox=self._address.name, uidvalidity=mailbox.uidvalidity)
        highest = self._look_at_all(mailbox)
        looked = time.monotonic()
        while not self._stopping.is_set():
            self._beat()
            mailbox.wait(STEP_S)
            if self._stopping.is_set() or mailbox.has_changed():
                return
            if time.monotonic() - looked > WHOLE_LOOK_S:
                highest = self._look_at_all(mailbox)
                looked = time.monotonic()
            elif new := mailbox.uids(above=highest):
                self._bring(mailbox, new)
                highest = max(new)

    def _look_at_all(self, mailbox: Mailbox) -> int:
        """Bring whatever has no receipt, mark what was committed and not marked, and return the highest number."""
        there = mailbox.uids()
        known = self._known(mailbox)
        unseen = set(mailbox.unseen()) & known
        self._bring(mailbox, [uid for uid in there if uid not in known])
        if unseen:
            mailbox.mark_seen(sorted(unseen))
        return max(there, default=0)

    def _bring(self, mailbox: Mailbox, uids: list[int]) -> None:
        committed: list[int] = []
        for fetched in mailbox.fetch(uids):
            if self._stopping.is_set():
                break
            self._receive(mailbox, fetched)
            committed.append(fetched.uid)
            self._judges.wake()
            if len(committed) >= 25:
                mailbox.mark_seen(committed)
                self._beat()
                committed = []
        if committed:
            mailbox.mark_seen(committed)

    def _receive(self, mailbox: Mailbox, fetched: Fetched) -> MailReceipt:
        """Seal and commit; when this returns the message is ours."""
        message = Message(self._address.name, mailbox.uidvalidity, fetched.uid, fetched.internal_date, fetched.content)
        sha256 = seal(message)
        try:
            with reach_of(MAILBOX):
                return receive_message(message, sha256=sha256, at=clock.now())
        finally:
            connection.close()

    def _known(self, mailbox: Mailbox) -> set[int]:
        try:
            with reach_of(MAILBOX):
                return known_uids(self._address.name, mailbox.uidvalidity)
        finally:
            connection.close()

    @staticmethod
    def _beat() -> None:
        """Say that the mailbox is being read."""
        try:
            pulse.beat("mail")
        finally:
            connection.close()

    def _leave(self) -> None:
        mailbox, self._mailbox = self._mailbox, None
        if mailbox is not None:
            mailbox.close()


class Judges:
    """Judge what was received, each mail once, in threads that outlive a lost mailbox."""

    def __init__(self, stopping: threading.Event) -> None:
        """Make them; ``start`` sets them to work."""
        self._stopping = stopping
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="judges", daemon=True)
        self._troubles: dict[object, int] = {}

    def start(self) -> None:
        """Begin with what an earlier poller left."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there is something to judge."""
        self._news.set()

    def join(self) -> None:
        """Wait for the mail that is being judged; what is not is found again."""
        self._thread.join(3)

    def once(self) -> None:
        """Judge everything there is, and return."""
        with Reader() as first, Reader() as second, ThreadPoolExecutor(READERS, "judge") as threads:
            self._round([first, second], threads)

    def _go_on(self) -> None:
        readers = [Reader() for _ in range(READERS)]
        with ThreadPoolExecutor(READERS, thread_name_prefix="judge") as threads:
            while not self._stopping.is_set():
                self._news.clear()
                if not self._round(readers, threads):
                    self._news.wait(STEP_S)
        for reader in readers:
            reader.close()

    def _round(self, readers: list[Reader], threads: ThreadPoolExecutor) -> int:
        """Judge what waits, and return how many mails were judged."""
        try:
            with reach_of(MAILBOX):
                waiting = rounds.unjudged()
        except (Error, PoolTimeout) as problem:
            log.warning("the database does not answer", why=_first_line(problem))
            return 0
        finally:
            connection.close()
        # A mail that made trouble goes to the end: it must not stand before all others in every round.
        waiting.sort(key=lambda receipt: self._troubles.get(receipt.pk, 0))
        halves = [waiting[number :: len(readers)] for number in range(len(readers))]
        done = list(threads.map(self._judge_all, halves, readers))
        return sum(done)

    def _judge_all(self, receipts: list[MailReceipt], reader: Reader) -> int:
        done = 0
        for receipt in receipts:
            if self._stopping.is_set():
                break
            done += self._judge(receipt, reader)
        return done

    def _judge(self, receipt: MailReceipt, reader: Reader) -> int:
        began = time.monotonic()
        try:
            verdict = rounds.judge(receipt, reader=reader, at=clock.now())
        except AWAY as problem:
            log.warning("the database does not answer", why=_first_line(problem))
            return 0
        except rounds.NoCell:
            log.warning("there is no state with a cell: mail waits", receipt=str(receipt.pk))
            return 0
        except Exception:
            self._troubles[receipt.pk] = self._troubles.get(receipt.pk, 0) + 1
            log.exception("a mail could not be judged; it is tried again", receipt=str(receipt.pk))
            return 0
        finally:
            connection.close()
        taken = f"{time.monotonic() - began:.2f} s"
        log.info("a mail was judged", receipt=str(receipt.pk), verdict=str(verdict or "elsewhere"), taken=taken)
        return 1


def _first_line(problem: BaseException) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0][:300]
