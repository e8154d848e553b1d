"""The ground a measurement stands on: a whole portal on a data folder of its own, with one small state in it."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

from tests.stack.portal import Portal

KEY = "bench-key-0001"
PASSWORD = "bench-password-2026"
LADDER = [{"after_s": after, "rung": rung, "channels": ["sms"]} for after, rung in ((0, 1), (180, 3), (600, 4))]


def seed() -> dict[str, Any]:
    """Return a state with a cell, a range and two districts."""
    district = {"kind": "district", "parent": "RJ-RANGE"}
    number = iter(range(100, 999))

    def posts(*rungs: int) -> list[dict[str, Any]]:
        return [{"post": f"rung{rung}", "rung": rung, "phone": f"+9155500{next(number):05d}"} for rung in rungs]

    return {
        "state": {"code": "RJ", "name_en": "Rajasthan", "name_hi": "राजस्थान", "languages": ["hi", "en"]},
        "units": [
            {"code": "RJ-CELL", "kind": "state_cell", "name_en": "Cell", "name_hi": "प्रकोष्ठ", "contacts": posts(1)},
            {"code": "RJ-RANGE", "kind": "range", "parent": "RJ-CELL", "name_en": "Range", "name_hi": "रेंज",
             "contacts": posts(4)},
            {"code": "RJ-SMALL", "name_en": "Small", "name_hi": "छोटा", **district, "contacts": posts(1, 3)},
            {"code": "RJ-LARGE", "name_en": "Large", "name_hi": "बड़ा", **district, "contacts": posts(1, 3)},
        ],
        "officers": [
            {"username": "op", "password": PASSWORD, "name": "Operator", "language": "hi", "totp_secret": None,
             "postings": [{"unit": "RJ-CELL", "role": "operator"}]},
            {"username": "desk", "password": PASSWORD, "name": "Desk", "language": "hi", "totp_secret": None,
             "postings": [{"unit": "RJ-SMALL", "role": "district_desk"}]},
        ],
        "partners": [{"code": "meta", "name": "Meta", "key": KEY, "practice": False}],
        "policies": [{"name": "default", "urgency": "P1", "claim_s": 60, "forward_s": 300, "acknowledge_s": 180,
                      "move_s": 600, "contact_s": 1200, "report_s": 86400, "ladder": LADDER}],
    }  # fmt: skip


@contextmanager
def standing_portal() -> Iterator[Portal]:
    """Start a portal, seed it, point Django in this process at it, and end it afterwards."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        portal = Portal(folder / "data")
        try:
            portal.start()
            (folder / "seed.json").write_text(json.dumps(seed()), encoding="utf-8")
            done = portal.command("seed", str(folder / "seed.json"))
            if done.returncode:
                raise SystemExit(done.stdout + done.stderr)
            os.environ |= {"PORTAL_DATA": str(portal.data), "DJANGO_SETTINGS_MODULE": "portal.settings"}
            django.setup()
            yield portal
        finally:
            portal.end()


def median(numbers: list[float]) -> float:
    """Return the one in the middle."""
    return percentile(numbers, 50)


def percentile(numbers: list[float], percent: float) -> float:
    """Return the value that so many percent of the numbers do not exceed."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
