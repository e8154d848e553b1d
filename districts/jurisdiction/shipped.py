"""The facts that ship for one state as CSV files, in the form in which an administrator imports them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from districts.jurisdiction import reference

KINDS = frozenset({"town", "locality", "station", "landmark"})


def shipped_csv(state: str, units: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Return what there is for a state: the sort of facts, and the file; it names no unit but ``units``."""
    codes = {
        name: code for code, (owner, _district, name) in reference.units().items() if owner == state and code in units
    }
    yield (
        "places",
        _file(
            ("name_en", "name_hi", "aliases", "kind", "district", "unit"),
            (
                (
                    row["name_en"],
                    row["name_hi"],
                    row["aliases"],
                    row["kind"],
                    row["district"],
                    codes.get(row["unit"], ""),
                )
                for row in reference.rows("places")
                if row["state"] == state and row["kind"] in KINDS
            ),
        ),
    )
    yield "pins", _file(("pin", "districts", "lat", "lon"), _pins(state))
    yield (
        "std",
        _file(
            ("code", "districts"),
            (
                (row["code"], row["districts"])
                for row in reference.rows("std")
                if row["state"] == state and row["districts"]
            ),
        ),
    )


def _pins(state: str) -> Iterator[tuple[str, ...]]:
    for pin, row in reference.pins().items():
        if row["state"] == state:
            names = dict.fromkeys(spot.district for spot in reference.spots_of_pin(pin))
            yield pin, "|".join(names), row["lat"], row["lon"]


def _file(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
