"""What is seen of the books: whether the histories are sealed, and whether somebody outside has the roots."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from cases import sealing
from cases.models import Seal, Stamp
from portal.lookout.findings import Code, Finding
from portal.sealer.rounds import LETTER_EVERY, STAMP_EVERY

#: How long a line may wait for its seal, which comes every five seconds.
UNSEALED: Final = timedelta(minutes=2)
#: How much later than planned a root may be taken outside.
GRACE: Final = timedelta(minutes=10)


def open_books(*, at: datetime) -> Iterator[Finding]:
    """Find histories that nobody seals, and roots that nobody outside takes."""
    oldest = sealing.oldest_unsealed()
    if oldest is not None and at - oldest > UNSEALED:
        yield Finding(Code.HISTORY_UNSEALED, since=oldest)
    if settings.TSA_URL:
        yield from _untaken(Stamp.By.AUTHORITY, after=STAMP_EVERY + GRACE, at=at)
    if settings.SEAL_MAIL_TO and settings.EMAIL_URL:
        yield from _untaken(Stamp.By.LETTER, after=LETTER_EVERY + GRACE, at=at)


def _untaken(by: Stamp.By, *, after: timedelta, at: datetime) -> Iterator[Finding]:
    """Find a seal that has been waiting for too long to be the newest one taken, or newer than it."""
    taken = Stamp.objects.filter(by=by).order_by("-seal").values_list("seal_id", flat=True).first() or 0
    waiting = Seal.objects.filter(number__gt=taken).order_by("number").first()
    if waiting is not None and at - waiting.at > after:
        yield Finding(Code.ROOT_UNPUBLISHED, str(by), since=waiting.at)
