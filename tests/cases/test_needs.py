"""What a new case needs is what the rules would find one by one, and nothing of another state or unit."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group

from cases import deadlines, transitions
from cases.intake.needs import Needs, queue_up_and_ask
from cases.models import Case
from districts.actors import CLOCK
from districts.models import Policy, State, Unit
from districts.reach import reach_of
from tests.cases.conftest import Territory


def ask(state: State, *keys: str, at: datetime, practice: bool = False) -> Needs:
    with reach_of(CLOCK):
        return queue_up_and_ask(state, keys, practice=practice, at=at)


def test_the_cell_and_its_policies_are_those_of_the_rules(land: Territory, monday: datetime) -> None:
    state, stranger = land.rj_cell.state, land.up_cell.state
    for unit, urgency, seconds in ((land.rj_cell, "P0", 11), (land.sikar, "P0", 22), (land.up_cell, "P0", 33)):
        Policy.objects.create(
            state=unit.state, unit=unit, name=unit.code, urgency=urgency, claim_s=seconds,
            ladder=[{"after_s": 0, "rung": 1, "channels": ["sms"]}],
        )  # fmt: skip
    for here, cell in ((state, land.rj_cell), (stranger, land.up_cell)):
        needs = ask(here, at=monday)
        assert needs.cell == transitions.cell_of(Case(state=here), at=monday) == cell
        for urgency in ("P0", "P1", "P2", "P3"):
            asked = deadlines.policy_for(cell, urgency)
            promise = deadlines.promised(
                Case(state=here, urgency=urgency), "CLAIM", unit=cell, at=monday, policies=needs.policies
            )
            assert promise.due_at == monday + timedelta(seconds=asked.claim_s)
            assert promise.ladder == asked.ladder
        assert {policy.unit_id for policy in needs.policies} == {None, cell.pk}
        assert needs.reference.startswith(f"{here.code}-")
    assert deadlines.policy_for(land.rj_cell, "P0").claim_s == 11


def test_a_change_of_a_policy_holds_for_the_next_alert(land: Territory, monday: datetime) -> None:
    state = land.rj_cell.state
    ask(state, at=monday)
    Policy.objects.filter(state=state, unit=None, urgency="P1").update(claim_s=7)
    assert [policy.claim_s for policy in ask(state, at=monday).policies if policy.urgency == "P1"] == [7]


def test_a_state_without_a_policy_has_a_cell_all_the_same(land: Territory, monday: datetime) -> None:
    state = State.objects.create(code="BR", name_en="Bihar", name_hi="बिहार", languages=["hi"])
    with pytest.raises(Unit.DoesNotExist):
        ask(state, at=monday)
    group = Group.objects.create(name="BR-CELL")
    cell = Unit.objects.create(state=state, code="BR-CELL", kind="state_cell", name_en="C", name_hi="क", group=group)
    needs = ask(state, at=monday)
    assert (needs.cell, needs.policies, needs.known) == (cell, [], False)


def test_a_cell_of_the_past_is_none(land: Territory, monday: datetime) -> None:
    old = land.rj_cell
    Unit.objects.filter(pk=old.pk).update(valid_to=monday)
    with pytest.raises(Unit.DoesNotExist):
        ask(old.state, at=monday)
    new = Unit.objects.create(
        state=old.state, code="RJ-NEW", kind="state_cell", name_en="New", name_hi="नया", valid_from=monday,
        group=Group.objects.create(name="RJ-NEW"),
    )  # fmt: skip
    assert ask(old.state, at=monday).cell == new
    assert ask(old.state, at=monday - timedelta(seconds=1)).cell == old
