"""Repeats: an act that a telephone sends again, because it never heard the answer, is done once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from districts.models import Officer
from portal.models import ActKey

#: A draft lives for a day on the telephone; nothing comes again after two.
KEPT = timedelta(days=2)


def key_of(reference: str, verb: str, given: str) -> str:
    """Return what an act is remembered by: its own key, on its own case; empty where the asker gave none."""
    return hashlib.sha256(f"{reference}:{verb}:{given}".encode()).hexdigest() if given else ""


def done_before(key: str, officer: Officer) -> bool:
    """Tell whether the officer's act with this key has been done."""
    return ActKey.objects.filter(officer=officer, key=key).exists()


def once(key: str, officer: Officer, act: Callable[[], object], *, at: datetime) -> object:
    """
    Do an act and remember its key, both or neither; return what it came to, or None if it was done before.

    A refused act leaves no key behind: it may be sent again when the reason is gone.
    """
    if done_before(key, officer):
        return None
    try:
        with transaction.atomic():
            result = act()
            ActKey.objects.filter(officer=officer, at__lt=at - KEPT).delete()
            ActKey.objects.create(officer=officer, key=key, at=at)
    except IntegrityError:
        # The same act at the same moment, over two connections: the other one did it, and ours is undone.
        if done_before(key, officer):
            return None
        raise
    return result
