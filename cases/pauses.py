"""Pauses: promises held for some minutes. Their due times move at once: a lost sweep makes nobody early or silent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from cases import history
from cases.models import Case, Deadline, Forwarding, Pause
from districts.actors import CLOCK, Actor


def running(case: Case, forwarding: Forwarding | None) -> Pause | None:
    """Return the pause of a part of a case, locked, if one is running."""
    rows = Pause.objects.filter(case=case, forwarding=forwarding, ended_at=None)
    return rows.select_for_update(of=("self",), no_key=True).first()


def begin(pause: Pause, held: Iterable[Deadline]) -> Pause:
    """Write a pause down and move what it holds: each has as much time left when it ends as when it began."""
    pause.save(force_insert=True)
    for deadline in held:
        deadline.due_at = max(deadline.due_at, pause.since) + (pause.until - pause.since)
        deadline.paused_until = pause.until
        deadline.save(update_fields=["due_at", "paused_until"])
    return pause


def end_early(pause: Pause, held: Iterable[Deadline], *, at: datetime) -> None:
    """End a pause before its time; what it holds moves back by what is left of it, and never before now."""
    for deadline in held:
        if deadline.paused_until is not None and deadline.paused_until > at:
            deadline.due_at -= deadline.paused_until - at
            deadline.paused_until = None
            deadline.save(update_fields=["due_at", "paused_until"])
    _end(pause, at=at)


def end_idle(case: Case, forwarding: Forwarding | None, *, at: datetime) -> None:
    """End the pause of a part of which nothing is left to be held: what it held has been kept or lifted."""
    pause = running(case, forwarding)
    if pause is not None and not _still_held(pause).exists():
        _end(pause, at=at)


def end_next(*, at: datetime) -> Pause | None:
    """End a pause whose time is over, and say so in the history; None if there is none. One pause, one transaction."""
    over = Pause.objects.filter(ended_at=None, until__lte=at).order_by("until")
    pause = over.select_for_update(of=("self",), no_key=True, skip_locked=True).select_related("case").first()
    if pause is not None:
        _end(pause, at=at)
        said(pause, "resumed", by=CLOCK, at=at, facts={"deadlines": sorted(set(_still_held(pause)))})
    return pause


def said(pause: Pause, action: str, *, by: Actor, at: datetime, facts: dict[str, object]) -> None:
    """Write a line about a pause; one about a forwarding is the unit's own."""
    unit = pause.forwarding.unit if pause.forwarding else None
    facts = facts | {"unit": unit.code if unit else None}
    history.record(pause.case, action, by=by, at=at, facts=facts, unit=unit)


def _still_held(pause: Pause) -> QuerySet[Deadline, str]:
    rows = Deadline.objects.filter(case=pause.case_id, forwarding=pause.forwarding_id, settled_at=None)
    return rows.filter(paused_until=pause.until).values_list("kind", flat=True)


def _end(pause: Pause, *, at: datetime) -> None:
    pause.ended_at = at
    pause.save(update_fields=["ended_at"])
