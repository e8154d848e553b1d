"""Decoding: from bytes to text, whatever the mail says they are and whatever they turn out to be."""

from __future__ import annotations

import base64
import codecs
import quopri
import re
import unicodedata
from email.errors import MessageError
from email.header import decode_header

#: Tried in this order when what a mail says of its own bytes is not true.
FALLBACKS = ("utf-8", "cp1252", "latin-1")
#: Names of character sets that no codec has.
ALIASES = {"utf8mb4": "utf-8", "unicode-1-1-utf-7": "utf-7", "x-unknown": "utf-8", "unknown-8bit": "utf-8", "": "utf-8"}
#: They write another reading order into a name, so that it is shown as another one than it is.
BIDI = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
# What no column of PostgreSQL holds, and what no reader needs.
UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
QP_MARKS = re.compile(rb"=(?:[0-9A-Fa-f]{2}|\r?\n)")
NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
ENCODED_WORD = re.compile(r"=\?[^?\s]{1,40}\?[bBqQ]\?[^?]*\?=")
HEADER_LONGEST = 20_000


def clean(text: str) -> str:
    """Return text that can be stored and shown: no NUL, no lone surrogate, line ends as line feeds."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return UNSTORABLE.sub("", unicodedata.normalize("NFC", text))


def one_line(text: str, *, longest: int = 500) -> str:
    """Return text as one line that shows what it is: no line ends, and no marks that turn the reading order."""
    return " ".join(clean(text).translate(BIDI).split())[:longest].strip()


def text_of(content: bytes, charset: str) -> str:
    """Return bytes as text: by the character set that was declared where that can be true, else by what they are."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return clean(content.decode(name, "replace"))
    declared = _codec(charset)
    # Whatever is declared: text beyond ASCII that is sound UTF-8 is UTF-8, never by chance Windows-1252.
    order = ["utf-8", declared] if _is_single_byte(declared) else [declared]
    for name in (*order, *FALLBACKS):
        try:
            return clean(content.decode(name))
        except (UnicodeError, ValueError, LookupError):
            continue
    return clean(content.decode("latin-1"))


def body_of(content: bytes, transfer: str) -> bytes:
    """Return the bytes of a part without their transfer encoding; a damaged one is read as far as it goes."""
    transfer = transfer.strip().lower()
    if transfer == "base64":
        return _base64(content)
    if transfer == "quoted-printable" or (transfer != "binary" and _looks_quoted(content)):
        return quopri.decodestring(content)
    return content


def header_text(value: str) -> str:
    """Return a header as text: encoded words read, raw bytes in it taken for what they are."""
    value = value[:HEADER_LONGEST]
    raw = value.encode("utf-8", "surrogateescape")
    value = text_of(raw, "utf-8")
    if not ENCODED_WORD.search(value):
        return one_line(value, longest=HEADER_LONGEST)
    # Some break one character over two encoded words: words of one set that follow each other are joined as bytes.
    parts: list[tuple[bytes, str]] = []
    try:
        for piece, charset in decode_header(value):
            content = piece if isinstance(piece, bytes) else piece.encode("utf-8", "replace")
            name = (charset or "utf-8").lower()
            if parts and parts[-1][1] == name:
                parts[-1] = (parts[-1][0] + content, name)
            else:
                parts.append((content, name))
    except (ValueError, LookupError, MessageError):
        # One of the words is damaged: the others are read all the same.
        return one_line(ENCODED_WORD.sub(lambda word: _word(word.group()), value), longest=HEADER_LONGEST)
    return one_line("".join(text_of(content, name) for content, name in parts), longest=HEADER_LONGEST)


def _word(word: str) -> str:
    """Return one encoded word as text, as far as it goes."""
    _, charset, how, said, _ = word.split("?")
    content = said.encode("ascii", "replace")
    body = _base64(content) if how.lower() == "b" else quopri.decodestring(content, header=True)
    return text_of(body, charset)


def _codec(charset: str) -> str:
    """Return the name of a codec for text, UTF-8 for what is none."""
    name = charset.strip().strip("\"'").lower()
    name = ALIASES.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return "utf-8"
    return found.name if getattr(found, "_is_text_encoding", True) else "utf-8"


def _is_single_byte(name: str) -> bool:
    return name == "ascii" or name.startswith(("iso8859", "cp125", "latin", "mac", "koi8"))


def _base64(content: bytes) -> bytes:
    """Decode as far as it goes; what only says that it is base64 is left as it is."""
    strange = len(NOT_BASE64.findall(content))
    if strange > 0.02 * len(content) + 8 or (b" " in content.strip() and strange):
        return content
    letters = NOT_BASE64.sub(b"", content)
    letters = re.sub(rb"\s+", b"", letters)
    # Some concatenate two encoded pieces: padding in the middle ends one of them.
    pieces = [piece for piece in re.split(rb"=+", letters) if piece]
    decoded = []
    for piece in pieces:
        whole = piece[: len(piece) - 1] if len(piece) % 4 == 1 else piece
        decoded.append(base64.b64decode(whole + b"=" * (-len(whole) % 4)))
    return b"".join(decoded)


def _looks_quoted(content: bytes) -> bool:
    """Tell whether bytes are quoted-printable that nobody has declared."""
    sample = content[:200_000]
    marks = len(QP_MARKS.findall(sample))
    return marks >= 3 and marks >= 0.8 * sample.count(b"=") and b"=\n" in sample.replace(b"\r\n", b"\n")
