"""The floors and the habits that import-linter and ruff cannot see; every wall is shown a planted fault."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.apps import apps

from tests.walls import rules

ROOT = Path(__file__).resolve().parents[2]
ALL_CODE = (*rules.FLOORS, "tests")

# Each reader of the clock below the roof that is not a door, and why it may.
CLOCK_READERS = {
    "districts/keys.py": "a uuidv7 begins with the time it was made; no rule reads it back",
}
# What a migration may import of ours, and why it will not change under it.
FROZEN = {"districts.keys": "the default of every primary key; it is never renamed and takes nothing"}

ROOT_ENTRIES = {
    "portal", "cases", "districts", "notifications", "tests", "docs", "manage.py", "pyproject.toml", "Makefile",
    "Dockerfile", "docker-compose.yml", "LICENSE", "README.md", "requirements.txt", "requirements-embedded.txt",
    "requirements-dev.txt",
}  # fmt: skip


def relations() -> Iterator[tuple[str, str]]:
    """Every relation of every model, from its field to the model it points to."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if field.is_relation and field.concrete and field.related_model is not None:
                yield f"{model._meta.label}.{field.name}", field.related_model._meta.label


def test_no_foreign_key_climbs_the_stairs():
    found = list(relations())
    assert len(found) > 10
    assert rules.climbs(found) == []


def test_a_planted_foreign_key_that_climbs_is_found():
    planted = [("districts.Unit.last_case", "cases.Case"), ("cases.Case.unit", "districts.Unit")]
    assert rules.climbs(planted) == ["districts.Unit.last_case -> cases.Case"]


def test_floors_are_not_climbed_by_name():
    assert rules.climbing_strings(ROOT) == []


def test_below_the_roof_every_import_stands_at_the_top():
    assert rules.hidden_imports(ROOT) == []


def test_migrations_import_nothing_that_may_change_under_them():
    assert rules.importing_migrations(ROOT, allowed=FROZEN) == []


def test_no_rule_hides_in_a_signal():
    assert rules.signals(ROOT) == []


def test_saving_only_saves():
    assert rules.save_overrides(ROOT) == []


def test_what_has_a_history_is_not_written_in_bulk():
    assert rules.untracked_writes(ROOT) == []


def test_below_the_roof_only_doors_read_the_clock():
    assert rules.clock_reads(ROOT, allowed=CLOCK_READERS) == []


def test_one_place_changes_the_state_of_a_case():
    assert rules.state_writers(ROOT) == []


def test_every_file_and_function_can_be_read_in_one_go():
    assert rules.oversized(ROOT, *ALL_CODE) == []


def test_every_module_is_named_for_what_is_in_it():
    assert rules.empty_names(ROOT, *ALL_CODE) == []


def test_every_silenced_check_says_why():
    assert rules.bare_excuses(ROOT, *ALL_CODE) == []


def test_exceptions_to_a_wall_are_still_needed():
    needed = {fault.split(":")[0] for fault in rules.clock_reads(ROOT)}
    imported = {fault.split()[-1] for fault in rules.importing_migrations(ROOT)}
    assert set(CLOCK_READERS) - needed == set()
    assert set(FROZEN) - imported == set()


def test_the_root_holds_what_is_listed_and_no_more():
    visible = {entry.name for entry in ROOT.iterdir() if not entry.name.startswith((".", "__pycache__"))}
    assert visible - ROOT_ENTRIES == set()


def test_there_are_few_settings():
    settings = (ROOT / "portal" / "settings.py").read_text(encoding="utf-8")
    named = {line.split("=")[0].strip() for line in settings.splitlines() if line[:1].isupper() and "=" in line}
    assert 0 < len(named) <= 120


