"""Desks: which screens of a cell would ring now. A browser rings only after a click, so somebody has to know."""

from __future__ import annotations

from datetime import datetime, timedelta

from districts.actors import Actor
from portal.models import Desk

#: The page says again every 45 seconds that its sound is armed.
ARMED_FOR = timedelta(seconds=120)


def arm(name: str, *, by: Actor, at: datetime) -> None:
    """Say that the sound of a desk is armed, until a little later; who sits at no cell has no desk."""
    if by.state_id is None or by.officer_id is None:
        return
    desk = Desk.objects.filter(state=by.state_id, name=name).first()
    began = desk.armed_at if desk and desk.until > at else at
    said = {"officer_id": by.officer_id, "armed_at": began, "until": at + ARMED_FOR}
    Desk.objects.update_or_create(state_id=by.state_id, name=name, defaults=said)


def disarm(name: str, *, by: Actor, at: datetime) -> None:
    """Say that a desk rings no more: it was closed, or its sound was switched off."""
    Desk.objects.filter(state=by.state_id, name=name, until__gt=at).update(until=at)


def armed(state: int | None, *, at: datetime) -> int:
    """Return how many desks of a state would ring now."""
    return Desk.objects.filter(state=state, until__gt=at).count()
