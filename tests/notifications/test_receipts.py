"""Receipts come late, twice, out of order, and from strangers."""

import http.client
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection

from districts.actors import CLOCK
from districts.models import Contact
from districts.reach import reach_of
from notifications.delivery import claim_due
from notifications.lanes import Office, deliver_one
from notifications.models import Attempt, Message
from notifications.receipts import Receipt, Status, Unknown, take
from tests.notifications.conftest import Owe, now
from tests.notifications.gateways import GatewayServer, Manner


@pytest.fixture
def accepted(owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime) -> Message:
    (message,) = owe((control_room, "sms"))
    office.deliver(clock=lambda: monday, for_s=5)
    return now(message)


def say(message: Message, status: str, at: datetime, *, provider_id: str = "", key: str = "") -> None:
    take(message.token, Receipt(message.pk, provider_id or f"p-{message.pk}", Status(status), key), at=at)


@pytest.mark.parametrize("status", ["delivered", "answered", "key"])
def test_a_good_receipt_makes_it_delivered(accepted: Message, monday: datetime, status: str) -> None:
    later = monday + timedelta(seconds=9)
    say(accepted, status, later, key="1")
    assert (now(accepted).state, now(accepted).final_at) == ("delivered", later)
    with reach_of(CLOCK):
        heard = Attempt.objects.get(message=accepted)
    assert (heard.heard, heard.heard_at, heard.key) == (status, later, "1" if status == "key" else "")


@pytest.mark.parametrize("status", ["failed", "no_answer"])
def test_a_bad_receipt_ends_it_and_the_next_channel_is_owed(accepted: Message, monday: datetime, status: str) -> None:
    say(accepted, status, monday)
    assert (now(accepted).state, now(accepted).last_error) == ("failed", f"the gateway reported {status}")
    with reach_of(CLOCK):
        assert Message.objects.get(instead_of=accepted).channel == "voice"


def test_the_same_receipt_twice_changes_nothing(accepted: Message, monday: datetime) -> None:
    say(accepted, "delivered", monday)
    say(accepted, "delivered", monday + timedelta(hours=1))
    assert now(accepted).final_at == monday


def test_a_bad_word_after_a_good_one_changes_nothing(accepted: Message, monday: datetime) -> None:
    say(accepted, "delivered", monday)
    say(accepted, "failed", monday)
    assert now(accepted).state == "delivered"


def test_a_good_word_after_a_bad_one_wins(accepted: Message, monday: datetime) -> None:
    say(accepted, "failed", monday)
    say(accepted, "delivered", monday + timedelta(seconds=1))
    assert (now(accepted).state, now(accepted).final_at) == ("delivered", monday + timedelta(seconds=1))


def test_a_key_after_the_answer_is_kept(accepted: Message, monday: datetime) -> None:
    say(accepted, "answered", monday)
    say(accepted, "key", monday, key="1")
    say(accepted, "answered", monday)
    with reach_of(CLOCK):
        assert Attempt.objects.get(message=accepted).key == "1"


@pytest.mark.parametrize(("status", "ends"), [("delivered", "delivered"), ("failed", "failed")])
def test_a_receipt_that_overtakes_the_answer_is_believed(
    owe: Owe, control_room: Contact, sms: GatewayServer, monday: datetime, status: str, ends: str
) -> None:
    (message,) = owe((control_room, "sms"))
    (claimed,) = claim_due(channel="sms", at=monday, limit=1)
    say(message, status, monday)
    deliver_one(claimed, clock=lambda: monday)
    assert now(message).state == ends
    with reach_of(CLOCK):
        assert Attempt.objects.get(message=message).outcome == "accepted"


