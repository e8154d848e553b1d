"""Needs: what a new case needs of the ground, and whether the person is known; asked in one trip."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from cases import reference
from districts.models import Policy, State, Unit, UnitKind
from districts.rows import Columns

CELL, POLICY = Columns(Unit, "cell"), Columns(Policy, "policy")
# Two doors delivering the same post in the same second queue here; the unique constraint stands behind it. Whoever has
# waited sees what the other has written: of two statements in one trip each has its own view of the database.
QUEUE_UP_AND_ASK = f"""
    SELECT pg_advisory_xact_lock(k) FROM unnest(%(queues)s::bigint[]) AS k;
    SELECT EXISTS (SELECT FROM cases_hardkey
                   WHERE state_id = %(state)s AND practice = %(practice)s AND key = ANY(%(keys)s)),
           ({reference.NEXT}), {CELL}, {POLICY}
    FROM districts_unit AS cell
         LEFT JOIN districts_policy AS policy
         ON policy.unit_id = cell.id OR (policy.unit_id IS NULL AND policy.state_id = cell.state_id)
    WHERE cell.state_id = %(state)s AND cell.kind = %(kind)s
          AND (cell.valid_from IS NULL OR cell.valid_from <= %(at)s)
          AND (cell.valid_to IS NULL OR cell.valid_to > %(at)s)
    ORDER BY cell.id
"""  # noqa: S608 - our own names


class Needs(NamedTuple):
    """Whether one of the hard keys is known; and the reference, the state cell and its policies for a new case."""

    known: bool
    reference: str
    cell: Unit
    policies: list[Policy]


def queue_up_and_ask(state: State, keys: Sequence[str], *, practice: bool, at: datetime) -> Needs:
    """
    Wait for whoever is receiving the same person at this moment, and ask what a new case would need.

    :raises Unit.DoesNotExist: if the state has no cell
    """
    facts: dict[str, Any] = {
        "queues": sorted(_lock_of(f"{state.pk}:{key}") for key in keys),
        "keys": list(keys),
        "state": state.pk,
        "practice": practice,
        "kind": UnitKind.STATE_CELL,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_UP_AND_ASK, facts)
        cursor.nextset()
        answers = [(known, number, iter(columns)) for known, number, *columns in cursor.fetchall()]
    if not answers:
        msg = f"{state.code} has no state cell"
        raise Unit.DoesNotExist(msg)
    known, number, _row = answers[0]
    ground = [(CELL.take(row), POLICY.take_if_any(row)) for _known, _number, row in answers]
    cell = ground[0][0]
    policies = [policy for unit, policy in ground if policy and unit == cell]
    return Needs(known, reference.spell(state.code, number), cell, policies)


def _lock_of(key: str) -> int:
    """Return the number under which a key is locked."""
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
