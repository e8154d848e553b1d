"""An alert that shows two open cases to be one: they are brought together, unless people have both in their hands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from cases import claiming, forwarding, history
from cases.models import Case, CaseLink, Deadline
from districts.actors import Actor
from districts.reach import reach_of
from tests.cases.conftest import Territory, as_engine
from tests.cases.test_linking import alerts_of, at_once, joined, lines, parted, person

Post = Callable[..., Case]
ONE, TWO = person(1), person(2)
#: The account of the one and the post of the other: whoever sends this knows that both are one person.
BOTH: dict[str, Any] = ONE | {"content_urls": TWO["content_urls"]}


def fresh(case: Case) -> Case:
    with as_engine():
        case.refresh_from_db()
    return case


def claimed(case: Case, by: Actor, at: datetime) -> None:
    with reach_of(by):
        claiming.claim(case, by=by, at=at)


def test_two_open_cases_that_an_alert_shows_to_be_one_are_one(land: Territory, post: Post, monday: datetime) -> None:
    first, second = post(**ONE), post(**TWO, urgency="P0")
    assert post(**BOTH).pk == first.pk
    assert len(alerts_of(first)) == 3
    assert alerts_of(second) == []
    assert (fresh(first).status, first.urgency) == ("received", "P0")
    assert (fresh(second).status, second.outcome) == ("closed", "DUP")
    assert lines(first) == ["received", "alert_joined", "joined"]
    assert lines(second) == ["received", "joined_into"]
    with as_engine():
        assert not Deadline.objects.filter(case=second, settled_at=None).exists()
        assert Deadline.objects.filter(case=first, settled_at=None, kind="CLAIM").exists()
        assert history.verify(first) == []
    # The next one of either comes here, and it can be undone like any join.
    assert post(**TWO).pk == first.pk
    with as_engine():
        alert = CaseLink.objects.select_related("alert").get(case=second).alert
    assert parted(land, first, alert, monday).pk == second.pk


def test_it_comes_to_the_case_that_a_unit_has_and_else_to_the_one_somebody_works_on(
    land: Territory, post: Post, monday: datetime
) -> None:
    first, second = post(**ONE), post(**TWO)
    claimed(second, land.rj_op1, monday)
    assert post(**BOTH).pk == second.pk
    assert (fresh(second).claimed_by_id, fresh(first).outcome) == (land.rj_op1.officer_id, "DUP")

    third, fourth = post(**person(3)), post(**person(4))
    claimed(fourth, land.rj_op1, monday)
    with reach_of(land.rj_op1):
        forwarding.forward(fourth, to=land.jhunjhunu, part="lead", by=land.rj_op1, at=monday)
    later = monday + timedelta(minutes=5)
    claimed(third, land.rj_op2, later)
    bridge = person(3) | {"content_urls": person(4)["content_urls"], "at": later}
    assert post(**bridge).pk == fourth.pk
    # Whoever was at work on the emptied one goes on with the one that is left.
    assert fresh(fourth).claimed_by_id == land.rj_op2.officer_id
    with reach_of(land.jhunjhunu_desk):
        assert CaseLink.objects.filter(case=fourth, ended_at=None).count() == 3
    with reach_of(land.sikar_desk):
        assert not CaseLink.objects.exists()


def test_what_two_units_or_two_operators_have_stays_apart_and_the_alert_is_in_one_of_them(
    land: Territory, post: Post, monday: datetime
) -> None:
    first, second = post(**ONE), post(**TWO)
    claimed(first, land.rj_op1, monday)
    claimed(second, land.rj_op2, monday)
    assert post(**BOTH).pk == first.pk
    assert [len(alerts_of(first)), len(alerts_of(second))] == [2, 1]

    third, fourth = post(**person(3)), post(**person(4))
    for case, unit in ((third, land.jhunjhunu), (fourth, land.sikar)):
        claimed(case, land.rj_op1, monday)
        with reach_of(land.rj_op1):
            forwarding.forward(case, to=unit, part="lead", by=land.rj_op1, at=monday)
    post(**person(3) | {"content_urls": person(4)["content_urls"]})
    assert [len(alerts_of(third)), len(alerts_of(fourth))] == [2, 1]


def test_another_state_and_practice_are_never_brought_in(land: Territory, post: Post) -> None:
    mine, practice, theirs = post(**ONE), post(**TWO, practice=True), post(land.up_meta, **TWO)
    assert post(**BOTH).pk == mine.pk
    assert [len(alerts_of(case)) for case in (mine, practice, theirs)] == [2, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_alerts_and_joins_that_cross_in_the_same_moment_leave_one_case(
    land: Territory, post: Post, monday: datetime
) -> None:
    for number in range(10, 30, 4):
        first, second = post(**person(number)), post(**person(number + 1))
        there = person(number) | {"content_urls": person(number + 1)["content_urls"]}
        back = person(number + 1) | {"content_urls": person(number)["content_urls"]}
        deeds = (lambda: post(**there), lambda: post(**back), lambda: joined(land, second, first, monday))  # noqa: B023 - ends here
        at_once(*deeds)
        assert sorted(len(alerts_of(case)) for case in (first, second)) == [0, 4]
        assert lines(first)[0] == lines(second)[0] == "received"
