"""The stream: told at commit, to those who may know, for as long as they may."""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Callable

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from cases import notes
from districts.actors import officer_actor
from districts.models import Officer, Posting
from districts.reach import reach_of
from tests.portal.conftest import arrive, do, signed_in
from tests.portal.live.listening import Listener, wait_for
from tests.servers import SUPERUSER

Listen = Callable[..., Listener]
LOOKS_AGAIN = 15.0


def test_an_alert_is_told_to_its_own_cell_and_to_nobody_else(listen: Listen):
    here = listen("op1")
    strangers = [listen(name) for name in ("up-op1", "north", "dig", "reviewer", "admin", "nobody")]
    case = arrive()
    here.hears("received", case.reference)
    agra = arrive("UP")
    strangers[0].hears("received", agra.reference)
    assert agra.reference not in {reference for _, reference in here.told}
    assert [stranger.told for stranger in strangers[1:]] == [[], [], [], [], []]
    assert case.reference not in {reference for _, reference in strangers[0].told}


def test_an_event_is_a_name_a_reference_and_a_number_and_no_word_more(listen: Listen):
    here = listen("op1")
    case = arrive()
    here.hears("received", case.reference)
    frame = next(frame for frame in here.frames if "id" in frame)
    assert set(frame) == {"id", "data"}
    assert json.loads(frame["data"]) == {"event": "received", "reference": case.reference, "seq": 1}
    assert here.answer.getheader("Content-Type") == "text/event-stream; charset=utf-8"
    assert here.answer.getheader("Cache-Control") == "no-store"
    assert here.answer.getheader("X-Accel-Buffering") == "no"
    assert here.answer.getheader("Content-Encoding") is None


def test_a_unit_is_told_of_what_was_forwarded_to_it_from_then_until_it_is_recalled(listen: Listen):
    north, south, above = listen("north"), listen("south"), listen("dig")
    op1 = signed_in("op1")
    case = arrive()
    do(op1, case, "claim")
    do(op1, case, "forward", unit="RJ-NORTH", role="lead")
    north.hears("forwarded", case.reference)
    above.hears("forwarded", case.reference)
    do(op1, case, "notes", text="the hostel rang")
    north.hears("noted", case.reference)
    do(op1, case, "recall", unit="RJ-NORTH", reason="wrong district")
    # The page must let go of the case; what it is told does not say of which.
    north.hears("refetch")
    before = list(north.told)
    do(op1, case, "notes", text="not for the north any more")
    do(op1, case, "forward", unit="RJ-SOUTH", role="lead")
    south.hears("forwarded", case.reference)
    assert north.told == before
    assert {name for name, _ in before} == {"forwarded", "rung_told", "noted", "refetch"}
    assert ("noted", case.reference) not in south.told


def test_a_unit_is_not_told_of_what_the_cell_does_with_another_unit(listen: Listen):
    north = listen("north")
    op1 = signed_in("op1")
    case = arrive()
    do(op1, case, "claim")
    do(op1, case, "forward", unit="RJ-NORTH", role="lead")
    do(op1, case, "forward", unit="RJ-EAST", role="support")
    do(op1, case, "notes", text="for both")
    north.hears("noted", case.reference)
    assert [name for name, _ in north.told] == ["forwarded", "rung_told", "noted"]


def test_what_is_rolled_back_is_told_to_nobody(listen: Listen):
    here = listen("op1")
    case = arrive()
    actor = officer_actor(Officer.objects.get(username="op1"), at=timezone.now())
    with reach_of(actor):
        notes.note(case, text="never happened", by=actor, at=timezone.now())
        transaction.set_rollback(True)
    with reach_of(actor):
        notes.note(case, text="happened", by=actor, at=timezone.now())
    here.hears("noted", case.reference)
    assert [name for name, _ in here.told] == ["received", "noted"]


