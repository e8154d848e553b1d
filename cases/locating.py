"""Locating: which unit the ledger of a case points to, with reasons; what was suggested is kept beside the choice."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from cases import sightings
from cases.models import Case, Sighting
from districts import jurisdiction
from districts.jurisdiction import Clue, Suggestion
from districts.models import Unit

#: How many are offered: the first and two others.
OFFERED = 3
#: What jurisdiction reads of a line of the ledger, which has a column for each.
SAID = tuple(field.name for field in fields(Clue))


def suggestion(case: Case, *, at: datetime) -> Suggestion:
    """Return what the ledger says now, struck sightings left out. Only where the person is decides."""
    clues = [_clue(seen) for seen in sightings.of(case) if not hasattr(seen, "strike")]
    return jurisdiction.suggest(case.state, clues, at=at)


def as_kept(said: Suggestion) -> dict[str, Any]:
    """Return a suggestion as it is kept with a forwarding: codes and the verdict, no evidence."""
    units = [candidate.unit.code for candidate in said.units[:OFFERED]]
    return {"verdict": str(said.verdict), "units": units, "other_state": said.other_state}


def rank_of(said: Suggestion, unit: Unit) -> int | None:
    """Return the place of a unit among what is suggested, 1 for the first; nothing if it is not there."""
    return next((place for place, found in enumerate(said.units, start=1) if found.unit.pk == unit.pk), None)


def _clue(seen: Sighting) -> Clue:
    return Clue(**{name: getattr(seen, name) for name in SAID})
