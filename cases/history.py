"""History: every line of a case's life, chained to the line before, so that none can be rewritten unnoticed."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from cases.models import Case, CaseEvent, ChainHead
from districts.actors import Actor
from districts.models import Unit

# One trip: lock the head of the chain, write the next line, move the head. The database hashes what the application
# has put into canonical form, because only it knows the number and the hash of the line before.
APPEND = """
    WITH head AS (SELECT seq, hash FROM cases_chainhead WHERE case_id = %(case)s FOR UPDATE),
    line AS (
        INSERT INTO cases_caseevent (case_id, seq, at, actor, actor_name, action, unit_id, facts, salt, payload_hash,
                                     prev_hash, hash)
        SELECT %(case)s, head.seq + 1, %(at)s, %(actor)s, %(actor_name)s, %(action)s, %(unit)s, %(facts)s, %(salt)s,
               %(payload_hash)s, head.hash,
               encode(sha256(convert_to(head.hash || '|' || (head.seq + 1)::text || '|' || %(sealed)s, 'UTF8')), 'hex')
        FROM head RETURNING seq, hash
    )
    UPDATE cases_chainhead SET seq = line.seq, hash = line.hash FROM line WHERE case_id = %(case)s
"""
# The same for one line each of many cases, whose heads are held: the application knows what came before each of them.
HEADS = "SELECT case_id, seq, hash FROM cases_chainhead WHERE case_id = ANY(%s) ORDER BY case_id FOR NO KEY UPDATE"
APPEND_ALL = """
    WITH line AS (
        INSERT INTO cases_caseevent (case_id, seq, at, actor, actor_name, action, unit_id, facts, salt, payload_hash,
                                     prev_hash, hash)
        SELECT case_id, seq, %(at)s, %(actor)s, %(actor_name)s, action, unit_id, facts::jsonb, salt, payload_hash,
               prev_hash, hash
        FROM unnest(%(case)s::uuid[], %(seq)s::int[], %(action)s::text[], %(unit)s::bigint[], %(facts)s::text[],
                    %(salt)s::text[], %(payload_hash)s::text[], %(prev_hash)s::text[], %(hash)s::text[])
             AS given (case_id, seq, action, unit_id, facts, salt, payload_hash, prev_hash, hash)
        RETURNING case_id, seq, hash
    )
    UPDATE cases_chainhead SET seq = line.seq, hash = line.hash FROM line
    WHERE cases_chainhead.case_id = line.case_id
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is to be written: what has been done to a case, and in which forwarding if it is about one."""

    case: Case
    action: str
    facts: dict[str, Any] = field(default_factory=dict)
    unit: Unit | None = None


def record(
    case: Case, action: str, *, by: Actor, at: datetime, facts: dict[str, Any] | None = None, unit: Unit | None = None
) -> None:
    """
    Add a line to the case's history, in the transaction that does what it says. Call it last: it locks the chain.

    ``unit`` names the unit whose forwarding the line is about; other units never read it. Facts are plain JSON.
    """
    values = _line(case, action, by=by, at=at, facts=facts or {}, unit=unit)
    with connection.cursor() as cursor:
        cursor.execute(APPEND, values)
        if cursor.rowcount != 1:
            msg = f"{case.reference} has no chain to write to"
            raise RuntimeError(msg)


def record_all(lines: Sequence[Line], *, by: Actor, at: datetime) -> None:
    """
    Add lines to the histories of many cases at once, in the order they are given, in the transaction that did it all.

    Each reads as if it had been written alone. Call it last: it locks the chains.
    """
    if not lines:
        return
    cases = {line.case.pk: line.case for line in lines}
    with connection.cursor() as cursor:
        cursor.execute(HEADS, [list(cases)])
        heads: dict[UUID, tuple[int, str]] = {key: (seq, digest) for key, seq, digest in cursor.fetchall()}
        if missing := [case.reference for key, case in cases.items() if key not in heads]:
            msg = f"{', '.join(missing)}: no chain to write to"
            raise RuntimeError(msg)
        waiting = list(lines)
        # A chain grows by one line at a time: the first lines of all cases, then their second ones.
        while waiting:
            wave: dict[UUID, Line] = {}
            for line in waiting:
                wave.setdefault(line.case.pk, line)
            columns = _columns(list(wave.values()), heads, by=by, at=at)
            cursor.execute(APPEND_ALL, {**columns, "at": at, "actor": by.label, "actor_name": by.name})
            waiting = [line for line in waiting if wave[line.case.pk] is not line]


def first_line(
    case: Case, action: str, *, by: Actor, at: datetime, facts: dict[str, Any]
) -> tuple[CaseEvent, ChainHead]:
    """Return the first line of a new case's chain and its head; whoever writes the case writes them with it."""
    line = _line(case, action, by=by, at=at, facts=facts, unit=None)
    origin = _origin(case)
    digest = hashlib.sha256(f"{origin}|1|{line['sealed']}".encode()).hexdigest()
    event = CaseEvent(
        case=case,
        seq=1,
        at=at,
        actor=by.label,
        actor_name=by.name,
        action=action,
        facts=facts,
        salt=line["salt"],
        payload_hash=line["payload_hash"],
        prev_hash=origin,
        hash=digest,
    )
    return event, ChainHead(case=case, seq=1, hash=digest)


