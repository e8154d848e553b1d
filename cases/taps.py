"""The links of one tap: made for a post with the message it is sent, found again by nothing but what they say."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from cases.models import Deadline, Tap
from cases.states import Leg, Promise
from districts.models import Contact

LASTS: Final = timedelta(minutes=15)
#: 128 random bits: nobody guesses one, and it fits into an SMS.
BYTES: Final = 16
A_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")


def make(step: Deadline, contact: Contact, *, at: datetime) -> tuple[Tap, str] | None:
    """
    Make the link by which a post may answer for its unit, and the row that knows it; None with nothing to answer.

    Only a post of the unit that has the case can take charge of it. Posts above it are told and sign in to look.
    """
    if step.kind != Promise.ACKNOWLEDGE or step.forwarding is None or contact.unit_id != step.unit_id:
        return None
    token = secrets.token_urlsafe(BYTES)
    tap = Tap(
        digest=digest(token),
        case=step.case,
        forwarding=step.forwarding,
        contact=contact,
        made_at=at,
        expires_at=at + LASTS,
    )
    return tap, f"{settings.PUBLIC_URL}/a/{token}"


def find(token: str) -> Tap | None:
    """Return what a token stands for, whatever has become of it."""
    if not A_TOKEN.fullmatch(token):
        return None
    rows = Tap.objects.filter(digest=digest(token))
    return rows.select_related("case__state", "forwarding__unit", "contact__unit__group").first()


def of_link(link: str) -> Tap | None:
    """Return what the link of a message stands for; nothing for a link that leads to a sign-in."""
    before, _, token = link.rpartition("/")
    return find(token) if before == f"{settings.PUBLIC_URL}/a" else None


def holds(tap: Tap, *, at: datetime) -> bool:
    """Tell whether the link still answers: not used, not too old, and nobody has answered in its place."""
    waits = tap.forwarding.ended_at is None and tap.forwarding.status == Leg.FORWARDED
    return waits and tap.used_at is None and at < tap.expires_at


def digest(token: str) -> str:
    """Return under which name a token is kept: who reads the table cannot tap."""
    return hashlib.sha256(token.encode()).hexdigest()
