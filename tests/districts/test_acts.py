"""The register in words: every act that a rule can register is said in both languages, and is found by what is said."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

import portal.urls  # noqa: F401 - every section of the desk
from districts.admin import desk
from districts.admin.desk import RuleAdmin
from districts.models import RegisterEntry
from districts.models.acts import ACTS, act_words, subject_words
from districts.onboarding.register import noun_of
from tests.districts.conftest import new_unit, page, signed_in, unit

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("districts", "notifications", "cases", "portal")
#: Two branches of one expression, which the name of an argument hides.
CHOSEN = {"officer_second_factor_set", "officer_second_factor_removed"}


def _named() -> Iterator[str]:
    """Yield the acts that stand as words in a call of the pen: ``record("…")`` and ``change(…, act="…")``."""
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            if "onboarding.register import" not in source and "onboarding import" not in source:
                continue
            for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
                name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                said = [keyword.value for keyword in call.keywords if keyword.arg == "act"]
                said += call.args[:1] if name == "record" else []
                yield from (one.value for one in said if isinstance(one, ast.Constant) and isinstance(one.value, str))


def test_every_act_that_a_rule_can_register_has_words() -> None:
    named = set(_named())
    assert {"unit_closed", "key_revoked", "contact_tested", "webhook_replayed", "template_withdrawn"} <= named
    # What the desk shows can be added and changed, by whichever floor.
    rows = {
        noun_of(model())
        for model, section in desk._registry.items()
        if isinstance(section, RuleAdmin) and model is not RegisterEntry and model._meta.model_name != "webhook"
    }
    assert {"unit", "key", "maillayout", "template", "posting"} <= rows
    wanted = named | CHOSEN | {f"{noun}_{done}" for noun in rows for done in ("added", "changed")}
    assert wanted - ACTS.keys() == set()
    assert ACTS.keys() - wanted == set()


@pytest.mark.parametrize("act", sorted(ACTS))
def test_an_act_is_said_in_both_languages(act: str) -> None:
    with override("en"):
        english = act_words(act)
    with override("hi"):
        hindi = act_words(act)
    assert "_" not in english
    assert any("\u0900" <= letter <= "\u097f" for letter in hindi)


def test_what_nobody_knows_stands_as_it_was_written() -> None:
    assert act_words("galaxy_added") == "galaxy_added"
    with override("en"):
        assert [subject_words(subject) for subject in ("key:AA/meta/abc", "galaxy:7", "nothing")] == [
            "partner key AA/meta/abc",
            "galaxy:7",
            "nothing",
        ]


@pytest.mark.django_db
def test_the_register_is_read_and_searched_in_words(admin) -> None:
    admin.post(page("unit", "add"), new_unit(parent=unit("AA-RANGE").pk))
    listed = admin.get(page("registerentry")).content.decode()
    assert "unit added" in listed
    assert "unit_added" not in listed.replace("?", "")
    entry = RegisterEntry.objects.get(act="unit_added", subject="unit:AA-WEST")
    for words, there in (("unit added", True), ("unit_added", True), ("key of a partner revoked", False)):
        found = admin.get(page("registerentry"), {"q": words}).context["cl"].result_list
        assert (entry.pk in {row.pk for row in found}) == there, words
    opened = admin.get(page("registerentry", "change", entry.pk)).content.decode()
    assert "unit added" in opened


@pytest.mark.django_db
def test_words_find_nothing_of_another_state(home, abroad) -> None:
    stranger = signed_in("bb.admin")
    shown = stranger.get(page("registerentry"), {"q": "unit added"}).context["cl"].result_list
    assert shown
    assert {row.state.code for row in shown if row.state} == {"BB"}
