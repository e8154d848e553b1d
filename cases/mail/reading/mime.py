"""MIME: takes a mail apart into its parts, without recursion and within limits, however it is damaged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import collapse_rfc2231_value

from cases.mail.reading import decoding

LEVELS = 20
PARTS = 200
HEADER_BYTES = 262_144
BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
HEADER_LINE = re.compile(rb"[!-9;-~]{1,100}[ \t]*:")
SAFE_NAME = re.compile(r"[\\/:*?\"<>|]+")


@dataclass(slots=True)
class Part:
    """One part of a mail, or the mail itself: its headers, and where its body stands in the bytes."""

    headers: Message
    content: bytes
    start: int
    end: int
    level: int = 0
    #: The part is inside a mail that is attached to this one; 0 is the mail itself.
    nested: int = 0

    @property
    def media_type(self) -> str:
        """The declared type, in small letters."""
        return str(self.headers.get_content_type()).lower()

    @property
    def transfer(self) -> str:
        """The declared transfer encoding."""
        return str(self.headers.get("Content-Transfer-Encoding", "")).split(";")[0].strip().lower()

    @property
    def is_attachment(self) -> bool:
        """Whether it has a name or says that it is attached."""
        said = str(self.headers.get("Content-Disposition", "")).strip().lower()
        return said.startswith("attachment") or bool(self.name)

    @property
    def name(self) -> str:
        """The name of the file, without any folder."""
        for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
            try:
                value = self.headers.get_param(parameter, "", header)
                text = collapse_rfc2231_value(value) if value else ""
            except (ValueError, TypeError, IndexError, LookupError):
                continue
            if text:
                return SAFE_NAME.sub("_", decoding.header_text(text)).strip(". ")[-200:]
        return ""

    def body(self) -> bytes:
        """Return the bytes of the body without their transfer encoding."""
        return decoding.body_of(self.content[self.start : self.end], self.transfer)

    def text(self) -> str:
        """Return the body as text."""
        try:
            charset = self.headers.get_param("charset", "")
            charset = collapse_rfc2231_value(charset) if charset else ""
        except (ValueError, TypeError, IndexError, LookupError):
            charset = ""
        return decoding.text_of(self.body(), str(charset))


@dataclass(slots=True)
class Opened:
    """A mail that was taken apart."""

    root: Part
    leaves: list[Part] = field(default_factory=list)
    #: The mails inside the mail, outermost first.
    nested: list[Part] = field(default_factory=list)
    #: Which limit was reached, if one was: then there is more in the mail than was read.
    cut: str = ""
    types: set[str] = field(default_factory=set)


def take_apart(content: bytes) -> Opened:
    """Return the parts of a mail. It is read to its limits and no further; nothing in it can make this fail."""
    root = _part(content, 0, len(content), level=0, nested=0)
    opened = Opened(root)
    waiting = [root]
    seen = 0
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > PARTS:
            opened.cut = "parts"
            break
        opened.types.add(part.media_type)
        below = list(_below(part, opened))
        if not below:
            opened.leaves.append(part)
        elif part.level >= LEVELS:
            opened.cut = "levels"
        else:
            waiting.extend(reversed(below))
    return opened


def _below(part: Part, opened: Opened) -> Iterator[Part]:
    """Yield the parts of a part, none if it has none."""
    if part.media_type == "message/rfc822" and part.transfer not in {"base64", "quoted-printable"}:
        inner = _part(part.content, part.start, part.end, level=part.level + 1, nested=part.nested + 1)
        if len(opened.nested) < LEVELS:
            opened.nested.append(inner)
        yield inner
        return
    if part.media_type == "message/rfc822":
        body = part.body()
        inner = _part(body, 0, len(body), level=part.level + 1, nested=part.nested + 1)
        if len(opened.nested) < LEVELS:
            opened.nested.append(inner)
        yield inner
        return
    if not part.media_type.startswith("multipart/"):
        return
    for start, end in _pieces(part):
        yield _part(part.content, start, end, level=part.level + 1, nested=part.nested)


def _pieces(part: Part) -> Iterator[tuple[int, int]]:
    """Yield where the pieces of a multipart begin and end; without a sound boundary, one is looked for."""
    boundary = _boundary(part)
    if not boundary:
        return
    line = re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*\r?$", re.MULTILINE)
    begin = None
    count = 0
    for mark in line.finditer(part.content, part.start, part.end):
        if begin is not None:
            yield begin, max(begin, _before_line_end(part.content, mark.start()))
            count += 1
        if mark.group(1) or count > PARTS:
            return
        begin = min(mark.end() + 1, part.end)
    # The end is missing: a cut mail is read as far as it goes.
    if begin is not None and begin < part.end:
        yield begin, part.end


def _boundary(part: Part) -> bytes:
    try:
        value = part.headers.get_boundary("") or ""
    except (ValueError, TypeError, IndexError, LookupError, AttributeError):
        value = ""
    boundary = value.encode("utf-8", "surrogateescape")[:200]
    region = part.content[part.start : part.end]
    if boundary and b"--" + boundary in region:
        return boundary
    guess = re.search(rb"^--([^\s-][^\r\n]{3,100}?)[ \t]*\r?\n(?:[A-Za-z-]+:|\r?\n)", region, re.MULTILINE)
    return guess.group(1) if guess else b""


def _before_line_end(content: bytes, at: int) -> int:
    if content[at - 2 : at] == b"\r\n":
        return at - 2
    return at - 1 if at and content[at - 1 : at] == b"\n" else at


def _part(content: bytes, start: int, end: int, *, level: int, nested: int) -> Part:
    """Read the headers of a part; what begins without any is all body."""
    head_end, body_start = _head(content, start, end)
    head = content[start:head_end][:HEADER_BYTES]
    # Every header is kept as it came: nothing is parsed that nobody asks for, or one To: of 100,000 costs minutes.
    headers = BytesHeaderParser().parsebytes(head.replace(b"\x00", b""))
    return Part(_legible(headers), content, body_start, end, level=level, nested=nested)


def _legible(headers: Message) -> Message:
    """Return headers in which raw bytes are letters: the library shows a mark for each of them otherwise."""
    raw = list(headers.raw_items())
    if all(value.isascii() for _, value in raw):
        return headers
    legible = Message()
    for name, value in raw:
        legible[name] = decoding.text_of(value.encode("utf-8", "surrogateescape"), "utf-8")
    return legible


def _head(content: bytes, start: int, end: int) -> tuple[int, int]:
    """Return where the headers end and where the body begins."""
    while content.startswith((b"\r\n", b"\n"), start) and start < end and _is_header(content, start):
        start += 1
    if content.startswith((b"\n", b"\r\n"), start):
        return start, start + (2 if content.startswith(b"\r\n", start) else 1)
    if not _is_header(content, start):
        return start, start
    blank = BLANK_LINE.search(content, start, end)
    return (blank.start() + 1, blank.end()) if blank else (end, end)


def _is_header(content: bytes, start: int) -> bool:
    """Tell whether a line begins as a header does, or as the line that old mailboxes put before a mail."""
    skip = content[start : start + 400].lstrip(b"\r\n") if start == 0 else content[start : start + 400]
    return bool(HEADER_LINE.match(skip)) or skip.startswith((b"From ", b">From "))
