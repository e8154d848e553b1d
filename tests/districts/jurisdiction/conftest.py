"""Rajasthan as an outsider would seed it: units with code and names, nothing else, and a neighbour to hand over to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from districts import seeding
from districts.jurisdiction import Clue, Suggestion, suggest
from districts.models import State
from tests.database import ground

AT = datetime(2026, 11, 24, 2, 10, tzinfo=ZoneInfo("Asia/Kolkata"))
LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=ZoneInfo("Asia/Kolkata"))


def unit(code: str, name_en: str, name_hi: str, kind: str = "district", **more: Any) -> dict[str, Any]:
    return {"code": code, "kind": kind, "name_en": name_en, "name_hi": name_hi, **more}


def outsiders_file() -> dict[str, Any]:
    """Return a seed file with nine units and not one revenue district, PIN or place."""
    return {
        "state": {"code": "RJ", "name_en": "Rajasthan", "name_hi": "राजस्थान", "languages": ["hi", "en"]},
        "units": [
            unit("RJ-CELL", "State Cell, Kota", "राज्य प्रकोष्ठ, कोटा", "state_cell"),
            unit("RJ-JHUNJHUNU", "Jhunjhunu", "झुंझुनूं"),
            unit("RJ-SIKAR", "Sikar", "सीकर"),
            unit("RJ-KOTA-CITY", "Kota City", "कोटा शहर"),
            unit("RJ-KOTA-RURAL", "Kota Rural", "कोटा ग्रामीण", rural=True),
            unit("RJ-PRATAPGARH", "Pratapgarh", "प्रतापगढ़"),
            unit("RJ-JAIPUR-EAST", "Jaipur East", "जयपुर पूर्व"),
            unit("RJ-JAIPUR-WEST", "Jaipur West", "जयपुर पश्चिम"),
            unit("RJ-GRP-AJMER", "GRP Ajmer", "जीआरपी अजमेर", "railway"),
            unit("RJ-112", "Emergency 112", "आपात 112", "emergency_112"),
            unit("RJ-OUT-GUJARAT", "Gujarat", "गुजरात", "other_state"),
        ],
        "officers": [], "partners": [], "policies": [],
    }  # fmt: skip


@ground
def plant_outsiders() -> None:
    seeding.plant(outsiders_file(), at=LONG_AGO)


@pytest.fixture
def outsiders(db: None) -> State:
    return State.objects.get(code="RJ")


@pytest.fixture
def rajasthan(outsiders: State) -> State:
    return outsiders


def ask(state: State, *clues: Clue | str, at: datetime = AT) -> Suggestion:
    """Return what is suggested; a bare text is what the person wrote."""
    return suggest(state, [Clue("text", text=clue) if isinstance(clue, str) else clue for clue in clues], at=at)


def codes(suggestion: Suggestion) -> list[str]:
    return [candidate.unit.code for candidate in suggestion.units]


def first(suggestion: Suggestion) -> tuple[str, str]:
    """Return the verdict and the first unit."""
    return suggestion.verdict, (codes(suggestion) or [""])[0]
