"""
Alerts accepted each second, durable and with all walls up, against bare DRF views on the same servers.

The reference of DESIGN 10 writes six rows through the ORM and simple-history; the other one, for scale, one row. And
with a signature and a file of 200 kB each, as a careful partner sends.
"""

import base64
import http.client
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from typing import Any

from portal.stack.ports import free_port
from tests.bench.ground import KEY, median, percentile
from tests.stack.portal import ROOT, Portal, wait_for

ROUNDS = 5
REQUESTS = 200
PICTURE = 200_000
SECRET = "whsec_" + base64.b64encode(b"a secret of the bench, 32 bytes.").decode()
SERIAL = count(1)


def alert() -> tuple[bytes, dict[str, str]]:
    """Return the body and headers of an alert nobody has sent before."""
    number = next(SERIAL)
    body = {
        "partner_reference": f"BENCH-{os.getpid()}-{number}",
        "platform": "instagram",
        "sent_at": datetime.now(UTC).isoformat(),
        "content": {"text": "मैं बहुत अकेला हूँ", "urls": [f"https://social.example/p/{number}"]},
        "subject": {"platform_user_id": f"1784{number}", "handle": f"person.{number}", "display_names": ["Kalpanik"]},
        "ip_events": [{"ip": "203.0.113.45", "port": 51514, "at": datetime.now(UTC).isoformat(), "event": "post"}],
        "locations": [{"source": "text", "pin": "333001", "city": "Jhunjhunu"}],
    }
    headers = {
        "Authorization": f"Bearer {KEY}",
        "Idempotency-Key": f"bench-{os.getpid()}-{number}",
        "Content-Type": "application/json",
    }
    return json.dumps(body).encode(), headers


def measure(portal: Portal) -> list[str]:
    """Return the lines of the report."""
    _bare(portal.record()["owner_url"], "-m", "tests.bench.bare", KEY).wait(60)
    port = free_port()
    bare = _bare(
        portal.record()["database_url"], "-m", "uvicorn", "tests.bench.bare:application", "--port", str(port),
        "--no-access-log", "--log-level", "warning",
    )  # fmt: skip
    try:
        wait_for(lambda: _answers(port), "the bare views did not start")
        lines = [_compare(portal.port, port, clients) for clients in (1, 8, 32)]
        return [*lines, _with_signature_and_file(portal)]
    finally:
        bare.terminate()
        bare.wait(20)


def _bare(database: str, *arguments: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"BARE_DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": ""}
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment)


def _compare(ours: int, bare: int, clients: int) -> str:
    """Take turns, so that a slow minute of the machine is shared by all."""
    rates: dict[str, list[float]] = {"ours": [], "six": [], "one": []}
    waits: dict[str, list[float]] = {"ours": [], "six": [], "one": []}
    for _ in range(ROUNDS):
        for who, port, path in (("ours", ours, "/api/v1/alerts"), ("six", bare, "/six"), ("one", bare, "/alerts")):
            rate, took = _drive(port, path, clients)
            rates[who].append(rate)
            waits[who] += took

    def ratio(to: str) -> float:
        return median([a / b for a, b in zip(rates["ours"], rates[to], strict=True)])

    slow = percentile(waits["ours"], 99) / percentile(waits["six"], 99)
    return (
        f"accept an alert, {clients:>2} clients: {ratio('six'):.2f} times the rate of six rows by DRF, ORM and"
        f" simple-history (p99 {slow:.1f} times its), {ratio('one'):.2f} times that of one INSERT"
        f" (here {median(rates['ours']):.0f}/s against {median(rates['six']):.0f}/s and {median(rates['one']):.0f}/s)"
    )


def _with_signature_and_file(portal: Portal) -> str:
    """Send signed alerts with a file each, as the client does, eight at once."""
    from districts.models import Partner

    partner = Partner.objects.get(code="meta")
    partner.signing_secret = SECRET
    partner.save(update_fields=["signing_secret"])
    client = _client_of(portal.url)
    with tempfile.NamedTemporaryFile(suffix=".png") as picture:
        picture.write(os.urandom(PICTURE))
        picture.flush()

        def send(body: dict[str, Any]) -> None:
            client.send_file(client.send_alert(body)["id"], picture.name)

        bodies = [json.loads(alert()[0]) for _ in range(REQUESTS)]
        began = time.perf_counter()
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(send, bodies))
        rate = REQUESTS / (time.perf_counter() - began)
    return f"signed alerts with a file of {PICTURE // 1000} kB each, 8 clients: {rate:.1f} alerts and files/s (here)"


def _client_of(url: str) -> Any:
    """Return the client that partners are given."""
    spec = importlib.util.spec_from_file_location(
        "jeevan_setu_client", ROOT / "docs" / "client" / "jeevan_setu_client.py"
    )
    if spec is None or spec.loader is None:
        raise SystemExit("the client is not there")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.JeevanSetu(url, key=KEY, secret=SECRET)


def _drive(port: int, path: str, clients: int) -> tuple[float, list[float]]:
    bodies = [alert() for _ in range(REQUESTS)]
    share = [bodies[start::clients] for start in range(clients)]
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as threads:
        took = [wait for waits in threads.map(_client(port, path), share) for wait in waits]
    return REQUESTS / (time.perf_counter() - began), took


def _client(port: int, path: str) -> Callable[[list[tuple[bytes, dict[str, str]]]], list[float]]:
    def send(alerts: list[tuple[bytes, dict[str, str]]]) -> list[float]:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        waits = []
        for body, headers in alerts:
            began = time.perf_counter()
            line.request("POST", path, body, headers)
            answer = line.getresponse()
            said = answer.read()
            if answer.status != http.client.CREATED:
                raise SystemExit(f"{path} answered {answer.status}: {said[:300]!r}")
            waits.append(time.perf_counter() - began)
        line.close()
        return waits

    return send


def _answers(port: int) -> bool:
    try:
        http.client.HTTPConnection("127.0.0.1", port, timeout=2).connect()
    except OSError:
        return False
    return True
