"""Journeys that move the clock: a case from the alert to its end, and a case nobody answers."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from cases import claiming, forwarding, history, outcome, response
from cases.models import Case, Deadline
from cases.refusals import ContactNotConfirmed
from districts.models import Contact
from districts.reach import reach_of
from notifications.models import Message, State
from tests.cases.conftest import Territory, as_engine, ring


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def told(case: Case) -> list[str]:
    """Return the posts that were told something about the case, in order, once each."""
    with as_engine():
        rows = Message.objects.filter(about_id=case.pk).order_by("created_at", "pk")
        return list(dict.fromkeys(row.to_ref for row in rows))


def open_promises(case: Case) -> list[str]:
    with as_engine():
        rows = Deadline.objects.filter(case=case, settled_at=None, level=0)
        return sorted(rows.values_list("kind", flat=True))


def test_a_case_is_claimed_forwarded_acknowledged_reached_reported_and_closed(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    case = post()
    assert open_promises(case) == ["CLAIM"]
    with reach_of(land.rj_op1):
        assert claiming.claim(case, by=land.rj_op1, at=monday).status == "in_triage"
    assert open_promises(case) == ["FORWARD"]
    with reach_of(land.rj_op1):
        forwarding.forward(case, to=land.jhunjhunu, part="lead", by=land.rj_op1, at=monday + minutes(1))
    assert open_promises(case) == ["ACKNOWLEDGE"]

    desk = land.jhunjhunu_desk
    with reach_of(desk):
        named: dict[str, Any] = {"officer_name": "SI Mohan", "officer_phone": "+915550000777", "eta_minutes": 12}
        response.acknowledge(case, **named, by=desk, at=monday + minutes(2))
    assert open_promises(case) == ["MOVE"]
    with reach_of(desk):
        response.move(case, team="PRV 1234", by=desk, at=monday + minutes(4))
    assert open_promises(case) == ["CONTACT"]
    with reach_of(desk):
        response.contact(case, confirmed="person", condition="safe", by=desk, at=monday + minutes(14))
    assert open_promises(case) == ["FLASH", "REPORT"]
    with reach_of(desk):
        response.report(
            case, kind="flash", outcome="S2", text="With the family.", facts={}, by=desk, at=monday + minutes(16)
        )
        response.report(
            case, kind="detailed", outcome="S2", text="Counselled.", facts={}, by=desk, at=monday + minutes(40)
        )
    assert open_promises(case) == []
    with reach_of(land.rj_op1):
        done = outcome.close(case, outcome="S2", by=land.rj_op1, at=monday + minutes(50))

    assert (done.status, done.outcome) == ("closed", "S2")
    # Nobody is waked any more; but a day, three days, a week and a month later somebody looks back.
    assert ring(monday + timedelta(hours=23)) == []
    assert open_promises(case) == ["FOLLOW_UP"] * 4
    with as_engine():
        case.refresh_from_db()
        legs = [case.opened_at, case.claimed_at, case.forwarded_at, case.acknowledged_at, case.moving_at]
        legs += [case.contact_at, case.reported_at, case.closed_at]
        assert legs == sorted(legs)
        assert history.verify(case) == []
        actions = list(case.events.values_list("action", flat=True))
    assert actions == [
        "received", "claimed", "forwarded", "rung_told", "acknowledged", "team_moving", "contact_made", "reported",
        "reported", "closed",
    ]  # fmt: skip


def test_a_forwarded_case_nobody_acknowledges_climbs_to_the_range(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    assert told(forwarded) == ["RJ-JHUNJHUNU/control_room"]
    assert ring(monday + minutes(2.99)) == []
    # At three minutes the promise is missed; nobody stands on rung 2, so rung 3 is told at once.
    assert ring(monday + minutes(3)) == [("ACKNOWLEDGE", 0), ("ACKNOWLEDGE", 2)]
    assert told(forwarded) == ["RJ-JHUNJHUNU/control_room", "RJ-JHUNJHUNU/SP"]
    assert ring(monday + minutes(9.99)) == []
    assert ring(monday + minutes(10)) == [("ACKNOWLEDGE", 4)]
    assert told(forwarded)[-1] == "RJ-RANGE-JAIPUR/IG"
    assert ring(monday + timedelta(days=9)) == []
    with as_engine():
        actions = list(forwarded.events.filter(action__startswith="rung").values_list("action", flat=True))
        assert actions == ["rung_told", "rung_empty", "rung_told", "rung_told"]
        steps = Deadline.objects.filter(case=forwarded, kind="ACKNOWLEDGE", level__gt=0).order_by("level")
        assert [step.settled_as for step in steps] == ["missed"] * 4
        # Rung 3 took the place of the empty one, and its row says so.
        assert [step.due_at - monday for step in steps] == [minutes(0), minutes(3), minutes(3), minutes(10)]


def test_acknowledging_takes_back_what_is_still_owed_and_stops_the_ladder(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    ring(monday + minutes(3))
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        response.acknowledge(
            forwarded, officer_name="SI", officer_phone="1", eta_minutes=5, by=desk, at=monday + minutes(4)
        )
    with as_engine():
        assert set(Message.objects.filter(about_id=forwarded.pk).values_list("state", flat=True)) == {State.CANCELLED}
        settled = dict(Deadline.objects.filter(case=forwarded, kind="ACKNOWLEDGE").values_list("level", "settled_as"))
    assert settled == {0: "missed", 1: "missed", 2: "missed", 3: "missed", 4: "lifted"}
    assert ring(monday + minutes(10)) == []
    # The next clock is running: ten minutes to send a team, then its own ladder from the miss.
    assert ring(monday + minutes(13.9)) == []
    assert ring(monday + minutes(14)) == [("MOVE", 0)]
    assert told(forwarded)[-1] == "RJ-JHUNJHUNU/SP"
    assert ring(monday + minutes(17)) == [("MOVE", 2)]


def test_a_case_nobody_claims_wakes_the_cell_and_then_its_head(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    case = post()
    assert ring(monday + timedelta(seconds=59)) == []
    assert ring(monday + timedelta(seconds=60)) == [("CLAIM", 0)]
    assert told(case) == ["RJ-CELL/desk"]
    # Nobody is on the cell's rung 2, so its in-charge takes that place, three minutes after the miss.
    assert ring(monday + minutes(3.9)) == []
    assert ring(monday + minutes(4)) == [("CLAIM", 2)]
    assert told(case) == ["RJ-CELL/desk", "RJ-CELL/incharge"]
    ring(monday + minutes(30))
    with as_engine():
        assert case.events.filter(action="nobody_left_to_tell").count() == 1


def test_a_vacant_post_is_skipped_at_once(land: Territory, post: Callable[..., Case], monday: datetime) -> None:
    Contact.objects.filter(unit=land.jhunjhunu, rung=1).update(vacant=True)
    case = post()
    with reach_of(land.rj_op1):
        claiming.claim(case, by=land.rj_op1, at=monday)
        forwarding.forward(case, to=land.jhunjhunu, part="lead", by=land.rj_op1, at=monday)
    assert told(case) == ["RJ-JHUNJHUNU/SP"]


def test_nobody_closes_as_saved_whom_nobody_has_reached(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        with pytest.raises(ContactNotConfirmed):
            outcome.close(forwarded, outcome="S1", by=land.rj_op1, at=monday)
        assert outcome.close(forwarded, outcome="N2", by=land.rj_op1, at=monday).status == "closed"
    assert ring(monday + timedelta(days=9)) == []
