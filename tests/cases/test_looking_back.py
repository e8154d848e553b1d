"""After the end: looks back on time and to whom, the family that must not be told, and the helpline."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from cases import claiming, family, forwarding, looking_back, outcome, outreach, response
from cases.models import Case, CaseEvent, Deadline, FollowUp, Outreach
from cases.refusals import ConsentNeeded, FamilyNotTold, NothingToLookBackAt, NotWithUnit, NotYours, WrongMoment
from districts.reach import reach_of
from notifications.models import Message
from tests.cases.conftest import Territory, as_engine, ring

NAMED: dict[str, Any] = {"officer_name": "SI Mohan", "officer_phone": "+915550000777", "eta_minutes": 9}


def days(number: float) -> timedelta:
    return timedelta(days=number)


@pytest.fixture
def reached(land: Territory, forwarded: Case, monday: datetime) -> Case:
    """A case that Jhunjhunu has reached and the cell has closed."""
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        response.acknowledge(forwarded, **NAMED, by=desk, at=monday)
        response.contact(forwarded, confirmed="person", condition="safe", by=desk, at=monday)
    with reach_of(land.rj_op1):
        return outcome.close(forwarded, outcome="S2", by=land.rj_op1, at=monday)


def looks(case: Case) -> dict[int, tuple[timedelta, str]]:
    with as_engine():
        rows = Deadline.objects.filter(case=case, kind="FOLLOW_UP", level=0).order_by("number")
        return {row.number: (row.due_at - row.started_at, row.settled_as) for row in rows}


def test_four_looks_back_are_promised_by_the_unit_that_was_there(
    land: Territory, reached: Case, monday: datetime
) -> None:
    assert looks(reached) == {1: (days(1), ""), 2: (days(3), ""), 3: (days(7), ""), 4: (days(30), "")}
    with reach_of(land.jhunjhunu_desk):
        assert {row.unit.code for row in Deadline.objects.filter(kind="FOLLOW_UP")} == {"RJ-JHUNJHUNU"}
    for stranger in (land.sikar_desk, land.agra_desk, land.up_op1):
        with reach_of(stranger):
            assert not Deadline.objects.filter(kind="FOLLOW_UP").exists()


@pytest.mark.parametrize("code", ["N1", "N2", "N3", "M", "D", "X"])
def test_nothing_is_looked_back_at_where_nobody_is(
    land: Territory, forwarded: Case, monday: datetime, code: str
) -> None:
    with reach_of(land.rj_op1):
        outcome.close(forwarded, outcome=code, by=land.rj_op1, at=monday)
    assert looks(forwarded) == {}


def test_whoever_is_responsible_is_told_on_the_day_and_not_before(
    land: Territory, reached: Case, monday: datetime
) -> None:
    with as_engine():
        before = Message.objects.count()
    assert ring(monday + days(1) - timedelta(seconds=1)) == []
    assert ring(monday + days(1)) == [("FOLLOW_UP", 0)]
    with as_engine():
        told = Message.objects.order_by("created_at", "pk")[before:]
        assert [(message.to_ref, message.channel) for message in told] == [("RJ-JHUNJHUNU/control_room", "sms")]
        assert "हालचाल" in told[0].text


def test_a_look_back_keeps_one_promise_and_the_others_run_on(land: Territory, reached: Case, monday: datetime) -> None:
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        looking_back.look_back(reached, result="safe", by=desk, at=monday + timedelta(hours=20))
    assert [how for _, how in looks(reached).values()] == ["met", "", "", ""]
    assert ring(monday + days(1)) == []
    ring(monday + days(3))
    with reach_of(desk):
        # Late is better than never: what was missed can still be done.
        found = looking_back.look_back(reached, result="in_care", by=desk, at=monday + days(4))
        assert found.number == 2
    assert [how for _, how in looks(reached).values()] == ["met", "missed", "", ""]
    with reach_of(land.rj_op1):
        for _ in range(2):
            looking_back.look_back(reached, result="safe", by=land.rj_op1, at=monday + days(5))
        with pytest.raises(NothingToLookBackAt):
            looking_back.look_back(reached, result="safe", by=land.rj_op1, at=monday + days(6))


def test_no_other_unit_looks_back(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        forwarding.forward(forwarded, to=land.sikar, part="support", by=land.rj_op1, at=monday)
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        response.acknowledge(forwarded, **NAMED, by=desk, at=monday)
        response.contact(forwarded, confirmed="person", condition="safe", by=desk, at=monday)
        with pytest.raises(WrongMoment):
            looking_back.look_back(forwarded, result="safe", by=desk, at=monday)
    with reach_of(land.rj_op1):
        outcome.close(forwarded, outcome="S2", by=land.rj_op1, at=monday)
    for other, refusal in (
        (land.sikar_desk, NothingToLookBackAt),
        (land.dig, NotYours),
        (land.agra_desk, NotWithUnit),
    ):
        with reach_of(other), pytest.raises(refusal):
            looking_back.look_back(forwarded, result="safe", by=other, at=monday + days(1))


def test_danger_at_a_look_back_rings_the_desk_and_opening_again_begins_anew(
    land: Territory, reached: Case, monday: datetime
) -> None:
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        looking_back.look_back(reached, result="danger", by=desk, at=monday + days(1))
    with as_engine():
        assert Message.objects.filter(topic="case_raised", contact__unit=land.rj_cell).exists()
    with reach_of(land.rj_op1):
        outcome.reopen(reached, reason="in danger again", by=land.rj_op1, at=monday + days(1))
    assert {how for _, how in looks(reached).values()} == {"met", "lifted"}
    assert [kind for kind, _ in ring(monday + days(40)) if kind == "FOLLOW_UP"] == []


def test_practice_is_not_looked_back_at(land: Territory, post: Callable[..., Case], monday: datetime) -> None:
    case = post(practice=True)
    with reach_of(land.rj_op1):
        claiming.claim(case, by=land.rj_op1, at=monday)
        outreach.attempt(case, kind="call", result="safe", by=land.rj_op1, at=monday)
        outcome.close(case, outcome="S3", by=land.rj_op1, at=monday)
    assert looks(case) == {}


def test_danger_raises_and_nothing_lowers(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        for result, after in (("no_answer", "P1"), ("danger", "P0"), ("safe", "P0")):
            outreach.attempt(forwarded, kind="call", result=result, by=land.rj_op1, at=monday)
            forwarded.refresh_from_db()
            assert forwarded.urgency == after


def test_the_family_is_not_called_where_it_must_not_be_told(land: Territory, forwarded: Case, monday: datetime) -> None:
    desk, cell = land.jhunjhunu_desk, land.rj_op1
    with reach_of(desk):
        family.change(forwarded, told=False, reason="beaten at home", by=desk, at=monday)
        with pytest.raises(NotYours):
            family.change(forwarded, told=True, reason="fine", by=desk, at=monday)
    with reach_of(cell):
        with pytest.raises(FamilyNotTold) as said:
            outreach.attempt(forwarded, kind="family_call", result="reached", by=cell, at=monday)
        assert "beaten at home" in str(said.value)
        with pytest.raises(FamilyNotTold):
            forwarding.forward(forwarded, to=land.sikar, part="family", by=cell, at=monday)
        outreach.attempt(forwarded, kind="family_call", result="reached", despite="only the aunt", by=cell, at=monday)
        assert CaseEvent.objects.filter(case=forwarded).latest("seq").facts["despite"] == "only the aunt"
        family.change(forwarded, told=True, reason="the aunt has taken her in", by=cell, at=monday)
        outreach.attempt(forwarded, kind="family_call", result="reached", by=cell, at=monday)
        assert Outreach.objects.filter(case=forwarded).count() == 2
    with reach_of(land.sikar_desk), pytest.raises(NotWithUnit):
        family.change(forwarded, told=False, reason="x", by=land.sikar_desk, at=monday)


def test_nobody_is_handed_to_a_helpline_without_a_yes(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        said: dict[str, Any] = {"helpline": "14416", "result": "handed_over", "by": land.rj_op1, "at": monday}
        with pytest.raises(ConsentNeeded):
            outreach.hand_to_helpline(forwarded, consent=False, **said)
        given = outreach.hand_to_helpline(forwarded, consent=True, **said)
        assert (given.kind, given.consent, given.helpline) == ("helpline", True, "14416")
        assert not FollowUp.objects.exists()
