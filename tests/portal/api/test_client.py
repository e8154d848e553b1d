"""The client that partners copy, used for real: over HTTP, signed, through refusals and a line that breaks."""

from __future__ import annotations

import importlib.util
import re
import socket
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from notifications.webhooks import sending
from tests.portal.api.conftest import Caller, report, rows
from tests.portal.api.test_signatures import SECRET, WRONG

FILE = Path(__file__).resolve().parents[3] / "docs" / "client" / "jeevan_setu_client.py"


@pytest.fixture(scope="module")
def client() -> ModuleType:
    spec = importlib.util.spec_from_file_location("jeevan_setu_client", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def own_store(settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = str(tmp_path / "sealed")


@pytest.fixture
def setu(client: ModuleType, live_server: LiveServer, meta: Caller) -> Any:
    meta.partner.require_signature, meta.partner.signing_secret = True, SECRET
    meta.partner.save(update_fields=["require_signature", "signing_secret"])
    return client.JeevanSetu(live_server.url, key=meta.key, secret=SECRET, patience_s=10)


def test_five_minutes_to_the_first_alert_and_everything_after_it(setu: Any, tmp_path: Path):
    setu.heartbeat()
    told = setu.send_alert(report(), key="k-1")
    assert told["state"] == "received"
    assert setu.send_alert(report() | {"partner_reference": "other"})["id"] != told["id"]

    picture = tmp_path / "स्क्रीन.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n--\r\n" + bytes(range(256)))
    assert setu.send_file(told["id"], str(picture))["size"] == picture.stat().st_size
    setu.send_supplement(told["id"], {"text": "एक मित्र का नंबर", "subject": {"phones": [{"number": "+915550009999"}]}})
    setu.retract(told["id"], "it was a film")

    stands = setu.alert(told["id"])
    assert (stands["files"], stands["supplements"]) == (1, 1)
    assert stands["retracted_at"]
    assert {one["id"] for one in setu.alerts()} >= {told["id"]}


def test_a_refusal_says_why_and_is_not_sent_again(setu: Any, client: ModuleType):
    with pytest.raises(client.Refused) as no:
        setu.send_alert({"partner_reference": "x"})
    assert no.value.status == 422
    assert no.value.problem["errors"][0]["code"] == "identifier_needed"
    setu.secret = WRONG
    with pytest.raises(client.Refused, match="401"):
        setu.send_alert(report())
    assert rows() == (0, 0, 0)


def whole_request(near: socket.socket) -> bytes:
    """Read head and body: they come in pieces when the machine is busy, and half a request is never answered."""
    request = near.recv(65536)
    while b"\r\n\r\n" not in request:
        request += more_of(near)
    head, _, body = request.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length: *(\d+)", head).group(1))
    while len(body) < length:
        body += more_of(near)
    return head + b"\r\n\r\n" + body


def more_of(near: socket.socket) -> bytes:
    """Return what comes next; a client that has hung up must end this thread, and not turn it in a circle."""
    piece = near.recv(65536)
    if not piece:
        raise ConnectionError("the client hung up")
    return piece


def test_a_line_that_breaks_after_the_alert_arrived_makes_no_second_one(
    setu: Any, client: ModuleType, live_server: LiveServer
):
    """A proxy of ours hands the first request on and loses the answer."""
    host, port = live_server.thread.host, live_server.thread.port
    door = socket.create_server(("127.0.0.1", 0))

    def lose_the_first_answer() -> None:
        for number in range(2):
            near, _ = door.accept()
            with near, socket.create_connection((host, port)) as far:
                far.sendall(whole_request(near).replace(b"Connection: keep-alive", b"Connection: close"))
                answer = b""
                while piece := far.recv(65536):
                    answer += piece
                if number:
                    near.sendall(answer)

    threading.Thread(target=lose_the_first_answer, daemon=True).start()
    setu.address = f"http://127.0.0.1:{door.getsockname()[1]}"
    told = setu.send_alert(report())
    door.close()

    assert told["state"] == "received"
    assert rows() == (1, 1, 1)


def test_nobody_there_ends_in_a_sentence_that_says_what_to_do(client: ModuleType):
    setu = client.JeevanSetu("http://127.0.0.1:9", key="k", patience_s=0.5)
    with pytest.raises(client.Unreachable, match="ring the state cell"):
        setu.send_alert(report())


def test_a_webhook_of_ours_is_known_and_another_is_not(client: ModuleType):
    import time

    body, moment = b'{"type": "alert.closed"}', int(time.time())
    good = sending.signature(SECRET, webhook_id="msg_1", moment=moment, body=body)
    headers = {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(moment), "Webhook-Signature": good}

    assert client.verify(SECRET, headers, body) == {"type": "alert.closed"}
    for wrong in ({"Webhook-Timestamp": str(moment - 400)}, {"Webhook-Id": "msg_2"}, {"Webhook-Signature": "v1,x"}):
        with pytest.raises(ValueError, match="webhook"):
            client.verify(SECRET, headers | wrong, body)
