"""The book of alarms: findings become rows, once each, and end when they are found no more."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from districts.actors import CLOCK
from districts.reach import reach_of
from portal import pulse
from portal.lookout.findings import FOR_THE_CELL, Code, Finding, sentence
from portal.models import Alarm

#: Seconds after which the lookout itself counts as asleep; it looks every five.
WATCH_SILENT_S = 20.0
#: The pulse that every finished look leaves.
LOOKED = "lookout"
#: One watch at a time writes the book, however many there are.
ONE_AT_A_TIME = "SELECT pg_try_advisory_xact_lock(hashtextextended('portal.lookout', 0))"


def write(findings: Iterable[Finding], *, unseen: Collection[str] = (), at: datetime) -> None:
    """
    Open an alarm for each finding that is new, and end those that are found no more.

    What could not be looked at (``unseen``, by code) stays as it is: nobody knows that it is well.
    """
    with reach_of(CLOCK):
        with connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME)
            if not cursor.fetchone()[0]:
                return
        standing = {(alarm.code, alarm.state_id, alarm.subject): alarm for alarm in Alarm.objects.filter(ended_at=None)}
        for finding in findings:
            alarm = standing.pop(finding.key, None)
            if alarm is None:
                _open(finding, at=at)
            else:
                alarm.count, alarm.examples, alarm.last_seen_at = finding.count, list(finding.examples), at
                alarm.save(update_fields=["count", "examples", "last_seen_at"])
        for alarm in standing.values():
            if alarm.code not in unseen:
                alarm.ended_at = max(at, alarm.since)
                alarm.save(update_fields=["ended_at"])


def standing() -> list[Alarm]:
    """Return the alarms that stand, the oldest first, of all that the reach shows."""
    return list(Alarm.objects.filter(ended_at=None).order_by("since", "pk"))


def shown(*, at: datetime) -> list[dict[str, Any]]:
    """Return what a console shows: the alarms within reach, and whether anybody looks at all. Heaviest first."""
    rows = [
        {
            "code": alarm.code,
            "subject": alarm.subject,
            "said": sentence(alarm.code, subject=alarm.subject, count=alarm.count),
            "count": alarm.count,
            "examples": alarm.examples,
            "since": alarm.since,
            "last_seen_at": alarm.last_seen_at,
            "grave": alarm.code not in FOR_THE_CELL,
        }
        for alarm in standing()
    ]
    if watch_is_silent(pulse.ages()):
        said = sentence(Code.WATCH_SILENT, subject="", count=1)
        none: dict[str, Any] = {"subject": "watch", "count": 1, "examples": [], "since": None, "last_seen_at": at}
        rows.insert(0, {"code": str(Code.WATCH_SILENT), "said": said, "grave": True} | none)
    return sorted(rows, key=lambda row: not row["grave"])


def watch_is_silent(ages: dict[str, float]) -> bool:
    """Tell whether nobody has looked for a while, or ever."""
    return ages.get(LOOKED, float("inf")) > WATCH_SILENT_S


def _open(finding: Finding, *, at: datetime) -> None:
    Alarm.objects.create(
        code=finding.code,
        state_id=finding.state_id,
        subject=finding.subject,
        count=finding.count,
        examples=list(finding.examples),
        since=min(finding.since or at, at),
        last_seen_at=at,
    )
