"""Mapping: the places of a case drawn as SVG, without script or foreign host; tiles only from a server of our own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings

from districts.models import Unit

WIDTH, HEIGHT, EDGE = 640, 420, 46
METRES_PER_DEGREE = 111_320
#: So many seats are drawn at most: the nearest to what is known. The paper shows so many of them in any case.
SEATS, SURELY = 8, 3
#: A map of one point shows so much around it.
LEAST_M = 4_000
MARK = 7
#: How far above and beside its hint a number stands.
NUMBERS = 7
#: The room that a line of a name takes, and a letter of it at most, as a telephone shows them; and where beside its
#: seat it may stand, best first.
LINE, LETTER = 30, 16
BESIDE = [(side, lines * LINE) for lines in (0, -1, 1, -2, 2) for side in (8, -8)]
#: The size a tile is made for, and the closest look that a server has.
TILE, DEEPEST = 256, 18


class Point(NamedTuple):
    """Somewhere on the earth."""

    lat: float
    lon: float


class Frame(NamedTuple):
    """The part of the earth that is drawn, and how large a metre is on the paper."""

    lat: float
    lon: float
    scale: float

    def place(self, point: Point) -> tuple[float, float]:
        """Return where a point lies on the paper; drawn as all maps with tiles are."""
        east = (point.lon - self.lon) * METRES_PER_DEGREE * math.cos(math.radians(self.lat))
        # As the tiles have it: their north is stretched towards the pole, and over a few hundred kilometres it shows.
        stretched = math.degrees(_mercator(point.lat) - _mercator(self.lat))
        north = stretched * METRES_PER_DEGREE * math.cos(math.radians(self.lat))
        return round(WIDTH / 2 + east * self.scale, 1), round(HEIGHT / 2 - north * self.scale, 1)

    def shows(self, point: Point) -> bool:
        """Tell whether a point lies on the paper."""
        x, y = self.place(point)
        return MARK <= x <= WIDTH - MARK and MARK <= y <= HEIGHT - MARK


def map_of(
    ledger: Iterable[dict[str, Any]], *, state_id: int, suggested: Sequence[str], at: datetime
) -> dict[str, Any] | None:
    """Return what the template draws, or nothing where no coordinates are known."""
    seen = [place for place in ledger if place["lat"] is not None and place["struck"] is None]
    seats = list(
        Unit.objects.valid(at).acting().filter(state=state_id, lat__isnull=False, lon__isnull=False).order_by("code")
    )
    wanted = [unit for unit in seats if unit.code in suggested]
    if not seen and not wanted:
        return None
    around = [Point(place["lat"], place["lon"]) for place in seen] or [_seat(unit) for unit in wanted]
    near = sorted(seats, key=lambda unit: min(metres(_seat(unit), point) for point in around))[:SEATS]
    surely = list(dict.fromkeys([*wanted, *near[:SURELY]]))
    radii = [min(place["radius_m"] or 0, 60_000) for place in seen]
    frame = _frame([*around, *(_seat(unit) for unit in surely)], radii)
    drawn = [unit for unit in dict.fromkeys([*surely, *near]) if unit in surely or frame.shows(_seat(unit))]
    points = _points_drawn(seen, frame)
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "points": points,
        "seats": _seats_drawn(drawn, frame, first=suggested[:1], points=points),
        "bar": _bar(frame),
        "tiles": list(_tiles(frame, settings.TILES_URL)) if settings.TILES_URL else [],
    }


def metres(one: Point, other: Point) -> float:
    """Return how far two points lie apart."""
    lat, lon = math.radians(other.lat - one.lat), math.radians(other.lon - one.lon)
    across = math.cos(math.radians(one.lat)) * math.cos(math.radians(other.lat)) * math.sin(lon / 2) ** 2
    return 12_742_000 * math.asin(math.sqrt(min(1.0, math.sin(lat / 2) ** 2 + across)))


def _seat(unit: Unit) -> Point:
    return Point(float(unit.lat or 0), float(unit.lon or 0))


def _frame(points: list[Point], radii: list[int]) -> Frame:
    lats, lons = [point.lat for point in points], [point.lon for point in points]
    lat, lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    high = (max(lats) - min(lats)) * METRES_PER_DEGREE
    wide = (max(lons) - min(lons)) * METRES_PER_DEGREE * max(0.05, math.cos(math.radians(lat)))
    room = 2 * max([LEAST_M / 2, *radii])
    scale = min((WIDTH - 2 * EDGE) / max(wide, room), (HEIGHT - 2 * EDGE) / max(high, room))
    return Frame(lat, lon, scale)


def _points_drawn(seen: Iterable[dict[str, Any]], frame: Frame) -> list[dict[str, Any]]:
    """Return the hints by their numbers; those that lie in one place share the numbers of the first."""
    drawn: list[dict[str, Any]] = []
    words = ("source_label", "whose", "whose_label", "radius_m", "seen_at")
    for number, place in enumerate(seen, start=1):
        x, y = spot = frame.place(Point(place["lat"], place["lon"]))
        radius = round(max((place["radius_m"] or 0) * frame.scale, MARK), 1)
        beside = next((one for one in drawn if one["numbers"] and math.dist(one["spot"], spot) < LINE), None)
        if beside:
            beside["numbers"] += f", {number}"
        # Written as text: a page of another language must not write a number of SVG with a comma.
        shown = {"at": f"{x} {y}", "r": f"{radius}", "numbers": "" if beside else f"{number}", "spot": spot}
        drawn.append(shown | {name: place[name] for name in words})
    return drawn


def _seats_drawn(
    units: Sequence[Unit], frame: Frame, *, first: Sequence[str], points: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the seats, each with its name where there is room: units of one city sit in one place."""
    drawn: list[dict[str, Any]] = []
    taken = [
        (x + NUMBERS, x + NUMBERS + len(one["numbers"]) * LETTER, y - NUMBERS)
        for one in points
        if one["numbers"]
        for x, y in [one["spot"]]
    ]
    for unit in units:
        x, y = frame.place(_seat(unit))
        seat = {"at": f"{x} {y}", "name": unit.name, "code": unit.code, "first": unit.code in first, "label": None}
        for beside, below in BESIDE:
            width = len(unit.name) * LETTER
            left, line = x + beside - (width if beside < 0 else 0), y + below
            free = all(abs(line - other) >= LINE or left >= end or left + width <= begin for begin, end, other in taken)
            if free and left >= 0 and left + width <= WIDTH and LINE <= line <= HEIGHT:
                taken.append((left, left + width, line))
                seat["label"] = {"x": f"{beside}", "y": f"{below + 6}", "anchor": "end" if beside < 0 else "start"}
                break
        drawn.append(seat)
    return drawn


