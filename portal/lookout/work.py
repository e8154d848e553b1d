"""What is seen of the work: deadlines, messages, and whether somebody is waited for in every open case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from notifications import trouble
from portal.lookout.findings import Code, Finding

#: Seconds after which it counts as standing still: a deadline has not fired, a message has not left.
DEADLINE_LATE_S: Final = 8
MESSAGE_LATE_S: Final = 30
#: How far back a post counts as not reached: as long as the page on delivery names it.
UNREACHED_FOR: Final = timedelta(hours=24)
UNCLOSED_FOR: Final = timedelta(hours=24)
#: So many open cases are looked at each time; a state with more is gone through in several looks.
SLICE: Final = 5000
#: So many late rows are looked at: more are no other alarm.
MANY: Final = 1000
EXAMPLES: Final = 5
NOBODY: Final = UUID(int=0)

LATE = """
    SELECT c.state_id, count(*), min(late.due_at) FROM (
        SELECT d.case_id, d.due_at FROM cases_deadline d
        WHERE d.settled_at IS NULL AND d.due_at < %(before)s ORDER BY d.due_at LIMIT %(many)s
    ) late JOIN cases_case c ON c.id = late.case_id GROUP BY 1
"""
BOUND = """
    SELECT c.id FROM cases_case c WHERE c.status <> 'closed' AND c.id > %(after)s ORDER BY c.id OFFSET %(size)s LIMIT 1
"""
# Only what nobody is waited for comes back. A promise still waits for somebody while it runs, and after it was missed
# until it is kept; of a unit and of the cell, the one that was started last is the one of now, whatever its kind.
UNWAITED = """
    SELECT c.id, c.reference, c.state_id, c.practice, c.last_activity_at, own.waited, cell.settled_as, legs.*
    FROM (SELECT * FROM cases_case WHERE {chosen}) c
    CROSS JOIN LATERAL (SELECT EXISTS (
        SELECT FROM cases_deadline d WHERE d.case_id = c.id AND d.settled_at IS NULL) AS waited) own
    CROSS JOIN LATERAL (
        SELECT count(*) AS legs, count(*) FILTER (WHERE f.status <> 'reported') AS working,
               count(*) FILTER (WHERE f.status <> 'reported' AND NOT EXISTS (
                   SELECT FROM cases_deadline d WHERE d.forwarding_id = f.id AND d.level = 0
                     AND d.settled_as IN ('', 'missed') AND NOT EXISTS (
                       SELECT FROM cases_deadline n WHERE n.forwarding_id = f.id AND n.level = 0
                         AND n.started_at > d.started_at))) AS unwatched
        FROM cases_forwarding f WHERE f.case_id = c.id AND f.ended_at IS NULL) legs
    LEFT JOIN LATERAL (
        SELECT d.settled_as FROM cases_deadline d WHERE d.case_id = c.id AND d.forwarding_id IS NULL AND d.level = 0
        ORDER BY d.started_at DESC, d.settled_at DESC NULLS FIRST LIMIT 1) cell ON NOT own.waited
    WHERE NOT own.waited OR legs.unwatched > 0
"""
IN_THE_SLICE = "status <> 'closed' AND id > %(after)s AND id <= %(upto)s"
TO_THE_END = "status <> 'closed' AND id > %(after)s"
AGAIN = "status <> 'closed' AND id = ANY(%(known)s)"


class Unwaited(NamedTuple):
    """An open case for which no deadline runs, or none of one of its units."""

    case_id: UUID
    reference: str
    state_id: int
    practice: bool
    last_activity_at: datetime
    waited: bool
    cell_settled_as: str | None
    legs: int
    working: int
    unwatched: int

    def code(self, *, at: datetime) -> Code | None:
        """
        Return why no deadline runs; nothing, where that needs no alarm.

        A promise that was missed, with its ladder at its end, is one reason: everybody has been told. The units'
        last word is another: then the cell decides. Anything else is a fault, and nobody would ever notice it.
        """
        if self.unwatched or (not self.legs and self.cell_settled_as not in {"", "missed"}):
            return Code.CASE_UNWATCHED
        if self.practice:
            return None
        if self.working or not self.legs:
            return Code.LADDER_ENDED
        return Code.CASE_UNCLOSED if at - self.last_activity_at > UNCLOSED_FOR else None


def late_deadlines(*, at: datetime) -> Iterator[Finding]:
    """Find deadlines that are due and have not fired."""
    rows = _rows(LATE, {"before": at - timedelta(seconds=DEADLINE_LATE_S), "many": MANY})
    for state_id, count, since in rows:
        yield Finding(Code.DEADLINE_LATE, state_id=state_id, count=count, since=since)


def stuck_messages(*, at: datetime) -> Iterator[Finding]:
    """Find messages that are due and have not left."""
    for found in trouble.stuck(before=at - timedelta(seconds=MESSAGE_LATE_S), limit=MANY):
        yield Finding(Code.MESSAGE_STUCK, found.channel, found.state_id, found.count, since=found.since)


def dead_channels(*, at: datetime) -> Iterator[Finding]:
    """Find channels of which no provider has answered for a while; their messages are put off and so never stuck."""
    for found in trouble.outages():
        if at - found.since >= timedelta(seconds=MESSAGE_LATE_S):
            yield Finding(Code.GATEWAY_OUT, found.channel, since=found.since)


def unreached_posts(*, at: datetime) -> Iterator[Finding]:
    """Find posts that no message reached on any channel."""
    for found in trouble.dead_ends(after=at - UNREACHED_FOR, limit=MANY):
        posts = tuple(found.posts[:EXAMPLES])
        yield Finding(Code.POST_UNREACHABLE, "", found.state_id, len(found.posts), posts, since=found.since)


@dataclass
class OpenCases:
    """
    Whether somebody is waited for in every open case.

    However many are open, one look costs the same: a slice of them in the order of their keys, and again those in which
    something was found before.
    """

    _after: UUID = NOBODY
    _known: dict[UUID, Unwaited] = field(default_factory=dict)

    def look(self, *, at: datetime) -> Iterator[Finding]:
        """Look at the next slice, and find what is wrong with all that were looked at."""
        self._known = {found.case_id: found for found in (*self._again(), *self._next())}
        sorted_out: dict[tuple[Code, int], list[Unwaited]] = {}
        for found in self._known.values():
            if code := found.code(at=at):
                sorted_out.setdefault((code, found.state_id), []).append(found)
        for (code, state_id), cases in sorted_out.items():
            references = tuple(sorted(case.reference for case in cases)[:EXAMPLES])
            yield Finding(code, state_id=state_id, count=len(cases), examples=references)

    def _again(self) -> list[Unwaited]:
        known = list(self._known)[: 2 * MANY]
        return _unwaited(AGAIN, {"known": known}) if known else []

    def _next(self) -> list[Unwaited]:
        after = {"after": self._after}
        bound = _rows(BOUND, after | {"size": SLICE - 1})
        self._after = bound[0][0] if bound else NOBODY
        return _unwaited(IN_THE_SLICE, after | {"upto": self._after}) if bound else _unwaited(TO_THE_END, after)


def _unwaited(chosen: str, values: dict[str, Any]) -> list[Unwaited]:
    return [Unwaited(*row) for row in _rows(UNWAITED.format(chosen=chosen), values)]


def _rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
