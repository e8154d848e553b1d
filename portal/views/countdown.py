"""Countdowns: which promise of a case runs out next, how long it has, and whom its ladder tells next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from cases.models import Case, Deadline, Forwarding
from cases.states import OPEN_LEGS, Leg, Promise, Settled
from districts import duty
from districts.models import Contact, Unit, UnitKind

#: Which promise a unit has to keep while its forwarding stands there.
PROMISED: Mapping[str, frozenset[str]] = {
    Leg.FORWARDED: frozenset({Promise.ACKNOWLEDGE}),
    Leg.ACKNOWLEDGED: frozenset({Promise.MOVE}),
    Leg.TEAM_MOVING: frozenset({Promise.CONTACT}),
    Leg.CONTACT_MADE: frozenset({Promise.FLASH, Promise.REPORT}),
    Leg.REPORTED: frozenset({Promise.REPORT}),
}


def clock(due_at: datetime, *, now: datetime) -> dict[str, Any]:
    """Return the time that is left as the page shows it before any script runs: ``02:51``, or ``+00:35`` when late."""
    seconds = int((due_at - now).total_seconds() // 1)
    sign, shown = ("+", -seconds) if seconds < 0 else ("", seconds)
    hours, rest = divmod(shown, 3600)
    minutes, secs = divmod(rest, 60)
    text = f"{sign}{hours}:{minutes:02d}:{secs:02d}" if hours else f"{sign}{minutes:02d}:{secs:02d}"
    return {"due_at": due_at, "late": seconds < 0, "seconds": seconds, "text": text}


def next_promise(case: Case, *, now: datetime, unit_ids: Collection[int] | None = None) -> dict[str, Any] | None:
    """Return the promise that runs out, or has run out, first; for some units only, where they are named."""
    owed = [deadline for deadline in _owed(case) if unit_ids is None or deadline.unit_id in unit_ids]
    if not owed:
        return None
    first = min(owed, key=lambda deadline: deadline.due_at)
    return {
        "kind": first.kind,
        "kind_label": str(Promise(first.kind).label),
        "paused_until": paused_until(first, now=now),
        **clock(first.due_at, now=now),
    }


def paused_until(deadline: Deadline, *, now: datetime) -> datetime | None:
    """Return until when a promise is held, if it is held now; its due time tells of the pause already."""
    held = deadline.paused_until
    return held if held is not None and held > now and deadline.settled_at is None else None


def next_step(
    case: Case, *, now: datetime, posts: Posts, unit_ids: Collection[int] | None = None
) -> dict[str, Any] | None:
    """Return the step of a ladder that is taken next, with the posts it will tell."""
    waiting = [
        step
        for step in case.deadlines.all()
        if step.level and step.settled_at is None and (unit_ids is None or step.unit_id in unit_ids)
    ]
    if not waiting:
        return None
    step = min(waiting, key=lambda found: (found.due_at, found.level))
    return {
        "rung": step.rung,
        "unit_name": step.unit.name,
        "posts": posts.on(step.unit_id, step.rung or 0),
        "channels": step.channels,
        "paused_until": paused_until(step, now=now),
        **clock(step.due_at, now=now),
    }


class Posts:
    """
    Which posts stand on which rung, for a whole page of cases in three questions, and none if no page asks.

    It answers as ``ladder.contacts_on`` does, which asks for each unit on the way; a test holds the two together.
    """

    def __init__(self, state_id: int | None, *, at: datetime) -> None:
        """Know the state and the moment; ask when somebody asks."""
        self._state_id = state_id
        self._at = at
        self._units: dict[int, tuple[int | None, str]] | None = None
        self._posts: dict[int, list[Contact]] = {}
        self._duties: duty.Duties = {}

    def on(self, unit_id: int, rung: int) -> list[str]:
        """Return the names of the posts that a step of the unit's ladder tells."""
        if self._units is None:
            self._units = self._load()
        here: int | None = unit_id
        highest = 0
        while here is not None and here in self._units:
            above, kind = self._units[here]
            posts = self._posts.get(here, [])
            told = duty.standing_on([post for post in posts if post.rung == rung], self._duties).posts
            found = [post.post for post in told]
            if found and (kind != UnitKind.STATE_CELL or here == unit_id or rung > highest):
                return found
            highest = max([highest, *(post.rung for post in posts)])
            here = above
        return []

    def _load(self) -> dict[int, tuple[int | None, str]]:
        contacts = list(Contact.objects.filter(unit__state=self._state_id).order_by("pk"))
        for contact in contacts:
            self._posts.setdefault(contact.unit_id, []).append(contact)
        self._duties = duty.duties_of(contacts, at=self._at)
        units = Unit.objects.filter(state=self._state_id).values_list("pk", "parent_id", "kind")
        return {key: (parent_id, kind) for key, parent_id, kind in units}


def _owed(case: Case) -> Iterable[Deadline]:
    """Return the promises of now: of one that was started more than once the last, and none already overtaken."""
    legs = {leg.pk: leg for leg in case.forwardings.all() if leg.status in OPEN_LEGS}
    latest: dict[tuple[object, str], Deadline] = {}
    for deadline in sorted(case.deadlines.all(), key=lambda found: found.started_at):
        if deadline.level == 0:
            latest[deadline.forwarding_id, deadline.kind] = deadline
    return [deadline for deadline in latest.values() if _is_owed(deadline, case, legs)]


def _is_owed(deadline: Deadline, case: Case, legs: Mapping[Any, Forwarding]) -> bool:
    if deadline.settled_at is None:
        return True
    if deadline.settled_as != Settled.MISSED or case.closed_at is not None:
        return False
    if deadline.forwarding_id is None:
        # Missed by the cell, and still to be done: nobody has claimed it, or it is with no unit.
        return case.claimed_by_id is None if deadline.kind == Promise.CLAIM else not legs
    leg = legs.get(deadline.forwarding_id)
    return leg is not None and deadline.kind in PROMISED[leg.status] and leg.reported_at is None
