"""Handed over: what an alert from the portal of another state says of the way it came."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from districts.models import Counterpart, Partner

PORTAL, REFERENCE = re.compile(r"[A-Z]{2,4}"), re.compile(r"[A-Z]{2,4}-[0-9]{4}-[0-9]{4}")
SHA256 = re.compile(r"[0-9a-f]{64}")
#: Through more hands no case goes; who says so has something else in mind.
STEPS_MAX, SOURCES_MAX = 16, 100


def trusted(body: object, *, partner: Partner) -> dict[str, Any]:
    """
    Return what an alert says of its way through other portals; nothing, unless it comes from one that we know.

    From anybody else the member is one that we do not know: kept with the sealed bytes, and without any effect.
    """
    said = body.get("handed_over") if isinstance(body, dict) else None
    if not isinstance(said, dict) or not Counterpart.objects.filter(partner=partner, active=True).exists():
        return {}
    trail = [
        {"portal": step["portal"], "reference": step["reference"]}
        for step in _objects(said.get("trail"), most=STEPS_MAX)
        if _fits(PORTAL, step.get("portal")) and _fits(REFERENCE, step.get("reference"))
    ]
    sources = [
        {"sha256": source["sha256"], "name": str(source.get("name") or "")[:120]}
        for source in _objects(said.get("sources"), most=SOURCES_MAX)
        if _fits(SHA256, source.get("sha256"))
    ]
    why = said.get("family_not_told")
    return {"trail": trail, "sources": sources, "family_not_told": why[:500] if isinstance(why, str) else ""}


def _objects(values: object, *, most: int) -> Iterable[dict[str, Any]]:
    return [value for value in values[:most] if isinstance(value, dict)] if isinstance(values, list) else []


def _fits(shape: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and bool(shape.fullmatch(value))
