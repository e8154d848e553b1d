"""The mailbox on the wire: IMAP with TLS, read with PEEK, never deleted from and never moved in."""

from __future__ import annotations

import contextlib
import imaplib
import re
import select
import socket
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

from portal.environment import is_this_machine

WAIT_S = 30.0
#: A fetch brings this many messages at most, and about this many bytes.
BATCH = 25
BATCH_BYTES = 8 * 1024 * 1024
PORTS = {"imaps": 993, "imap": 143, "imap+tls": 143}
# The literal of a message can be of any size; the lines between are long where a server lists 100,000 numbers.
imaplib._MAXLINE = 20_000_000  # type: ignore[attr-defined]  # noqa: SLF001 - the limit of the library is no setting
ITEM = re.compile(rb"^\d+ \(")
INTERNAL_DATE = re.compile(rb'INTERNALDATE "([^"]{10,60})"')
UID = re.compile(rb"\bUID (\d+)")
SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")

#: Everything that says: the connection is no good any more, make another.
LOST = (imaplib.IMAP4.error, OSError, EOFError)


class Refused(Exception):
    """The server cannot be used as the address asks; a human must look."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the mailbox is and how it is opened."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    folder: str

    @classmethod
    def of(cls, url: str) -> Address:
        """Read it from IMAP_URL, which the settings have checked."""
        parts = urlsplit(url)
        return cls(
            scheme=parts.scheme,
            host=parts.hostname or "",
            port=parts.port or PORTS[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
        )

    @property
    def name(self) -> str:
        """How the mailbox is known in its receipts: without its port, which may change, and without its password."""
        user = self.user if "@" in self.user else f"{self.user}@{self.host}"
        return f"{user}/{self.folder}"[:300]


@dataclass(frozen=True, slots=True)
class Fetched:
    """One message, as the server keeps it."""

    uid: int
    internal_date: datetime | None
    content: bytes


class Mailbox:
    """One open connection to the mailbox."""

    def __init__(self, address: Address) -> None:
        """
        Connect, sign in and open the folder.

        :raises Refused: if TLS was asked for and is not offered, or the password is wrong
        """
        self.address = address
        self._imap = _connected(address)
        try:
            self._imap.login(address.user, address.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as no:
            self.close()
            raise Refused(f"the server did not let {address.user} in: {_said(no)}") from no
        self._idles = "IDLE" in self._imap.capabilities
        answer, data = self._imap.select(_quoted(address.folder))
        if answer != "OK":
            self.close()
            raise Refused(f"there is no folder {address.folder}: {_said(data)}")
        self.uidvalidity = self._number("UIDVALIDITY")

    def uids(self, *, above: int = 0) -> list[int]:
        """Return the numbers of the messages, in order."""
        found = self._search(f"UID {above + 1}:*" if above else "ALL")
        # "n:*" always names the last message, also where its number is lower.
        return [uid for uid in found if uid > above]

    def unseen(self) -> list[int]:
        """Return the numbers of the messages that nobody has opened."""
        return self._search("UNSEEN")

    def fetch(self, uids: list[int]) -> Iterator[Fetched]:
        """Fetch the messages, a few at a time; nothing is marked by it."""
        for batch in self._batches(uids):
            data = self._command("FETCH", _set(batch), "(UID INTERNALDATE BODY.PEEK[])")
            yield from _messages(data)

    def mark_seen(self, uids: list[int]) -> None:
        """Mark messages as seen, which is all that is ever changed in the mailbox."""
        for start in range(0, len(uids), 500):
            self._command("STORE", _set(uids[start : start + 500]), "+FLAGS.SILENT", r"(\Seen)")

    def wait(self, seconds: float) -> None:
        """Return when something arrives, and after some seconds at the latest; IDLE where the server knows it."""
        if not self._idles:
            select.select([self._imap.sock], [], [], seconds)
            self._imap.noop()
            return
        tag = self._imap._new_tag()  # noqa: SLF001 - the library knows IDLE from 3.14 on
        self._imap.send(tag + b" IDLE\r\n")
        line = self._imap.readline()
        while line.startswith(b"*"):
            line = self._imap.readline()
        if not line.startswith(b"+"):
            self._idles = False
            return
        if not self._pending():
            select.select([self._imap.sock], [], [], seconds)
        self._imap.send(b"DONE\r\n")
        while not (line := self._imap.readline()).startswith(tag):
            if not line or line.upper().startswith(b"* BYE"):
                raise imaplib.IMAP4.abort("the server has hung up")

    def has_changed(self) -> bool:
        """Tell whether the mailbox was made anew behind this connection."""
        answer, data = self._imap.status(_quoted(self.address.folder), "(UIDVALIDITY)")
        found = re.search(rb"UIDVALIDITY (\d+)", data[0] or b"") if answer == "OK" and data else None
        return found is None or int(found.group(1)) != self.uidvalidity

    def hang_up(self) -> None:
        """Cut the connection, so that whoever waits on it wakes; safe in a signal handler."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._imap.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Leave, politely where possible."""
        try:
            self._imap.logout()
        except LOST:
            self._imap.shutdown()

    def _pending(self) -> bool:
        return isinstance(self._imap.sock, ssl.SSLSocket) and self._imap.sock.pending() > 0

    def _number(self, name: str) -> int:
        _, data = self._imap.response(name)
        return int(data[0]) if data and data[0] else 0

    def _search(self, what: str) -> list[int]:
        data = self._command("SEARCH", what)
        return sorted({int(number) for line in data if isinstance(line, bytes) for number in line.split()})

    def _batches(self, uids: list[int]) -> Iterator[list[int]]:
        """Yield batches that are small in number and in bytes."""
        for start in range(0, len(uids), 500):
            sizes = dict.fromkeys(uids[start : start + 500], 0)
            for item in self._command("FETCH", _set(list(sizes)), "(UID RFC822.SIZE)"):
                line = item if isinstance(item, bytes) else item[0]
                uid, size = UID.search(line), SIZE.search(line)
                if uid and size:
                    sizes[int(uid.group(1))] = int(size.group(1))
            batch: list[int] = []
            for uid_, size_ in sizes.items():
                if batch and (len(batch) >= BATCH or sum(sizes[one] for one in batch) + size_ > BATCH_BYTES):
                    yield batch
                    batch = []
                batch.append(uid_)
            if batch:
                yield batch

    def _command(self, name: str, *words: str) -> list[bytes | tuple[bytes, bytes]]:
        answer, data = self._imap.uid(name, *words)
        if answer != "OK":
            raise imaplib.IMAP4.error(f"{name}: {_said(data)}")
        return [item for item in data if item is not None]


