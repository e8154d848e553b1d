"""
Makes the seed files of the demo from the CSV files in ``source/``: ``python districts/data/make.py``.

Everything about people is invented: names, numbers, addresses, passwords and keys. They are for a demo only.
"""  # noqa: INP001 - a script beside its data, no module of the portal

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PASSWORD = "setu-demo-2026"  # noqa: S105 - of the demo, printed at every start of it

FIRST = ["आशा", "विक्रम", "सुनीता", "महेश", "कविता", "राजेश", "अनीता", "दिनेश", "पूजा", "सुरेश", "रेखा", "मनोज", "सीमा"]
LAST = ["वर्मा", "मीणा", "चौधरी", "सिंह", "गुर्जर", "यादव", "शर्मा", "राठौड़", "जाट", "सैनी", "खान"]
#: How the police calls what is not a revenue district.
HINDI = {
    "Chitrakootdham": "चित्रकूटधाम",
    "Devipatan": "देवीपाटन",
    "Mirzapur (Vindhyachal)": "मिर्जापुर (विंध्याचल)",
    "Kanpur": "कानपुर",
}
#: The promises and the ladder of the house plan: control room and SHO, CO, SP, range, state.
TIMES = {
    "claim_s": 60,
    "forward_s": 300,
    "acknowledge_s": 180,
    "move_s": 600,
    "contact_s": 1200,
    "flash_s": 1800,
    "report_s": 86400,
}
LADDER = [
    {"after_s": 0, "rung": 1, "channels": ["sms", "voice"]},
    {"after_s": 180, "rung": 2, "channels": ["sms", "voice"]},
    {"after_s": 300, "rung": 3, "channels": ["sms", "voice"]},
    {"after_s": 600, "rung": 4, "channels": ["sms", "voice"]},
    {"after_s": 900, "rung": 5, "channels": ["sms", "email"]},
]


@dataclass
class Plan:
    """What differs from one state to the next."""

    code: str
    name_en: str
    name_hi: str
    csv: str
    seat_en: str
    seat: tuple[float, float]
    range_hi: str
    #: Stands before user names, and behind names in addresses, so that two states do not meet.
    mark: str
    first_number: int
    #: The districts with a desk to sign in at; none means every unit has one.
    desks: frozenset[str] = frozenset()
    practice_key: str = ""
    hindi: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)


RAJASTHAN = Plan(
    code="RJ", name_en="Rajasthan", name_hi="राजस्थान", csv="rajasthan", seat_en="Kota", seat=(25.1825, 75.8391),
    range_hi="रेंज", mark="", first_number=1, practice_key="practice-rajasthan-0001",
)  # fmt: skip
UTTAR_PRADESH = Plan(
    code="UP", name_en="Uttar Pradesh", name_hi="उत्तर प्रदेश", csv="up", seat_en="Lucknow", seat=(26.8467, 80.9462),
    range_hi="परिक्षेत्र", mark="up", first_number=2001, practice_key="practice-uttar-pradesh-0001",
    desks=frozenset({
        "UP-AGRA", "UP-AYODHYA", "UP-BAREILLY", "UP-GAUTAM-BUDDHA-NAGAR", "UP-GHAZIABAD", "UP-GORAKHPUR", "UP-JHANSI",
        "UP-KANPUR-NAGAR", "UP-LUCKNOW", "UP-MEERUT", "UP-PRATAPGARH", "UP-PRAYAGRAJ", "UP-VARANASI",
    }),
)  # fmt: skip


def make(plan: Plan) -> dict[str, Any]:
    """Return the seed file of one state."""
    districts, police = _rows(f"{plan.csv}_districts.csv"), _rows(f"{plan.csv}_police_units.csv")
    plan.hindi = {row["name_en"]: row["name_hi"] for row in districts} | HINDI
    plan.numbers = count(plan.first_number)
    above = _units_above(plan, police)
    units = [_cell(plan), *above.values(), *(_unit(plan, row, districts, above) for row in police)]
    return {
        "state": {"code": plan.code, "name_en": plan.name_en, "name_hi": plan.name_hi, "languages": ["hi", "en"]},
        "shipped_facts": True,
        "districts": [_district(row) for row in districts],
        "units": units,
        "officers": _officers(plan, units),
        "partners": _partners(plan),
        "policies": [
            {"name": "default", "urgency": urgency, **TIMES, "ladder": LADDER} for urgency in ("P0", "P1", "P2", "P3")
        ],
    }


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / "source" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _district(row: dict[str, str]) -> dict[str, Any]:
    return {
        # One district stands in the source without its code.
        "code": row["code"] or row["name_en"].upper(),
        "name_en": row["name_en"],
        "name_hi": row["name_hi"],
        "aliases": [alias for alias in row["alt_names"].split("|") if alias],
        "lat": float(row["hq_lat"]),
        "lon": float(row["hq_lon"]),
    }


