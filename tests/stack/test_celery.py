"""Celery: what it is told to do each second, and that a broker that is gone holds nobody up."""

import threading
import time

import pytest
from celery import current_app
from kombu.exceptions import OperationalError

from portal import pulse
from portal.celery import PULSES, app
from portal.stack.ports import LOOPBACK, free_port
from portal.watchdog import PATIENCE, Watchdog


def test_every_task_of_each_second_exists_and_goes_stale() -> None:
    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks
        assert entry["schedule"] == 1.0
        assert entry["options"]["expires"] <= 5
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} == PULSES.keys()


def test_every_thread_finds_this_app() -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(current_app._get_current_object()))
    thread.start()
    thread.join()
    assert found == [app]


def test_a_nudge_fails_at_once_when_the_broker_is_gone() -> None:
    began = time.monotonic()
    with app.connection_for_write(f"redis://{LOOPBACK}:{free_port()}/0") as gone, pytest.raises(OperationalError):
        app.send_task("cases.miss_due", connection=gone, retry=False)
    assert time.monotonic() - began < 1


def test_a_nudge_arrives_and_carries_no_result() -> None:
    with app.connection_for_write() as broker:
        channel = broker.default_channel
        channel.client.flushdb()
        app.send_task("cases.miss_due", expires=5)
        assert channel.client.llen(app.conf.task_default_queue) == 1
        channel.client.flushdb()
    assert app.conf.task_ignore_result


@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_succeeds_is_a_sign_of_life() -> None:
    app.loader.import_default_modules()
    app.tasks["cases.miss_due"].apply(throw=True)
    assert pulse.ages().keys() == {"sweep"}
    assert pulse.ages()["sweep"] < 5


class Ended(Exception):
    """The watchdog would have ended the worker."""


def watchdog_over(queue: list[int | Exception]) -> Watchdog:
    """Return a watchdog over a queue of that many tasks, that ends nobody but says so."""

    def waiting() -> int:
        answer = queue[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end() -> None:
        raise Ended

    return Watchdog(waiting, end=end)


def test_a_worker_that_leaves_work_waiting_is_ended() -> None:
    watchdog = watchdog_over([49])
    watchdog._fed -= PATIENCE - 1
    watchdog.look()
    watchdog._fed -= 2
    with pytest.raises(Ended):
        watchdog.look()


@pytest.mark.parametrize("queue", [0, ConnectionError("the broker is gone")])
def test_a_worker_with_nothing_to_take_is_left_alone(queue: int | Exception) -> None:
    watchdog = watchdog_over([queue])
    watchdog._fed -= PATIENCE + 60
    watchdog.look()
    # And it is given its time again when there is work.
    watchdog._waiting = lambda: 1
    watchdog.look()


def test_a_worker_that_takes_work_is_left_alone_however_much_waits() -> None:
    watchdog = watchdog_over([5000])
    watchdog._fed -= PATIENCE + 60
    watchdog.feed()
    watchdog.look()
