"""A real Dovecot for a test: its own folders, ports and certificate, started as whoever runs the tests."""

from __future__ import annotations

import getpass
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from portal.stack.ports import free_port

PROGRAM = "/usr/sbin/dovecot"
USER, PASSWORD = "cell", "m@ilbox/word"
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
service imap-login {{
  {no_chroot}
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  {no_chroot}
}}
service stats {{
  {no_chroot}
}}
"""


class Dovecot:
    """One mail server with one mailbox."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portal-mail-"))
        self.port, self.tls_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._configure()

    @property
    def url(self) -> str:
        return f"imap://{USER}:m%40ilbox%2Fword@127.0.0.1:{self.port}/INBOX"

    @property
    def tls_url(self) -> str:
        return f"imaps://{USER}:m%40ilbox%2Fword@127.0.0.1:{self.tls_port}/INBOX"

    def start(self) -> Dovecot:
        self._process = subprocess.Popen([PROGRAM, "-F", "-c", str(self.folder / "dovecot.conf")])
        for _ in range(100):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                if line.recv(10):
                    return self
            time.sleep(0.1)
        raise AssertionError(self.said())

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def said(self) -> str:
        log = self.folder / "dovecot.log"
        return log.read_text(errors="replace")[-3000:] if log.exists() else "nothing"

    @contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        """Somebody else with a key to the mailbox."""
        imap = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        imap.login(USER, PASSWORD)
        try:
            imap.select("INBOX")
            yield imap
        finally:
            imap.logout()

    def deliver(self, *mails: bytes | str, date: str = "") -> None:
        """Let mails arrive."""
        with self.client() as imap:
            for content in mails:
                raw = content.encode() if isinstance(content, str) else content
                answer, said = imap.append("INBOX", "", date, raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
                assert answer == "OK", said

    def flags(self) -> dict[int, bool]:
        """Every message by its number, and whether it is marked as seen."""
        with self.client() as imap:
            _, data = imap.uid("SEARCH", "ALL")
            _, seen = imap.uid("SEARCH", "SEEN")
            marked = {int(number) for number in seen[0].split()}
            return {int(number): int(number) in marked for number in data[0].split()}

    def make_anew(self) -> None:
        """Delete the mailbox and put its messages back, with their dates: every number is another one."""
        with self.client() as imap:
            _, numbers = imap.uid("SEARCH", "ALL")
            kept = []
            for uid in numbers[0].split():
                _, data = imap.uid("FETCH", uid.decode(), "(INTERNALDATE BODY.PEEK[])")
                head, content = data[0]
                kept.append((head.split(b'INTERNALDATE "')[1].split(b'"')[0].decode(), content))
        mail = self.folder / "mail" / USER
        self.stop()
        shutil.rmtree(mail)
        self.start()
        time.sleep(1.1)  # a mailbox takes its UIDVALIDITY from the clock
        with self.client() as imap:
            for date, content in kept:
                imap.append("INBOX", "", f'"{date}"', content)

    def _configure(self) -> None:
        root = os.geteuid() == 0
        me = getpass.getuser()
        owner = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
        for name in ("mail", "home", "run", "state"):
            (self.folder / name).mkdir()
        self.folder.chmod(0o755)
        if root:
            for name in ("mail", "home"):
                os.chown(self.folder / name, owner.pw_uid, owner.pw_gid)
        self._certify()
        group = "dovecot" if root else subprocess.check_output(["id", "-gn"], text=True).strip()
        text = CONFIG.format(
            folder=self.folder, internal="dovecot" if root else me, internal_group=group,
            login="dovenull" if root else me, uid=owner.pw_uid, gid=owner.pw_gid, password=PASSWORD,
            port=self.port, tls_port=self.tls_port, no_chroot="" if root else "chroot =",
        )  # fmt: skip
        (self.folder / "dovecot.conf").write_text(text)

    def _certify(self) -> None:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-keyout", str(self.folder / "key.pem"), "-out", str(self.folder / "cert.pem")],
            check=True, capture_output=True,
        )  # fmt: skip


def tls_context() -> ssl.SSLContext:
    """A context that trusts the self-made certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