def verify(case: Case) -> list[str]:
    """Return what is wrong with the case's history; nothing, if it stands as it was written."""
    return list(_faults(case))


def payload_hash(salt: str, facts: dict[str, Any]) -> str:
    """
    Return the hash of a line's facts.

    Salted, so that the facts can one day be purged by law: the chain stays whole, and the hash tells nothing of them.
    """
    canonical = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{salt}|{canonical}".encode()).hexdigest()


def _line(
    case: Case, action: str, *, by: Actor, at: datetime, facts: dict[str, Any], unit: Unit | None
) -> dict[str, Any]:
    """Return what a line says, in canonical form; its number and hashes depend on the line before."""
    salt = secrets.token_hex(16)
    payload = payload_hash(salt, facts)
    return {
        "case": case.pk,
        "at": at,
        "actor": by.label,
        "actor_name": by.name,
        "action": action,
        "unit": unit.pk if unit else None,
        "facts": json.dumps(facts, ensure_ascii=False),
        "salt": salt,
        "payload_hash": payload,
        "sealed": _sealed(case.pk, at=at, actor=by.label, action=action, payload=payload),
    }


def _columns(
    lines: Sequence[Line], heads: dict[UUID, tuple[int, str]], *, by: Actor, at: datetime
) -> dict[str, list[Any]]:
    """Return what the next line of each of some cases says, column by column, and move the heads on."""
    rows = []
    for line in lines:
        said = _line(line.case, line.action, by=by, at=at, facts=line.facts, unit=line.unit)
        seq, before = heads[line.case.pk]
        digest = hashlib.sha256(f"{before}|{seq + 1}|{said['sealed']}".encode()).hexdigest()
        heads[line.case.pk] = seq + 1, digest
        rows.append(said | {"seq": seq + 1, "prev_hash": before, "hash": digest})
    names = ("case", "seq", "action", "unit", "facts", "salt", "payload_hash", "prev_hash", "hash")
    return {name: [row[name] for row in rows] for name in names}


def _origin(case: Case) -> str:
    """Return what stands in the place of the line before the first."""
    return hashlib.sha256(case.pk.bytes).hexdigest()


def _faults(case: Case) -> Iterator[str]:
    previous, seq = _origin(case), 0
    for event in CaseEvent.objects.filter(case=case).order_by("seq"):
        seq += 1
        if event.seq != seq:
            yield f"line {seq} is missing"
            return
        if event.prev_hash != previous:
            yield f"line {seq} does not follow the line before it"
        if payload_hash(event.salt, event.facts) != event.payload_hash:
            yield f"the facts of line {seq} were changed"
        sealed = _sealed(case.pk, at=event.at, actor=event.actor, action=event.action, payload=event.payload_hash)
        if hashlib.sha256(f"{event.prev_hash}|{seq}|{sealed}".encode()).hexdigest() != event.hash:
            yield f"line {seq} was changed"
        previous = event.hash
    head = ChainHead.objects.filter(case=case).first()
    if head is None or (head.seq, head.hash) != (seq, previous):
        yield "the end of the history is missing"
    if seq == 0:
        yield "there is no history at all"


def _sealed(case_id: UUID, *, at: datetime, actor: str, action: str, payload: str) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return "|".join([str(case_id), moment, actor, action, payload])
