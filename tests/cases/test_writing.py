"""What is written in one trip is, row for row, what saving one by one would have written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import pytest
from django.db import Error, connection, transaction
from django.test.utils import CaptureQueriesContext

from cases.models import Case, HardKey, Identifier, Person
from cases.models.case import date_version
from cases.writing import write
from districts.actors import CLOCK
from districts.reach import reach_of
from tests.cases.conftest import Territory, as_engine, ring

NOT_COMPARED = {"history_id", "id", "case_id", "reference"}


def case_of(land: Territory, reference: str, at: datetime) -> Case:
    return Case(state=land.rj_cell.state, reference=reference, opened_at=at, last_activity_at=at, minor=True)


def versions(case: Case) -> list[dict[str, object]]:
    with as_engine():
        kept = [*Case.history.filter(id=case.pk).values(), *Person.history.filter(case_id=case.pk).values()]
    return [{name: value for name, value in row.items() if name not in NOT_COMPARED} for row in kept]


def test_the_versions_are_those_that_the_library_would_keep(land: Territory, monday: datetime) -> None:
    one, other = case_of(land, "RJ-0000-0001", monday), case_of(land, "RJ-0000-0002", monday)
    with reach_of(CLOCK):
        write(one, Person(case=one, name="Aarav"), at=monday)
        date_version(other, monday)
        other.save(force_insert=True)
        person = Person(case=other, name="Aarav")
        date_version(person, monday)
        person.save(force_insert=True)
    assert versions(one) == versions(other)
    assert len(versions(one)) == 2
    with reach_of(CLOCK):
        one.urgency = "P0"
        one.save(update_fields=["urgency"])
        assert [version.history_type for version in Case.history.filter(id=one.pk).order_by("history_id")] == ["+", "~"]
        fields = [field.name for field in Case._meta.concrete_fields if field.name not in {"id", "reference"}]
        other.refresh_from_db()
        one.refresh_from_db()
        assert {name for name in fields if getattr(one, name) != getattr(other, name)} == {"urgency"}


def test_what_is_known_is_left_out_and_anything_else_twice_is_refused(land: Territory, monday: datetime) -> None:
    case = case_of(land, "RJ-0000-0003", monday)
    key = {"state": case.state, "case": case, "key": "account:instagram:1"}
    with reach_of(CLOCK):
        pointers = [Identifier(case=case, kind="phone", value="+915550001234") for _ in range(2)]
        write(case, HardKey(**key), *pointers, at=monday, unless_known=(HardKey, Identifier))
        write(Person(case=case), HardKey(**key), at=monday, unless_known=(HardKey,))
        assert (HardKey.objects.count(), Identifier.objects.count()) == (1, 1)
        with pytest.raises(Error), transaction.atomic():
            write(case_of(land, "RJ-0000-0003", monday), at=monday)
        with pytest.raises(Error), transaction.atomic():
            write(HardKey(**key), HardKey(state=case.state, case=Case(pk=uuid4()), key="x"), at=monday)


def test_nobody_writes_without_a_name(land: Territory, monday: datetime) -> None:
    with pytest.raises(Error, match="permission denied"), transaction.atomic():
        write(case_of(land, "RJ-0000-0004", monday), at=monday)


def test_a_new_alert_costs_few_trips(land: Territory, post: Callable[..., Case], monday: datetime) -> None:
    with CaptureQueriesContext(connection) as trips:
        case = post()
    assert len([query for query in trips if "INSERT" in query["sql"]]) == 1
    assert len(trips) <= 6
    assert ring(monday) == []
    with as_engine():
        assert case.deadlines.filter(kind="CLAIM", level=0, settled_at=None).exists()
