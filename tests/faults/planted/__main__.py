"""
``make faults-planted``: plant each fault in a throw-away copy of the tree, and see that the harness finds it.

    make faults-planted                     all five
    make faults-planted PLANTS=one_lane     only this one
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.faults.judging import BUSY
from tests.faults.planted.plants import PLANTS, Plant
from tests.faults.schedule import plan
from tests.faults.storm import Weather, storm
from tests.stack.portal import ROOT

#: What a copy does without.
LEFT_OUT = (".git", ".venv", ".portal", "*cache*", ".hypothesis", "docs")
SECONDS, ALERTS = 85.0, 130
#: A fault that lets the portal never come to rest is found without waiting for it.
SHORT = replace(BUSY, settles_within=40.0)


def find(plant: Plant) -> Weather:
    """Run a short storm over a copy with the fault in it."""
    with tempfile.TemporaryDirectory(prefix="portal-planted-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        tree = copy_of_the_tree(folder / "tree")
        for edit in plant.edits:
            edit.make(tree)
        return storm(plan(1, seconds=SECONDS, alerts=ALERTS, mails=3, calls=3), bounds=SHORT, tree=tree)


def copy_of_the_tree(place: Path) -> Path:
    """Copy all that runs."""
    shutil.copytree(ROOT, place, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
    return place


def main() -> int:
    """Plant what is asked for; return 1 if the harness was silent about one."""
    names = os.environ.get("PLANTS", "").split() or [plant.name for plant in PLANTS]
    missed = 0
    for plant in (plant for plant in PLANTS if plant.name in names):
        weather = find(plant)
        found = [what for what in weather.verdict.broken if any(word in what for word in plant.found_by)]
        missed += not found
        print(f"{'caught' if found else 'MISSED'}  {plant.name}: {plant.what}", flush=True)
        for what in weather.verdict.broken:
            print(f"    {what}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
