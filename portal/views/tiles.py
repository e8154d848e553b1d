"""Tiles: a map of squares, one for each police unit, each as near to its true place as the others let it be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

#: How much of the map is squares; the rest is room that keeps its shape.
FILLED = 0.72
#: A wall is wider than a state: the map is drawn out to the sides by so much.
DRAWN_OUT = 1.45
LINE_LONGEST = 9
#: How tall letters are, and how wide one is at most for its height: a square has room for ``ROOM`` of a hundred.
TALLEST, WIDTH_OF_A_LETTER, ROOM = 17, 0.6, 88


class Spot(NamedTuple):
    """A unit and where it sits on the earth."""

    key: int
    lat: float
    lon: float


class Board(NamedTuple):
    """How large the map is, and the column and row of each unit."""

    columns: int
    rows: int
    places: dict[int, tuple[int, int]]


def board(spots: Iterable[Spot]) -> Board:
    """Lay the units on a grid: each takes the free square nearest to its place, from north-west to south-east."""
    found = sorted(spots, key=lambda spot: (-spot.lat, spot.lon, spot.key))
    if not found:
        return Board(0, 0, {})
    south, north = min(spot.lat for spot in found), max(spot.lat for spot in found)
    west, east = min(spot.lon for spot in found), max(spot.lon for spot in found)
    height = max(north - south, 0.1)
    # A degree of longitude is shorter than one of latitude.
    width = max((east - west) * math.cos(math.radians((north + south) / 2)), 0.1)
    cells = len(found) / FILLED
    columns = max(1, round(math.sqrt(cells * min(max(DRAWN_OUT * width / height, 0.8), 2.6))))
    rows = max(1, math.ceil(cells / columns))
    free = {(column, row) for column in range(columns) for row in range(rows)}
    places = {}
    for spot in found:
        wanted = (spot.lon - west) / max(east - west, 0.1) * (columns - 1), (north - spot.lat) / height * (rows - 1)
        place = min(free, key=lambda cell: (math.dist(cell, wanted), cell))
        places[spot.key] = place
        free.discard(place)
    return Board(columns, rows, places)


def letters_for(lines: Iterable[str]) -> float:
    """Return how tall the letters of a name may be for its longest line to stay in its square."""
    longest = max((len(line) for line in lines), default=1)
    return min(TALLEST, round(ROOM / (WIDTH_OF_A_LETTER * longest), 1))


def lines_of(name: str) -> list[str]:
    """Return a name in at most three short lines: a square is narrow."""
    lines: list[str] = []
    for word in name.replace("-", "- ").split():
        if lines and len(lines[-1]) + len(word) < LINE_LONGEST:
            lines[-1] += word if lines[-1].endswith("-") else f" {word}"
        else:
            lines.append(word)
    return lines[:3]
