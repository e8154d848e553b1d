"""The storm: one seed, one whole portal, everything broken in turn while alerts come in, and then judged."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.blows import Fist
from tests.faults.ground import LONGEST_S, Ground
from tests.faults.judging import Bounds, Court, Verdict, wait_until_quiet
from tests.faults.schedule import Plan
from tests.faults.seen import Lookout, figures
from tests.faults.traffic import Traffic
from tests.stack.portal import ROOT, wait_for

STEP_S = 0.02
#: What the portal said, as far as it is shown when something is broken.
LAST_WORDS = 6000


@dataclass
class Weather:
    """What came of one run."""

    plan: Plan
    verdict: Verdict
    killed: int
    struck: int
    gaps_s: float
    disk: str
    said: str

    def lines(self) -> list[str]:
        """Return the report."""
        counts = ", ".join(f"{count} {what}" for what, count in self.verdict.counts.items())
        lines = [
            f"seed {self.plan.seed}: {self.killed} kills, {self.struck} blows in {self.plan.seconds:.0f} s",
            f"  nobody could fire a deadline for {self.gaps_s:.1f} s of it; disk: {self.disk}",
            f"  {counts}",
            *(f"  {what}: {', '.join(figures(s))} ({len(s)})" for what, s in self.verdict.seconds.items()),
        ]
        return lines + [f"  BROKEN  {what}" for what in self.verdict.broken]


def storm(plan: Plan, *, bounds: Bounds, tree: Path = ROOT) -> Weather:
    """Let the run of a plan happen, and judge it."""
    with Ground(tree=tree, seed=plan.seed) as ground:
        fist = Fist(ground)
        traffic = Traffic(ground, plan)
        with Lookout(ground.portal, fist) as lookout:
            began = _happen(plan, fist, traffic, lambda: ground.stands)
            fist.let_go()
            traffic.finish()
            # The last case that came in has its whole ladder before it.
            time.sleep(LONGEST_S)
            left = wait_until_quiet(ground, seconds=bounds.settles_within)
        if not ground.stands:
            left = ["the whole portal has ended"]
        if left:
            verdict = Verdict([f"at the end {what}" for what in left])
            verdict.broken += traffic.ledger.broken
        else:
            verdict = Verdict()
        court = Court(ground, plan, traffic.ledger, lookout, began, bounds, verdict)
        try:
            verdict = court.judge()
        except Exception as problem:  # noqa: BLE001 - what was found before must be told all the same
            verdict.broken.append(f"the judgement broke off: {type(problem).__name__}: {problem}")
        if ground.stands:
            _end(ground, verdict)
        gaps = sum(gap.end - gap.start for gap in lookout.gaps)
        return Weather(
            plan, verdict, len(fist.killed), len(fist.done), gaps, ground.disk.how, ground.portal.said()[-LAST_WORDS:]
        )


def _happen(plan: Plan, fist: Fist, traffic: Traffic, standing: Callable[[], bool]) -> float:
    """Do everything at its time; return when it began."""
    began, started = time.time(), time.monotonic()
    todo = sorted([*plan.reports, *plan.blows], key=lambda each: each.at)
    for each in todo:
        if not standing():
            break
        while (wait := started + each.at - time.monotonic()) > 0:
            time.sleep(min(wait, STEP_S * 10))
        if hasattr(each, "door"):
            traffic.begin(each)
        else:
            fist.strike(each)
    while time.monotonic() < started + plan.seconds and standing():
        time.sleep(STEP_S)
    return began


def _end(ground: Ground, verdict: Verdict) -> None:
    """Stop the portal as a person does: nothing of it may be left."""
    portal = ground.portal
    if status := portal.stop():
        verdict.broken.append(f"the portal ended with status {status}")
    try:
        wait_for(lambda: not portal.marked(), "processes are left running", seconds=15)
    except AssertionError as left:
        verdict.broken.append(str(left))