def _cell(plan: Plan) -> dict[str, Any]:
    slug = f"cell{'.' + plan.mark if plan.mark else ''}"
    posts = [("shift_desk", 1), ("shift_incharge", 2), ("addl_sp", 3), ("nodal_officer", 5)]
    return {
        "code": f"{plan.code}-CELL",
        "kind": "state_cell",
        "name_en": f"State Cell, {plan.seat_en}",
        "name_hi": f"राज्य प्रकोष्ठ, {plan.hindi[plan.seat_en]}",
        "lat": plan.seat[0],
        "lon": plan.seat[1],
        "contacts": _contacts(plan, posts, slug),
    }


def _units_above(plan: Plan, police: list[dict[str, str]]) -> dict[str, dict[str, Any]]:
    """Return the zones, commissionerates and ranges, by the name they have in the source."""
    above: dict[str, dict[str, Any]] = {}
    for name in sorted({row["zone"] for row in police if row["zone"]}):
        above[name] = _above(plan, name.removesuffix(" Zone"), "zone", parent=f"{plan.code}-CELL")
    for row in sorted(police, key=lambda row: row["supervising_unit"]):
        name, parent = row["supervising_unit"], above.get(row["zone"], {"code": f"{plan.code}-CELL"})["code"]
        if name in above or name.startswith("DGP HQ"):
            continue
        if name == "IG GRP":
            above[name] = _above(plan, "GRP", "range", parent=parent)
            above[name] |= {"name_en": "Railway Police (IG GRP)", "name_hi": "रेलवे पुलिस (आईजी जीआरपी)"}
        elif name.endswith(" Commissionerate"):
            place = name.removesuffix(" Commissionerate")
            above[name] = _above(plan, place, "zone", parent=parent)
            above[name] |= {"name_en": name, "name_hi": f"{plan.hindi[place]} कमिश्नरेट"}
        else:
            above[name] = _above(plan, name.removesuffix(" Range"), "range", parent=parent)
    return above


def _above(plan: Plan, place: str, kind: str, *, parent: str) -> dict[str, Any]:
    word_hi = plan.range_hi if kind == "range" else "ज़ोन"
    slug = _slug(place)
    return {
        "code": f"{plan.code}-{kind.upper()}-{slug.upper()}",
        "kind": kind,
        "parent": parent,
        "name_en": f"{place} {kind.title()}",
        "name_hi": f"{plan.hindi.get(place, place)} {word_hi}",
        "contacts": _contacts(plan, [("IG" if kind == "range" else "ADG", 4)], f"{kind}.{slug}"),
    }


