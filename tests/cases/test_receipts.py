"""What stays with a unit when a case leaves it, what the cell's queue does with it, and cases sent to and fro."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import Error, transaction

from cases import claiming, forwarding, outcome, receipts, response, sightings
from cases.models import Case, CaseEvent, Deadline, Forwarding, Receipt
from cases.refusals import NotYours, ReceiptAcknowledged
from cases.sightings import Place
from districts.models import Unit
from districts.reach import reach_of
from notifications.models import Message
from tests.cases.conftest import Territory, as_engine, make_unit, ring


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def recall(case: Case, land: Territory, unit: Unit, at: datetime, reason: str = "wrong district") -> Receipt:
    with reach_of(land.rj_op1):
        forwarding.recall(case, unit=unit, reason=reason, by=land.rj_op1, at=at)
    with as_engine():
        return Receipt.objects.select_related("unit", "case").filter(case=case, unit=unit).latest("at")


def test_a_recalled_unit_keeps_what_it_saw_and_did_and_reads_nothing_newer(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        response.acknowledge(
            forwarded, officer_name="SI Mohan", officer_phone="+915550000777", eta_minutes=9, by=desk, at=monday
        )
    recall(forwarded, land, land.jhunjhunu, monday + minutes(2))
    with reach_of(land.rj_op1):
        sightings.add(forwarded, Place(source="text", text="Rajkot"), by=land.rj_op1, at=monday + minutes(3))
        forwarding.forward(forwarded, to=land.sikar, part="lead", by=land.rj_op1, at=monday + minutes(4))
    with reach_of(desk):
        assert not Case.objects.filter(pk=forwarded.pk).exists()
        kept = receipts.receipts_for(desk).get()
        lines = [line["action"] for line in kept.seen["lines"]]
        assert lines == ["received", "claimed", "forwarded", "rung_told", "acknowledged", "recalled"]
        assert kept.seen["leg"]["officer_name"] == "SI Mohan"
        assert "SIKAR" not in str(kept.seen)
        assert "Rajkot" not in str(kept.seen)
        # Nor does anything that points to the person outlive the sight of the case.
        assert "Kalpanik" not in str(kept.seen)
        assert "+915550001234" not in str(kept.seen)


def test_a_strangers_receipt_is_not_there(land: Territory, forwarded: Case, monday: datetime) -> None:
    kept = recall(forwarded, land, land.jhunjhunu, monday)
    for stranger in (land.sikar_desk, land.agra_desk, land.up_op1):
        with reach_of(stranger):
            assert not Receipt.objects.filter(pk=kept.pk).exists()


def test_a_recall_is_acknowledged_once_by_somebody_who_works_in_the_unit(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    kept = recall(forwarded, land, land.jhunjhunu, monday)
    for other in (land.sikar_desk, land.dig):
        with reach_of(other), pytest.raises(NotYours):
            receipts.acknowledge(kept, by=other, at=monday)
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        receipts.acknowledge(kept, by=desk, at=monday + minutes(1))
        with pytest.raises(ReceiptAcknowledged):
            receipts.acknowledge(kept, by=desk, at=monday + minutes(2))
    with reach_of(land.rj_op1):
        line = CaseEvent.objects.filter(case=forwarded).latest("seq")
        assert (line.action, line.actor) == ("receipt_acknowledged", "officer:desk-jhunjhunu")
        assert Receipt.objects.get(pk=kept.pk).acknowledged_at == monday + minutes(1)


def test_a_recall_that_nobody_answers_wakes_the_cell_after_five_minutes(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    recall(forwarded, land, land.jhunjhunu, monday)
    with as_engine():
        owed = Deadline.objects.get(case=forwarded, kind="RECALL", level=0)
        assert (owed.unit, owed.due_at - monday) == (land.rj_cell, minutes(5))
    assert ("RECALL", 0) not in ring(monday + minutes(4))
    assert ("RECALL", 0) in ring(monday + minutes(5))
    with as_engine():
        told = Message.objects.filter(about_id=forwarded.pk, text__contains="वापसी की पावती बाकी")
        assert {message.contact.unit for message in told} == {land.rj_cell}
        assert {message.channel for message in told} == {"sms", "voice"}


@pytest.mark.parametrize("how", ["it is acknowledged", "it is sent there again"])
def test_nobody_is_waked_for_a_recall_once(land: Territory, forwarded: Case, monday: datetime, how: str) -> None:
    kept = recall(forwarded, land, land.jhunjhunu, monday)
    by = land.jhunjhunu_desk if how == "it is acknowledged" else land.rj_op1
    with reach_of(by):
        if by == land.rj_op1:
            forwarding.forward(forwarded, to=land.jhunjhunu, part="lead", by=by, at=monday + minutes(1))
        else:
            receipts.acknowledge(kept, by=by, at=monday + minutes(1))
    with as_engine():
        settled = Deadline.objects.get(case=forwarded, kind="RECALL", level=0).settled_as
    assert settled == ("met" if by == land.jhunjhunu_desk else "lifted")
    assert "RECALL" not in {kind for kind, _level in ring(monday + minutes(30))}


def test_a_receipt_is_never_rewritten(land: Territory, forwarded: Case, monday: datetime) -> None:
    kept = recall(forwarded, land, land.jhunjhunu, monday)
    with as_engine():
        for changes in ({"seen": {}}, {"unit": land.sikar}, {"reference": "RJ-0000-0000"}):
            with pytest.raises(Error), transaction.atomic():
                Receipt.objects.filter(pk=kept.pk).update(**changes)
        with pytest.raises(Error), transaction.atomic():
            kept.delete()


def test_the_withdrawal_leads_to_the_receipt_and_not_to_the_case(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    with as_engine():
        Message.objects.filter(about_id=forwarded.pk).update(state="delivered", final_at=monday)
    kept = recall(forwarded, land, land.jhunjhunu, monday + minutes(2))
    with as_engine():
        message = Message.objects.filter(about_id=forwarded.pk, topic="case_recalled", channel="sms").get()
        assert f"/receipts/{kept.pk}" in message.text


@pytest.mark.parametrize(("seconds", "undone"), [(10, True), (11, False)])
def test_a_recall_within_ten_seconds_is_an_undo(
    land: Territory, forwarded: Case, monday: datetime, seconds: int, undone: bool
) -> None:
    recall(forwarded, land, land.jhunjhunu, monday + timedelta(seconds=seconds))
    with as_engine():
        assert CaseEvent.objects.get(case=forwarded, action="recalled").facts["undone"] is undone


def test_a_returned_case_stands_first_and_its_life_clock_runs_on(
    land: Territory, forwarded: Case, post: Callable[..., Case], monday: datetime
) -> None:
    post(urgency="P0")
    desk, opened = land.jhunjhunu_desk, forwarded.opened_at
    with reach_of(desk):
        forwarding.return_case(
            forwarded, reason="lives in Sikar", suggested_unit=land.sikar, by=desk, at=monday + minutes(2)
        )
    with reach_of(land.rj_op1):
        queue = list(Case.objects.order_by("queue_place", "urgency", "opened_at"))
        assert queue[0].pk == forwarded.pk
        assert (queue[0].opened_at, queue[0].claimed_at) == (opened, monday)
        forwarding.forward(forwarded, to=land.sikar, part="lead", by=land.rj_op1, at=monday + minutes(3))
        forwarded.refresh_from_db()
        assert forwarded.queue_place == 1


def hand_back(case: Case, land: Territory, name: str, at: datetime, suggested: Unit | None = None) -> None:
    desk = getattr(land, f"{name}_desk")
    with reach_of(desk):
        forwarding.return_case(case, reason="not ours", suggested_unit=suggested, by=desk, at=at)


def send(case: Case, land: Territory, to: Unit, at: datetime) -> Forwarding:
    with reach_of(land.rj_op1):
        claiming.claim(case, by=land.rj_op1, at=at)
        return forwarding.forward(case, to=to, part="lead", by=land.rj_op1, at=at)


def posts_told_to_decide(case: Case) -> set[str]:
    with as_engine():
        return {message.to_ref for message in Message.objects.filter(about_id=case.pk, topic="case_to_and_fro")}


def test_there_and_back_and_there_again_tells_the_range(land: Territory, forwarded: Case, monday: datetime) -> None:
    hand_back(forwarded, land, "jhunjhunu", monday + minutes(1))
    send(forwarded, land, land.sikar, monday + minutes(2))
    assert posts_told_to_decide(forwarded) == set()
    hand_back(forwarded, land, "sikar", monday + minutes(3))
    assert posts_told_to_decide(forwarded) == set()
    send(forwarded, land, land.jhunjhunu, monday + minutes(4))
    assert posts_told_to_decide(forwarded) == {"RJ-RANGE-JAIPUR/IG"}
    # Neither unit reads of the other; the range and the cell read of both.
    with reach_of(land.jhunjhunu_desk):
        assert "SIKAR" not in str([line.facts for line in CaseEvent.objects.filter(case=forwarded)])
    with reach_of(land.dig):
        assert CaseEvent.objects.filter(case=forwarded, action="to_and_fro").exists()


def test_a_return_that_points_back_tells_the_range_at_once(land: Territory, forwarded: Case, monday: datetime) -> None:
    hand_back(forwarded, land, "jhunjhunu", monday + minutes(1), land.sikar)
    send(forwarded, land, land.sikar, monday + minutes(2))
    hand_back(forwarded, land, "sikar", monday + minutes(3), land.jhunjhunu)
    assert posts_told_to_decide(forwarded) == {"RJ-RANGE-JAIPUR/IG"}


def test_the_same_unit_twice_tells_the_range_and_a_unit_without_one_the_cell(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    hand_back(forwarded, land, "jhunjhunu", monday + minutes(1))
    send(forwarded, land, land.jhunjhunu, monday + minutes(2))
    hand_back(forwarded, land, "jhunjhunu", monday + minutes(3))
    assert posts_told_to_decide(forwarded) == {"RJ-RANGE-JAIPUR/IG"}


def test_a_reopened_case_leaves_its_units_a_receipt(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        outcome.close(forwarded, outcome="N2", by=land.rj_op1, at=monday + minutes(1))
        outcome.reopen(forwarded, reason="a new post", by=land.rj_op1, at=monday + minutes(2))
    with reach_of(land.jhunjhunu_desk):
        assert Receipt.objects.get().ended_as == "closed"
        assert not Case.objects.exists()


def test_several_units_work_at_once_each_with_its_own_clock(land: Territory, forwarded: Case, monday: datetime) -> None:
    grp = make_unit(land.rj_cell.state, "RJ-GRP-AJMER", "railway", land.rj_cell, {1: "control_room"})
    emergency = make_unit(land.rj_cell.state, "RJ-112", "emergency_112", land.rj_cell, {1: "control_room"})
    with reach_of(land.rj_op1):
        forwarding.forward(forwarded, to=grp, part="support", by=land.rj_op1, at=monday + minutes(1))
        forwarding.forward(forwarded, to=emergency, part="emergency_112", by=land.rj_op1, at=monday + minutes(1))
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        response.acknowledge(forwarded, officer_name="SI", officer_phone="1", eta_minutes=5, by=desk, at=monday)
    with as_engine():
        legs = Forwarding.objects.filter(case=forwarded)
        assert dict(legs.values_list("unit__code", "status")) == {
            "RJ-JHUNJHUNU": "acknowledged", "RJ-GRP-AJMER": "forwarded", "RJ-112": "forwarded",
        }  # fmt: skip
        waiting = forwarded.deadlines.filter(kind="ACKNOWLEDGE", level=0, settled_at=None)
        assert {row.unit.code for row in waiting} == {"RJ-GRP-AJMER", "RJ-112"}
        assert {row.due_at for row in waiting} == {monday + minutes(4)}


def test_wrong_first_forwards_are_counted_and_slips_and_practice_are_not(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    def sent(at: datetime, **changes: bool) -> Case:
        case = post(at=at, **changes)
        send(case, land, land.jhunjhunu, at)
        return case

    right, returned, recalled, slip = (sent(monday) for _ in range(4))
    practice, old = sent(monday, practice=True), sent(monday - timedelta(days=40))
    hand_back(returned, land, "jhunjhunu", monday + minutes(2))
    send(returned, land, land.sikar, monday + minutes(3))
    for case in (recalled, practice, old):
        recall(case, land, land.jhunjhunu, monday + minutes(2))
    recall(slip, land, land.jhunjhunu, monday + timedelta(seconds=8))
    with as_engine():
        assert forwarding.first_forwards(since=monday - timedelta(days=30)) == (3, 2)
        assert right.forwardings.get().status == "forwarded"
    send(slip, land, land.sikar, monday + minutes(1))
    with as_engine():
        assert forwarding.first_forwards(since=monday - timedelta(days=30)) == (4, 2)
