"""Many deadlines fire in one transaction: at the price of a few, each as if alone, and none takes another along."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import claiming, deadlines, forwarding, history, tasks
from cases.models import Case, CaseEvent, ChainHead, Deadline
from cases.states import Promise
from districts.actors import CLOCK
from districts.models import Contact
from districts.reach import reach_of
from notifications.models import Message
from tests.cases.conftest import Territory, as_engine, ring

Post = Callable[..., Case]
MINUTE = timedelta(minutes=1)


def forwarded_to(land: Territory, post: Post, *, at: datetime) -> Case:
    case = post(at=at)
    with reach_of(land.rj_op1):
        claiming.claim(case, by=land.rj_op1, at=at)
        forwarding.forward(case, to=land.jhunjhunu, part="lead", by=land.rj_op1, at=at)
        case.refresh_from_db()
    return case


def statements(at: datetime) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        tasks.sweep(for_s=600, at=at)
    return [one["sql"] for one in asked.captured_queries]


def test_thirty_promises_are_missed_with_as_many_statements_as_three(
    land: Territory, post: Post, monday: datetime
) -> None:
    counts = []
    for number, many in enumerate((3, 30)):
        began = monday + number * timedelta(hours=1)
        cases = [post(at=began) for _ in range(many)]
        # The first one of all pays for what is remembered no longer than a sweep; none of it is kept for the second.
        counts.append(len(statements(began + MINUTE)))
        with as_engine():
            assert Deadline.objects.filter(case__in=cases, level=0, settled_as="missed").count() == many
            assert Deadline.objects.filter(case__in=cases, level=1, settled_as="missed").count() == many
            Deadline.objects.filter(settled_at=None).update(due_at=began + timedelta(days=300))
    assert counts[0] == counts[1] <= 32, counts


def test_a_step_over_an_empty_rung_costs_no_statement_of_its_own(land: Territory, post: Post, monday: datetime) -> None:
    counts = []
    for number, many in enumerate((2, 20)):
        began = monday + number * timedelta(hours=1)
        for _ in range(many):
            post(at=began)
        ring(began + MINUTE)
        # The second rung of the cell is empty: the third one is told in its place.
        counts.append(len(statements(began + 4 * MINUTE)))
        with as_engine():
            assert CaseEvent.objects.filter(action="rung_empty", at=began + 4 * MINUTE).count() == many
            Deadline.objects.filter(settled_at=None).update(due_at=began + timedelta(days=300))
    assert counts[0] == counts[1] <= 34, counts


def written(case: Case) -> dict[str, Any]:
    """What stands in the database of a case, without what differs between any two."""
    lines = CaseEvent.objects.filter(case=case).order_by("seq").values_list("seq", "at", "actor", "action", "facts")
    steps = Deadline.objects.filter(case=case).order_by("kind", "started_at", "level")
    messages = Message.objects.filter(about_id=case.pk).order_by("created_at", "contact", "channel")
    return {
        "lines": list(lines),
        "steps": list(steps.values_list("kind", "level", "due_at", "settled_at", "settled_as", "rung", "channels")),
        "messages": list(messages.values_list("topic", "channel", "to", "template_id", "state", "created_at")),
    }


@pytest.mark.parametrize("vacant", [False, True])
def test_what_fires_together_is_written_as_if_each_had_fired_alone(
    land: Territory, post: Post, monday: datetime, vacant: bool
) -> None:
    if vacant:
        # Nobody is left on any rung: every ladder runs out at once, and says so.
        Contact.objects.filter(unit__state=land.rj_cell.state).update(vacant=True)
    cases = [forwarded_to(land, post, at=monday) if number % 2 else post(at=monday) for number in range(8)]
    moments = [monday + minutes * MINUTE for minutes in (1, 3, 4, 6, 12, 20)]
    together, alone = cases[:4], cases[4:]
    for moment in moments:
        with reach_of(CLOCK):
            due = [one for one in deadlines.overdue(at=moment, limit=99) if one.case in together]
            while due:
                deadlines.miss(due, at=moment)
                due = [one for one in deadlines.overdue(at=moment, limit=99) if one.case in together]
        ring(moment)
    with as_engine():
        for one, other in zip(together, alone, strict=True):
            here, there = written(one), written(other)
            # The first line says what came in, and each alert is its own.
            assert here["lines"][1:] == there["lines"][1:]
            assert here["steps"] == there["steps"]
            assert here["messages"] == there["messages"]
            assert history.verify(one) == history.verify(other) == []


def test_a_deadline_that_cannot_be_missed_takes_no_other_along(
    land: Territory, post: Post, monday: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    cases = [post(at=monday) for _ in range(6)]
    with as_engine():
        # The most overdue one of all: whoever began with it again and again would never come to the others.
        sick = Deadline.objects.get(case=cases[0], level=0)
        sick.ladder = [{"after_s": 0, "rung": 1, "channels": ["pigeon"]}]
        sick.save(update_fields=["ladder"])
    for _ in range(2):
        tasks.sweep(for_s=600, at=monday + MINUTE)
    with as_engine():
        missed = Deadline.objects.filter(level=0, settled_as="missed")
        assert {one.case_id for one in missed} == {case.pk for case in cases[1:]}
        assert Message.objects.filter(topic="deadline_missed", channel="sms").count() == 5
        # What had been begun of it is not there: no line, no step, no message.
        assert CaseEvent.objects.filter(case=cases[0]).count() == 1
        assert Deadline.objects.filter(case=cases[0]).count() == 1
        sick.ladder = []
        sick.save(update_fields=["ladder"])
    assert str(sick.pk) in caplog.text
    assert tasks.sweep(for_s=600, at=monday + MINUTE) == 1


@pytest.mark.django_db(transaction=True)
def test_a_case_whose_history_is_being_written_is_passed_over_and_fires_afterwards(
    land: Territory, post: Post, monday: datetime
) -> None:
    """Whoever holds many rows and waited for one could end an officer's act in a deadlock."""
    cases = [post(at=monday) for _ in range(3)]
    held, go = Event(), Event()

    def act() -> None:
        try:
            with reach_of(CLOCK):
                ChainHead.objects.select_for_update().get(case=cases[0])
                held.set()
                assert go.wait(60)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as officer:
        acting = officer.submit(act)
        assert held.wait(30)
        try:
            assert tasks.sweep(for_s=60, at=monday + MINUTE) == 2
        finally:
            go.set()
        acting.result(60)
    assert tasks.sweep(for_s=60, at=monday + MINUTE) == 1


def test_each_of_several_promises_of_one_moment_has_a_ladder_of_its_own(
    land: Territory, post: Post, monday: datetime
) -> None:
    """The looks back of a case are promised at one moment. The second one found the ladder of the first, and slept."""
    case = post(at=monday)
    with reach_of(CLOCK):
        deadlines.lift_everything(case, at=monday)
        for number in (1, 2):
            deadlines.start(case, Promise.FOLLOW_UP, unit=land.rj_cell, by=CLOCK, at=monday, number=number)
    ring(monday + timedelta(days=1))
    ring(monday + timedelta(days=3))
    with as_engine():
        told = Deadline.objects.filter(case=case, kind="FOLLOW_UP", level=1, settled_as="missed")
        assert sorted(told.values_list("number", flat=True)) == [1, 2]


def test_the_database_and_the_count_refuse_that_one_deadline_fires_twice(
    land: Territory, post: Post, monday: datetime
) -> None:
    post(at=monday)
    with pytest.raises(RuntimeError, match="settled by somebody else"), reach_of(CLOCK):
        due = deadlines.overdue(at=monday + MINUTE, limit=9)
        deadlines.miss(due, at=monday + MINUTE)
        deadlines.miss(due, at=monday + MINUTE)
