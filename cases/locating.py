"""Locating: which unit the ledger of a case points to, with reasons; what was suggested is kept beside the choice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cases import sightings
from cases.models import Case, Sighting
from districts import jurisdiction
from districts.jurisdiction import Clue, Suggestion
from districts.models import Unit

#: How many are offered: the first and two others.
OFFERED = 3


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
    return Clue(
        source=seen.source,
        whose=seen.whose,
        text=seen.text,
        pin=seen.pin,
        phone=seen.phone,
        city=seen.city,
        region=seen.region,
        country=seen.country,
        lat=seen.lat,
        lon=seen.lon,
        radius_m=seen.radius_m,
        at=seen.seen_at,
        verified=seen.verified,
    )
