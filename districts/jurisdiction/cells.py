"""Coordinates: which district the post offices around a point belong to, and about how far the next one begins."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache

from districts.jurisdiction import reference
from districts.jurisdiction.clue import Spot

BOX = 0.25
KM = 111.2
#: Farther than this from every post office of India a point is not in India.
ABROAD_KM = 70.0
#: Neighbours asked. A single post office typed wrongly does not sway five.
ASKED, AROUND, SEAT_VOTES = 6, 14, 3
#: What share of the vote makes a point surely one district's.
CLEAR = 0.6

Cell = tuple[float, float, str, str, str, str]


@dataclass(frozen=True, slots=True)
class At:
    """What lies at a point, and what lies next to it."""

    spot: Spot
    border_km: float | None
    beyond: Spot | None
    #: Whether the post offices around are clearly of one mind.
    clear: bool = True


@lru_cache(maxsize=1)
def _boxes() -> dict[tuple[int, int], list[Cell]]:
    boxes: dict[tuple[int, int], list[Cell]] = defaultdict(list)
    for row in reference.rows("cells"):
        lat, lon = float(row["lat"]), float(row["lon"])
        boxes[_box(lat, lon)].append((lat, lon, "IN", row["state"], row["district"], row["pin"]))
    for (state, district), (lat, lon) in reference.seats().items():
        # The seat of a district is surely in it, whatever the offices around it say.
        boxes[_box(lat, lon)] += [(lat, lon, "IN", state, district, "")] * SEAT_VOTES
    for row in reference.rows("countries"):
        for place in reference.several(row["places"]):
            lat, lon = (float(value) for value in place.split())
            boxes[_box(lat, lon)].append((lat, lon, row["name_en"], "", "", ""))
    return dict(boxes)


def _box(lat: float, lon: float) -> tuple[int, int]:
    return math.floor(lat / BOX), math.floor(lon / BOX)


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the distance of two points that are not far apart."""
    east = (lon - other_lon) * math.cos(math.radians((lat + other_lat) / 2))
    return KM * math.hypot(lat - other_lat, east)


def _around(lat: float, lon: float, rings: int) -> list[tuple[float, Cell]]:
    x, y = _box(lat, lon)
    boxes = _boxes()
    found = [
        (distance_km(lat, lon, cell[0], cell[1]), cell)
        for dx in range(-rings, rings + 1)
        for dy in range(-rings, rings + 1)
        for cell in boxes.get((x + dx, y + dy), ())
    ]
    found.sort(key=lambda one: one[0])
    return found


def spot_at(lat: float, lon: float) -> At | None:
    """
    Return what lies at a point, about how many kilometres from there the next district begins, and which it is.

    There are no polygons: the nearest post offices vote, the near ones more. The border is taken to run midway between
    the nearest post office of the one and of the other; it is right to some three kilometres.
    """
    near = _around(lat, lon, 1) or _around(lat, lon, 3)
    if not near or near[0][0] > ABROAD_KM:
        return _abroad(lat, lon)
    votes: dict[tuple[str, str, str], float] = defaultdict(float)
    for km, cell in near[:ASKED]:
        votes[cell[2], cell[3], cell[4]] += 1 / (km + 1) ** 2
    country, state, district = max(votes, key=lambda label: votes[label])
    own = [(km, cell) for km, cell in near if cell[2:5] == (country, state, district)]
    clear = votes[country, state, district] >= CLEAR * sum(votes.values())
    # A single post office of another district among many is one typed wrongly.
    company = Counter(cell[2:5] for _, cell in near[:AROUND])
    others = [
        (km, cell)
        for place, (km, cell) in enumerate(near)
        if cell[2:5] != (country, state, district) and (cell[2] != "IN" or place >= AROUND or company[cell[2:5]] > 1)
    ]
    pin = next((cell[5] for _, cell in own if cell[5]), "")
    part = reference.part_of_pin(state, district, pin) if pin else ""
    spot = Spot(country=country, state=state, district=district, part=part, lat=lat, lon=lon)
    if not others:
        return At(spot, None, None)
    beyond = others[0][1]
    return At(spot, _midway(own[0], others[0]), Spot(country=beyond[2], state=beyond[3], district=beyond[4]), clear)


def _midway(own: tuple[float, Cell], other: tuple[float, Cell]) -> float:
    apart = distance_km(own[1][0], own[1][1], other[1][0], other[1][1])
    return round(max(0.0, (other[0] ** 2 - own[0] ** 2) / (2 * apart)), 1) if apart else 0.0


def _abroad(lat: float, lon: float) -> At | None:
    """Return the country whose listed city is nearest, if one is near enough to speak of it."""
    abroad = [
        (distance_km(lat, lon, cell[0], cell[1]), cell)
        for cells in _boxes().values()
        for cell in cells
        if cell[2] != "IN"
    ]
    km, cell = min(abroad, key=lambda one: one[0])
    return At(Spot(country=cell[2], lat=lat, lon=lon), None, None) if km < 900 else None
