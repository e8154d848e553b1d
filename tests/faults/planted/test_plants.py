"""The plants keep up with the tree: each still fits, is still Python, and a misfit says so loudly."""

import ast
import shutil
from pathlib import Path

import pytest

from tests.faults.planted.plants import PLANTS, Edit, Plant
from tests.stack.portal import ROOT


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_plant_fits_into_the_tree_of_today(plant: Plant, tmp_path: Path) -> None:
    for file in {edit.file for edit in plant.edits}:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    for edit in plant.edits:
        before = (tmp_path / edit.file).read_text()
        edit.make(tmp_path)
        after = (tmp_path / edit.file).read_text()
        assert after != before
        ast.parse(after)


def test_the_faults_of_the_issue_are_all_there() -> None:
    assert {plant.name for plant in PLANTS} == {
        "answer_before_commit", "eta_task", "sent_before_called", "no_unique_key", "one_lane",
    }  # fmt: skip


def test_a_plant_that_does_not_fit_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\none\n")
    for words in ("none", "one\n"):
        with pytest.raises(SystemExit, match="not once; mend the plant"):
            Edit("a.py", words, "two").make(tmp_path)
    assert (tmp_path / "a.py").read_text() == "one\none\n"
