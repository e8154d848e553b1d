"""How often the first unit suggested is right, on the labelled tables, and how long a whole alert takes."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from zoneinfo import ZoneInfo

from tests.stack.portal import Portal

AT = datetime(2026, 11, 24, 2, 10, tzinfo=ZoneInfo("Asia/Kolkata"))
DATA = Path(__file__).resolve().parents[2] / "districts" / "data"


def measure(portal: Portal) -> list[str]:
    """Return the lines of the report."""
    from districts import seeding
    from districts.jurisdiction import Clue, suggest
    from districts.models import State
    from districts.onboarding import SEED
    from districts.reach import reach_of
    from tests.districts.jurisdiction.labelled import Case, score

    with reach_of(SEED):
        for name in ("rajasthan", "uttar_pradesh"):
            document = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
            seeding.plant(document | {"officers": [], "partners": [], "policies": []}, at=AT)
    lines: list[str] = []
    with reach_of(SEED):
        states = {state.code: state for state in State.objects.all()}
        took: list[float] = []

        def timed(case: Case):
            began = perf_counter()
            given = suggest(states[case.state], case.clues, at=AT)
            took.append(1000 * (perf_counter() - began))
            return given

        for state in states.values():
            suggest(state, [Clue("text", text="Kota me hu")], at=AT)
        for name in ("labelled", "heldout"):
            result = score(name, timed)
            lines.append(
                f"places, {name}: top-1 {result.top_1:.1%}, top-2 {result.top_2:.1%} of {result.decisive} that decide; "
                f"{result.unclear:.1%} of {result.open} others left unclear; {result.guessed_by_ip} picked by IP"
            )
            lines += [
                f"    meant {label}, given {told}: {count}" for (label, told), count in result.confusion.most_common()
            ]
        cuts = quantiles(took, n=100)
        lines.append(
            f"places, one alert: median {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms (goal 20)"
        )
    return lines
