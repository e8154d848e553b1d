"""Invariants: what must be true of the data at every moment, each as one question for the cases that break it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from cases import evidence
from cases.models import Alert
from districts.actors import CLOCK
from districts.reach import reach_of
from portal import walls

#: A broken invariant names so many of what breaks it, and says how many there are.
NAMED = 20
#: Seconds that a sweep, or a channel, may be behind before it counts as asleep.
LATE_S = 60
#: How many of the newest alerts are looked up in the store of sealed bytes.
SEALED = 500


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that must hold, and how to find what breaks it."""

    name: str
    says: str
    broken_by: Callable[[], list[str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one invariant."""

    name: str
    says: str
    ok: bool
    count: int
    broken_by: list[str]


QUESTIONS: Mapping[str, tuple[str, str]] = {
    "a_case_is_always_waited_for": (
        "Every open case has a promise of its stage: to claim, to forward, or the unit's own.",
        """
        SELECT c.reference FROM cases_case c WHERE c.status <> 'closed'
          AND NOT EXISTS (SELECT FROM cases_forwarding f WHERE f.case_id = c.id AND f.ended_at IS NULL)
          AND NOT EXISTS (
            SELECT FROM cases_deadline d WHERE d.case_id = c.id AND d.level = 0 AND d.forwarding_id IS NULL
              AND d.kind IN ('CLAIM', 'FORWARD') AND d.settled_as IN ('', 'missed'))
        UNION ALL
        SELECT c.reference FROM cases_forwarding f JOIN cases_case c ON c.id = f.case_id
        WHERE f.ended_at IS NULL AND f.status <> 'reported' AND NOT (f.part = 'other_state' AND f.status <> 'forwarded')
          AND NOT EXISTS (
            SELECT FROM cases_deadline d WHERE d.forwarding_id = f.id AND d.level = 0 AND d.settled_as IN ('', 'missed')
              AND d.kind = ANY (CASE f.status WHEN 'forwarded' THEN ARRAY['ACKNOWLEDGE', 'OTHER_STATE']
                  WHEN 'acknowledged' THEN ARRAY['MOVE'] WHEN 'team_moving' THEN ARRAY['CONTACT']
                  ELSE ARRAY['FLASH', 'REPORT'] END))
        """,
    ),
    "no_deadline_sleeps": (
        "No deadline has been due for more than a minute without having fired.",
        """
        SELECT c.reference || ' ' || d.kind || '/' || d.level
        FROM cases_deadline d JOIN cases_case c ON c.id = d.case_id
        WHERE d.settled_at IS NULL AND d.due_at < clock_timestamp() - make_interval(secs => %(late)s)
        """,
    ),
    "nothing_fires_after_the_end": (
        "A closed case has no open deadline but the looks back, and no open forwarding.",
        """
        SELECT c.reference FROM cases_case c WHERE c.status = 'closed' AND (
            EXISTS (SELECT FROM cases_deadline d
                    WHERE d.case_id = c.id AND d.settled_at IS NULL AND d.kind <> 'FOLLOW_UP')
            OR EXISTS (SELECT FROM cases_forwarding f WHERE f.case_id = c.id AND f.ended_at IS NULL)
            OR EXISTS (SELECT FROM cases_hardkey k WHERE k.case_id = c.id AND k.open))
        """,
    ),
    "an_alert_is_in_one_case": (
        "Every alert is in exactly one case, and every case has an alert.",
        """
        SELECT 'alert ' || a.id FROM cases_alert a
        WHERE (SELECT count(*) FROM cases_caselink l WHERE l.alert_id = a.id AND l.ended_at IS NULL) <> 1
        UNION ALL
        SELECT c.reference FROM cases_case c WHERE NOT EXISTS (SELECT FROM cases_caselink l WHERE l.case_id = c.id)
        """,
    ),
    "a_grant_follows_the_forwarding": (
        "A unit sees a case if and only if it was sent there and neither returned nor recalled.",
        """
        SELECT c.reference || ' ' || u.code FROM cases_forwarding f
        JOIN cases_case c ON c.id = f.case_id JOIN districts_unit u ON u.id = f.unit_id
        WHERE f.ended_at IS NULL AND (SELECT count(*) FROM cases_casegroupgrant g
            WHERE g.content_object_id = f.case_id AND g.group_id = u.group_id) <> 2
        UNION ALL
        SELECT c.reference || ' ' || coalesce(u.code, '?') FROM cases_casegroupgrant g
        JOIN cases_case c ON c.id = g.content_object_id LEFT JOIN districts_unit u ON u.group_id = g.group_id
        WHERE NOT EXISTS (SELECT FROM cases_forwarding f WHERE f.case_id = g.content_object_id AND f.unit_id = u.id
            AND (f.ended_at IS NULL OR f.status = 'closed'))
        """,
    ),
    "a_state_is_derived": (
        "A case stands where its forwardings say.",
        """
        SELECT c.reference FROM cases_case c WHERE c.status <> 'closed'
          AND (c.status IN ('received', 'in_triage'))
              = EXISTS (SELECT FROM cases_forwarding f WHERE f.case_id = c.id AND f.ended_at IS NULL)
        UNION ALL
        SELECT c.reference FROM cases_case c
        WHERE c.status = 'received' AND c.claimed_by_id IS NOT NULL
           OR c.status = 'in_triage' AND c.claimed_by_id IS NULL
        """,
    ),
    "a_step_tells_somebody": (
        "Every step of a ladder that was taken has told somebody, or says that nobody was there.",
        """
        SELECT c.reference || ' ' || d.kind || '/' || d.level
        FROM cases_deadline d JOIN cases_case c ON c.id = d.case_id
        WHERE d.level > 0 AND d.settled_as = 'missed'
          AND NOT EXISTS (SELECT FROM notifications_message m
                          WHERE m.about_id = d.case_id AND m.once LIKE 'step:' || d.id || '%%')
          AND NOT EXISTS (SELECT FROM cases_caseevent e WHERE e.case_id = d.case_id AND e.action = 'rung_empty'
                          AND e.facts ->> 'deadline' = d.kind AND (e.facts ->> 'level')::int = d.level)
        """,
    ),
    "an_acknowledgement_silences": (
        "Nothing that was to wake a unit is still owed once the unit has acknowledged.",
        """
        SELECT c.reference || ' ' || m.to_ref FROM cases_forwarding f JOIN cases_case c ON c.id = f.case_id
        JOIN notifications_message m ON m."group" = 'forwarding:' || f.id
        WHERE m.state = 'queued' AND (m.created_at < f.acknowledged_at OR f.ended_at IS NOT NULL)
        """,
    ),
    "no_message_sleeps": (
        "No message has been due for more than a minute without anybody trying to send it.",
        """
        SELECT m.about || ' ' || m.channel || ' ' || m.to_ref FROM notifications_message m
        WHERE m.state IN ('queued', 'sending') AND m.due_at < clock_timestamp() - make_interval(secs => %(late)s)
        """,
    ),
    "a_history_is_whole": (
        "Every case has a history without a gap, and its chain ends at the last line.",
        """
        SELECT c.reference FROM cases_case c LEFT JOIN cases_chainhead h ON h.case_id = c.id
        LEFT JOIN LATERAL (SELECT count(*) AS lines, max(seq) AS last FROM cases_caseevent e WHERE e.case_id = c.id) e
            ON true
        WHERE h.seq IS DISTINCT FROM e.last OR e.lines IS DISTINCT FROM e.last OR e.lines = 0
           OR NOT EXISTS (SELECT FROM cases_caseevent l WHERE l.case_id = c.id AND l.seq = h.seq AND l.hash = h.hash)
        """,
    ),
}


def _asking(question: str) -> Callable[[], list[str]]:
    def ask() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(question, {"late": LATE_S})
            return sorted({str(name) for (name,) in cursor.fetchall()})

    return ask


def unsealed() -> list[str]:
    """Return the newest alerts whose sealed bytes are not in the store."""
    newest = Alert.objects.order_by("-received_at").values_list("pk", "sha256")[:SEALED]
    return [f"alert {key}" for key, digest in newest if not evidence.path_of(digest).exists()]


def weak_login() -> list[str]:
    """Return why the login is stronger than portal_app may be."""
    login = walls.login()
    faults = {"superuser": login.is_superuser, "bypasses row security": login.bypasses, "owns tables": login.owns}
    return [f"{login.name}: {fault}" for fault, is_so in faults.items() if is_so]


INVARIANTS = [
    *(Invariant(name, says, _asking(question)) for name, (says, question) in QUESTIONS.items()),
    Invariant("sealed_bytes_are_kept", "The sealed bytes of every alert are in the store.", unsealed),
    Invariant("every_table_is_walled", "Every table with a case has forced row security.", walls.unforced_tables),
    Invariant("nobody_sees_without_reach", "The login may touch no case without a reach.", walls.tables_open_to_us),
    Invariant("history_cannot_be_rewritten", "No reach may change what is written once.", walls.rewritable_history),
    Invariant("the_login_is_weak", "The portal works as nobody stronger than portal_app.", weak_login),
]


def look() -> list[Finding]:
    """Ask every question, each in a transaction of its own, in the sight of the engine."""
    findings = []
    for invariant in INVARIANTS:
        with reach_of(CLOCK):
            broken = invariant.broken_by()
        findings.append(Finding(invariant.name, invariant.says, not broken, len(broken), broken[:NAMED]))
    return findings


def as_facts(findings: list[Finding]) -> dict[str, Any]:
    """Return the findings as JSON has them."""
    rows = [
        {"name": found.name, "says": found.says, "ok": found.ok, "count": found.count, "broken_by": found.broken_by}
        for found in findings
    ]
    return {"ok": all(found.ok for found in findings), "invariants": rows}
