"""Watch: rests while Celery leaves heartbeats, works while it does not, and outlives the database."""

import os
import threading
import time
from collections.abc import Generator

import psycopg
import pytest
from django.db import DatabaseError, connection

from portal import pulse
from portal.watch import Duty, Watch
from tests.servers import SUPERUSER

pytestmark = pytest.mark.django_db(transaction=True)


class Work:
    """Something to do, that counts how often it was done, and can hang or fail."""

    def __init__(self) -> None:
        self.done = 0
        self.began = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()
        self.failure: Exception | None = None

    def __call__(self) -> None:
        self.began.set()
        self.may_end.wait(10)
        self.done += 1
        if self.failure:
            raise self.failure


@pytest.fixture
def sweep() -> Work:
    return Work()


@pytest.fixture
def delivery() -> Work:
    return Work()


@pytest.fixture
def watch(sweep: Work, delivery: Work) -> Generator[Watch]:
    """A watch that has been up for an hour."""
    watch = Watch([Duty("sweep", sweep), Duty("delivery", delivery)])
    watch._began -= 3600
    yield watch
    sweep.may_end.set()
    delivery.may_end.set()
    watch._threads.shutdown(wait=True)


def silence(name: str, seconds: float) -> None:
    """Let the last sign of life of ``name`` be that long ago."""
    pulse.beat(name)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE portal_pulse SET at = at - make_interval(secs => %s) WHERE name = %s", [seconds, name])


def look(watch: Watch) -> None:
    """Look once, and wait for what that started."""
    watch.look()
    for running in watch._running.values():
        running.result(10)


def test_watch_rests_while_celery_works(watch: Watch, sweep: Work, delivery: Work) -> None:
    pulse.beat("sweep")
    silence("delivery", 4)
    look(watch)
    assert (sweep.done, delivery.done) == (0, 0)


def test_watch_does_what_celery_has_left_for_five_seconds_and_nothing_else(
    watch: Watch, sweep: Work, delivery: Work
) -> None:
    silence("sweep", 6)
    pulse.beat("delivery")
    look(watch)
    look(watch)
    assert (sweep.done, delivery.done) == (2, 0)
    pulse.beat("sweep")
    look(watch)
    assert (sweep.done, delivery.done) == (2, 0)


def test_watch_helps_where_more_is_due_than_celery_gets_done(watch: Watch, sweep: Work, delivery: Work) -> None:
    behind = [True, True, False]
    watch._duties = [Duty("sweep", sweep, is_behind=lambda: behind.pop(0)), Duty("delivery", delivery)]
    for _ in range(3):
        pulse.beat("sweep")
        pulse.beat("delivery")
        look(watch)
    assert (sweep.done, delivery.done) == (2, 0)
    assert watch._standing_in == set()


def test_watch_says_it_once_and_says_when_celery_is_back(
    watch: Watch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    silence("sweep", 6)
    pulse.beat("delivery")
    for _ in range(3):
        look(watch)
    pulse.beat("sweep")
    for _ in range(3):
        look(watch)
    said = "".join(capfd.readouterr()) + caplog.text
    assert said.count("watch stands in") == 1
    assert said.count("watch rests") == 1


def test_watch_stands_in_where_celery_never_was_but_gives_it_time_to_start(
    watch: Watch, sweep: Work, delivery: Work
) -> None:
    watch._began = time.monotonic()
    look(watch)
    assert (sweep.done, delivery.done) == (0, 0)
    watch._began -= 6
    look(watch)
    assert (sweep.done, delivery.done) == (1, 1)


def test_a_delivery_that_hangs_holds_up_no_deadline(watch: Watch, sweep: Work, delivery: Work) -> None:
    delivery.may_end.clear()
    watch.look()
    assert delivery.began.wait(5)
    for _ in range(3):
        watch.look()
        watch._running["sweep"].result(10)
    assert sweep.done >= 3
    assert delivery.done == 0


@pytest.mark.parametrize("failure", [DatabaseError("away"), ZeroDivisionError("a fault of ours")])
def test_work_that_fails_is_tried_again(watch: Watch, sweep: Work, failure: Exception) -> None:
    sweep.failure = failure
    look(watch)
    look(watch)
    assert sweep.done == 2


def test_watch_outlives_the_loss_of_its_connections(watch: Watch, sweep: Work) -> None:
    look(watch)
    with psycopg.connect(os.environ[SUPERUSER], autocommit=True) as server:
        # Of this database only: the other workers of the tests sign in as portal_app too.
        ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'portal_app' AND datname = %s"
        server.execute(ours, [connection.settings_dict["NAME"]])
    for _ in range(5):
        look(watch)
    assert sweep.done >= 5


def test_watch_leaves_a_heartbeat_of_its_own(watch: Watch) -> None:
    look(watch)
    assert pulse.ages()["watch"] < 5


def test_an_age_is_counted_from_the_last_heartbeat() -> None:
    silence("sweep", 60)
    assert 60 <= pulse.ages()["sweep"] < 70
    pulse.beat("sweep")
    assert pulse.ages()["sweep"] < 5
