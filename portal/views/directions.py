"""Directions: where a team is sent to, as a link that the map of the telephone opens. No host is asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from cases.models import Sighting

#: What never sends anybody anywhere by itself.
NOWHERE = frozenset({Sighting.Source.IP, Sighting.Source.SIM})
WORDS = ("text", "city", "pin", "region")


def way_to(ledger: Iterable[Mapping[str, Any]]) -> dict[str, str] | None:
    """Return the most trusted hint of where the person is: its words, and its ``geo:`` address (RFC 5870)."""
    hints = [
        seen
        for seen in ledger
        if seen["whose"] == Sighting.Whose.PERSON and seen["source"] not in NOWHERE and not seen["struck"]
    ]
    for seen in sorted(hints, key=lambda seen: (seen["trust"], seen["entered_at"]), reverse=True):
        words = ", ".join(str(seen[name]) for name in WORDS if seen[name])
        if seen["lat"] is not None:
            point = f"{seen['lat']},{seen['lon']}"
            return {"url": f"geo:{point}?q={point}", "words": words or point}
        if words:
            return {"url": f"geo:0,0?q={quote(words)}", "words": words}
    return None
