"""The watcher at work on a whole portal: a frozen process shows in the console, in readyz and to a monitor outside."""

import http.cookiejar
import json
import os
import signal
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.stack.portal import Portal, wait_for

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]
PASSWORD = "four words in a row"
SEED = {
    "state": {"code": "RJ", "name_en": "Rajasthan", "name_hi": "राजस्थान", "languages": ["hi", "en"]},
    "units": [
        {"code": "RJ-CELL", "kind": "state_cell", "name_en": "Cell", "name_hi": "प्रकोष्ठ",
         "contacts": [{"post": "desk", "rung": 1, "phone": "+915550000101"}]},
    ],
    "officers": [
        {"username": "op", "password": PASSWORD, "name": "Operator", "language": "en",
         "postings": [{"unit": "RJ-CELL", "role": "operator"}]},
    ],
    "partners": [],
    "policies": [],
}  # fmt: skip


class Monitor:
    """A monitor outside: a real HTTP server that counts who called, and may hang."""

    def __init__(self) -> None:
        self.calls: list[float] = []
        self.hangs = threading.Event()
        self.let_go = threading.Event()
        monitor = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                monitor.calls.append(time.monotonic())
                if monitor.hangs.is_set():
                    monitor.let_go.wait(60)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/ping/secret-word"

    def heard_since(self, moment: float) -> bool:
        return any(call > moment for call in self.calls)

    def silent_for(self, seconds: float) -> bool:
        return not self.heard_since(time.monotonic() - seconds)

    def close(self) -> None:
        self.let_go.set()
        self._server.shutdown()


@pytest.fixture(scope="module")
def monitor() -> Generator[Monitor]:
    monitor = Monitor()
    yield monitor
    monitor.close()


@pytest.fixture(scope="module")
def watched(new_portal: Callable[..., Portal], monitor: Monitor, tmp_path_factory: pytest.TempPathFactory) -> Portal:
    """A running portal with a state in it and a monitor outside."""
    portal = new_portal("watched")
    portal.more |= {"HEARTBEAT_URL": monitor.url, "HEARTBEAT_EVERY_S": "1"}
    portal.start()
    seed = Path(tmp_path_factory.mktemp("seed")) / "seed.json"
    seed.write_text(json.dumps(SEED), encoding="utf-8")
    done = portal.command("seed", str(seed))
    assert done.returncode == 0, done.stderr
    return portal


class Console:
    """An operator's browser."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        jar = http.cookiejar.CookieJar()
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self._browser.open(f"{portal.url}/accounts/login/", timeout=30).read()
        token = next(str(cookie.value) for cookie in jar if cookie.name == "csrftoken")
        form = {"login": "op", "password": PASSWORD, "csrfmiddlewaretoken": token}
        self._browser.open(f"{portal.url}/accounts/login/", urllib.parse.urlencode(form).encode(), timeout=30).read()

    def alarms(self) -> set[tuple[str, str]]:
        request = urllib.request.Request(f"{self._portal.url}/console", headers={"Accept": "application/json"})
        with self._browser.open(request, timeout=30) as answer:
            return {(alarm["code"], alarm["subject"]) for alarm in json.load(answer)["alarms"]}


def readyz(portal: Portal) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"{portal.url}/readyz", timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as problem:
        return problem.code, json.load(problem)


@contextmanager
def frozen(portal: Portal, name: str) -> Generator[None]:
    """Freeze a process, and let it go on whatever happens."""
    pid = portal.pids()[name]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def well(portal: Portal, monitor: Monitor) -> None:
    """Wait until all is well, and the monitor outside hears it."""
    wait_for(lambda: readyz(portal)[0] == 200, "it did not become ready: ", detail=lambda: str(readyz(portal)))
    before = time.monotonic()
    wait_for(lambda: monitor.heard_since(before), "nobody called outside", detail=portal.said)


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_a_frozen_process_is_shown_and_the_calls_outside_stop_and_both_end_with_it(
    watched: Portal, monitor: Monitor, name: str
) -> None:
    well(watched, monitor)
    console = Console(watched)
    with frozen(watched, name):
        began = time.monotonic()
        wait_for(lambda: ("process_silent", name) in console.alarms(), "no alarm in the console", detail=watched.said)
        noticed = time.monotonic() - began
        status, body = readyz(watched)
        assert status == 503
        assert any("process_silent" in reason and name in reason for reason in body["reasons"])
        # A call that had set out may still arrive.
        wait_for(lambda: monitor.silent_for(6), "it is still called outside")
    well(watched, monitor)
    wait_for(lambda: ("process_silent", name) not in console.alarms(), "the alarm does not end")
    # Thirty seconds is the promise; this machine may be busy with other things.
    assert noticed < 60
    assert "secret-word" not in watched.said()


def test_a_frozen_watch_is_said_by_web_and_the_calls_outside_stop(watched: Portal, monitor: Monitor) -> None:
    well(watched, monitor)
    console = Console(watched)
    with frozen(watched, "watch"):
        wait_for(lambda: ("watch_silent", "watch") in console.alarms(), "web does not say that watch is silent")
        assert readyz(watched)[0] == 503
        wait_for(lambda: monitor.silent_for(6), "it is still called outside")
    well(watched, monitor)


def test_a_frozen_web_is_noticed_though_it_cannot_say_so(watched: Portal, monitor: Monitor) -> None:
    well(watched, monitor)
    with frozen(watched, "web"):
        asked = (
            "SELECT count(*) FROM portal_alarm WHERE code = 'process_silent' AND subject = 'web' AND ended_at IS NULL"
        )
        wait_for(lambda: watched.ask(asked, address="owner_url")[0][0] == 1, "nobody misses web", detail=watched.said)
        wait_for(lambda: monitor.silent_for(6), "it is still called outside")
    well(watched, monitor)


def test_a_killed_process_that_is_started_again_leaves_no_alarm(watched: Portal, monitor: Monitor) -> None:
    well(watched, monitor)
    console, before = Console(watched), watched.pids()["worker"]
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: watched.living().get("worker") not in {None, before}, "it was not started again")
    well(watched, monitor)
    assert console.alarms() == set()


def test_a_monitor_that_hangs_holds_up_no_look(watched: Portal, monitor: Monitor) -> None:
    well(watched, monitor)
    monitor.hangs.set()
    try:
        looked = "SELECT at FROM portal_pulse WHERE name IN ('lookout', 'watch') ORDER BY name"
        calls = len(monitor.calls)
        wait_for(lambda: len(monitor.calls) > calls, "it was not called")
        before = watched.ask(looked)
        wait_for(
            lambda: all(now[0] > then[0] for now, then in zip(watched.ask(looked), before, strict=True)),  # type: ignore[operator]  # timestamps
            "watch hangs with the monitor",
        )
    finally:
        monitor.hangs.clear()
        monitor.let_go.set()
    well(watched, monitor)
