"""The cell's telephone: what a partner is told to ring when the API can not take an alert, database gone included."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict

from django.http import HttpRequest

from districts.models import Contact, UnitKind

#: A number that was changed is told for this long at most.
FRESH_S = 60.0
KEYS_MAX = 1000

# Kept in memory, because it is needed exactly when the database can not be asked.
_lines: dict[int, tuple[float, str]] = {}
_states: OrderedDict[str, int] = OrderedDict()


def digest_of(request: HttpRequest) -> str:
    """Return the SHA-256 of the key that came with a request, which is all that is ever kept of it."""
    return hashlib.sha256(bearer_of(request).encode("utf-8", "surrogateescape")).hexdigest()


def bearer_of(request: HttpRequest) -> str:
    """Return the key that came with a request, empty when there is none."""
    scheme, _, key = request.headers.get("Authorization", "").strip().partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def remember(digest: str, state_id: int) -> None:
    """Keep the number of the state's cell for the partner that has just shown a live key."""
    _states[digest] = state_id
    _states.move_to_end(digest)
    while len(_states) > KEYS_MAX:
        _states.popitem(last=False)
    now = time.monotonic()
    asked_at, _ = _lines.get(state_id, (-FRESH_S, ""))
    if now - asked_at >= FRESH_S:
        _lines[state_id] = now, _ask(state_id)


def line_for(request: HttpRequest) -> str:
    """Return the number to ring, empty when it was never learned. A stranger learns nothing here."""
    return line_of(digest_of(request))


def line_of(digest: str) -> str:
    """Return the number to ring for whoever has shown the live key with this digest."""
    state_id = _states.get(digest)
    return _lines.get(state_id, (0.0, ""))[1] if state_id is not None else ""


def forget() -> None:
    """Forget every number."""
    _lines.clear()
    _states.clear()


def _ask(state_id: int) -> str:
    """Return the number on the first rung of the cell that has somebody on it."""
    posts = Contact.objects.filter(unit__state_id=state_id, unit__kind=UnitKind.STATE_CELL, unit__valid_to=None)
    manned = posts.filter(vacant=False).exclude(phone="").order_by("rung", "post")
    return manned.values_list("phone", flat=True).first() or ""
