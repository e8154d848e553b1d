"""The throttle: what is too much is told to wait, with a telephone number, and never with a 2xx."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any

from portal.api import throttle as module
from portal.api.gate import Message, Receive, Scope, Send
from portal.api.throttle import Throttle, throttled

NUMBER = "+915550000901"


def scope(key: str = "a", path: str = "/api/v1/alerts", client: str = "203.0.113.1") -> Scope:
    headers = [(b"authorization", f"Bearer {key}".encode())] if key else []
    return {"type": "http", "path": path, "headers": headers, "client": (client, 1)}


def knock(throttle: Throttle, *scopes: Scope) -> list[list[Message]]:
    """Return what each request was answered, one after the other."""
    digest = hashlib.sha256(b"a").hexdigest()

    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 201, "headers": []})

    async def receive() -> Message:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def one(of: Scope) -> list[Message]:
        said: list[Message] = []

        async def send(message: Message) -> None:
            said.append(message)

        line_of = {digest: NUMBER}.get
        app = throttled(application, prefix="/api/v1/", throttle=throttle, line_of=lambda d: line_of(d) or "")
        await app(of, receive, send)
        return said

    async def all_of_them() -> list[list[Message]]:
        return [await one(of) for of in scopes]

    return asyncio.run(all_of_them())


def statuses(said: list[list[Message]]) -> list[Any]:
    return [messages[0]["status"] for messages in said]


def test_a_key_has_its_burst_and_then_its_rate_and_another_key_does_not_notice():
    now = [0.0]
    throttle = Throttle(rate=2, burst=3, at_once=9, clock=lambda: now[0])

    assert statuses(knock(throttle, *[scope()] * 5, scope("b"))) == [201, 201, 201, 429, 429, 201]
    now[0] = 0.5
    assert statuses(knock(throttle, *[scope()] * 2)) == [201, 429]
    now[0] = 60
    assert statuses(knock(throttle, *[scope()] * 4)) == [201, 201, 201, 429]


def test_the_answer_is_a_problem_with_the_time_to_wait_and_the_number_of_the_cell():
    throttle = Throttle(rate=0.25, burst=1, at_once=9, clock=lambda: 0.0)
    start, body = knock(throttle, scope(), scope())[1]
    headers = dict(start["headers"])
    said = json.loads(body["body"])

    assert (headers[b"content-type"], headers[b"retry-after"]) == (b"application/problem+json", b"4")
    assert (said["status"], said["type"], said["telephone"]) == (429, "/problems/too_many_requests", NUMBER)
    assert NUMBER in said["detail"]


def test_a_stranger_learns_no_number_and_is_counted_by_where_it_comes_from():
    throttle = Throttle(rate=0.1, burst=1, at_once=9, clock=lambda: 0.0)
    said = knock(throttle, scope(""), scope(""), scope("", client="203.0.113.2"))

    assert statuses(said) == [201, 429, 201]
    assert json.loads(said[1][1]["body"])["telephone"] == ""


def test_pages_of_officers_are_never_throttled():
    throttle = Throttle(rate=0.1, burst=1, at_once=9, clock=lambda: 0.0)

    assert statuses(knock(throttle, *[scope(path="/console")] * 5)) == [201] * 5


def test_too_many_at_work_are_told_to_wait_and_places_are_given_back():
    throttle = Throttle(rate=1000, burst=1000, at_once=2)
    assert [throttle.enter("a") for _ in range(3)] == [0.0, 0.0, 1.0]
    assert throttle.enter("b") == 0.0
    throttle.leave("a")
    assert throttle.enter("a") == 0.0


def test_while_another_asks_as_well_there_are_fewer_places_for_each():
    now = [0.0]
    throttle = Throttle(rate=1000, burst=1000, at_once=4, shared=2, clock=lambda: now[0])
    assert [throttle.enter("a") for _ in range(3)] == [0.0] * 3
    assert throttle.enter("b") == 0.0
    assert [throttle.enter("a"), throttle.enter("b"), throttle.enter("b")] == [1.0, 0.0, 1.0]
    now[0] = 10
    assert [throttle.enter("a"), throttle.enter("a")] == [0.0, 1.0]


def test_a_hundred_thousand_made_up_keys_fill_no_memory(monkeypatch: Any):
    monkeypatch.setattr(module, "BUCKETS_MAX", 50)
    throttle = Throttle(rate=1, burst=1, at_once=1)
    for number in range(2000):
        throttle.enter(str(number))
        throttle.leave(str(number))
    assert len(throttle) <= 51
