"""Many at once, over real HTTP: one alert stays one alert, and a flood does not drown the neighbour."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread
from typing import Any

import httpx
import pytest
from django.db import connection
from django.test import RequestFactory
from pytest_django.live_server_helper import LiveServer

from districts.actors import Sight, partner_actor
from districts.reach import reach_of
from portal.api.v1 import telephone, views
from portal.api.v1.lanes import Lanes
from portal.api.v1.problems import Busy
from tests.portal.api.conftest import ALERTS, CELL_TELEPHONE, Caller, report, rows


@pytest.fixture
def post(live_server: LiveServer, meta: Caller) -> Iterator[Callable[..., httpx.Response]]:
    with httpx.Client(base_url=live_server.url, timeout=30) as client:

        def post(body: Any, key: str, bearer: str = meta.key) -> httpx.Response:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers = {"Authorization": f"Bearer {bearer}", "Idempotency-Key": key, "Content-Type": "application/json"}
            return client.post(ALERTS, content=raw, headers=headers)

        yield post


def at_once(number: int, do: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    start = Barrier(number)

    def go(index: int) -> httpx.Response:
        start.wait()
        return do(index)

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(go, range(number)))


def test_five_at_once_with_one_key_make_one_alert(post: Callable[..., httpx.Response]):
    body = report()
    answers = at_once(5, lambda _: post(body, "k-1"))

    codes = sorted(answer.status_code for answer in answers)
    assert codes.count(201) == 1
    assert set(codes) <= {200, 201, 409}
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["type"] == "/problems/idempotency_key_in_use"
            assert answer.headers["Retry-After"] == "1"
    assert rows() == (1, 1, 1)
    assert post(body, "k-1").status_code == 200


def test_five_at_once_with_one_reference_make_one_alert(post: Callable[..., httpx.Response]):
    body = report()
    answers = at_once(5, lambda index: post(body, f"k-{index}"))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({answer.content for answer in answers}) == 1
    assert rows() == (1, 1, 1)


def test_five_at_once_on_one_person_make_five_alerts_and_one_case(post: Callable[..., httpx.Response]):
    bodies = [report() for _ in range(5)]
    for body in bodies:
        body["subject"]["platform_user_id"] = "17840000000001"
    answers = at_once(5, lambda index: post(bodies[index], f"k-{index}"))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["reference"] for answer in answers}) == 1
    assert rows() == (5, 1, 1)


def test_the_same_key_still_at_work_is_409(post: Callable[..., httpx.Response], meta: Caller):
    """Somebody else holds the lock of the key, as a request does that takes its time."""
    held, done = Event(), Event()

    def hold() -> None:
        with reach_of(partner_actor(meta.partner, sight=Sight.ENGINE)), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"{meta.partner.pk}:k-1"])
            held.set()
            done.wait(20)
        connection.close()

    other = Thread(target=hold)
    other.start()
    held.wait(10)
    busy = post(report(), "k-1")
    done.set()
    other.join()

    assert busy.status_code == 409
    assert busy.headers["Retry-After"] == "1"
    assert busy.headers["Content-Type"] == "application/problem+json"
    assert rows() == (0, 0, 0)


def test_an_empty_body_is_400(post: Callable[..., httpx.Response]):
    assert post(b"", "k-1").status_code == 400


def test_the_same_again_over_the_wire_is_the_same_byte_for_byte(post: Callable[..., httpx.Response]):
    body = report()
    first, again = post(body, "k-1"), post(body, "k-1")

    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"


# ---- lanes -----------------------------------------------------------------------------------------------


def test_a_flood_of_one_waits_in_its_own_lane_and_the_neighbour_passes():
    lanes = Lanes(2, patience_s=10)
    full, done, passed = Barrier(3), Event(), []

    def flood() -> None:
        with lanes.place_in("meta"):
            full.wait()
            done.wait(10)

    threads = [Thread(target=flood) for _ in range(2)]
    for thread in threads:
        thread.start()
    full.wait()

    def wait() -> None:
        with lanes.place_in("meta"):
            passed.append("meta")

    waiting = Thread(target=wait)
    waiting.start()
    with lanes.place_in("x"):
        passed.append("x")
    done.set()
    for thread in (*threads, waiting):
        thread.join()

    assert passed == ["x", "meta"]


def test_who_waits_too_long_or_behind_too_many_is_told_so():
    lanes = Lanes(1, patience_s=0.05, waiting_max=0)
    with lanes.place_in("meta"), pytest.raises(Busy), lanes.place_in("meta"):
        pass

    patient = Lanes(1, patience_s=0.05)
    with patient.place_in("meta"), pytest.raises(Busy), patient.place_in("meta"):
        pass
    assert len(patient) == len(lanes) == 0


def test_a_lane_is_left_by_whoever_fails_in_it():
    lanes = Lanes(1)
    with pytest.raises(ZeroDivisionError), lanes.place_in("meta"):
        _ = 1 / 0

    with lanes.place_in("meta"):
        pass


def test_too_many_at_once_is_429_with_the_telephone(meta: Caller, monkeypatch: pytest.MonkeyPatch):
    assert meta.send(report()).status_code == 201
    narrow = Lanes(1, patience_s=0.05)
    monkeypatch.setattr(views, "lanes", narrow)
    request = RequestFactory().get("/", headers={"Authorization": f"Bearer {meta.key}"})
    with narrow.place_in(telephone.digest_of(request)):
        answer = meta.send(report())

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert answer.json()["telephone"] == CELL_TELEPHONE
    assert CELL_TELEPHONE in answer.json()["detail"]
    assert rows()[0] == 1
