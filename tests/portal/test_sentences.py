"""Sentences of the history: units and posts by their names, urgencies in words, and nothing lost that has no name."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from portal.views.sentences import codes_in, sentence_of

UNITS = {"RJ-SIKAR": "Sikar", "RJ-KOTA-CITY": "Kota City"}


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("action", "facts", "said"),
    [
        (
            "rung_told",
            {"deadline": "acknowledge", "unit": "RJ-SIKAR", "rung": 2, "posts": ["RJ-SIKAR/control_room"]},
            "acknowledge · Sikar · rung 2 · Sikar · control room",
        ),
        (
            "rung_empty",
            {
                "deadline": "acknowledge",
                "unit": "RJ-SIKAR",
                "rung": 1,
                "passed_over": [{"post": "RJ-SIKAR/shift_desk", "why": "vacant"}],
            },
            "acknowledge · Sikar · rung 1 · Sikar · shift desk passed over (vacant)",
        ),
        ("to_and_fro", {"units": ["RJ-SIKAR", "RJ-KOTA-CITY"], "posts": []}, "Sikar, Kota City"),
        ("urgency_changed", {"from": "P1", "to": "P0", "reason": "live"}, "serious → live or imminent · live"),
        ("alert_joined", {"as": "repeat", "door": "api", "from": "P2", "to": "P2"}, "the same person again · API"),
        ("revealed", {"field": "phone", "reason": "to call"}, "telephone · to call"),
        ("disowned", {"unit": "RJ-SIKAR", "post": "RJ-SIKAR/control_room"}, "Sikar · Sikar · control room"),
        # A unit that this reader learns nothing of, and a post that only this state knows.
        ("rung_told", {"unit": "RJ-X", "posts": ["RJ-X/night_desk"]}, "RJ-X · night_desk"),
    ],
)
def test_a_line_names_units_posts_and_urgencies_as_people_do(action: str, facts: dict[str, Any], said: str) -> None:
    assert sentence_of(action, facts, UNITS) == said


def test_every_unit_that_a_line_names_is_looked_up() -> None:
    facts = {
        "unit": "RJ-A",
        "suggested_unit": "RJ-B",
        "post": "RJ-C/desk",
        "units": ["RJ-D"],
        "posts": ["RJ-E/desk"],
        "passed_over": [{"post": "RJ-F/desk", "why": "vacant"}],
    }
    assert {str(code)[:4] for code in codes_in(facts)} == {f"RJ-{letter}" for letter in "ABCDEF"}
