"""Every rule says no in the wrong moment, to the wrong person, and for the wrong unit; and nothing changes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from cases import claiming, forwarding, outcome, outreach, response, transitions, urgency
from cases.models import Case, CaseEvent
from cases.refusals import (
    AlreadyClaimed,
    AlreadyForwarded,
    NotWithUnit,
    NotYours,
    ReasonNeeded,
    UnitNotActing,
    WrongMoment,
)
from districts.models import Unit
from districts.reach import reach_of
from districts.refusals import Refusal
from tests.cases.conftest import Territory, as_engine

NAMED: dict[str, Any] = {"officer_name": "SI", "officer_phone": "1", "eta_minutes": 5}


def test_the_second_operator_needs_a_reason(land: Territory, post: Callable[..., Case], monday: datetime) -> None:
    case = post()
    with reach_of(land.rj_op1):
        claiming.claim(case, by=land.rj_op1, at=monday)
    with reach_of(land.rj_op2):
        with pytest.raises(AlreadyClaimed, match="Officer rj-op1") as no:
            claiming.claim(case, by=land.rj_op2, at=monday + timedelta(seconds=30))
        assert no.value.code == "already_claimed"
        with pytest.raises(AlreadyClaimed):
            forwarding.forward(case, to=land.sikar, part="lead", by=land.rj_op2, at=monday)
        taken = claiming.claim(case, by=land.rj_op2, at=monday + timedelta(seconds=40), reason="shift ends")
        assert taken.claimed_by_id == land.rj_op2.officer_id
        claiming.release(case, by=land.rj_op2, at=monday)
    with reach_of(land.rj_op1), pytest.raises(NotYours):
        claiming.release(case, by=land.rj_op1, at=monday)


def test_an_abandoned_claim_may_be_taken_without_asking(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    case = post()
    with reach_of(land.rj_op1):
        claiming.claim(case, by=land.rj_op1, at=monday)
    with reach_of(land.rj_op2):
        taken = claiming.claim(case, by=land.rj_op2, at=monday + timedelta(minutes=2, seconds=1))
        assert taken.claimed_by_id == land.rj_op2.officer_id


def test_a_case_goes_only_to_units_that_act_and_only_once(land: Territory, forwarded: Case, monday: datetime) -> None:
    Unit.objects.filter(pk=land.sikar.pk).update(valid_to=monday)
    land.sikar.refresh_from_db()
    with reach_of(land.rj_op1):
        for unit in (land.range, land.rj_cell, land.agra, land.sikar):
            with pytest.raises(UnitNotActing):
                forwarding.forward(forwarded, to=unit, part="support", by=land.rj_op1, at=monday)
        with pytest.raises(AlreadyForwarded):
            forwarding.forward(forwarded, to=land.jhunjhunu, part="support", by=land.rj_op1, at=monday)


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        (response.move, {}),
        (response.contact, {"confirmed": "person", "condition": "safe"}),
        (response.report, {"kind": "flash", "outcome": "S2", "text": "x", "facts": {}}),
    ],
)
def test_a_unit_does_nothing_before_it_acknowledges(
    land: Territory, forwarded: Case, monday: datetime, verb: Callable[..., Any], arguments: dict[str, Any]
) -> None:
    with reach_of(land.jhunjhunu_desk), pytest.raises(WrongMoment):
        verb(forwarded, **arguments, by=land.jhunjhunu_desk, at=monday)


def test_a_unit_acknowledges_once(land: Territory, forwarded: Case, monday: datetime) -> None:
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        response.acknowledge(forwarded, **NAMED, by=desk, at=monday)
        with pytest.raises(WrongMoment):
            response.acknowledge(forwarded, **NAMED, by=desk, at=monday)


def test_each_side_keeps_to_its_own_verbs(land: Territory, forwarded: Case, monday: datetime) -> None:
    desk, cell = land.jhunjhunu_desk, land.rj_op1
    with reach_of(desk):
        for verb, arguments in (
            (claiming.claim, {}),
            (forwarding.forward, {"to": land.sikar, "part": "lead"}),
            (forwarding.recall, {"unit": land.jhunjhunu, "reason": "x"}),
            (outcome.close, {"outcome": "N2"}),
            (outcome.set_aside, {"reason": "x"}),
            (outreach.attempt, {"kind": "call", "result": "safe"}),
            (urgency.change_urgency, {"urgency": "P0", "reason": "x"}),
        ):
            with pytest.raises(NotYours):
                verb(forwarded, **arguments, by=desk, at=monday)
    with reach_of(cell), pytest.raises(NotYours):
        response.acknowledge(forwarded, **NAMED, by=cell, at=monday)


def test_the_stranger_is_told_nothing_about_the_case(land: Territory, forwarded: Case, monday: datetime) -> None:
    for stranger in (land.sikar_desk, land.agra_desk):
        with reach_of(stranger), pytest.raises(NotWithUnit):
            response.acknowledge(forwarded, **NAMED, by=stranger, at=monday)
    with reach_of(land.up_op1), pytest.raises(NotWithUnit):
        claiming.claim(forwarded, by=land.up_op1, at=monday)


def test_an_unclaimed_case_is_not_forwarded_and_a_forwarded_one_not_set_aside(
    land: Territory, post: Callable[..., Case], forwarded: Case, monday: datetime
) -> None:
    fresh = post()
    with reach_of(land.rj_op1):
        with pytest.raises(WrongMoment):
            forwarding.forward(fresh, to=land.sikar, part="lead", by=land.rj_op1, at=monday)
        with pytest.raises(WrongMoment):
            outcome.set_aside(forwarded, reason="song", by=land.rj_op1, at=monday)
        with pytest.raises(NotWithUnit):
            forwarding.recall(forwarded, unit=land.sikar, reason="x", by=land.rj_op1, at=monday)
        with pytest.raises(WrongMoment):
            outcome.reopen(forwarded, reason="x", by=land.rj_op1, at=monday)


def test_acts_that_change_somebody_elses_work_need_a_reason(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        for verb, arguments in (
            (forwarding.recall, {"unit": land.jhunjhunu}),
            (outcome.set_aside, {}),
            (outcome.reopen, {}),
            (urgency.change_urgency, {"urgency": "P2"}),
        ):
            with pytest.raises(ReasonNeeded):
                verb(forwarded, **arguments, reason=" ", by=land.rj_op1, at=monday)


def test_a_refusal_leaves_no_trace(land: Territory, forwarded: Case, monday: datetime) -> None:
    with as_engine():
        before = CaseEvent.objects.count()
    with reach_of(land.sikar_desk), pytest.raises(Refusal):
        response.acknowledge(forwarded, **NAMED, by=land.sikar_desk, at=monday)
    with as_engine():
        assert CaseEvent.objects.count() == before


def test_what_is_allowed_is_what_the_rules_accept(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.jhunjhunu_desk):
        allowed = transitions.verbs_for(forwarded, by=land.jhunjhunu_desk)
        assert allowed == [
            "acknowledge", "return", "help", "sightings", "strike", "family", "escalate", "notes", "reveal",
        ]  # fmt: skip
        response.acknowledge(forwarded, **NAMED, by=land.jhunjhunu_desk, at=monday)
        forwarded.refresh_from_db()
        allowed = transitions.verbs_for(forwarded, by=land.jhunjhunu_desk)
        assert {"move", "contact", "report", "return"} <= set(allowed)
        assert "acknowledge" not in allowed
    with reach_of(land.dig):
        assert transitions.verbs_for(forwarded, by=land.dig) == ["sightings", "strike", "family", "notes", "reveal"]


def test_closing_and_reopening_takes_the_old_units_out_and_raises_the_urgency(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    with reach_of(land.rj_op1):
        outcome.close(forwarded, outcome="N1", by=land.rj_op1, at=monday)
    with reach_of(land.jhunjhunu_desk):
        assert Case.objects.filter(pk=forwarded.pk).exists()
    with reach_of(land.rj_op1):
        again = outcome.reopen(forwarded, reason="a new post", by=land.rj_op1, at=monday)
    assert (again.status, again.urgency) == ("received", "P0")
    with reach_of(land.jhunjhunu_desk):
        assert not Case.objects.filter(pk=forwarded.pk).exists()
