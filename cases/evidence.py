"""Evidence: bytes sealed under their digest before anything is said about them, and checked whenever they are read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings


class SealBroken(Exception):
    """The bytes in the store are not the ones that were sealed."""


def seal(content: bytes) -> str:
    """
    Keep the bytes unchanged and return their SHA-256. When this returns they are on the disk, name and all.

    :raises OSError: if they can not be kept; nothing must then be answered as received
    """
    digest = hashlib.sha256(content).hexdigest()
    place = path_of(digest)
    if place.exists() and place.stat().st_size == len(content):
        return digest
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile(dir=place.parent, prefix=".sealing-", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(0o400)
            Path(file.name).replace(place)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
    # Without this the name, and with it the file, could be gone after a power cut.
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return digest


def unseal(digest: str) -> bytes:
    """
    Return sealed bytes.

    :raises SealBroken: if they are gone or no longer what they were
    """
    try:
        content = path_of(digest).read_bytes()
    except FileNotFoundError as missing:
        raise SealBroken(digest) from missing
    if hashlib.sha256(content).hexdigest() != digest:
        raise SealBroken(digest)
    return content


def path_of(digest: str) -> Path:
    """Return where bytes with this digest lie."""
    return Path(settings.FILES_DIR) / digest[:2] / digest
