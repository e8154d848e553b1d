"""Whoever may write everything can write a whole history anew; the seals, and a root kept outside, find that out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from cases import access, history, notes, sealing
from cases.models import Case, CaseEvent, ChainHead, Seal, SealedLine
from districts.actors import Actor
from districts.reach import reach_of
from tests.cases.conftest import Territory, as_engine
from tests.servers import SUPERUSER

SECOND = timedelta(seconds=1)


def seal(at: datetime) -> Seal | None:
    with as_engine():
        return sealing.seal_next(at=at)


def faults(**published: dict[int, str]) -> list[str]:
    with as_engine():
        return list(sealing.verify(**published))


def say(case: Case, text: str, *, by: Actor, at: datetime) -> None:
    with reach_of(by):
        notes.note(case, text=text, by=by, at=at)


def test_a_seal_holds_where_every_history_stands_and_every_look_once(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    with reach_of(land.rj_op1):
        access.look(forwarded, by=land.rj_op1, at=monday)
    first = seal(monday)
    assert first
    with as_engine():
        head = ChainHead.objects.get(case=forwarded)
        assert head.sealed_seq == head.seq
        held = set(SealedLine.objects.filter(case=forwarded).values_list("of", "hash"))
        assert ("history", head.hash) in held
        assert {of for of, _ in held} == {"history", "looks"}
    assert seal(monday + SECOND) is None, "nothing was written since"
    say(forwarded, "एक", by=land.rj_op1, at=monday + SECOND)
    second = seal(monday + 2 * SECOND)
    assert second
    assert (second.number, second.prev_root, second.lines) == (first.number + 1, first.root, 1)
    assert faults() == []


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE cases_seal SET root = repeat('0', 64) WHERE number = 1", "seal 1 was changed"),
        ("UPDATE cases_seal SET at = at - interval '1 day' WHERE number = 1", "seal 1 was changed"),
        ("UPDATE cases_sealedline SET hash = repeat('0', 64) WHERE of = 'history'", "seal 1 was changed"),
        ("DELETE FROM cases_sealedline WHERE of = 'looks'", "seal 1 was changed"),
        ("DELETE FROM cases_sealedline; DELETE FROM cases_seal WHERE number = 1", "seal 1 is missing"),
        ("UPDATE cases_readentry SET actor = 'officer:x'", "is not the one that seal 1 holds"),
        ("DELETE FROM cases_readentry", "is missing, and seal 1 holds it"),
        ("DELETE FROM cases_caseevent WHERE seq > 2", "line 4 is not the one that seal 1 holds"),
        ("DELETE FROM cases_sealedline; DELETE FROM cases_seal", "counts as sealed, and no seal holds it"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_a_superuser_who_tampers_with_what_is_sealed_is_found_out(
    land: Territory, forwarded: Case, monday: datetime, superuser: psycopg.Connection, tampering: str, found: str
) -> None:
    with reach_of(land.rj_op1):
        access.look(forwarded, by=land.rj_op1, at=monday)
    assert seal(monday)
    say(forwarded, "zwei", by=land.rj_op1, at=monday)
    assert seal(monday + SECOND)
    assert faults() == []
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(tampering)
    superuser.commit()
    assert any(found in fault for fault in faults()), faults()


@pytest.mark.django_db(transaction=True)
def test_a_history_written_anew_from_the_first_line_is_whole_in_itself_and_the_seal_finds_it_out(
    land: Territory, forwarded: Case, monday: datetime, superuser: psycopg.Connection
) -> None:
    seal(monday)
    superuser.execute("SET session_replication_role = replica")
    _write_anew(superuser, forwarded)
    with as_engine():
        assert history.verify(forwarded) == [], "the chain alone does not notice"
    assert any("is not the one that seal 1 holds" in fault for fault in faults())


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_the_seals_anew_too_is_found_out_by_a_root_that_was_kept_outside(
    land: Territory, forwarded: Case, monday: datetime, superuser: psycopg.Connection
) -> None:
    published = seal(monday)
    assert published
    kept = {published.number: published.root}
    assert faults(roots=kept) == []
    superuser.execute("SET session_replication_role = replica")
    _write_anew(superuser, forwarded)
    superuser.execute("DELETE FROM cases_sealedline; DELETE FROM cases_seal")
    superuser.execute("UPDATE cases_chainhead SET sealed_seq = 0")
    superuser.commit()
    seal(monday)
    assert faults() == [], "the database alone does not notice"
    assert faults(roots=kept) == ["seal 1 is not the one that was published"]
    assert "seal 7 was published and is missing" in faults(roots={7: "0" * 64})


def _write_anew(superuser: psycopg.Connection, case: Case) -> None:
    """Write the whole chain of a case again, with another actor in its first line."""
    rows = superuser.execute(
        "SELECT seq, at, actor, action, payload_hash FROM cases_caseevent WHERE case_id = %s ORDER BY seq", [case.pk]
    ).fetchall()
    previous = history._origin(case)
    for seq, at, actor, action, payload in rows:
        said = history._sealed(case.pk, at=at, actor="officer:x" if seq == 1 else actor, action=action, payload=payload)
        digest = hashlib.sha256(f"{previous}|{seq}|{said}".encode()).hexdigest()
        superuser.execute(
            """UPDATE cases_caseevent SET prev_hash = %s, hash = %s,
               actor = CASE WHEN seq = 1 THEN 'officer:x' ELSE actor END WHERE case_id = %s AND seq = %s""",
            [previous, digest, case.pk, seq],
        )
        previous = digest
    superuser.execute("UPDATE cases_chainhead SET hash = %s WHERE case_id = %s", [previous, case.pk])
    superuser.commit()


@contextmanager
def somebody_writes(case: Case) -> Iterator[None]:
    """Hold a case and the end of its chain in another connection, as a rule does at its end."""
    with psycopg.connect(os.environ[SUPERUSER], dbname=connection.settings_dict["NAME"]) as writer:
        writer.execute("SET ROLE portal_engine")
        writer.execute("SELECT FROM cases_case WHERE id = %s FOR UPDATE", [case.pk])
        writer.execute("SELECT FROM cases_chainhead WHERE case_id = %s FOR UPDATE", [case.pk])
        yield
        writer.rollback()


@pytest.mark.django_db(transaction=True)
def test_sealing_waits_for_nobody_and_takes_up_later_what_somebody_was_writing_at(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    with somebody_writes(forwarded):
        assert seal(monday) is None
    late = seal(monday + SECOND)
    assert late
    assert late.lines == 1


@pytest.mark.django_db(transaction=True)
def test_a_look_that_is_committed_after_a_later_one_was_sealed_is_sealed_too(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    look = "INSERT INTO cases_readentry (case_id, at, actor, kind, object) VALUES (%s, %s, 'officer:1', 'case', %s)"
    with psycopg.connect(os.environ[SUPERUSER], dbname=connection.settings_dict["NAME"]) as slow:
        slow.execute(look, [forwarded.pk, monday, "numbered first"])
        with reach_of(land.rj_op1):
            access.look(forwarded, by=land.rj_op1, at=monday, what="committed first")
        assert seal(monday)
    late = seal(monday + SECOND)
    assert late
    with as_engine():
        first, second = SealedLine.objects.filter(of="looks").order_by("seal").values_list("seq", flat=True)
    assert second < first
    assert late.last_look == first, "the newest look stays the newest"
    assert faults() == []


def test_only_the_engine_closes_the_books_and_nobody_opens_them(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    seal(monday)
    for who in (land.rj_op1, land.jhunjhunu_desk, land.agra_desk, land.up_op1, land.admin):
        with reach_of(who), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Seal.objects.exists()
    with reach_of(land.rj_op1), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        ChainHead.objects.filter(case=forwarded).update(sealed_seq=0)
    with reach_of(land.rj_op1), pytest.raises(DatabaseError, match="sealed by nobody yet"), transaction.atomic():
        ChainHead.objects.create(case=forwarded, seq=1, hash="0" * 64, sealed_seq=1)
    with as_engine(), pytest.raises(DatabaseError, match="grows by the line"), transaction.atomic():
        ChainHead.objects.filter(case=forwarded).update(sealed_seq=0)
    with as_engine(), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        SealedLine.objects.all().delete()
    with as_engine(), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Seal.objects.update(root="")


def test_what_waits_for_a_seal_is_known_by_its_age(land: Territory, forwarded: Case, monday: datetime) -> None:
    with as_engine():
        first = CaseEvent.objects.order_by("at").first()
        assert first
        assert sealing.oldest_unsealed() == first.at
    seal(monday)
    with as_engine():
        assert sealing.oldest_unsealed() is None


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40), st.data())
def test_every_leaf_leads_to_the_root_and_no_other_does(leaves: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(leaves) - 1))
    path, root = sealing.path_to(place, leaves), sealing.root_of(leaves)
    assert _walk(leaves[place], path) == root
    assert _walk(hashlib.sha256(b"another").digest(), path) != root


def _walk(node: bytes, path: list[tuple[str, str]]) -> bytes:
    for side, neighbour in path:
        other = bytes.fromhex(neighbour)
        node = hashlib.sha256(b"\x01" + (other + node if side == "left" else node + other)).digest()
    return node


#: RFC 6962's own test tree (certificate-transparency reference): the root over its first seven and all eight leaves.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]


def test_the_tree_is_the_one_of_the_rfc() -> None:
    leaves = [hashlib.sha256(b"\x00" + bytes.fromhex(text)).digest() for text in LEAVES]
    assert sealing.root_of(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert sealing.root_of(leaves[:7]).hex() == "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"
