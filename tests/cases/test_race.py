"""
An acknowledgement racing a deadline never leaves a page that is created after it.

`make test` runs some of these races, `RACES=2000 .venv/bin/python -m pytest tests/cases/test_race.py` as many as were
promised. The sweep strikes in one thread with a connection of its own, whoever answers acts in another; both are let
go together, and who comes first is PostgreSQL's affair.
"""

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from cases import claiming, deadlines, forwarding, outcome, response, tapping
from cases.models import Case, Deadline, Tap
from districts.actors import CLOCK
from districts.reach import reach_of
from notifications.models import OWED, Message
from tests.cases.conftest import Territory, as_engine, ring

RACES = int(os.environ.get("RACES", "160"))
#: Cases of one round, all due at the same moment: the sweep works through them while they are answered one by one.
ROUND = 8
S = timedelta(seconds=1)
NAMED = {"officer_name": "SI", "officer_phone": "1", "eta_minutes": 1}
Post = Callable[..., Case]


def race(act: Callable[[Case], None], cases: list[Case], *, at: datetime) -> None:
    """Let the sweep strike while something is done to each case; the last case first, so that they meet midway."""
    together = Barrier(2)

    def strike() -> None:
        try:
            together.wait()
            ring(at)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as clock:
        striking = clock.submit(strike)
        together.wait()
        for case in reversed(cases):
            act(case)
        striking.result(timeout=240)


def forwarded_cases(land: Territory, post: Post, at: datetime) -> list[Case]:
    cases = [post(at=at) for _ in range(ROUND)]
    for case in cases:
        with reach_of(land.rj_op1):
            claiming.claim(case, by=land.rj_op1, at=at)
            forwarding.forward(case, to=land.jhunjhunu, part="lead", by=land.rj_op1, at=at)
    return cases


def left_behind(cases: list[Case], *, answered_kind: str) -> list[str]:
    """What of the answered promise could still wake somebody: a message that is owed, or a step that waits."""
    keys = [case.pk for case in cases]
    with as_engine():
        owed = Message.objects.filter(about_id__in=keys, state__in=sorted(OWED), group__startswith="forwarding:")
        steps = Deadline.objects.filter(case__in=keys, kind=answered_kind, settled_at=None)
        return [str(message) for message in owed] + [str(step) for step in steps]


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("way", ["signed in", "tap"])
def test_an_acknowledgement_racing_its_ladder_leaves_no_page_after_it(
    land: Territory, post: Post, monday: datetime, way: str
) -> None:
    desk, first = land.jhunjhunu_desk, Counter[str]()
    for number in range(RACES // (2 * ROUND)):
        began = monday + timedelta(hours=number)
        late = began + 400 * S  # the promise, rung 2 and rung 3 are due
        cases = forwarded_cases(land, post, began)

        def acknowledge(case: Case, at: datetime = late) -> None:
            if way == "signed in":
                with reach_of(desk):
                    response.acknowledge(case, **NAMED, by=desk, at=at)
                return
            with reach_of(CLOCK):
                taps = Tap.objects.select_related("case__state", "forwarding__unit", "contact__unit__group")
                tap = taps.filter(case=case).order_by("made_at").first()
            assert tap is not None
            tapping.acknowledge(tap, eta_minutes=None, at=at)

        race(acknowledge, cases, at=late)
        assert left_behind(cases, answered_kind="ACKNOWLEDGE") == []
        # Much later nobody is told of it either: neither the sweep nor a delivery finds anything.
        assert {kind for kind, _ in ring(late + 500 * S)} == set()
        with as_engine():
            promises = Deadline.objects.filter(case__in=cases, kind="ACKNOWLEDGE", level=0)
            first.update(promises.values_list("settled_as", flat=True))
        settle(land, cases, at=late + 500 * S)
    assert set(first) <= {"met", "missed"}
    assert sum(first.values()) == RACES // (2 * ROUND) * ROUND


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(3600)
def test_a_team_sent_at_the_moment_of_the_miss_leaves_no_ladder_behind(
    land: Territory, post: Post, monday: datetime
) -> None:
    """
    The miss of this promise writes its ladder, and nobody climbs it after the team is on its way.

    An act that had looked for open rows a moment before did not see it.
    """
    desk = land.jhunjhunu_desk
    for number in range(max(1, RACES // (4 * ROUND))):
        began = monday + timedelta(hours=number)
        late = began + 600 * S
        cases = forwarded_cases(land, post, began)
        for case in cases:
            with reach_of(desk):
                response.acknowledge(case, **NAMED, by=desk, at=began)

        def move(case: Case, at: datetime = late) -> None:
            with reach_of(desk):
                response.move(case, by=desk, at=at)

        race(move, cases, at=late)
        assert left_behind(cases, answered_kind="MOVE") == []
        settle(land, cases, at=late)


@pytest.mark.django_db(transaction=True)
def test_whoever_moves_while_the_sweep_holds_the_promise_sees_the_ladder_it_writes(
    land: Territory, post: Post, monday: datetime
) -> None:
    """The same race, with the order forced: the sweep has missed the promise and has not committed yet."""
    desk, late = land.jhunjhunu_desk, monday + 600 * S
    (case, *_) = forwarded_cases(land, post, monday)
    with reach_of(desk):
        response.acknowledge(case, **NAMED, by=desk, at=monday)
    missed, waits = Barrier(2), Barrier(2)

    def strike() -> None:
        try:
            with reach_of(CLOCK):
                _miss(case, at=late)
                missed.wait(60)
                waits.wait(60)
                _until_somebody_waits_for_us()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as clock:
        striking = clock.submit(strike)
        missed.wait(60)
        waits.wait(60)
        with reach_of(desk):
            response.move(case, by=desk, at=late)
        striking.result(timeout=120)
    assert left_behind([case], answered_kind="MOVE") == []


def settle(land: Territory, cases: list[Case], *, at: datetime) -> None:
    """Close a round, so that the next sweep has only its own cases to strike."""
    for case in cases:
        with reach_of(land.rj_op1):
            outcome.close(case, outcome="N1", by=land.rj_op1, at=at)


def _miss(case: Case, *, at: datetime) -> None:
    while True:
        missed = deadlines.miss_next(at=at)
        assert missed is not None
        if (missed.case_id, missed.kind, missed.level) == (case.pk, "MOVE", 0):
            return


def _until_somebody_waits_for_us() -> None:
    """Hold the transaction open until another one waits for a lock of it; a fact, not a time."""
    with connection.cursor() as cursor:
        for _ in range(600):
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            row = cursor.fetchone()
            if row and row[0]:
                return
            cursor.execute("SELECT pg_sleep(0.05)")
    msg = "nobody has waited"
    raise AssertionError(msg)
