"""A whole portal whose broker is killed again as often as it comes back: alerts, timers and messages go on."""

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from tests.bench.ground import KEY, seed
from tests.notifications.gateways import GatewayServer
from tests.stack.portal import Portal, wait_for

pytestmark = pytest.mark.fault

CLAIM_S = 4
#: From the miss: the promise itself is late at once, and rung 3 is told two seconds after it.
LADDER = [{"after_s": 0, "rung": 1, "channels": ["sms"]}, {"after_s": 2, "rung": 3, "channels": ["sms"]}]
Facts = list[tuple[Any, ...]]


@pytest.fixture
def gateway() -> Generator[GatewayServer]:
    server = GatewayServer()
    yield server
    server.close()


@pytest.fixture
def portal(new_portal: Callable[..., Portal], gateway: GatewayServer, tmp_path: Path) -> Portal:
    """A portal with a small state whose promises last seconds, and a real gateway for its messages."""
    here = new_portal(f"killed-{time.monotonic_ns()}")
    here.more |= {"SMS_GATEWAY_URL": gateway.url}
    here.start()
    words = seed()
    words["units"][0]["contacts"].append({"post": "head", "rung": 3, "phone": "+915550000990"})
    words["policies"][0] |= {"claim_s": CLAIM_S, "ladder": LADDER}
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(words), encoding="utf-8")
    done = here.command("seed", str(file))
    assert done.returncode == 0, done.stderr
    return here


def send(portal: Portal, number: int) -> tuple[str, str]:
    """Send an alert as a careful partner does: until it is answered 2xx, with the same key each time."""
    body = {
        "partner_reference": f"KILL-{number}",
        "platform": "instagram",
        "sent_at": "2026-11-23T17:00:00Z",
        "subject": {"platform_user_id": f"9{number}"},
    }
    headers = {
        "Authorization": f"Bearer {KEY}",
        "Idempotency-Key": f"kill-{number}",
        "Content-Type": "application/json",
    }
    give_up = time.monotonic() + 120
    while True:
        line = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=15)
        try:
            line.request("POST", "/api/v1/alerts", json.dumps(body), headers)
            answer = line.getresponse()
            said = json.loads(answer.read())
            if answer.status in {200, 201}:
                return said["id"], said["reference"]
            assert answer.status in {409, 429, 500, 502, 503}, (answer.status, said)
        except (OSError, http.client.HTTPException, ValueError):
            pass
        finally:
            line.close()
        assert time.monotonic() < give_up, f"alert {number} was never accepted\n{portal.said()[-4000:]}"
        time.sleep(0.2)


def ask(portal: Portal, question: str) -> Facts:
    return portal.ask(question, address="ops_url")


@pytest.mark.timeout(300)
def test_without_a_broker_alerts_are_taken_timers_fire_and_messages_go(portal: Portal, gateway: GatewayServer) -> None:
    gone, stopping = 0, threading.Event()

    def keep_dead() -> None:
        nonlocal gone
        while not stopping.wait(0.1):
            if pid := portal.living().get("valkey"):
                os.kill(pid, signal.SIGKILL)
                gone += 1

    killer = threading.Thread(target=keep_dead)
    killer.start()
    try:
        began = time.monotonic()
        for number in range(10):
            send(portal, number)
        accepted_in = time.monotonic() - began
        fired = "SELECT count(*) FROM ops.deadline WHERE level = 2 AND settled_as = 'missed'"
        wait_for(lambda: ask(portal, fired)[0][0] == 10, "timers sleep", seconds=60, detail=portal.said)
        wait_for(lambda: len(set(gateway.ids)) == 20, "messages stick", seconds=60, detail=portal.said)
    finally:
        stopping.set()
        killer.join()
    assert gone >= 1
    assert accepted_in < 30
    late = ask(
        portal, "SELECT max(settled_at - due_at) < interval '15 s', bool_and(settled_at >= due_at) FROM ops.deadline"
    )
    assert late == [(True, True)]