def test_a_receipt_for_a_try_without_an_answer_is_believed(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    """The gateway took it and answered into a broken connection."""
    (message,) = owe((control_room, "sms"))
    sms.then(Manner(drop=True))
    office.deliver(clock=lambda: monday, for_s=5)
    say(message, "delivered", monday, provider_id="unheard-of")
    assert (now(message).state, now(message).provider_id) == ("delivered", "unheard-of")
    office.deliver(clock=lambda: monday + timedelta(hours=1), for_s=5)
    assert len(sms.asked) == 1


def test_a_late_receipt_of_an_earlier_try_does_not_end_the_present_one(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    (message,) = owe((control_room, "sms"))
    sms.then(Manner(drop=True))
    office.deliver(clock=lambda: monday, for_s=5)
    office.deliver(clock=lambda: monday + timedelta(seconds=2), for_s=5)
    say(message, "failed", monday, provider_id="the-first-try")
    assert now(message).state == "accepted"


def test_a_forged_receipt_is_unknown(accepted: Message, monday: datetime) -> None:
    forgeries = [
        (uuid4().hex, Receipt(accepted.pk, f"p-{accepted.pk}", Status.DELIVERED)),
        (accepted.token, Receipt(uuid4(), f"p-{accepted.pk}", Status.DELIVERED)),
        (accepted.token, Receipt(accepted.pk, "p-another", Status.DELIVERED)),
    ]
    for token, receipt in forgeries:
        with pytest.raises(Unknown):
            take(token, receipt, at=monday)
    assert now(accepted).state == "accepted"


def test_nothing_was_sent_so_nothing_can_be_heard(owe: Owe, control_room: Contact, monday: datetime) -> None:
    (message,) = owe((control_room, "sms"))
    with pytest.raises(Unknown):
        say(message, "delivered", monday)


# ---- the address, over real HTTP ----------------------------------------------------------------------------


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def portal(transactional_db: None) -> Iterator[int]:
    """The portal itself on a port; returns the port."""
    handler = WSGIHandler()

    def serve(environ, start_response):
        try:
            return handler(environ, start_response)
        finally:
            connection.close()

    server = make_server("127.0.0.1", 0, serve, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def post(port: int, token: str, body: bytes, **headers: str) -> tuple[int, str, bytes]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    link.request("POST", f"/gateway/receipts/{token}", body, {"Content-Type": "application/json"} | headers)
    answer = link.getresponse()
    result = answer.status, answer.headers.get("Content-Type", ""), answer.read()
    link.close()
    return result


def told(message: Message, **changes: object) -> bytes:
    said = {
        "id": str(message.pk),
        "provider_id": f"p-{message.pk}",
        "status": "delivered",
        "at": "2026-11-23T22:30:09Z",
    }
    return json.dumps(said | changes).encode()


def test_the_gateway_posts_to_the_address_it_was_given(portal: int, accepted: Message) -> None:
    status, _, body = post(portal, accepted.token, told(accepted, key=""))
    assert (status, body) == (204, b"")
    assert now(accepted).state == "delivered"
    assert post(portal, accepted.token, told(accepted))[0] == 204


def test_an_unknown_token_is_not_found(portal: int, accepted: Message) -> None:
    forged = [post(portal, "x" * 43, told(accepted)), post(portal, accepted.token, told(accepted, provider_id="p-1")),
              post(portal, accepted.token, told(accepted, id=str(uuid4())))]  # fmt: skip
    status, kind, body = forged[0]
    assert (status, kind, json.loads(body)["type"]) == (404, "application/problem+json", "/problems/not_found")
    assert forged == [forged[0]] * 3
    assert now(accepted).state == "accepted"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff\xfe", b"[]", b"null", b'"delivered"', b"[" * 4000, b'{"a": NaN}',
        {"id": None}, {"id": 7}, {"id": "not-an-id"}, {"id": ["x"]},
        {"status": "exploded"}, {"status": None}, {"status": ["delivered"]},
        {"provider_id": ""}, {"provider_id": None}, {"provider_id": "x" * 121}, {"provider_id": "a\0b"},
        {"provider_id": True}, {"key": 1}, {"key": ["1"]},
    ],
    ids=lambda body: repr(body)[:40],
)  # fmt: skip
def test_a_body_that_is_no_receipt_is_refused(portal: int, accepted: Message, body) -> None:
    raw = body if isinstance(body, bytes) else told(accepted, **body)
    status, kind, answer = post(portal, accepted.token, raw)
    assert (status, kind) == (422, "application/problem+json")
    assert b"Traceback" not in answer
    assert now(accepted).state == "accepted"


def test_a_long_body_is_refused_unread(portal: int, accepted: Message) -> None:
    assert post(portal, accepted.token, told(accepted, more="x" * 5000))[0] == 413


def test_a_token_with_odd_signs_is_not_found(portal: int, accepted: Message) -> None:
    for token in ("%00", "%F0%9F%98%80", "x" * 500):
        assert post(portal, token, told(accepted))[0] == 404


def test_two_channels_that_fail_at_the_same_moment_bring_a_mail(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, voice: GatewayServer, monday: datetime
) -> None:
    pairs = [owe((control_room, "sms"), (control_room, "voice")) for _ in range(15)]
    office.deliver(clock=lambda: monday, for_s=10)

    def fail(which: int) -> None:
        for pair in pairs:
            say(pair[which], "failed", monday)
        connection.close()

    threads = [threading.Thread(target=fail, args=[which]) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reach_of(CLOCK):
        assert Message.objects.filter(channel="email").count() == 15
