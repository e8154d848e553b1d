"""Tiles beneath the map of a case: only from a server that was named, and where the paper is."""

from typing import Any

import pytest

from districts.models import Unit
from portal import environment
from portal.views import mapping, tiles
from portal.views.mapping import HEIGHT, WIDTH, Frame
from tests.portal.conftest import Post, do

PATTERN = "https://tiles.police.example/{z}/{x}/{y}.png"


@pytest.mark.parametrize("scale", [0.0005, 0.01, 0.12])
def test_tiles_cover_the_paper_without_a_gap_and_are_never_stretched_beyond_their_size(scale: float) -> None:
    tiles = list(mapping._tiles(Frame(26.9, 75.8, scale), PATTERN))
    size = float(tiles[0]["size"])
    assert 128 <= size <= 256.01
    assert len(tiles) <= 40
    assert min(float(tile["x"]) for tile in tiles) <= 0
    assert max(float(tile["x"]) for tile in tiles) + size >= WIDTH
    assert min(float(tile["y"]) for tile in tiles) <= 0
    assert max(float(tile["y"]) for tile in tiles) + size >= HEIGHT
    assert len({tile["href"] for tile in tiles}) == len(tiles)


def test_a_place_lies_on_its_own_tile() -> None:
    frame = Frame(26.8, 75.7, 0.01)
    jaipur = mapping.Point(26.9124, 75.7873)
    x, y = frame.place(jaipur)
    (tile,) = [
        tile
        for tile in mapping._tiles(frame, PATTERN)
        if float(tile["x"]) <= x < float(tile["x"]) + float(tile["size"])
        and float(tile["y"]) <= y < float(tile["y"]) + float(tile["size"])
    ]
    # The usual numbers of that place: 2^z · (lon + 180) / 360, and the like for the latitude.
    zoom, column, row = map(int, tile["href"].removeprefix("https://tiles.police.example/")[:-4].split("/"))
    assert (zoom, column, row) == (11, 1455, 864)


def test_the_page_asks_for_tiles_only_where_a_server_is_named(post: Post, desk: Any, settings: Any) -> None:
    case, op1 = post(), desk("op1")
    do(op1, case, "claim")
    do(op1, case, "sightings", source="telecom", whose="person", lat="28.13", lon="75.4", radius_m="800")
    page = f"/cases/{case.reference}"
    assert "<image" not in op1.get(page).content.decode()
    settings.TILES_URL = PATTERN
    shown = op1.get(page).content.decode()
    assert shown.count("<image") > 1
    assert "https://tiles.police.example/" in shown


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        (PATTERN, True),
        ("http://127.0.0.1:8080/{z}/{x}/{y}.png", True),
        ("http://tiles.police.example/{z}/{x}/{y}.png", False),
        ("https://tiles.police.example/{z}/{x}.png", False),
        ("tiles", False),
    ],
)
def test_a_server_that_would_be_asked_in_the_clear_is_refused(monkeypatch: Any, value: str, taken: bool) -> None:
    monkeypatch.setattr(environment, "PROBLEMS", [])
    monkeypatch.setenv("TILES_URL", value)
    assert environment.tiles("TILES_URL") == (value if taken else "")
    assert bool(environment.PROBLEMS) is not taken


def test_the_content_security_policy_is_widened_to_that_server_and_no_further() -> None:
    assert environment.origins_of("") == []
    assert environment.origins_of(PATTERN) == ["https://tiles.police.example"]


def test_hints_in_one_place_share_their_numbers_and_no_name_stands_on_one() -> None:
    frame = Frame(28.13, 75.4, 0.005)
    words = {"source_label": "GPS", "whose": "person", "whose_label": "the person", "radius_m": 60, "seen_at": None}
    seen = [words | {"lat": lat, "lon": lon} for lat, lon in [(28.1289, 75.3995), (28.1301, 75.3982), (28.3, 75.9)]]
    points = mapping._points_drawn(seen, frame)
    assert [point["numbers"] for point in points] == ["1, 2", "", "3"]
    unit = Unit(code="RJ-JHUNJHUNU", name_en="Jhunjhunu", name_hi="Jhunjhunu", lat=28.1289, lon=75.3995)
    (seat,) = mapping._seats_drawn([unit], frame, first=[], points=points)
    assert (seat["label"]["anchor"], seat["label"]["y"]) == ("end", "6"), "to the left: its right is taken"
    (alone,) = mapping._seats_drawn([unit], frame, first=[], points=[])
    assert alone["label"]["anchor"] == "start"


@pytest.mark.parametrize("name", ["Churu", "Hanumangarh", "Sawai Madhopur", "Khairthal-Tijara", "श्रीगंगानगर"])
def test_a_name_stays_within_its_square(name: str) -> None:
    lines = tiles.lines_of(name)
    letters = tiles.letters_for(lines)
    assert 8 <= letters <= tiles.TALLEST
    assert max(map(len, lines)) * tiles.WIDTH_OF_A_LETTER * letters <= tiles.ROOM + 1
