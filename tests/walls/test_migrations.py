"""What the models say is what the migrations build."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("seed", ["1", "2"])
def test_no_model_says_what_no_migration_builds(seed: str) -> None:
    """Twice, with other hashes: a set in a constraint has another order each time."""
    asked = subprocess.run(
        [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run", "--skip-checks"],
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
    )
    assert asked.returncode == 0, asked.stdout
