"""The facts that ship with the portal: India's PINs, STD codes, states and towns, read once and kept in memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from districts.jurisdiction.clue import Spot

FOLDER = Path(__file__).resolve().parent.parent / "data" / "reference"


def rows(name: str) -> Iterator[dict[str, str]]:
    """Read one file of facts."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def several(text: str) -> list[str]:
    """Read a field that holds several values."""
    return [value.strip() for value in text.split("|") if value.strip()]


@lru_cache(maxsize=1)
def states() -> dict[str, tuple[str, str]]:
    """Return the English and Hindi names of the states by code."""
    return {row["code"]: (row["name_en"], row["name_hi"]) for row in rows("states")}


@lru_cache(maxsize=1)
def districts() -> dict[tuple[str, str], dict[str, str]]:
    """Return the revenue districts that ship, by state and English name."""
    return {(row["state"], row["name_en"]): row for row in rows("districts")}


@lru_cache(maxsize=1)
def seats() -> dict[tuple[str, str], tuple[float, float]]:
    """Return where the seats of districts are."""
    return {key: (float(row["lat"]), float(row["lon"])) for key, row in districts().items()}


@lru_cache(maxsize=1)
def units() -> dict[str, tuple[str, str, str]]:
    """Return state, revenue district and English name of the police units that ship, by code."""
    return {row["code"]: (row["state"], row["district"], row["name_en"]) for row in rows("units")}


@lru_cache(maxsize=1)
def pins() -> dict[str, dict[str, str]]:
    """Return the PINs whose district is known."""
    return {row["pin"]: row for row in rows("pins")}


@lru_cache(maxsize=1)
def prefixes() -> dict[str, str]:
    """Return the state of each beginning of PINs; six digits where one PIN differs from its neighbours."""
    return {row["prefix"]: row["state"] for row in rows("prefixes")}


@lru_cache(maxsize=1)
def std() -> dict[str, dict[str, str]]:
    """Return the STD codes of India, with the 0 before them."""
    return {row["code"]: row for row in rows("std")}


@lru_cache(maxsize=1)
def parts() -> list[dict[str, str]]:
    """Return which PINs of a district belong to which of its police units."""
    return list(rows("parts"))


@lru_cache(maxsize=1)
def made_from() -> dict[tuple[str, str], str]:
    """Return out of which district a new one was cut, so far as most of its towns go."""
    before: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows("made_from"):
        count = before.setdefault((row["state"], row["district"]), {})
        count[row["district_before"]] = count.get(row["district_before"], 0) + 1
    return {key: max(count, key=lambda name: count[name]) for key, count in before.items()}


def part_of_pin(state: str, district: str, pin: str) -> str:
    """Return the police unit of a PIN in a district that has several, or nothing."""
    for row in parts():
        if (row["state"], row["district"]) == (state, district) and row["first_pin"] <= pin <= row["last_pin"]:
            return row["unit"]
    return ""


def city_radius_km(state: str, district: str) -> float:
    """Return how far from the seat of a district its city reaches."""
    for row in parts():
        if (row["state"], row["district"]) == (state, district) and row["radius_km"]:
            return float(row["radius_km"])
    return 12.0


def spots_of_pin(pin: str) -> tuple[Spot, ...]:
    """Return where a PIN is: six digits first; the first three only tell the state or the districts that share it."""
    if row := pins().get(pin):
        place = {"lat": float(row["lat"]), "lon": float(row["lon"])} if row["lat"] else {}
        names = [(row["district"], float(row["share"] or 1))]
        names += [(name, float(share)) for name, _, share in (one.partition(":") for one in several(row["others"]))]
        ranked = sorted(names, key=lambda name: -name[1])
        kept = [name for name, share in ranked if share > 0.3] if ranked[0][1] < 0.6 else [ranked[0][0]]
        return tuple(
            Spot(
                state=row["state"], district=name, part=part_of_pin(row["state"], name, pin),
                lat=place.get("lat"), lon=place.get("lon"),
            )
            for name in kept
        )  # fmt: skip
    state = prefixes().get(pin) or prefixes().get(pin[:3])
    if not state:
        return ()
    sharing = _districts_of_prefix().get((state, pin[:3]))
    if sharing:
        return tuple(Spot(state=state, district=name) for name in sharing)
    return (Spot(state=state),)


@lru_cache(maxsize=1)
def _districts_of_prefix() -> dict[tuple[str, str], list[str]]:
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for pin, row in pins().items():
        count = counts.setdefault((row["state"], pin[:3]), {})
        count[row["district"]] = count.get(row["district"], 0) + 1
    return {
        key: sorted((name for name in count if count[name] > 0.05 * sum(count.values())), key=lambda name: -count[name])
        for key, count in counts.items()
    }