PLANTED = [
    (rules.climbing_strings, "districts/duty.py", 'apps.get_model("cases", "Case")', "asks for cases"),
    (rules.climbing_strings, "notifications/outbox.py", 'import_string("cases.models.Case")', "asks for cases.models"),
    (rules.hidden_imports, "cases/access.py", "def ask():\n    import json", "imports inside ask"),
    (rules.importing_migrations, "cases/migrations/0009_x.py", "from cases.models import Case", "imports cases.models"),
    (rules.signals, "cases/history.py", "from django.db.models.signals import post_save", "post_save"),
    (rules.signals, "portal/apps.py", "from django import dispatch", "django.dispatch"),
    (rules.signals, "portal/apps.py", "import simple_history.signals", "simple_history.signals"),
    (rules.save_overrides, "cases/models/case.py", "class Case:\n    def save(self): ...", "Case.save"),
    (
        rules.untracked_writes,
        "cases/intake.py",
        "class Case:\n    history = HistoricalRecords()\nCase.objects.filter(a=1).update(urgency='P0')",
        "Case.objects.filter(a=1).update",
    ),
    (rules.clock_reads, "cases/ladder.py", "from django.utils import timezone as t\nat = t.now()", "timezone.now"),
    (rules.clock_reads, "cases/ladder.py", "import datetime as d\nat = d.datetime.now(d.UTC)", "datetime.now"),
    (rules.clock_reads, "districts/models/unit.py", "at = DateTimeField(auto_now_add=True)", "auto_now_add"),
    (rules.clock_reads, "districts/models/unit.py", "import time\nat = Field(default=time.time)", "time.time"),
    (rules.state_writers, "cases/intake.py", "case.status = 'closed'", "case.status"),
    (rules.oversized, "cases/intake.py", "x = 1\n" * 400, "has 401 lines"),
    (rules.oversized, "cases/intake.py", "def take():\n" + "    x = 1\n" * 50, "take has 51 lines"),
    (rules.empty_names, "cases/utils/words.py", "", "cases/utils"),
    (rules.empty_names, "portal/common.py", "", "portal/common.py"),
    (rules.bare_excuses, "cases/intake.py", "import os  # noqa", "# noqa"),
    (rules.bare_excuses, "cases/intake.py", "import os  # noqa: F401", "# noqa: F401"),
    (rules.bare_excuses, "cases/intake.py", "x = y  # type: ignore[attr-defined]", "# type: ignore"),
]


@pytest.mark.parametrize(("rule", "name", "fault", "said"), PLANTED)
def test_a_planted_fault_is_found(tmp_path: Path, rule: Callable[[Path], list[str]], name: str, fault: str, said: str):
    planted = tmp_path / name
    planted.parent.mkdir(parents=True)
    planted.write_text(fault + "\n", encoding="utf-8")
    assert [said in found for found in rule(tmp_path)] == [True]


SOUND = [
    (rules.clock_reads, "cases/tasks.py", "from django.utils import timezone\nat = timezone.now()"),
    (rules.clock_reads, "cases/ladder.py", "import time\nstarted = time.monotonic()"),
    (rules.clock_reads, "portal/live.py", "import time\nat = time.time()"),
    (rules.hidden_imports, "portal/live.py", "def ask():\n    import json"),
    (rules.signals, "portal/celery.py", "from celery.signals import setup_logging"),
    (rules.signals, "portal/stack/child.py", "import signal"),
    (rules.save_overrides, "portal/views/forms.py", "class Move(forms.Form):\n    def save(self): ..."),
    (rules.state_writers, "cases/transitions.py", "case.status = 'closed'"),
    (rules.bare_excuses, "cases/intake.py", "import os  # noqa: F401 - the door of the package"),
    (rules.bare_excuses, "cases/intake.py", "x = y  # type: ignore[misc]  # the stubs know no such manager"),
    (rules.oversized, "cases/migrations/0001_ground.py", "x = 1\n" * 401),
]


@pytest.mark.parametrize(("rule", "name", "code"), SOUND)
def test_what_is_allowed_is_not_called_a_fault(tmp_path: Path, rule: Callable[[Path], list[str]], name: str, code: str):
    sound = tmp_path / name
    sound.parent.mkdir(parents=True)
    sound.write_text(code + "\n", encoding="utf-8")
    assert rule(tmp_path) == []
