"""The other measurements of ``make faults``: a frozen process, a broker that is gone, ten thousand at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress

from tests.faults.ground import Ground, seed
from tests.faults.judging import BUSY, GOALS, Bounds, ask
from tests.faults.schedule import Blow, Plan, plan
from tests.faults.seen import figures
from tests.faults.storm import storm
from tests.stack.portal import Portal, wait_for

Found = tuple[list[str], list[str]]

#: The goals of the issue, in seconds.
NOTICED_S = 30.0
BROKER_LATE_S = 10.0
BURST_S = 90.0

#: A frozen web process is noticed by whoever asks it.
FREEZABLE = ("worker", "beat", "watch", "mail", "web")
BURST_CLAIM_S = 3600
#: Two processes load faster than one.
LOADERS = 2
TRIAL = 100


def frozen() -> Found:
    """Freeze each process in turn, and see how long it takes until ``/readyz`` says so or it is replaced."""
    lines, broken = [], []
    with Ground() as ground:
        wait_for(lambda: _readiness(ground.portal) == "ready", "it was never ready", detail=ground.portal.said)
        for name in FREEZABLE:
            took = _noticed(ground.portal, name)
            lines.append(f"frozen {name}: " + (f"noticed after {took:.1f} s" if took is not None else "not noticed"))
            if took is None:
                broken.append(f"nobody noticed within {NOTICED_S:.0f} s that {name} stood still")
            wait_for(lambda: _readiness(ground.portal) == "ready", "not ready again", detail=ground.portal.said)
    return lines, broken


def _noticed(portal: Portal, name: str) -> float | None:
    wait_for(lambda: name in portal.living(), f"{name} does not run")
    pid = portal.living()[name]
    began = time.monotonic()
    os.kill(pid, signal.SIGSTOP)
    try:
        while time.monotonic() - began < NOTICED_S:
            if portal.living().get(name) != pid or _readiness(portal, of=name) != "ready":
                return time.monotonic() - began
            time.sleep(0.2)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    return None


def _readiness(portal: Portal, *, of: str = "") -> str:
    """Return "ready", or what stands against it; an alarm that names the process stands against it, too."""
    try:
        with urllib.request.urlopen(f"{portal.url}/readyz", timeout=5) as answer:
            said = json.load(answer)
            named = [alarm for alarm in said.get("alarms", ()) if of and alarm["subject"] == of]
            return str(named or said["status"])
    except urllib.error.HTTPError as no:
        return f"not ready: {no.read()[:300]!r}"
    except (OSError, ValueError):
        return "no answer"


def broker() -> Found:
    """Flush Valkey every five seconds, then let it be absent for minutes: nothing is lost, and little is late."""
    absent = float(os.environ.get("ABSENT_S") or 600)
    busy = os.environ.get("BOUNDS") == "busy"
    bounds = Bounds(**{**vars_of(BUSY if busy else GOALS), "after_faults": BROKER_LATE_S * (2 if busy else 1)})
    lines, broken = [], []
    flushed = [Blow(float(at), "flush", "valkey") for at in range(5, 60, 5)]
    away = [Blow(5.0, "absent", "valkey", absent)]
    for what, blows, seconds in (("flushed every 5 s", flushed, 65.0), ("absent", away, absent + 10.0)):
        came = plan(1, seconds=seconds, alerts=int(seconds), mails=3, calls=3)
        weather = storm(Plan(came.seed, seconds, came.reports, blows), bounds=bounds)
        lines += [f"Valkey {what} ({seconds:.0f} s):", *weather.lines()]
        broken += [f"Valkey {what}: {found}" for found in weather.verdict.broken]
    return lines, broken


def vars_of(bounds: Bounds) -> dict[str, float]:
    return {name: getattr(bounds, name) for name in Bounds.__dataclass_fields__}


def burst() -> Found:
    """Let ten thousand promises fall due in one minute, each with a step that is due at once and a message."""
    count, within = int(os.environ.get("DEADLINES") or 10_000), 60.0
    words = seed()
    words["policies"] = [
        policy | {"claim_s": BURST_CLAIM_S, "ladder": [{"after_s": 0, "rung": 1, "channels": ["sms"]}]}
        for policy in words["policies"]
    ]
    with Ground(mailbox=False) as ground:
        ground.plant(words)
        # A few first, due in an hour: they tell how fast this machine loads.
        began = time.monotonic()
        _load(ground, count=TRIAL, first_due=time.time() + BURST_CLAIM_S, within=within, name="trial")
        each = (time.monotonic() - began) / TRIAL
        first_due = time.time() + 20 + count * each * 1.3
        _load(ground, count=count, first_due=first_due, within=within, name="burst")
        if (spare := first_due - time.time()) < 0:
            return [], [f"loading took {-spare:.0f} s too long: the measurement says nothing"]
        time.sleep(spare)
        done = "SELECT count(*) FROM ops.deadline WHERE kind = 'CLAIM' AND settled_as = 'missed'"
        wait_for(
            lambda: ask(ground.portal, done)[0][0] >= 2 * count, "they sleep", seconds=600, detail=ground.portal.said
        )
        return _judge_burst(ground, count=count, first_due=first_due)


def _judge_burst(ground: Ground, *, count: int, first_due: float) -> Found:
    rows = ask(
        ground.portal,
        """SELECT level, extract(epoch FROM due_at)::float8, extract(epoch FROM settled_at)::float8
           FROM ops.deadline WHERE kind = 'CLAIM' AND settled_as = 'missed'""",
    )
    took = max(at for *_, at in rows) - first_due
    # What has waited two minutes on a slow machine is told by a digest: all is said when nothing is owed any more.
    owed = "SELECT count(*) FROM ops.message WHERE state IN ('queued', 'sending')"
    wait_for(lambda: not ask(ground.portal, owed)[0][0], "messages stick", seconds=900, detail=ground.portal.said)
    sent = max(asked.at for asked in ground.gateway.asked) - first_due
    late = [at - due for _, due, at in rows]
    broken = [f"{len(rows)} fired instead of {2 * count}"] if len(rows) != 2 * count else []
    broken += [f"{early} fired early" for early in [sum(s < 0 for s in late)] if early]
    broken += [f"{took:.0f} s until the last had fired"] if took > BURST_S else []
    lines = [
        f"{count} promises due in one minute, and as many steps: all fired {took:.1f} s after the first was due",
        f"  the last of {len(ground.gateway.ids())} messages was at the gateway after {sent:.1f} s",
        f"  late: {', '.join(figures(late))}",
    ]
    return lines, broken


def _load(ground: Ground, *, count: int, first_due: float, within: float, name: str) -> None:
    """Receive the alerts as if an hour ago, through the rule that the doors call, in two processes."""
    words = [str(each) for each in (LOADERS, count, first_due, within, name)]
    loaders = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults.load", str(number), *words],
            env=os.environ | {"PORTAL_DATA": str(ground.portal.data), "DJANGO_SETTINGS_MODULE": "portal.settings"},
        )
        for number in range(LOADERS)
    ]  # fmt: skip
    for loader in loaders:
        assert loader.wait(900) == 0, "the loader failed; its reason stands above"