def _unit(
    plan: Plan, row: dict[str, str], districts: list[dict[str, str]], above: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Return a police unit, with a control room on the first rung and its head on the third."""
    unit: dict[str, Any] = {
        "code": row["unit_code"],
        "kind": "railway" if row["unit_type"] == "GRP" else "district",
        "parent": above.get(row["supervising_unit"], above.get(row["zone"], {}))["code"],
        "name_en": row["name_en"],
        "name_hi": row["name_hi"],
        "head_rank": row["head_rank"],
        "rural": bool(re.search(r"RURAL|DEHAT", row["unit_code"])),
        "lat": float(row["hq_lat"]),
        "lon": float(row["hq_lon"]),
    }
    for district in districts:
        if district["name_en"] == row["revenue_district"]:
            unit["district"] = _district(district)["code"]
    head = {"DCP": "DCP", "SP": "SP"}.get(row["head_rank"], "CP" if "CP" in row["head_rank"] else "SP")
    slug = _slug(row["unit_code"].partition("-")[2])
    return unit | {"contacts": _contacts(plan, [("control_room", 1), (head, 3)], slug)}


def _contacts(plan: Plan, posts: list[tuple[str, int]], slug: str) -> list[dict[str, Any]]:
    place = next(plan.numbers)
    tail = f"{slug}.{plan.mark}" if plan.mark and not slug.endswith(f".{plan.mark}") else slug
    return [
        {
            "post": post,
            "rung": rung,
            "phone": f"+9155500{place:04d}{rung}",
            "email": f"{'cr' if post == 'control_room' else _slug(post)}.{tail}@police.example",
            "practice": False,
        }
        for post, rung in posts
    ]


def _officers(plan: Plan, units: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the people of the cell, a supervisor of each range and zone, and somebody at the desks."""
    cell, mark = f"{plan.code}-CELL", f"{plan.mark}." if plan.mark else ""
    names = (f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]}" for number in count(plan.first_number))
    people = [
        ("op1", "HC", "operator", cell), ("op2", "ASI", "operator", cell),
        ("incharge1", "Insp", "shift_incharge", cell),
        ("nodal1", "Addl SP", "nodal_officer", cell), ("admin1", "SI", "administrator", cell),
        ("auditor1", "Dy SP", "auditor", cell), ("reviewer1", "SP", "reviewer", cell),
    ]  # fmt: skip
    for unit in units:
        slug = _slug(unit["code"].partition("-")[2])
        if unit["kind"] in {"range", "zone"}:
            people.append(
                (slug.replace("-", ".", 1), "IG" if unit["kind"] == "range" else "ADG", "supervisor", unit["code"])
            )
        elif unit["kind"] != "state_cell" and (not plan.desks or unit["code"] in plan.desks):
            people.append((f"desk.{slug}", "SI", "district_desk", unit["code"]))
    head = "RJ-JHUNJHUNU" if plan.code == "RJ" else "UP-PRAYAGRAJ"
    people += [
        (f"head.{_slug(head[3:])}", "SP", "district_head", head),
        (f"field.{_slug(head[3:])}", "SI", "field_officer", head),
    ]
    return [
        {
            "username": f"{mark}{username}",
            "password": PASSWORD,
            "name": next(names),
            "rank": rank,
            "language": "en" if username == "op2" else "hi",
            "totp_secret": None,
            "postings": [{"unit": unit, "role": role}],
        }
        for username, rank, role, unit in people
    ]


def _partners(plan: Plan) -> list[dict[str, Any]]:
    """Return the platforms, without a key until one is issued, and the practice partner, whose key everybody knows."""
    platforms = [
        ("meta", "Meta", "meta-safety.example"),
        ("x", "X", "x-safety.example"),
        ("google", "Google", "google-sos.example"),
    ]
    return [
        *(
            {"code": code, "name": name, "key": None, "mail_domains": [domain], "practice": False}
            for code, name, domain in platforms
        ),
        {"code": "practice", "name": "अभ्यास (Practice)", "key": plan.practice_key, "practice": True},
    ]


def _demo() -> dict[str, Any]:
    """Return what the portal prints at the start of a demo."""
    who = [
        ("op1", "operator, state cell at Kota"),
        ("incharge1", "shift in-charge, state cell"),
        ("desk.jhunjhunu", "district desk, Jhunjhunu"),
        ("desk.kota-city", "district desk, Kota City"),
        ("range.jaipur", "supervisor, Jaipur Range"),
        ("admin1", "administrator: onboarding, no cases"),
        ("up.op1", "operator, state cell at Lucknow"),
    ]
    return {
        "note": "For a demo only: everybody knows these. A state seeds its own officers and keys (PORTAL_EMPTY=1).",
        "sign_ins": [{"username": username, "password": PASSWORD, "who": words} for username, words in who],
        "partner": "practice",
        "practice_key": RAJASTHAN.practice_key,
    }


def _slug(text: str) -> str:
    """Return a name as it stands in an address: small letters and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"\(.*\)", "", text).strip().lower()).strip("-")


def main() -> None:
    """Write the three files."""
    made = {"rajasthan": make(RAJASTHAN), "uttar_pradesh": make(UTTAR_PRADESH), "demo": _demo()}
    for name, document in made.items():
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        (HERE / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
