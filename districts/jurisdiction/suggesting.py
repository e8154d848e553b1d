"""The suggestion: verdict, ranked units with their reasons, and how far the next one begins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from districts.jurisdiction import reference
from districts.jurisdiction.atlas import Atlas, atlas_of, is_rural, name_of
from districts.jurisdiction.cells import distance_km, spot_at
from districts.jurisdiction.clue import Candidate, Clue, Finding, Reason, Spot, Suggestion, Trust
from districts.jurisdiction.cues import is_on_a_railway
from districts.jurisdiction.gathering import DOUBT_KM, Findings
from districts.jurisdiction.local import facts_of
from districts.jurisdiction.weighing import Verdict, weigh
from districts.models import State, Unit, UnitKind

MOST_REASONS = 6
OFFERED = 4
#: A unit so near across the border is worth a look.
NEXT_DOOR_KM = 60.0


def suggest(state: State, clues: Sequence[Clue], *, at: datetime) -> Suggestion:
    """Return which unit answers for the person, as far as the evidence goes. It reads two tables and writes none."""
    atlas = atlas_of(state, at=at)
    gatherer = Findings(facts_of(state, at=at), at=at)
    findings = [finding for clue in clues for finding in gatherer.of(clue)]
    verdict = weigh(findings, state=state.code)
    board = _Board(atlas, findings, clues)
    outside = [spot for spot in verdict.spots if _is_outside(spot, state)]
    if outside and len(outside) == len(verdict.spots):
        return board.elsewhere(outside, verdict)
    return board.here(verdict)


def _is_outside(spot: Spot, state: State) -> bool:
    return spot.country != "IN" or (spot.state not in {"", state.code})


class _Board:
    """The units of one state laid out beside the findings of one case."""

    def __init__(self, atlas: Atlas, findings: list[Finding], clues: Sequence[Clue]) -> None:
        self._atlas, self._findings, self._clues = atlas, findings, clues

    def elsewhere(self, spots: list[Spot], verdict: Verdict) -> Suggestion:
        """Suggest another state or country; several that are named leave it unclear which."""
        places = {name_of(spot)[0]: spot for spot in spots}
        certain = verdict.decided or len(places) == 1
        units = [
            Candidate(unit, self._reasons(spot), 1.0, None)
            for spot in places.values()
            if (unit := self._atlas.outside(spot)) is not None
        ]
        units += self._beside()
        if not certain or any(_is_only_weak(self._findings)):
            return Suggestion("unclear", tuple(units), None)
        return Suggestion("other_state", tuple(units), next(iter(places)))

    def here(self, verdict: Verdict) -> Suggestion:
        """Suggest units of the state itself, with the next ones beside them."""
        ranked: list[Candidate] = []
        decided = verdict.decided
        for spot in verdict.spots:
            units, sure = self._units(spot)
            border = self._border(spot, units)
            decided = decided and sure and not self._is_too_wide(border)
            ranked += [
                Candidate(unit, self._reasons(spot), self._score(spot, place), border if place == 0 else None)
                for place, unit in enumerate(units)
            ]
        ranked = _once(ranked)
        if verdict.spots and ranked and len(ranked) < OFFERED - 1:
            ranked = _once([*ranked, *self._next_door(verdict.spots[0], ranked[0].unit)])
        decided = decided and bool(ranked)
        return Suggestion("decided" if decided else "unclear", (*ranked, *self._beside()), None)

    def _units(self, spot: Spot) -> tuple[list[Unit], bool]:
        if _is_outside(spot, self._atlas.state):
            unit = self._atlas.outside(spot)
            return ([unit] if unit else []), False
        return self._atlas.units_for(spot)

    def _score(self, spot: Spot, place: int) -> float:
        trust = max((one.trust for one in self._findings if _supports(one, spot)), default=0)
        return round(max(0.0, trust / 100 - 0.2 * place), 2)

    def _reasons(self, spot: Spot) -> tuple[Reason, ...]:
        speaking = [one for one in self._findings if _supports(one, spot)]
        ranked = sorted(speaking, key=lambda one: (one.whose != "person", -one.trust))
        told: dict[tuple[str, str], Reason] = {}
        for finding in ranked:
            reason = finding.reason
            if finding.whose == "family":
                text = format_lazy("{} {}", reason.text, _("It is the place of family or friends, not of the person."))
                reason = Reason(text, reason.evidence, reason.clue)
            told.setdefault((str(finding.trust), reason.evidence), reason)
        return tuple(told.values())[:MOST_REASONS]

    # ---- borders -----------------------------------------------------------------------------------------------

    def _place(self, spot: Spot) -> tuple[float, float] | None:
        if spot.lat is not None and spot.lon is not None:
            return spot.lat, spot.lon
        return self._atlas.seat_of(spot.state, spot.district) if spot.district else None

    def _border(self, spot: Spot, units: list[Unit]) -> float | None:
        """Return about how far the next unit begins: by post offices, and by how far the city of a district reaches."""
        place = self._place(spot)
        if place is None or _is_outside(spot, self._atlas.state):
            return None
        # Where the middle of a PIN was noted wrongly, the seat of the district speaks for it.
        points = [point for point in (place, self._atlas.seat_of(spot.state, spot.district)) if point]
        found = next(
            (at for at in map(spot_at, *zip(*points, strict=True)) if at and at.spot.agrees(spot) and at.border_km),
            None,
        )
        border = found.border_km if found else None
        if len(units) > 1 and any(map(is_rural, units)) and spot.lat is not None:
            seat = self._atlas.seat_of(spot.state, spot.district)
            reach = reference.city_radius_km(spot.state, spot.district)
            if seat:
                edge = round(abs(reach - distance_km(*place, *seat)), 1)
                border = min(border, edge) if border is not None else edge
        return border

    def _is_too_wide(self, border: float | None) -> bool:
        """Tell whether the best position is so rough that it reaches over the border."""
        fixes = [one for one in self._findings if one.whose == "person" and one.trust == Trust.FIX]
        radius = min((one.radius_km or 0.0 for one in fixes), default=0.0)
        return border is not None and radius > border + DOUBT_KM

    def _next_door(self, spot: Spot, unit: Unit) -> list[Candidate]:
        place = self._place(spot)
        if place is None or _is_outside(spot, self._atlas.state):
            return []
        others = [other for other in self._atlas.of_kind.get(UnitKind.DISTRICT, []) if other.pk != unit.pk]
        near = self._atlas.nearest(others, *place)[:2]
        return [
            Candidate(
                other,
                (
                    Reason(
                        format_lazy(
                            _("Its seat is next, about {km} km away."),
                            km=round(distance_km(*place, other.lat or 0.0, other.lon or 0.0)),
                        ),
                        "",
                        self._clues[0],
                    ),
                ),
                0.0,
                None,
            )
            for other in near
            if distance_km(*place, other.lat or 0.0, other.lon or 0.0) < 2 * NEXT_DOOR_KM
        ]

    def _beside(self) -> list[Candidate]:
        """Return the railway police and 112 where the words speak of a railway: they go along, they do not decide."""
        told = [clue for clue in self._clues if clue.whose == "person" and is_on_a_railway(clue.text)]
        if not told:
            return []
        places = [self._place(spot) for one in self._findings for spot in one.spots if one.whose == "person"]
        railway = self._atlas.of_kind.get(UnitKind.RAILWAY, [])
        place = next((place for place in places if place), None)
        if place:
            railway = self._atlas.nearest(railway, *place) or railway
        reason = Reason(
            _("The words speak of a railway; tell the railway police and 112."), told[0].text[:200], told[0]
        )
        units = [*railway, *self._atlas.of_kind.get(UnitKind.EMERGENCY_112, [])]
        return [Candidate(unit, (reason,), 0.0, None) for unit in units]


def _is_only_weak(findings: list[Finding]) -> list[bool]:
    strong = [one for one in findings if one.whose == "person" and one.trust > Trust.GOING and not one.gone]
    return [] if strong else [True]


def _supports(finding: Finding, spot: Spot) -> bool:
    return not finding.gone and any(one.agrees(spot) for one in finding.spots)


def _once(candidates: list[Candidate]) -> list[Candidate]:
    seen: dict[int, Candidate] = {}
    for candidate in candidates:
        seen.setdefault(candidate.unit.pk, candidate)
    return list(seen.values())
