"""A ladder is hurried on once, promises are held and go on by themselves, and nothing ever fires while it is held."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from cases import claiming, forwarding, outcome, pacing, response, tasks, urgency
from cases.intake import Pointer
from cases.models import Case, CaseEvent, Deadline, Pause
from cases.refusals import (
    AlreadyClaimed,
    AlreadyPaused,
    InChargeNeeded,
    NothingRuns,
    NotPaused,
    NotWithUnit,
    NotYours,
    PauseTooLong,
    ReasonNeeded,
)
from districts.actors import Actor
from districts.models import Policy
from districts.reach import reach_of
from notifications.models import Message
from tests.cases.conftest import Territory, as_engine, ring

S = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
NAMED = {"officer_name": "SI", "officer_phone": "1", "eta_minutes": 5}


def told(case: Case) -> list[str]:
    """Who has been told by SMS, in order."""
    with as_engine():
        owed = Message.objects.filter(about_id=case.pk, channel="sms").order_by("created_at", "pk")
        return [str(message.to_ref) for message in owed]


def due(case: Case, kind: str, level: int = 0) -> datetime:
    with as_engine():
        return Deadline.objects.get(case=case, kind=kind, level=level, settled_at=None).due_at


def lines(case: Case, action: str) -> list[CaseEvent]:
    with as_engine():
        return list(CaseEvent.objects.filter(case=case, action=action).order_by("seq"))


def hold(land: Territory, case: Case, at: datetime, **changes: object) -> Pause:
    what = {"minutes": 5, "reason": "they talk to the person", "by": land.rj_op1, "at": at} | changes
    by: Actor = what["by"]  # type: ignore[assignment]  # a table
    with reach_of(by):
        return pacing.pause(case, **what)  # type: ignore[arg-type]  # a table


@pytest.fixture
def incharge(land: Territory) -> Actor:
    cell = land.rj_op2
    return replace(cell, roles=frozenset({"shift_incharge"}))


# ---- escalate now ------------------------------------------------------------------------------------------------


def test_the_cell_takes_the_next_step_at_once_and_it_is_not_taken_again(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    at = monday + 20 * S
    with reach_of(land.rj_op1):
        pacing.escalate(forwarded, by=land.rj_op1, at=at, reason="nobody answers the telephone")
    # Rung 2 is empty: the step goes on to the SP, at once.
    assert told(forwarded) == ["RJ-JHUNJHUNU/control_room", "RJ-JHUNJHUNU/SP"]
    (line,) = lines(forwarded, "escalated")
    assert (line.actor, line.facts["level"]) == ("officer:rj-op1", 2)
    assert lines(forwarded, "rung_told")[-1].actor == "officer:rj-op1"
    with as_engine():
        rows = Deadline.objects.filter(case=forwarded, kind="ACKNOWLEDGE", level__in=[2, 3])
        assert {(row.settled_as, row.due_at, row.settled_at) for row in rows} == {("missed", at, at)}
    assert ring(monday + 599 * S) == [("ACKNOWLEDGE", 0)]
    assert ring(monday + 600 * S) == [("ACKNOWLEDGE", 4)]
    assert told(forwarded).count("RJ-JHUNJHUNU/SP") == 1


def test_a_promise_that_is_not_missed_yet_can_be_hurried_and_its_miss_doubles_nothing(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        response.acknowledge(forwarded, **NAMED, by=desk, at=monday)
        pacing.escalate(forwarded, by=desk, at=monday + 10 * S)
    with as_engine():
        steps = Deadline.objects.filter(case=forwarded, kind="MOVE", level__gt=0).order_by("level")
        assert [step.due_at for step in steps][1:] == [monday + (600 + after) * S for after in (180, 300, 600)]
    assert ring(monday + 600 * S) == [("MOVE", 0)]
    assert ring(monday + 780 * S) == [("MOVE", 2)]
    assert told(forwarded).count("RJ-JHUNJHUNU/control_room") == 2  # the forwarding, and the step that was hurried
    with reach_of(desk):
        response.move(forwarded, by=desk, at=monday + 800 * S)
    assert ("MOVE", 4) not in ring(monday + 1300 * S)


def test_a_ladder_without_a_further_step_says_so(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        for second in range(2):
            pacing.escalate(forwarded, by=land.rj_op1, at=monday + second * S)
        with pytest.raises(NothingRuns):
            pacing.escalate(forwarded, by=land.rj_op1, at=monday + 9 * S)
    assert told(forwarded)[-1] == "RJ-RANGE-JAIPUR/IG"


def test_a_unit_hurries_its_own_ladder_and_no_other(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        forwarding.forward(forwarded, to=land.sikar, part="support", by=land.rj_op1, at=monday)
    sikar = land.sikar_desk
    with reach_of(sikar):
        pacing.escalate(forwarded, by=sikar, at=monday + S, unit=land.jhunjhunu)
    assert "RJ-SIKAR/SP" in told(forwarded)
    assert "RJ-JHUNJHUNU/SP" not in told(forwarded)
    with reach_of(land.dig), pytest.raises(NotYours):
        pacing.escalate(forwarded, by=land.dig, at=monday)
    for stranger in (land.agra_desk, land.up_op1):
        with reach_of(stranger), pytest.raises((NotWithUnit, NotYours)):
            pacing.escalate(forwarded, by=stranger, at=monday)


def test_the_cell_names_whose_ladder_is_hurried(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        forwarding.forward(forwarded, to=land.sikar, part="support", by=land.rj_op1, at=monday)
        pacing.escalate(forwarded, by=land.rj_op1, at=monday + S, unit=land.sikar)
    assert ("RJ-SIKAR/SP" in told(forwarded), "RJ-JHUNJHUNU/SP" in told(forwarded)) == (True, False)


@pytest.mark.django_db(transaction=True)
def test_hurrying_while_the_sweep_takes_the_same_step_tells_each_rung_once(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    late, cases = monday + 180 * S, []
    for _ in range(8):
        case = post()
        cases.append(case)
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
            with reach_of(land.rj_op1):
                pacing.escalate(case, by=land.rj_op1, at=late)
        striking.result(timeout=120)
    for case in cases:
        assert len(told(case)) == len(set(told(case)))


# ---- pause -------------------------------------------------------------------------------------------------------


def test_what_is_held_does_not_fire_and_has_as_much_time_left_afterwards(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    pause = hold(land, forwarded, monday + 100 * S, unit=land.jhunjhunu)
    assert pause.until == monday + 400 * S
    assert due(forwarded, "ACKNOWLEDGE") == monday + 480 * S
    assert ring(monday + 479 * S) == []
    assert ring(monday + 480 * S)[0] == ("ACKNOWLEDGE", 0)
    assert due(forwarded, "ACKNOWLEDGE", 4) == monday + 900 * S


def test_it_goes_on_by_itself_and_the_sweep_says_so(land: Territory, forwarded: Case, monday: datetime) -> None:
    hold(land, forwarded, monday, unit=land.jhunjhunu)
    tasks.sweep(at=monday + 299 * S)
    assert lines(forwarded, "resumed") == []
    tasks.sweep(at=monday + 300 * S)
    tasks.sweep(at=monday + 301 * S)
    (line,) = lines(forwarded, "resumed")
    assert (line.actor, line.facts["deadlines"]) == ("clock", ["ACKNOWLEDGE"])
    with as_engine():
        assert Pause.objects.get().ended_at == monday + 300 * S
        assert Deadline.objects.filter(case=forwarded, kind="ACKNOWLEDGE", level=0, settled_at=None).exists()


def test_it_goes_on_at_its_time_even_if_no_sweep_ends_the_pause(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    """Nothing but the due time decides: a lost pause silences nobody."""
    hold(land, forwarded, monday, unit=land.jhunjhunu)
    assert ring(monday + 480 * S)[0] == ("ACKNOWLEDGE", 0)


def test_a_promise_already_overdue_waits_for_the_end_of_the_pause(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    case = post()
    hold(land, case, monday + 70 * S)
    assert due(case, "CLAIM") == monday + 370 * S
    assert ring(monday + 369 * S) == []
    assert ring(monday + 370 * S)[0] == ("CLAIM", 0)


def test_it_may_go_on_before_its_time(land: Territory, forwarded: Case, monday: datetime) -> None:
    hold(land, forwarded, monday + 100 * S, unit=land.jhunjhunu)
    with reach_of(land.rj_op1):
        pacing.resume(forwarded, by=land.rj_op1, at=monday + 160 * S, unit=land.jhunjhunu)
        with pytest.raises(NotPaused):
            pacing.resume(forwarded, by=land.rj_op1, at=monday + 160 * S, unit=land.jhunjhunu)
    assert due(forwarded, "ACKNOWLEDGE") == monday + 240 * S
    assert ring(monday + 239 * S) == []
    assert lines(forwarded, "resumed")[0].actor == "officer:rj-op1"


def test_the_cells_own_promises_are_held_apart_from_a_units(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1), pytest.raises(NothingRuns):
        pacing.pause(forwarded, minutes=5, reason="x", by=land.rj_op1, at=monday)
    with reach_of(land.rj_op1):
        forwarding.forward(forwarded, to=land.sikar, part="support", by=land.rj_op1, at=monday)
    hold(land, forwarded, monday, unit=land.sikar)
    fired = ring(monday + 180 * S)
    assert fired[0] == ("ACKNOWLEDGE", 0)
    with as_engine():
        missed = Deadline.objects.get(case=forwarded, level=0, settled_as="missed", kind="ACKNOWLEDGE")
        assert missed.unit == land.jhunjhunu


def test_what_an_act_starts_meanwhile_runs_at_once_and_the_pause_is_over(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    hold(land, forwarded, monday, unit=land.jhunjhunu)
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        response.acknowledge(forwarded, **NAMED, by=desk, at=monday + 10 * S)
    assert due(forwarded, "MOVE") == monday + 610 * S
    with as_engine():
        assert Pause.objects.get().ended_at == monday + 10 * S
    tasks.sweep(at=monday + 300 * S)
    assert lines(forwarded, "resumed") == []


@pytest.mark.parametrize("ends", ["recall", "return", "close"])
def test_a_pause_ends_with_what_it_holds(land: Territory, forwarded: Case, monday: datetime, ends: str) -> None:
    hold(land, forwarded, monday, unit=land.jhunjhunu)
    at, op1, desk = monday + S, land.rj_op1, land.jhunjhunu_desk
    if ends == "return":
        with reach_of(desk):
            forwarding.return_case(forwarded, reason="not ours", by=desk, at=at)
    else:
        with reach_of(op1):
            if ends == "recall":
                forwarding.recall(forwarded, unit=land.jhunjhunu, reason="wrong", by=op1, at=at)
            else:
                outcome.close(forwarded, outcome="N1", by=op1, at=at)
    with as_engine():
        assert Pause.objects.get().ended_at == at
        assert not Deadline.objects.filter(case=forwarded, kind="ACKNOWLEDGE", settled_at=None).exists()


def test_a_second_alert_ends_every_pause(land: Territory, post: Callable[..., Case], monday: datetime) -> None:
    same = (Pointer("account", "178400", "instagram"),)
    case = post(pointers=same)
    hold(land, case, monday + 10 * S)
    assert post(pointers=same, at=monday + 30 * S) == case
    assert due(case, "CLAIM") == monday + 80 * S


def test_a_pause_needs_a_reason_a_holder_and_no_longer_than_the_policy(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    for changes, refusal in (
        ({"reason": " "}, ReasonNeeded),
        ({"minutes": 16}, PauseTooLong),
        ({"by": land.rj_op2}, AlreadyClaimed),
        ({"by": land.jhunjhunu_desk}, NotYours),
        ({"unit": land.sikar}, NotWithUnit),
        ({"by": land.up_op1}, NotWithUnit),
    ):
        with pytest.raises(refusal):
            hold(land, forwarded, monday, **({"unit": land.jhunjhunu} | changes))
    Policy.objects.create(
        state=land.rj_cell.state, unit=land.jhunjhunu, name="own", urgency="P1", ladder=[], pause_max_s=120
    )
    with pytest.raises(PauseTooLong) as no:
        hold(land, forwarded, monday, unit=land.jhunjhunu, minutes=3)
    assert no.value.facts["minutes"] == 2
    hold(land, forwarded, monday, unit=land.jhunjhunu, minutes=2)
    with pytest.raises(AlreadyPaused):
        hold(land, forwarded, monday + S, unit=land.jhunjhunu, minutes=1)


def test_only_the_shift_in_charge_holds_what_is_live_or_was_held_before(
    land: Territory, forwarded: Case, monday: datetime, incharge: Actor
) -> None:
    hold(land, forwarded, monday, unit=land.jhunjhunu, minutes=1)
    tasks.sweep(at=monday + 60 * S)
    with pytest.raises(InChargeNeeded):
        hold(land, forwarded, monday + 61 * S, unit=land.jhunjhunu, minutes=1)
    hold(land, forwarded, monday + 61 * S, unit=land.jhunjhunu, minutes=1, by=incharge)
    with reach_of(land.rj_op1):
        urgency.change_urgency(forwarded, urgency="P0", reason="live", by=land.rj_op1, at=monday + 70 * S)
    # What has become live is not held any longer.
    with as_engine():
        assert not Pause.objects.filter(ended_at=None).exists()
    with pytest.raises(InChargeNeeded):
        hold(land, forwarded, monday + 80 * S, unit=land.jhunjhunu, minutes=1)
    held = hold(land, forwarded, monday + 80 * S, unit=land.jhunjhunu, minutes=1, by=incharge)
    assert held.until == monday + 140 * S


def test_the_database_refuses_what_fires_while_it_is_held(land: Territory, forwarded: Case, monday: datetime) -> None:
    hold(land, forwarded, monday, unit=land.jhunjhunu)
    with as_engine():
        held = Deadline.objects.get(case=forwarded, kind="ACKNOWLEDGE", level=0)
        held.settled_at, held.settled_as = monday + 200 * S, "missed"
        with pytest.raises(IntegrityError, match="never_early"), transaction.atomic():
            held.save(update_fields=["settled_at", "settled_as"])
        held.due_at = monday + 200 * S
        with pytest.raises(IntegrityError, match="waits_for_its_pause"), transaction.atomic():
            held.save(update_fields=["due_at"])
        with pytest.raises(IntegrityError, match="one_running_pause"), transaction.atomic():
            Pause.objects.create(
                case=forwarded, forwarding=held.forwarding, since=monday, until=monday + S, reason="x", by="x"
            )
