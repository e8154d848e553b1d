"""The clock by which things fall due is the database's: a process whose own clock is wrong changes nothing by it."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from districts import clock

pytestmark = pytest.mark.django_db


def of_the_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def test_it_is_asked_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: ahead)
    before = of_the_database()
    assert before <= clock.now() <= of_the_database() < ahead


def test_a_steady_clock_asks_once_goes_on_by_itself_and_is_never_ahead(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        tell = clock.steady()
        first = tell()
        time.sleep(0.05)
        second = tell()
    assert second - first >= timedelta(seconds=0.05)
    assert second <= of_the_database()
