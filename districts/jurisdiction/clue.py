"""The words of jurisdiction: what is known of a place, what it points to, and what is suggested from all of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from django.db import models
from django.utils.functional import Promise as LazyText

from districts.models import Unit


class Source(models.TextChoices):
    """Where a clue comes from, in the words of the contract."""

    GPS = "gps"
    IP = "ip"
    PROFILE = "profile"
    CHECKIN = "checkin"
    TEXT = "text"
    SIM = "sim"
    ADDRESS = "address"
    TELECOM = "telecom"
    STD = "std"


class Trust(IntEnum):
    """How far a clue is believed. What stands higher wins; nothing up to IP decides by itself."""

    NONE = 0
    IP = 5
    GOING = 10
    PROFILE = 20
    OLD_FIX = 25
    NAMED = 35
    HOME = 36
    HERE = 60
    NOW = 65
    EXPLICIT = 70
    STD = 80
    FIX = 100


@dataclass(frozen=True, slots=True)
class Clue:
    """One piece of evidence of where somebody is. ``whose`` is person, family (or anybody else's), or sim."""

    source: str
    whose: str = "person"
    text: str = ""
    pin: str = ""
    phone: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None
    seen_at: datetime | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a unit is suggested: a sentence for an officer, the evidence as it stands, and the clue it came from."""

    text: str | LazyText
    evidence: str
    clue: Clue


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that may be right. ``border_km``: about how far from there the next unit begins, where that is known."""

    unit: Unit
    reasons: tuple[Reason, ...]
    score: float
    border_km: float | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``decided``, ``unclear`` or ``other_state``; the best unit first; the other state's or country's English name."""

    verdict: str
    units: tuple[Candidate, ...]
    other_state: str | None


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the map of jurisdictions: a country, a state in it, a revenue district, a part of its police."""

    country: str = "IN"
    state: str = ""
    district: str = ""
    #: The unit's own name; ``*city`` is whichever units are not rural.
    part: str = ""
    #: How well known it is: 0 a post office, 1 a town, 2 a seat or city, 3 a large city, 4 one that everybody knows.
    rank: int = 1
    lat: float | None = None
    lon: float | None = None

    def holds(self, other: Spot) -> bool:
        """Tell whether the other place lies in this one, as far as both are known."""
        return (
            self.country == other.country
            and self.state in {"", other.state}
            and self.district in {"", other.district}
            and (not self.part or self.part == other.part)
        )

    def agrees(self, other: Spot) -> bool:
        """Tell whether both may be the same place, one of them perhaps known more closely."""
        if self.country != other.country:
            return False
        pairs = ((self.state, other.state), (self.district, other.district), (self.part, other.part))
        return all(mine == theirs or not mine or not theirs or "*city" in {mine, theirs} for mine, theirs in pairs)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one clue points to: one place, or several of which one is meant."""

    spots: tuple[Spot, ...]
    trust: int
    reason: Reason
    whose: str = "person"
    #: The words speak of where somebody is no longer, or is not.
    gone: bool = False
    at: datetime | None = None
    radius_km: float | None = None
