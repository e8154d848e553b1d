"""Keys: time-ordered identifiers made before a row is written, so that one trip can write all that refers to it."""

from __future__ import annotations

import os
import time
from uuid import UUID

VERSION_7 = 0x7000 << 64
VARIANT = 0x8000 << 48


def uuid7() -> UUID:
    """Return a new UUID version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, then chance."""
    milliseconds = time.time_ns() // 1_000_000
    chance = int.from_bytes(os.urandom(10))
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | (chance & 0x0FFF_3FFF_FFFF_FFFF_FFFF)
    return UUID(int=value | VERSION_7 | VARIANT)
