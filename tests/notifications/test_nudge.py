"""A nudge is quick when the broker is there, and costs nobody anything when it is not."""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis
from celery import Celery
from django.conf import settings as portal_settings
from django.db import transaction

from districts.actors import CLOCK
from districts.models import Contact
from districts.reach import reach_of
from notifications import nudge
from notifications.lanes import Office
from notifications.life import LEASE
from notifications.models import Message
from notifications.nudge import Bell
from portal.celery import app
from tests.notifications.conftest import Owe
from tests.notifications.gateways import GatewayServer, Manner

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def queue() -> Iterator[redis.Redis]:
    broker = redis.Redis.from_url(portal_settings.REDIS_URL)
    broker.flushdb()
    yield broker
    broker.flushdb()
    broker.close()


@pytest.fixture
def bell(monkeypatch: pytest.MonkeyPatch) -> Bell:
    bell = Bell()
    monkeypatch.setattr(nudge, "_BELL", bell)
    return bell


def waiting(queue: redis.Redis, *, at_least: int = 0) -> list[str]:
    until = time.monotonic() + (5 if at_least else 0.3)
    while time.monotonic() < until and int(queue.llen("portal")) < max(at_least, 1):
        time.sleep(0.01)
    return [json.loads(raw)["headers"]["task"] for raw in queue.lrange("portal", 0, -1)]


def pointed_at(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Let the nudges go to another broker, with the patience of the real one."""
    other = Celery("other", broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
    other.conf.broker_transport_options = app.conf.broker_transport_options
    monkeypatch.setattr(nudge, "current_app", other)


def test_a_commit_rings_once_for_all_that_it_owes(
    owe: Owe, control_room: Contact, queue: redis.Redis, bell: Bell
) -> None:
    with transaction.atomic():
        owe((control_room, "sms"), (control_room, "voice"))
        assert waiting(queue) == []
    assert set(waiting(queue, at_least=1)) == {"notifications.deliver_due"}


def test_a_rollback_and_a_repeat_ring_for_nobody(
    owe: Owe, control_room: Contact, queue: redis.Redis, bell: Bell
) -> None:
    owe((control_room, "sms"), once="forwarding:7")
    waiting(queue, at_least=1)
    queue.flushdb()
    owe((control_room, "sms"), once="forwarding:7")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        owe((control_room, "sms"))
        _ = 1 / 0
    assert waiting(queue) == []


def test_a_broker_that_is_down_costs_nobody_a_moment_and_is_left_alone(
    owe: Owe, control_room: Contact, bell: Bell, monkeypatch, caplog
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        pointed_at(monkeypatch, free.getsockname()[1])
    began = time.monotonic()
    for _ in range(5):
        owe((control_room, "sms"))
    bell.ring()
    assert time.monotonic() - began < 1
    until = time.monotonic() + 20  # redis-py tries for six seconds; nobody waits for it but the bell's own thread
    while not [line for line in caplog.messages if "the broker did not" in line] and time.monotonic() < until:
        time.sleep(0.02)
    for _ in range(50):
        bell.ring()
    time.sleep(0.3)
    assert len([line for line in caplog.messages if "the broker did not take a nudge" in line]) == 1
    with reach_of(CLOCK):
        assert Message.objects.filter(state="queued").count() == 5


def test_a_broker_that_hangs_costs_nobody_a_moment(owe: Owe, control_room: Contact, bell: Bell, monkeypatch) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        pointed_at(monkeypatch, deaf.getsockname()[1])
        longest = 0.0
        for _ in range(5):
            began = time.monotonic()
            bell.ring()
            longest = max(longest, time.monotonic() - began)
        assert longest < 0.3


def test_many_rings_at_once_come_from_one_thread(bell: Bell, queue: redis.Redis) -> None:
    threads = [threading.Thread(target=bell.ring) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= len(waiting(queue, at_least=1)) <= 20
    assert len([thread for thread in threading.enumerate() if thread is bell._thread]) == 1


@pytest.fixture
def worker(sms: GatewayServer, queue: redis.Redis, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker in a process of its own, on this test's database."""
    environment = os.environ | {"SMS_GATEWAY_URL": sms.url}
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=environment, stderr=log)
        until = time.monotonic() + 60
        while int(queue.scard("_kombu.binding.portal")) < 1:
            assert process.poll() is None, (tmp_path / "worker.log").read_text()
            assert time.monotonic() < until, (tmp_path / "worker.log").read_text()
            time.sleep(0.1)
        yield process
        process.kill()
        process.wait()


@pytest.mark.fault
def test_a_worker_sends_at_once_and_when_it_is_killed_another_sends_the_same_again(
    owe: Owe, control_room: Contact, sms: GatewayServer, bell: Bell, worker: subprocess.Popen[bytes]
) -> None:
    late = []
    for number in range(20):
        owe((control_room, "sms"), at=datetime.now(UTC))
        committed = time.monotonic()
        while len(sms.asked) <= number and time.monotonic() < committed + 20:
            time.sleep(0.002)
        with reach_of(CLOCK):
            seen = list(Message.objects.exclude(state="accepted").values_list("state", "attempts", "last_error"))
        assert len(sms.asked) > number, seen
        late.append(sms.asked[number].at - committed)
        time.sleep(0.05)
    # Without a beat only the nudge can have brought it. The budget is judged by the bench, on a quiet machine.
    assert statistics.median(late[1:]) < 1

    sms.manner = Manner(after_s=30)
    (hanging,) = owe((control_room, "sms"), at=datetime.now(UTC))
    until = time.monotonic() + 20
    while len(sms.asked) < 21 and time.monotonic() < until:
        time.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    sms.manner = Manner()
    office = Office()
    office.deliver(clock=lambda: datetime.now(UTC), for_s=5)
    assert sms.ids.count(str(hanging.pk)) == 1
    office.deliver(clock=lambda: datetime.now(UTC) + LEASE, for_s=5)
    assert sms.ids.count(str(hanging.pk)) == 2
    with reach_of(CLOCK):
        assert set(Message.objects.values_list("state", flat=True)) == {"accepted"}