def _tiles(frame: Frame, pattern: str) -> Iterator[dict[str, str]]:
    """Return the tiles that lie beneath the paper; each is drawn at its own size or up to twice smaller."""
    degree = METRES_PER_DEGREE * math.cos(math.radians(frame.lat)) * frame.scale
    world = 360 * degree
    zoom = max(0, min(DEEPEST, math.ceil(math.log2(world / TILE))))
    size = world / 2**zoom
    # Where the corner of the world, 180° west and far north, lies on the paper.
    left = WIDTH / 2 - (frame.lon + 180) * degree
    top = HEIGHT / 2 + math.degrees(_mercator(frame.lat)) * degree - world / 2
    for x in range(math.floor(-left / size), math.floor((WIDTH - left) / size) + 1):
        for y in range(max(0, math.floor(-top / size)), min(2**zoom, math.floor((HEIGHT - top) / size) + 1)):
            address = pattern.replace("{z}", f"{zoom}").replace("{x}", f"{x % 2**zoom}").replace("{y}", f"{y}")
            yield {"href": address, "x": f"{left + x * size:.1f}", "y": f"{top + y * size:.1f}", "size": f"{size:.2f}"}


def _mercator(lat: float) -> float:
    """Return how far north a latitude lies on a map with tiles, the equator being 0 and the edges π and -π."""
    return math.asinh(math.tan(math.radians(max(-85.0, min(85.0, lat)))))


def _bar(frame: Frame) -> dict[str, Any]:
    """Return a bar that says how long a kilometre is, or ten, or a hundred."""
    most = WIDTH / 4 / frame.scale
    length = 10 ** math.floor(math.log10(most))
    length *= next(times for times in (5, 2, 1) if length * times <= most)
    return {"end": f"{16 + length * frame.scale:.1f}", "km": f"{length / 1000:g}"}
