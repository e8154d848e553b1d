"""Files: what is sealed beside a case, what its bytes really are, and what is said of it before anybody opens it."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from pathlib import PurePosixPath
from uuid import UUID

from django.db import transaction

from cases import evidence, history, transitions
from cases.models import Alert, Case, SealedFile
from cases.states import Verb
from districts.actors import Actor
from districts.keys import uuid7

LONGEST_NAME = 120
UNKNOWN = "application/octet-stream"
#: How the bytes of a kind begin. What a file is called, or is said to be, decides nothing.
BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\x7fELF", "application/x-executable"),
    (b"MZ", "application/x-executable"),
    (b"#!", "application/x-executable"),
)
IN_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
IN_FTYP = {b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic", b"avif": "image/avif"}
MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe|svg|\?xml)", re.IGNORECASE)
#: Where markup within a picture is looked for: a polyglot is both.
LOOKED_AT = 1024 * 1024
ENDINGS = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "bmp": "image/bmp", "pdf": "application/pdf", "zip": "application/zip", "svg": "image/svg+xml",
    "html": "text/html", "htm": "text/html", "txt": "text/plain", "mp3": "audio/mpeg",
}  # fmt: skip
ARCHIVES = frozenset({"application/zip", "application/gzip", "application/x-7z-compressed", "application/vnd.rar"})
ACTIVE = frozenset({"text/html", "image/svg+xml", "application/xml", "application/x-executable"})
#: Of these a copy without what stands around the picture can be made.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})


def keep(
    case: Case,
    *,
    content: bytes,
    name: str,
    by: Actor,
    at: datetime,
    alert: Alert | None = None,
    file_id: UUID | None = None,
) -> SealedFile:
    """Seal a file beside a case. It is on the disk, unchanged, before the row says so."""
    return SealedFile.objects.create(
        id=file_id or uuid7(),
        case=case,
        alert=alert,
        sha256=evidence.seal(content),
        size=len(content),
        name=clean_name(name),
        media_type=media_type_of(content),
        received_at=at,
        received_from=by.label,
    )


@transaction.atomic
def attach(case: Case, *, content: bytes, name: str, by: Actor, at: datetime) -> SealedFile:
    """
    Keep a file that an officer adds. Whoever has the case sees it.

    :raises NotWithUnit: if the case is not with the officer's unit
    """
    case = transitions.locked(case, Verb.NOTES, by=by)
    with transitions.handing_over(by):
        file = keep(case, content=content, name=name, by=by, at=at)
        case.last_activity_at = at
        case.save(update_fields=["last_activity_at"])
        facts = {"file": str(file.pk), "sha256": file.sha256, "size": file.size, "media_type": file.media_type}
        history.record(case, "file_received", by=by, at=at, facts=facts)
    return file


def clean_name(name: str) -> str:
    """Return a name that leads nowhere, turns no line around and hides no ending; the bytes keep none at all."""
    last = PurePosixPath(name.replace("\\", "/")).name
    kept = (c for c in unicodedata.normalize("NFC", last) if c == " " or unicodedata.category(c)[0] not in "CZ")
    plain = re.sub(r'[<>:"|?*]', "_", "".join(kept)).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if dot and len(plain) > LONGEST_NAME:
        return f"{stem[: LONGEST_NAME - 12]}….{ending[:10]}"
    return plain[:LONGEST_NAME]


def media_type_of(content: bytes) -> str:
    """Return what the bytes are, by the bytes alone."""
    if not content:
        return "application/x-empty"
    for beginning, media_type in BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    if content.startswith(b"RIFF"):
        return IN_RIFF.get(content[8:12], UNKNOWN)
    if content[4:8] == b"ftyp":
        return IN_FTYP.get(content[8:12], "video/mp4")
    return _text_of(content)


def labels_of(file: SealedFile, content: bytes | None = None) -> list[str]:
    """Return what whoever downloads a file should know: empty, archive, active, misnamed, markup."""
    said = ENDINGS.get(file.name.rpartition(".")[2].lower(), "")
    labels = {
        "empty": file.size == 0,
        "archive": file.media_type in ARCHIVES,
        "active": file.media_type in ACTIVE,
        "misnamed": bool(said) and said != file.media_type,
        "markup": content is not None and file.media_type not in ACTIVE and bool(MARKUP.search(content[:LOOKED_AT])),
    }
    return [label for label, holds in labels.items() if holds]


def _text_of(content: bytes) -> str:
    """Return which sort of text it is, if it is text at all."""
    head = content[:4096]
    found = MARKUP.search(head)
    if found:
        if b"<svg" in head.lower():
            return "image/svg+xml"
        return "application/xml" if found.group().lower() == b"<?xml" else "text/html"
    try:
        text = content[:LOOKED_AT].decode()
    except UnicodeDecodeError as broken:
        # A character that was cut apart at the end of what we looked at is no fault of the text.
        if broken.start < LOOKED_AT - 4:
            return UNKNOWN
        text = content[: broken.start].decode()
    strange = any(unicodedata.category(c) == "Cc" and c not in "\t\r\n\f" for c in text[:4096])
    return UNKNOWN if strange else "text/plain"
