"""
``make faults``: break everything, for a long time, and say what came of it.

    make faults                         ten seeds, 3,000 alerts, then each measurement
    make faults SEED=7                  the run of one seed again, with the same schedule
    make faults SEEDS=3 ALERTS=900 SECONDS=90
    make faults MODES="burst broker"    only these
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.faults.judging import BUSY, GOALS, Verdict
from tests.faults.schedule import plan
from tests.faults.seen import figures
from tests.faults.storm import storm
from tests.stack.portal import ROOT

MODES = ("storm", "frozen", "broker", "burst")


def main() -> int:
    """Run what is asked for; return 1 if anything was broken."""
    modes = os.environ.get("MODES", "").split() or MODES
    broken: list[str] = []
    for mode in modes:
        broken += _storms() if mode == "storm" else _measure(mode)
    say("")
    say(f"{len(broken)} promises broken." if broken else "Every promise was kept.")
    for what in broken:
        say(f"  {what}")
    return 1 if broken else 0


def _storms() -> list[str]:
    first = int(os.environ.get("SEED") or 1)
    count = 1 if os.environ.get("SEED") else int(os.environ.get("SEEDS") or 10)
    alerts = int(os.environ.get("ALERTS") or 300 * count)
    seconds = float(os.environ.get("SECONDS") or 110)
    bounds = BUSY if os.environ.get("BOUNDS") == "busy" else GOALS
    tree = Path(os.environ.get("TREE") or ROOT)
    broken: list[str] = []
    total = Verdict()
    kills = 0
    for seed in range(first, first + count):
        schedule = plan(
            seed, seconds=seconds, alerts=alerts // count, mails=alerts // count // 30, calls=alerts // count // 30
        )
        for blow in schedule.blows:
            say(f"    {blow}")
        weather = storm(schedule, bounds=bounds, tree=tree)
        for line in weather.lines():
            say(line)
        if weather.verdict.broken:
            say(f"  --- what the portal said last ---\n{weather.said}")
        broken += [f"seed {seed}: {what}" for what in weather.verdict.broken]
        kills += weather.killed
        for what, number in weather.verdict.counts.items():
            total.counts[what] = total.counts.get(what, 0) + number
        for what, seconds_ in weather.verdict.seconds.items():
            total.seconds.setdefault(what, []).extend(seconds_)
    say(f"all seeds: {kills} kills; " + ", ".join(f"{number} {what}" for what, number in total.counts.items()))
    for what, seconds_ in total.seconds.items():
        say(f"  {what}: {', '.join(figures(seconds_))} ({len(seconds_)})")
    return broken


def _measure(mode: str) -> list[str]:
    from tests.faults import modes

    lines, broken = getattr(modes, mode)()
    for line in lines:
        say(line)
    return [f"{mode}: {what}" for what in broken]


def say(line: str) -> None:
    """Print at once: a run of half an hour is watched."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
