"""Sight of streams: who listens, and who may know of a line of history. Asked anew whenever something happens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from uuid import UUID

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest

from cases.models import Case, CaseGroupGrant
from districts.actors import CLOCK, Actor, Sight, officer_actor
from districts.models import Officer
from districts.reach import reach_of

_Session = import_module(settings.SESSION_ENGINE).SessionStore
#: What takes a case out of a unit's sight. The unit is told to look again, and not of what.
TAKEN_AWAY = frozenset({"recalled", "returned"})


@dataclass(frozen=True, slots=True)
class Line:
    """A new line of a case's history, as PostgreSQL tells of it. Key 0: something passing that is no line."""

    key: int
    case: UUID
    seq: int
    action: str
    unit: int | None


@dataclass(frozen=True, slots=True)
class Happening:
    """A line, how its case is called, and whose sight the case is in now."""

    line: Line
    reference: str
    state_id: int
    group_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody at a screen: their session, and how far they see."""

    session: str
    actor: Actor


def viewer_of(session: str, *, at: datetime) -> Viewer | None:
    """Return who is signed in with a session, with the sight that their postings of this moment give."""
    request = HttpRequest()
    request.session = _Session(session)
    officer = auth.get_user(request)
    return Viewer(session, officer_actor(officer, at=at)) if isinstance(officer, Officer) else None


def viewers_of(sessions: Iterable[str], *, at: datetime) -> dict[str, Viewer | None]:
    """Return who is signed in with each session; nobody, where it has ended."""
    return {session: viewer_of(session, at=at) for session in sessions}


def happenings(lines: Iterable[Line]) -> list[Happening]:
    """Return what the lines tell of, with the grants as they stand now. A case that is gone is told to nobody."""
    wanted = list(lines)
    keys = {line.case for line in wanted}
    with reach_of(CLOCK):
        cases: Mapping[UUID, tuple[str, int]] = {
            key: (reference, state_id)
            for key, reference, state_id in Case.objects.filter(pk__in=keys).values_list("pk", "reference", "state_id")
        }
        groups: dict[UUID, set[int]] = {key: set() for key in cases}
        grants = CaseGroupGrant.objects.filter(content_object__in=cases, permission__codename="view_case")
        for key, group_id in grants.values_list("content_object_id", "group_id"):
            groups[key].add(group_id)
    return [
        Happening(line, *cases[line.case], group_ids=frozenset(groups[line.case]))
        for line in wanted
        if line.case in cases
    ]


def may_know(actor: Actor, happening: Happening) -> bool:
    """Tell whether the actor may know of it, as row security says it of the line itself."""
    if actor.sight == Sight.CELL:
        return actor.state_id == happening.state_id
    if actor.sight != Sight.UNIT or not happening.line.key:
        return False
    is_theirs = happening.line.unit is None or happening.line.unit in actor.unit_ids
    return is_theirs and not happening.group_ids.isdisjoint(actor.group_ids)


def lost_it(actor: Actor, happening: Happening) -> bool:
    """Tell whether the case has just been taken out of the actor's sight, so that their page shows it for no reason."""
    return (
        actor.sight == Sight.UNIT
        and happening.line.action in TAKEN_AWAY
        and happening.line.unit in actor.unit_ids
        and not may_know(actor, happening)
    )
