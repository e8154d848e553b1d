"""
Sealing: every few seconds the books are closed, so that not even the owner of the database rewrites them unnoticed.

A case's chain holds its lines against each other; whoever may write everything could write a whole chain anew. A seal
notes where every chain stands and every look since the last one, and its root hangs on the root before. The newest
root is published outside (``portal.sealer``): one old root kept by somebody else holds everything that came before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from cases.models import Case, ReadEntry, Seal, SealedLine, Stamp

#: Heads, and looks, that one seal takes at most; what is left is in the next.
AT_ONCE: Final = 1000
#: A look is committed this long after it was numbered at the latest: slow and idle sessions are ended long before.
SETTLED: Final = timedelta(hours=1)
#: Seals read at once when they are verified.
PAGE: Final = 500

ONE_AT_A_TIME: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('cases.sealing', 0))"

# A head that somebody is writing at is left to the next seal: sealing holds up nobody.
HEADS: Final = """
    WITH unsealed AS (
        SELECT case_id FROM cases_chainhead WHERE sealed_seq < seq ORDER BY case_id LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE cases_chainhead h SET sealed_seq = seq FROM unsealed u WHERE h.case_id = u.case_id
    RETURNING h.case_id, h.seq, h.hash
"""
# Numbers are given before rows are committed, so a look may appear below one that is sealed already.
LOOKS: Final = """
    SELECT r.id, r.case_id, r.at, r.actor, r.kind, r.object FROM cases_readentry r
    WHERE r.id > %(after)s
      AND NOT EXISTS (SELECT FROM cases_sealedline l WHERE l.of = 'looks' AND l.seq = r.id)
    ORDER BY r.id LIMIT %(limit)s
"""


def seal_next(*, at: datetime) -> Seal | None:
    """
    Seal what was written since the last seal; return None when that is nothing, or when somebody else is sealing.

    Needs the clock's reach. Never waits for a writer, and no writer waits for it for longer than its own commit.
    """
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(HEADS, {"limit": AT_ONCE})
        lines = [(SealedLine.Of.HISTORY, case, seq, digest) for case, seq, digest in sorted(cursor.fetchall())]
        settled = Seal.objects.filter(at__lt=at - SETTLED).order_by("-number").first()
        cursor.execute(LOOKS, {"after": settled.last_look if settled else 0, "limit": AT_ONCE})
        looks = cursor.fetchall()
    lines += [(SealedLine.Of.LOOKS, row[1], row[0], look_hash(*row)) for row in looks]
    if not lines:
        return None
    return _close(lines, last_look=looks[-1][0] if looks else 0, at=at)


def _close(lines: Sequence[tuple[SealedLine.Of, UUID, int, str]], *, last_look: int, at: datetime) -> Seal:
    before = Seal.objects.order_by("-number").first()
    number = before.number + 1 if before else 1
    tree = root_of([_leaf(*line) for line in lines]).hex()
    prev_root = before.root if before else ""
    seal = Seal.objects.create(
        number=number,
        at=at,
        lines=len(lines),
        last_look=max(last_look, before.last_look if before else 0),
        tree=tree,
        prev_root=prev_root,
        root=seal_root(number, at=at, prev_root=prev_root, tree=tree),
    )
    SealedLine.objects.bulk_create(
        SealedLine(seal=seal, place=place, of=of, case_id=case, seq=seq, hash=digest)
        for place, (of, case, seq, digest) in enumerate(lines)
    )
    return seal


# ---- the tree (RFC 6962, section 2.1): one line can be shown to be in a seal without showing the others ----


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root of a tree over leaf hashes, of which there is at least one."""
    if len(leaves) == 1:
        return leaves[0]
    half = _half(len(leaves))
    return hashlib.sha256(b"\x01" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


def path_to(place: int, leaves: Sequence[bytes]) -> list[tuple[str, str]]:
    """Return what leads from a leaf to the root: which side each neighbour stands on, and its hash in hex."""
    if len(leaves) == 1:
        return []
    half = _half(len(leaves))
    if place < half:
        return [*path_to(place, leaves[:half]), ("right", root_of(leaves[half:]).hex())]
    return [*path_to(place - half, leaves[half:]), ("left", root_of(leaves[:half]).hex())]


def _half(count: int) -> int:
    """Return the largest power of two below ``count``."""
    return 1 << (count - 1).bit_length() - 1


def leaf_text(of: str, case: UUID, seq: int, digest: str) -> str:
    """Return what a leaf of the tree is the hash of, after a zero byte."""
    return f"{of}|{case}|{seq}|{digest}"


def _leaf(of: str, case: UUID, seq: int, digest: str) -> bytes:
    return hashlib.sha256(b"\x00" + leaf_text(of, case, seq, digest).encode()).digest()


def seal_root(number: int, *, at: datetime, prev_root: str, tree: str) -> str:
    """Return a seal's root, which is what is published."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(f"{number}|{moment}|{prev_root}|{tree}".encode()).hexdigest()


def look_hash(number: int, case: UUID, at: datetime, actor: str, kind: str, what: str) -> str:  # noqa: PLR0917 - the columns of one row
    """Return the hash of one look."""
    said = [number, str(case), at.astimezone(UTC).isoformat(timespec="microseconds"), actor, kind, what]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


# ---- verifying ----


def verify(*, roots: Mapping[int, str] | None = None) -> Iterator[str]:
    """
    Yield what is wrong with the seals, and where what they hold stands differently today.

    ``roots`` are published ones, by number: each must be the root that is here. Needs the clock's reach.
    """
    roots = roots or {}
    number, prev_root, seen = 0, "", set()
    while page := list(Seal.objects.filter(number__gt=number).order_by("number")[:PAGE]):
        leaves = _leaves_of(page)
        for seal in page:
            if seal.number != number + 1:
                yield f"seal {number + 1} is missing"
            if seal.prev_root != prev_root:
                yield f"seal {seal.number} does not follow the seal before it"
            if not _is_whole(seal, leaves.get(seal.number, [])):
                yield f"seal {seal.number} was changed"
            if roots.get(seal.number, seal.root) != seal.root:
                yield f"seal {seal.number} is not the one that was published"
            seen.add(seal.number)
            number, prev_root = seal.number, seal.root
        yield from _moved(page[0].number, page[-1].number)
    for missing in sorted(set(roots) - seen):
        yield f"seal {missing} was published and is missing"
    yield from _skipped()


def _is_whole(seal: Seal, leaves: list[bytes]) -> bool:
    return (
        len(leaves) == seal.lines
        and root_of(leaves).hex() == seal.tree
        and seal_root(seal.number, at=seal.at, prev_root=seal.prev_root, tree=seal.tree) == seal.root
    )


def _leaves_of(seals: Iterable[Seal]) -> dict[int, list[bytes]]:
    leaves: dict[int, list[bytes]] = {}
    for line in SealedLine.objects.filter(seal__in=list(seals)).order_by("seal", "place"):
        leaves.setdefault(line.seal_id, []).append(_leaf(line.of, line.case_id, line.seq, line.hash))
    return leaves


def _moved(first: int, last: int) -> Iterator[str]:
    """Yield the sealed lines and looks that are gone or say something else today."""
    changed = """
        SELECT l.seal_id, c.reference, l.seq FROM cases_sealedline l JOIN cases_case c ON c.id = l.case_id
        LEFT JOIN cases_caseevent e ON e.case_id = l.case_id AND e.seq = l.seq
        WHERE l.of = 'history' AND l.seal_id BETWEEN %s AND %s AND e.hash IS DISTINCT FROM l.hash
        ORDER BY l.seal_id, l.place
    """
    with connection.cursor() as cursor:
        cursor.execute(changed, [first, last])
        for number, reference, seq in cursor.fetchall():
            yield f"{reference}: line {seq} is not the one that seal {number} holds"
    held = SealedLine.objects.filter(of=SealedLine.Of.LOOKS, seal__number__range=(first, last)).order_by("seq")
    looks = ReadEntry.objects.in_bulk(list(held.values_list("seq", flat=True)))
    for line in held:
        look = looks.get(line.seq)
        if look is None:
            yield f"look {line.seq} is missing, and seal {line.seal_id} holds it"
        elif look_hash(look.pk, look.case_id, look.at, look.actor, look.kind, look.object) != line.hash:
            yield f"look {line.seq} is not the one that seal {line.seal_id} holds"


def _skipped() -> Iterator[str]:
    """Yield the cases whose head says that more is sealed than any seal holds."""
    skipped = """
        SELECT c.reference FROM cases_chainhead h JOIN cases_case c ON c.id = h.case_id
        WHERE h.sealed_seq > (SELECT coalesce(max(l.seq), 0) FROM cases_sealedline l
                              WHERE l.of = 'history' AND l.case_id = h.case_id)
        ORDER BY c.reference LIMIT 100
    """
    with connection.cursor() as cursor:
        cursor.execute(skipped)
        for (reference,) in cursor.fetchall():
            yield f"{reference}: its history counts as sealed, and no seal holds it"


def oldest_unsealed() -> datetime | None:
    """Return since when a line of a history has been waiting for a seal, if one waits. Needs the clock's reach."""
    oldest = """
        SELECT min(e.at) FROM (SELECT case_id, sealed_seq FROM cases_chainhead WHERE sealed_seq < seq LIMIT %s) h
        JOIN cases_caseevent e ON e.case_id = h.case_id AND e.seq = h.sealed_seq + 1
    """
    with connection.cursor() as cursor:
        cursor.execute(oldest, [AT_ONCE])
        moment: datetime | None = cursor.fetchone()[0]
    return moment


@dataclass(frozen=True, slots=True)
class Proof:
    """How a case's history can be shown to stand in the seals, without anything of another case."""

    #: The newest sealed line, which holds those before it: its number and hash.
    seq: int
    hash: str
    #: From the line to the root of its seal's tree: the side each neighbour stands on, and its hash.
    path: list[tuple[str, str]]
    #: Its seal, and those after it up to the first that somebody outside has stamped.
    seals: list[Seal]
    stamp: Stamp | None


def proof(case: Case) -> Proof | None:
    """Return the proof of a case's history as far as it is sealed, or None while nothing of it is."""
    held = SealedLine.objects.filter(case=case, of=SealedLine.Of.HISTORY)
    line = held.select_related("seal").order_by("-seq").first()
    if line is None:
        return None
    path = path_to(line.place, _leaves_of([line.seal])[line.seal_id])
    stamp = Stamp.objects.filter(seal__gte=line.seal_id, by=Stamp.By.AUTHORITY).order_by("seal", "pk").first()
    last = stamp.seal_id if stamp else line.seal_id
    seals = list(Seal.objects.filter(number__range=(line.seal_id, last)).order_by("number"))
    return Proof(line.seq, line.hash, path, seals, stamp)