def test_nobody_is_told_anything_without_signing_in(port: int):
    anonymous = Listener(port)
    assert anonymous.answer.status == 302
    assert anonymous.answer.getheader("Location", "").startswith("/accounts/login/")
    assert Listener(port, Accept="application/json").answer.status == 401
    forged = Listener(port, Cookie="sessionid=0123456789abcdefghijklmnopqrstuv")
    assert forged.answer.status == 302
    line = http.client.HTTPConnection("127.0.0.1", port)
    line.request("POST", "/events")
    assert line.getresponse().status in {403, 405}


def test_a_posting_that_ends_ends_what_is_told(listen: Listen):
    operator, other = listen("op1"), listen("op2")
    case = arrive()
    operator.hears("received", case.reference)
    Posting.objects.filter(officer__username="op1").update(valid_to=timezone.now())
    after = arrive()
    other.hears("received", after.reference)
    assert after.reference not in {reference for _, reference in operator.told}


def test_who_signs_out_is_told_nothing_more_and_the_stream_ends(port: int):
    client = signed_in("op1")
    operator, other = Listener(port, client).lives(), Listener(port, signed_in("op2")).lives()
    client.logout()
    case = arrive()
    other.hears("received", case.reference)
    assert operator.told == []
    assert operator.ended.wait(LOOKS_AGAIN)


def test_a_browser_that_comes_back_is_told_what_it_missed_in_order(listen: Listen):
    first = listen("op1")
    case = arrive()
    first.hears("received", case.reference)
    seen = first.last
    first.close()
    other = listen("op2")
    op1 = signed_in("op1")
    do(op1, case, "claim")
    do(op1, case, "notes", text="while away")
    other.hears("noted", case.reference)
    again = listen("op1", last=seen)
    again.hears("noted", case.reference)
    assert again.told == [("claimed", case.reference), ("noted", case.reference)]


@pytest.mark.parametrize("last", ["1", "999999999999", "rubbish", "9" * 400])
def test_a_browser_that_was_away_too_long_is_told_to_fetch_its_page(listen: Listen, last: str):
    listen("op1", last=last).hears("refetch")


def test_what_was_taken_from_a_unit_while_it_was_away_is_not_told_to_it_afterwards(listen: Listen):
    north = listen("north")
    op1 = signed_in("op1")
    case, kept = arrive(), arrive()
    for one in (kept, case):
        do(op1, one, "claim")
        do(op1, one, "forward", unit="RJ-NORTH", role="lead")
        north.hears("forwarded", one.reference)
    seen = next(frame["id"] for frame in north.frames if "id" in frame)
    north.close()
    do(op1, case, "recall", unit="RJ-NORTH", reason="wrong district")
    other = listen("op2")
    do(op1, kept, "notes", text="still there")
    other.hears("noted", kept.reference)
    again = listen("north", last=seen)
    again.hears("noted", kept.reference)
    assert case.reference not in {reference for _, reference in again.told}


def test_a_stream_shows_a_sign_of_life_often_enough(listen: Listen):
    here = listen("nobody")
    began = time.monotonic()
    so_far = here.beats
    wait_for(lambda: here.beats >= so_far + 2, "no sign of life")
    assert time.monotonic() - began < 15


def test_when_postgresql_has_broken_off_the_stream_goes_on_and_the_page_is_fetched_anew(listen: Listen):
    here = listen("op1")
    with psycopg.connect(os.environ[SUPERUSER], dbname=connection.settings_dict["NAME"], autocommit=True) as server:
        killed = server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND query LIKE 'LISTEN%' OR query = 'SELECT 1' AND datname = current_database()"
        ).fetchall()
    assert killed
    here.hears("refetch")
    connection.close()
    case = arrive()
    here.hears("received", case.reference)


def test_a_process_listens_once_however_many_are_listening(listen: Listen):
    for _ in range(5):
        listen("op1")
    with psycopg.connect(os.environ[SUPERUSER], dbname=connection.settings_dict["NAME"], autocommit=True) as server:
        listening = server.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'"
            " AND (query LIKE 'LISTEN%' OR query = 'SELECT 1')"
        ).fetchone()
    assert listening == (1,)
