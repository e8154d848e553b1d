"""The units of a state on the map: which answers for a place, by code, by name in both scripts, or by district."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from districts.jurisdiction import reference
from districts.jurisdiction.cells import distance_km
from districts.jurisdiction.clue import Spot
from districts.jurisdiction.script import WORD, fold
from districts.models import State, Unit, UnitKind

#: What is said of a unit beside the place it is named after.
ADDED = re.compile(
    r"\b(?:police|commissionerate|commissioner|sp|ssp|dcp|office|district|zone|city|rural"
    r"|east|west|north|south|central|nagar nigam)\b"
    r"|पुलिस|कमिश्नरेट|आयुक्तालय|कार्यालय|जिला|ज़िला|शहर|ग्रामीण|देहात|पूर्व|पश्चिम|उत्तर|दक्षिण|मध्य",
    re.IGNORECASE,
)
RURAL = re.compile(r"rural|dehat|gramin|ग्रामीण|देहात", re.IGNORECASE)


def key_of(name: str) -> str:
    """Return the folded form of a whole name."""
    return fold("".join(WORD.findall(name)))


@dataclass
class Atlas:
    """The units that exist at one moment, ready to be asked."""

    state: State
    units: list[Unit]
    of_district: dict[str, list[Unit]] = field(default_factory=lambda: defaultdict(list))
    of_kind: dict[str, list[Unit]] = field(default_factory=lambda: defaultdict(list))

    def units_for(self, spot: Spot) -> tuple[list[Unit], bool]:
        """Return the units that may answer for a place in this state, best first, and whether the first surely does."""
        units = self.of_district.get(spot.district, [])
        if not units and (before := reference.made_from().get((spot.state, spot.district))):
            units = self.of_district.get(before, [])
            spot = Spot(state=spot.state, district=before, part=f"{before} Rural", lat=spot.lat, lon=spot.lon)
        if len(units) < 2:
            return units, bool(units)
        return self._of_several(units, spot)

    def _of_several(self, units: list[Unit], spot: Spot) -> tuple[list[Unit], bool]:
        """Choose among the units of one district: by its part, by how far its city reaches, by its own name."""
        part = spot.part or self._part_at(spot, units)
        urban = [unit for unit in units if not is_rural(unit)]
        if part == "*city":
            rest = [unit for unit in units if unit not in urban]
            return urban + rest, len(urban) == 1
        if part:
            meant = [unit for unit in units if key_of(unit.name_en) == key_of(part)]
            if not meant and RURAL.search(part):
                meant = [unit for unit in units if is_rural(unit)]
            rest = [unit for unit in units if unit not in meant]
            if meant:
                return meant + rest, len(meant) == 1
        own = [unit for unit in units if key_of(unit.name_en) == key_of(spot.district)]
        if len(own) == 1:
            return own + [unit for unit in units if unit not in own], True
        return urban + [unit for unit in units if unit not in urban], False

    def _part_at(self, spot: Spot, units: list[Unit]) -> str:
        seat = self.seat_of(spot.state, spot.district)
        if spot.lat is None or spot.lon is None or seat is None or not any(map(is_rural, units)):
            return ""
        near = distance_km(spot.lat, spot.lon, *seat) <= reference.city_radius_km(spot.state, spot.district)
        return "*city" if near else f"{spot.district} Rural"

    def seat_of(self, state: str, district: str) -> tuple[float, float] | None:
        """Return where the seat of a district is."""
        if found := reference.seats().get((state, district)):
            return found
        placed = [(unit.lat, unit.lon) for unit in self.of_district.get(district, []) if unit.lat and unit.lon]
        return (placed[0][0], placed[0][1]) if placed else None

    def outside(self, spot: Spot) -> Unit | None:
        """Return the unit that stands for another state or country, if there is one."""
        english, hindi = name_of(spot)
        code = fold(spot.state)
        for unit in self.of_kind.get(UnitKind.OTHER_STATE, []):
            names = {key_of(unit.name_en), key_of(unit.name_hi)}
            last = fold(unit.code.rpartition("-")[2])
            if names & {key_of(english), key_of(hindi)} or last in {code, key_of(english)} - {""}:
                return unit
        wanted = {key_of(english), key_of(hindi)}
        for unit in self.of_kind.get(UnitKind.OTHER_STATE, []):
            if any(name and (name in key_of(unit.name_en) or name in key_of(unit.name_hi)) for name in wanted):
                return unit
        return None

    def nearest(self, units: list[Unit], lat: float, lon: float) -> list[Unit]:
        """Return units by how near their seats are."""
        return sorted(
            (unit for unit in units if unit.lat is not None and unit.lon is not None),
            key=lambda unit: distance_km(lat, lon, unit.lat or 0.0, unit.lon or 0.0),
        )


def is_rural(unit: Unit) -> bool:
    """Tell whether a unit has the country around a city and not the city."""
    return unit.rural or RURAL.search(f"{unit.code} {unit.name_en} {unit.name_hi}") is not None


def name_of(spot: Spot) -> tuple[str, str]:
    """Return the English and the Hindi name of the state or country that a place is in."""
    if spot.country != "IN":
        hindi = next((row["name_hi"] for row in reference.rows("countries") if row["name_en"] == spot.country), "")
        return spot.country, hindi or spot.country
    return reference.states().get(spot.state, (spot.state, spot.state))


def atlas_of(state: State, *, at: datetime) -> Atlas:
    """Return the units of a state that exist at that moment."""
    units = list(Unit.objects.valid(at).acting().filter(state=state).select_related("district").order_by("code"))
    atlas = Atlas(state, units)
    known = names_of_districts(state.code)
    for unit in units:
        atlas.of_kind[unit.kind].append(unit)
        if unit.kind == UnitKind.DISTRICT:
            atlas.of_district[district_of(unit, state.code, known)].append(unit)
    return atlas


def names_of_districts(state: str) -> dict[str, str]:
    """Return by which English name each district that ships is known, under every name it has."""
    known: dict[str, str] = {}
    for (code, name), row in reference.districts().items():
        if code == state:
            for alias in [*reference.several(row["aliases"]), row["name_hi"], name]:
                known[key_of(alias)] = name
    return known


def district_of(unit: Unit, state: str, known: dict[str, str]) -> str:
    """Return the revenue district a unit is in, as the facts call it; one they do not know is called as the unit is."""
    shipped = reference.units().get(unit.code)
    if shipped and shipped[0] == state and shipped[1] != "railway":
        return shipped[1]
    names = [unit.district.name_en, unit.district.name_hi] if unit.district else []
    names += [unit.name_en, ADDED.sub(" ", unit.name_en), unit.name_hi, ADDED.sub(" ", unit.name_hi)]
    names.append(unit.code.partition("-")[2])
    names.append(ADDED.sub(" ", unit.code.partition("-")[2].replace("-", " ")))
    for name in names:
        if found := known.get(key_of(name)):
            return found
    return unit.district.name_en if unit.district else ADDED.sub(" ", unit.name_en).strip() or unit.name_en
