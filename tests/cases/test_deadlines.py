"""Timers are rows: fired once by any number of sweepers, never early, and frozen when they start."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier, Event

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from cases import claiming, deadlines, forwarding, response, tasks
from cases.models import Case, Deadline
from cases.states import Promise
from districts import clock
from districts.actors import CLOCK
from districts.models import Policy
from districts.reach import reach_of
from notifications.models import Message
from tests.cases.conftest import Territory, as_engine, ring


@pytest.mark.django_db(transaction=True)
def test_four_sweepers_fire_each_deadline_once(land: Territory, post: Callable[..., Case], monday: datetime) -> None:
    cases = [post() for _ in range(25)]
    due = monday + timedelta(minutes=1)
    together = Barrier(4)

    def sweeper(_: int) -> list[str]:
        fired = []
        together.wait()
        try:
            while True:
                with reach_of(CLOCK):
                    deadline = deadlines.miss_next(at=due)
                if deadline is None:
                    return fired
                fired.append(str(deadline.case_id))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as sweepers:
        fired = Counter(case for each in sweepers.map(sweeper, range(4)) for case in each)
    assert fired == Counter(str(case.pk) for case in cases)
    with as_engine():
        assert Message.objects.filter(channel="sms").count() == 25


@pytest.mark.django_db(transaction=True)
def test_an_acknowledgement_racing_the_sweep_leaves_no_page_owed(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    desk, late = land.jhunjhunu_desk, monday + timedelta(minutes=5)
    cases = [post() for _ in range(12)]
    for case in cases:
        with reach_of(land.rj_op1):
            claiming.claim(case, by=land.rj_op1, at=monday)
            forwarding.forward(case, to=land.jhunjhunu, part="lead", by=land.rj_op1, at=monday)
    together = Barrier(2)

    def strike() -> None:
        together.wait()
        ring(late)
        connection.close()

    with ThreadPoolExecutor(1) as clock:
        striking = clock.submit(strike)
        together.wait()
        for case in cases:
            with reach_of(desk):
                response.acknowledge(case, officer_name="SI", officer_phone="1", eta_minutes=1, by=desk, at=late)
        striking.result(timeout=60)
    with as_engine():
        assert not Deadline.objects.filter(kind="ACKNOWLEDGE", settled_at=None).exists()
        assert not Message.objects.filter(state__in=["queued", "sending"]).exists()


def test_a_policy_edited_later_changes_nothing_that_runs(land: Territory, forwarded: Case, monday: datetime) -> None:
    Policy.objects.filter(state=land.rj_cell.state).update(acknowledge_s=1, move_s=30, ladder=[])
    assert ring(monday + timedelta(seconds=30)) == []
    assert ring(monday + timedelta(seconds=180))[0] == ("ACKNOWLEDGE", 0)
    with reach_of(land.jhunjhunu_desk):
        response.acknowledge(
            forwarded,
            officer_name="SI",
            officer_phone="1",
            eta_minutes=1,
            by=land.jhunjhunu_desk,
            at=monday + timedelta(seconds=200),
        )
    assert ring(monday + timedelta(seconds=229)) == []
    assert ring(monday + timedelta(seconds=230)) == [("MOVE", 0)]


def test_a_unit_may_have_times_of_its_own(land: Territory, monday: datetime) -> None:
    own = Policy.objects.create(
        state=land.sikar.state, unit=land.sikar, name="rural", urgency="P1", contact_s=2400, ladder=[]
    )
    assert deadlines.policy_for(land.sikar, "P1") == own
    assert deadlines.policy_for(land.jhunjhunu, "P1").contact_s == 1200
    assert deadlines.policy_for(land.agra, "P0").name == "default"


@pytest.mark.django_db(transaction=True)
def test_a_claim_that_waits_for_the_sweep_lifts_the_ladder_that_the_sweep_raises(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    case, due = post(), monday + timedelta(minutes=1)
    raised, waits = Event(), Event()

    def sweeper() -> None:
        try:
            with reach_of(CLOCK):
                deadlines.miss_next(at=due)
                raised.set()
                assert waits.wait(30)
        finally:
            connection.close()

    def operator() -> None:
        try:
            with reach_of(land.rj_op1):
                claiming.claim(case, by=land.rj_op1, at=due)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        sweeping = both.submit(sweeper)
        assert raised.wait(30)
        claimed = both.submit(operator)
        give_up = time.monotonic() + 30
        while not somebody_waits_for_a_lock() and time.monotonic() < give_up:
            time.sleep(0.05)
        waits.set()
        sweeping.result(30)
        claimed.result(30)
    with as_engine():
        left = Deadline.objects.filter(case=case, kind="CLAIM").order_by("level").values_list("level", "settled_as")
        assert list(left) == [(0, "missed"), (1, "missed"), *((level, "lifted") for level in range(2, len(left)))]
        assert len(left) > 2


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_a_sweep_is_behind_when_something_has_been_due_for_longer_than_between_two_sweeps(
    land: Territory, post: Callable[..., Case], monkeypatch: pytest.MonkeyPatch, monday: datetime
) -> None:
    assert not tasks.sweep_is_behind()
    post()
    due = monday + timedelta(seconds=60)
    for late_s, behind in ((-30, False), (1.9, False), (2.1, True)):
        monkeypatch.setattr(clock, "now", lambda late_s=late_s: due + timedelta(seconds=late_s))
        assert tasks.sweep_is_behind() is behind


def test_the_sweep_believes_the_database_and_not_its_own_clock(
    land: Territory, post: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    post(at=timezone.now())
    ahead = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: ahead)
    assert tasks.sweep() == 0


def test_the_database_refuses_a_deadline_that_fires_early_or_twice(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    with as_engine():
        running = Deadline.objects.get(case=forwarded, kind="ACKNOWLEDGE", level=0)
        running.settled_at, running.settled_as = monday, "missed"
        with pytest.raises(IntegrityError, match="never_early"), transaction.atomic():
            running.save(update_fields=["settled_at", "settled_as"])
        with pytest.raises(IntegrityError, match="one_open_deadline"), transaction.atomic():
            deadlines.start(
                forwarded,
                Promise.ACKNOWLEDGE,
                unit=land.jhunjhunu,
                forwarding=running.forwarding,
                by=CLOCK,
                at=monday + timedelta(seconds=1),
            )


def test_recalling_lifts_what_the_unit_owed_and_starts_the_cells_clock_again(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    later = monday + timedelta(minutes=1)
    with reach_of(land.rj_op1):
        forwarding.recall(forwarded, unit=land.jhunjhunu, reason="moved", by=land.rj_op1, at=later)
    with as_engine():
        rows = Deadline.objects.filter(case=forwarded, kind="ACKNOWLEDGE", level__in=[0, 3])
        assert {row.settled_as for row in rows} == {"lifted"}
        # The first message was never taken by a gateway, so it is taken back and nobody has to be told of a withdrawal.
        assert set(Message.objects.filter(about_id=forwarded.pk).values_list("state", flat=True)) == {"cancelled"}
    # The unit may have seen it on its screen: until it says that it knows, that has a clock, too.
    assert ring(later + timedelta(seconds=300)) == [("FORWARD", 0), ("RECALL", 0)]