def _connected(address: Address) -> imaplib.IMAP4:
    """
    Connect, under TLS where the address asks for it or the machine is another one.

    On this machine nobody stands between, and its mail server rarely has a certificate of its own name.
    """
    near = is_this_machine(address.host)
    context = ssl.create_default_context()
    if near:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if address.scheme == "imaps":
        return imaplib.IMAP4_SSL(address.host, address.port, ssl_context=context, timeout=WAIT_S)
    imap = imaplib.IMAP4(address.host, address.port, timeout=WAIT_S)
    offered = "STARTTLS" in imap.capabilities
    if not offered and (address.scheme == "imap+tls" or not near):
        imap.shutdown()
        raise Refused("STARTTLS is not offered: the server does not know it, or somebody on the way has taken it out")
    if offered and (address.scheme == "imap+tls" or "LOGINDISABLED" in imap.capabilities):
        imap.starttls(context)
    return imap


def _messages(data: list[bytes | tuple[bytes, bytes]]) -> Iterator[Fetched]:
    """Yield the messages of an answer: each is a line, a literal, and the rest of the line in whatever order."""
    head, content = b"", None
    for item in data:
        line = item[0] if isinstance(item, tuple) else item
        if ITEM.match(line):
            yield from _message(head, content)
            head, content = b"", None
        head += b" " + line
        if isinstance(item, tuple) and b"BODY[]" in line.upper():
            content = item[1]
    yield from _message(head, content)


def _message(head: bytes, content: bytes | None) -> Iterator[Fetched]:
    uid = UID.search(head)
    if uid is not None and content is not None:
        yield Fetched(int(uid.group(1)), _internal_date(head), content)


def _internal_date(head: bytes) -> datetime | None:
    found = INTERNAL_DATE.search(head)
    if found is None:
        return None
    # "22-Nov-2026 03:21:04 +0000" is the date of a mail with hyphens for blanks.
    text = found.group(1).decode("ascii", "replace").strip()
    day, _, clock = text.partition(" ")
    try:
        return parsedate_to_datetime(f"{day.replace('-', ' ')} {clock}")
    except (ValueError, TypeError, IndexError):
        return None


def _set(uids: Iterable[int]) -> str:
    return ",".join(map(str, uids))


def _quoted(folder: str) -> str:
    """Return the name of a folder as IMAP writes it: quoted, and in its own kind of UTF-7."""
    pieces = re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", folder)
    written = "".join(
        piece.replace("&", "&-")
        if piece.isascii()
        else "&" + piece.encode("utf-7").decode().strip("+-").replace("/", ",") + "-"
        for piece in pieces
    )
    return '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _said(answer: object) -> str:
    """Return what the server said as one short line."""
    if isinstance(answer, list):
        answer = b" ".join(piece for piece in answer if isinstance(piece, bytes))
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return " ".join(text.split())[:200]
