"""A case that changes hands changes what is promised for it, in the same transaction; and is always waited for."""

from collections.abc import Callable
from datetime import datetime, timedelta

from cases import claiming, forwarding, linking, outcome, response, urgency
from cases.intake import Pointer
from cases.models import Case, CaseEvent, Deadline
from districts.models import Policy
from districts.reach import reach_of
from notifications.models import Message
from portal import invariants
from tests.cases.conftest import LADDER, Territory, as_engine, ring

S = timedelta(seconds=1)
NAMED = {"officer_name": "SI", "officer_phone": "1", "eta_minutes": 5}


def runs(case: Case) -> list[tuple[str, str]]:
    """Which promises run, and whose they are."""
    with as_engine():
        assert [row.broken_by for row in _asked("a_case_is_always_waited_for")] == [[]]
        found = Deadline.objects.filter(case=case, level=0, settled_at=None).select_related("unit")
        return sorted((str(row.kind), row.unit.code) for row in found)


def due(case: Case, kind: str, level: int = 0) -> datetime:
    with as_engine():
        return Deadline.objects.get(case=case, kind=kind, level=level, settled_at=None).due_at


def _asked(name: str) -> list[invariants.Finding]:
    return [finding for finding in invariants.look() if finding.name == name]


def test_a_returned_case_that_is_given_back_and_claimed_again_has_to_be_forwarded(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    """It had been forwarded once, so a claim started no clock: nobody would have been woken for it again."""
    op1, op2, desk = land.rj_op1, land.rj_op2, land.jhunjhunu_desk
    with reach_of(desk):
        forwarding.return_case(forwarded, reason="not ours", by=desk, at=monday + S)
    assert runs(forwarded) == [("FORWARD", "RJ-CELL")]
    with reach_of(op1):
        claiming.release(forwarded, by=op1, at=monday + 2 * S)
    assert runs(forwarded) == [("CLAIM", "RJ-CELL")]
    with reach_of(op2):
        claiming.claim(forwarded, by=op2, at=monday + 3 * S)
    assert runs(forwarded) == [("FORWARD", "RJ-CELL")]
    assert due(forwarded, "FORWARD") == monday + 303 * S


def test_a_case_returned_to_a_desk_that_nobody_holds_it_at_has_to_be_claimed(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    op1, desk = land.rj_op1, land.jhunjhunu_desk
    with reach_of(op1):
        claiming.release(forwarded, by=op1, at=monday)
    with reach_of(desk):
        forwarding.return_case(forwarded, reason="not ours", by=desk, at=monday + S)
    assert runs(forwarded) == [("CLAIM", "RJ-CELL")]
    assert due(forwarded, "CLAIM") == monday + 61 * S


def test_taking_a_case_over_keeps_its_clock_and_wakes_a_ladder_that_had_run_out(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    case, op1, op2 = post(), land.rj_op1, land.rj_op2
    with reach_of(op1):
        claiming.claim(case, by=op1, at=monday)
    with reach_of(op2):
        claiming.claim(case, by=op2, at=monday + 60 * S, reason="shift ends")
    assert due(case, "FORWARD") == monday + 300 * S
    ring(monday + 3000 * S)
    assert runs(case) == []
    with reach_of(op2):
        claiming.claim(case, by=op2, at=monday + 3000 * S)
    # Claiming one's own case once more makes nothing less late.
    assert runs(case) == []
    with reach_of(op1):
        claiming.claim(case, by=op1, at=monday + 4000 * S)
    assert due(case, "FORWARD") == monday + 4300 * S


def test_each_forwarding_has_its_own_clock_and_the_last_to_end_starts_the_cells(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    op1 = land.rj_op1
    with reach_of(op1):
        forwarding.forward(forwarded, to=land.sikar, part="family", by=op1, at=monday + 10 * S)
    assert runs(forwarded) == [("ACKNOWLEDGE", "RJ-JHUNJHUNU"), ("ACKNOWLEDGE", "RJ-SIKAR")]
    with reach_of(op1):
        forwarding.recall(forwarded, unit=land.jhunjhunu, reason="moved", by=op1, at=monday + 20 * S)
    assert runs(forwarded) == [("ACKNOWLEDGE", "RJ-SIKAR"), ("RECALL", "RJ-CELL")]
    with reach_of(land.sikar_desk):
        forwarding.return_case(forwarded, reason="not ours", by=land.sikar_desk, at=monday + 30 * S)
    assert runs(forwarded) == [("FORWARD", "RJ-CELL"), ("RECALL", "RJ-CELL")]


def test_opening_again_and_parting_start_the_time_to_claim(
    land: Territory, post: Callable[..., Case], forwarded: Case, monday: datetime
) -> None:
    op1, other = land.rj_op1, post()
    with reach_of(op1):
        outcome.close(forwarded, outcome="N1", by=op1, at=monday)
    assert runs(forwarded) == []
    with reach_of(op1):
        outcome.reopen(forwarded, reason="a new post", by=op1, at=monday + S)
    assert runs(forwarded) == [("CLAIM", "RJ-CELL")]
    with reach_of(op1):
        linking.join(forwarded, other, by=op1, at=monday + 2 * S)
        (moved,) = [link.alert for link in forwarded.links.filter(ended_at=None) if link.joined_at == monday + 2 * S]
    assert runs(other) == []
    with reach_of(op1):
        linking.unjoin(forwarded, moved, by=op1, at=monday + 3 * S)
    assert (runs(other), runs(forwarded)) == ([("CLAIM", "RJ-CELL")], [("CLAIM", "RJ-CELL")])


def live(land: Territory) -> None:
    """What the state promises for somebody who is live."""
    quick = [{"after_s": step["after_s"] // 3, "rung": step["rung"], "channels": ["sms"]} for step in LADDER]
    Policy.objects.create(
        state=land.rj_cell.state, name="live", urgency="P0", claim_s=30, forward_s=60, acknowledge_s=60, move_s=120,
        contact_s=600, ladder=quick,
    )  # fmt: skip


def test_raised_by_a_human_a_case_waits_less_and_its_unit_is_rung(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    live(land)
    at = monday + 10 * S
    with reach_of(land.rj_op1):
        urgency.change_urgency(forwarded, urgency="P0", reason="live", by=land.rj_op1, at=at)
    assert due(forwarded, "ACKNOWLEDGE") == at + 60 * S
    assert [due(forwarded, "ACKNOWLEDGE", level) for level in (2, 3, 4)] == [at + after * S for after in (60, 100, 200)]
    with as_engine():
        raised = Message.objects.filter(about_id=forwarded.pk, topic="case_raised", channel="sms")
        assert [message.to_ref for message in raised] == ["RJ-JHUNJHUNU/control_room"]
        line = CaseEvent.objects.get(case=forwarded, action="urgency_changed")
        assert line.facts["shortened"] == ["ACKNOWLEDGE"]


def test_nothing_ever_becomes_longer(land: Territory, forwarded: Case, monday: datetime) -> None:
    live(land)
    at = monday + 170 * S
    with reach_of(land.rj_op1):
        for level in ("P0", "P3", "P1"):
            urgency.change_urgency(forwarded, urgency=level, reason="looked again", by=land.rj_op1, at=at)
    assert due(forwarded, "ACKNOWLEDGE") == monday + 180 * S
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        response.acknowledge(forwarded, **NAMED, by=desk, at=at)
    assert due(forwarded, "MOVE") == at + 600 * S


def test_lowered_what_runs_keeps_its_times(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        urgency.change_urgency(forwarded, urgency="P3", reason="an old song", by=land.rj_op1, at=monday)
    assert due(forwarded, "ACKNOWLEDGE") == monday + 180 * S


def test_raised_by_a_second_alert_a_promise_waits_less_and_its_ladder_is_the_new_one(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    live(land)
    same = (Pointer("account", "178400", "instagram"),)
    case = post(pointers=same)
    with reach_of(land.rj_op1):
        claiming.claim(case, by=land.rj_op1, at=monday)
    assert due(case, "FORWARD") == monday + 300 * S
    at = monday + 20 * S
    assert post(urgency="P0", at=at, pointers=same) == case
    assert due(case, "FORWARD") == at + 60 * S
    assert ring(at + 60 * S)[0] == ("FORWARD", 0)
    with as_engine():
        steps = Deadline.objects.filter(case=case, kind="FORWARD", level__gt=0).order_by("level")
        assert [step.channels for step in steps] == [["sms"]] * 4


def test_raised_by_a_join_a_case_waits_less(land: Territory, post: Callable[..., Case], monday: datetime) -> None:
    live(land)
    case, urgent = post(), post(urgency="P0")
    with reach_of(land.rj_op1):
        claiming.claim(case, by=land.rj_op1, at=monday)
        linking.join(case, urgent, by=land.rj_op1, at=monday + 5 * S)
    assert due(case, "FORWARD") == monday + 65 * S
