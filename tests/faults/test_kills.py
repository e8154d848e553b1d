"""A whole portal, killed part by part with -9 in the middle of two hundred alerts, and looked at from outside."""

import http.client
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.bench.ground import KEY, seed
from tests.notifications.gateways import GatewayServer
from tests.stack.portal import Portal, wait_for

pytestmark = pytest.mark.fault

ALERTS = 200
CLAIM_S = 4
#: Between two alerts of one partner: the last is sent when the last process has been killed, and not long before.
PACE_S = 0.3
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


def kill(portal: Portal, name: str) -> None:
    """Kill one process of the portal as a power cut would."""
    wait_for(lambda: name in portal.living(), f"{name} does not run", detail=portal.said)
    os.kill(portal.living()[name], signal.SIGKILL)


def ask(portal: Portal, question: str) -> Facts:
    return portal.ask(question, address="ops_url")


def is_back(portal: Portal) -> bool:
    """Tell whether the database that was killed last answers again."""
    try:
        return bool(ask(portal, "SELECT 1"))
    except psycopg.OperationalError:
        return False


def all_fired(portal: Portal) -> bool:
    rows = ask(portal, "SELECT count(*) FROM ops.deadline WHERE settled_at IS NULL AND due_at < now()")
    return rows[0][0] == 0


def all_delivered(portal: Portal) -> bool:
    rows = ask(portal, "SELECT count(*) FROM ops.message WHERE state IN ('queued', 'sending')")
    return rows[0][0] == 0


@pytest.mark.timeout(600)
def test_two_hundred_alerts_survive_the_killing_of_worker_valkey_web_watch_and_postgres(
    portal: Portal, gateway: GatewayServer
) -> None:
    answered: dict[int, tuple[str, str]] = {}

    def partner(numbers: range) -> None:
        for number in numbers:
            answered[number] = send(portal, number)
            time.sleep(PACE_S)

    with ThreadPoolExecutor(4) as partners:
        sending = [partners.submit(partner, range(start, ALERTS, 4)) for start in range(4)]
        for name in ("worker", "valkey", "postgres", "watch", "web", "worker", "postgres"):
            time.sleep(2)
            kill(portal, name)
        for each in sending:
            each.result(timeout=400)
    wait_for(lambda: is_back(portal), "the database is gone", detail=portal.said)

    # Every 2xx has one receipt and one case, and nothing else has.
    receipts = ask(portal, "SELECT id::text, idempotency_key FROM ops.receipt")
    assert Counter(key for _, key in receipts) == Counter(f"kill-{number}" for number in range(ALERTS))
    assert {identity for identity, _ in receipts} == {identity for identity, _ in answered.values()}
    links = ask(portal, "SELECT receipt_id::text, reference FROM ops.case_link")
    assert sorted(links) == sorted(answered.values())

    # Every promise was missed once, with each step of its ladder, never early.
    time.sleep(CLAIM_S + 3)
    wait_for(lambda: all_fired(portal), "deadlines sleep", seconds=120, detail=lambda: portal.said()[-4000:])
    fired = ask(portal, "SELECT case_id, kind, level, settled_as, settled_at >= due_at FROM ops.deadline")
    assert Counter((kind, level, how, late) for _, kind, level, how, late in fired) == {
        ("CLAIM", level, "missed", True): ALERTS for level in (0, 1, 2)
    }
    assert max(Counter((case, kind, level) for case, kind, level, *_ in fired).values()) == 1

    # Every message has reached the gateway under its own id, and the gateway heard of nothing else.
    wait_for(lambda: all_delivered(portal), "messages stick", seconds=180, detail=lambda: portal.said()[-4000:])
    owed = {str(row[0]) for row in ask(portal, "SELECT id FROM ops.message WHERE state IN ('accepted', 'delivered')")}
    assert owed == set(gateway.ids)
    assert len(owed) == 2 * ALERTS

    # Only a message that was on the wire at a kill may have been sent twice, and then under the same id.
    assert len(gateway.ids) - len(owed) <= 40
    checked = portal.command("verify_audit", "--json")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    sound = portal.command("invariants", "--json")
    assert sound.returncode == 0, sound.stdout + sound.stderr


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
