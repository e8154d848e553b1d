"""Mails sealed, read and made into cases each second, from a mailbox in which a thousand of them wait."""

import shutil
import tempfile
import time
from pathlib import Path

from tests.bench.ground import seed
from tests.mail.dovecot import Dovecot
from tests.mail.process import MailProcess
from tests.stack.portal import Portal, wait_for

BACKLOG = 1000
MAIL = """From: Safety <alerts@meta-safety.example>
To: desk@police.example
Subject: Imminent harm MSI-{number}
Date: Mon, 23 Nov 2026 10:00:00 +0000
Message-ID: <{number}@meta-safety.example>
Content-Type: text/plain; charset=utf-8

Case number: MSI-{number}
Platform: Instagram
Username: @kalpanik.{number}
User ID: 1784140{number}
Content: मैं बहुत अकेला हूँ, झुंझुनूं में
Posted: 2026-11-23 09:55:00 UTC
IP address: 203.0.113.45
"""


def measure(portal: Portal) -> list[str]:
    """Return the lines of the report."""
    state = seed()["state"]["code"]
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-mail-"))
    post = Dovecot()
    poller = MailProcess(post.url, folder / "mail.log", PORTAL_DATA=str(portal.data), MAIL_STATE=state)
    try:
        post.start()
        post.deliver(*(MAIL.format(number=number) for number in range(BACKLOG)))
        before = _cases(portal)
        began = time.perf_counter()
        poller.start()
        wait_for(lambda: _cases(portal) - before >= BACKLOG, "mails are missing", seconds=500, detail=poller.said)
        took = time.perf_counter() - began
        poller.stop()
    finally:
        if poller.is_alive():
            poller.kill()
        post.remove()
        shutil.rmtree(folder, ignore_errors=True)
    return [f"a backlog of {BACKLOG} mails became {BACKLOG} cases at {BACKLOG / took:.1f} mails/s (here, {took:.0f} s)"]


def _cases(portal: Portal) -> int:
    question = "SELECT count(*) FROM ops.receipt r JOIN ops.case_link l ON l.receipt_id = r.id WHERE r.door = 'email'"
    return int(str(portal.ask(question, address="ops_url")[0][0]))
