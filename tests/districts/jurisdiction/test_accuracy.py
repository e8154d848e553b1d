"""How often the first suggestion is right, on a table labelled by hand. ``make bench`` prints the figures."""

from __future__ import annotations

import json
from pathlib import Path
from time import perf_counter

import pytest

from districts import seeding
from districts.jurisdiction import suggest
from districts.models import State
from tests.database import ground
from tests.districts.jurisdiction.conftest import AT, LONG_AGO
from tests.districts.jurisdiction.labelled import Score, score, table

SEEDS = Path(seeding.__file__).resolve().parent.parent / "data"
#: Not how good it is, but how bad it must never become.
FLOORS = {"labelled": (0.97, 0.98, 0.95), "heldout": (0.95, 0.97, 0.9)}


@ground
def plant_both_states() -> None:
    for name in ("rajasthan", "uttar_pradesh"):
        document = json.loads((SEEDS / f"{name}.json").read_text(encoding="utf-8"))
        seeding.plant(document | {"officers": [], "partners": [], "policies": []}, at=LONG_AGO)


@pytest.fixture
def both_states(db: None) -> dict[str, State]:
    return {state.code: state for state in State.objects.all()}


@pytest.fixture
def states(both_states: dict[str, State]) -> dict[str, State]:
    """Both states as the demo has them: all their units, and the facts laid out as rows."""
    return both_states


def of(name: str, states: dict[str, State]) -> Score:
    return score(name, lambda case: suggest(states[case.state], case.clues, at=AT))


@pytest.mark.parametrize("name", FLOORS)
def test_where_the_evidence_decides_the_first_unit_is_right(states, name):
    result = of(name, states)
    top_1, top_2, unclear = FLOORS[name]
    told = "\n".join(result.wrong)
    assert result.top_1 >= top_1, told
    assert result.top_2 >= top_2, told
    assert result.unclear >= unclear, told
    assert result.guessed_by_ip == 0, told


def test_the_table_is_long_enough_and_the_held_out_one_is_another():
    labelled, heldout = list(table("labelled")), list(table("heldout"))
    assert len(labelled) >= 300
    assert len({case.label for case in labelled}) >= 100
    assert not {case.words for case in labelled} & {case.words for case in heldout}


def test_a_whole_alert_takes_no_more_than_a_blink(states):
    """The goal is 20 ms on a quiet machine, which ``make bench`` shows; here it may be a busy one."""
    cases = [case for case in table("labelled") if case.state == "RJ"]
    clues = [clue for case in cases[:12] for clue in case.clues]
    suggest(states["RJ"], clues, at=AT)
    began = perf_counter()
    for _ in range(5):
        suggest(states["RJ"], clues, at=AT)
    assert (perf_counter() - began) / 5 < 0.5
