"""From clues to findings: what each clue points to, how far it is believed, and the sentence that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise as LazyText
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from districts.jurisdiction import reference
from districts.jurisdiction.atlas import name_of
from districts.jurisdiction.cells import spot_at
from districts.jurisdiction.clue import Clue, Finding, Reason, Source, Spot, Trust
from districts.jurisdiction.cues import Mode
from districts.jurisdiction.local import Facts
from districts.jurisdiction.numbers import fixed_line
from districts.jurisdiction.reading import Clause, read
from districts.jurisdiction.script import WORD, fold, plain

#: An estimated border is right to a kilometre or more.
DOUBT_KM = 1.0
#: A position no better than this is a hint and no fix.
ROUGH_KM = 25.0
#: A fix older than this says where a telephone was, not where somebody is.
FRESH = timedelta(hours=24)
COORDINATES = re.compile(r"(?<![\d.])(-?\d{1,2}\.\d{3,})\s*°?\s*N?[,;\s]+\s*(-?\d{2,3}\.\d{3,})")
OF_SOURCE = {
    Source.GPS: Trust.FIX, Source.TELECOM: Trust.FIX, Source.STD: Trust.STD, Source.CHECKIN: Trust.EXPLICIT,
    Source.ADDRESS: Trust.EXPLICIT, Source.TEXT: Trust.EXPLICIT, Source.PROFILE: Trust.PROFILE, Source.IP: Trust.IP,
    Source.SIM: Trust.IP,
}  # fmt: skip
OF_MODE = {
    Mode.NOW: Trust.NOW, Mode.HERE: Trust.HERE, Mode.HOME: Trust.HOME, Mode.NAMED: Trust.NAMED,
    Mode.GOING: Trust.GOING, Mode.GONE: Trust.NONE,
}  # fmt: skip
SAYS: dict[Mode, LazyText] = {
    Mode.NOW: _("The person writes of being in {place} now."),
    Mode.HERE: _("The person writes of being in {place}."),
    Mode.HOME: _("The person writes of coming from {place}."),
    Mode.NAMED: _("The words name {place}."),
    Mode.GOING: _("The person writes of going to {place}."),
    Mode.GONE: _("The person writes of not being in {place} any more."),
}
HOME_WORDS = re.compile(r"\b(?:ghar|home|permanent|native|gaon|village)\b|घर|गांव|गाँव|स्थायी|मूल", re.IGNORECASE)


class Findings:
    """What the clues of one case point to."""

    def __init__(self, facts: Facts, *, at: datetime) -> None:
        self._facts, self._names, self._at = facts, facts.names, at

    def of(self, clue: Clue) -> Iterator[Finding]:
        """Return what one clue points to: nothing, one place, or what each of its parts says."""
        trust = OF_SOURCE.get(Source(clue.source), Trust.NONE) if clue.source in Source.values else Trust.NONE
        whose = "sim" if clue.source == Source.SIM else clue.whose
        if clue.lat is not None and clue.lon is not None:
            yield from self._of_point(clue, clue.lat, clue.lon, trust=self._aged(clue, trust), whose=whose)
        if clue.phone:
            yield from self._of_phone(clue, clue.phone, trust=trust, whose=whose)
        if clue.pin:
            yield from self._of_pin_clue(clue, trust=trust, whose=whose)
        if clue.city or clue.region or clue.country:
            yield from self._of_fields(clue, trust=trust, whose=whose)
        if clue.text and not clue.phone and clue.source != Source.GPS:
            yield from self._of_text(clue, trust=trust, whose=whose)

    def _aged(self, clue: Clue, trust: int) -> int:
        if trust == Trust.FIX and clue.seen_at is not None and self._at - clue.seen_at > FRESH:
            return Trust.OLD_FIX
        return trust

    def _read(self, text: str, whose: str) -> list[Clause]:
        return read(text, self._names, whose=whose, codes=self._facts.codes)

    def _of_point(self, clue: Clue, lat: float, lon: float, *, trust: int, whose: str) -> Iterator[Finding]:
        if not (-90 <= lat <= 90 and -180 <= lon <= 180) or (lat == 0 and lon == 0):
            return
        found = spot_at(lat, lon)
        if found is None:
            return
        radius = clue.radius_m / 1000 if clue.radius_m else 0.0
        if trust == Trust.OLD_FIX:
            words = _("A position of the telephone more than a day old is in {place}.")
        elif trust == Trust.IP:
            words = _("The network address seems to be in {place}; that alone says little.")
        else:
            words = _("The position lies in {place}.")
        evidence = f"{lat:.4f}, {lon:.4f}" + (f" ± {radius:g} km" if radius else "")
        spots: tuple[Spot, ...] = (found.spot,)
        if found.beyond is not None and found.border_km is not None and trust >= Trust.EXPLICIT:
            if radius > found.border_km + DOUBT_KM or not found.clear:
                spots = (found.spot, found.beyond)
                words = _("The position lies where {place} meet, or is too rough to tell them apart.")
            if radius > max(ROUGH_KM, found.border_km):
                trust = Trust.OLD_FIX
        yield _finding(spots, trust, words, evidence, clue, whose, radius_km=radius)

    def _of_phone(self, clue: Clue, phone: str, *, trust: int, whose: str) -> Iterator[Finding]:
        code = fixed_line(plain(phone), self._facts.codes, surely=clue.source == Source.STD)
        if code and (spots := self._facts.spots_of_std(code)):
            words = _("{evidence} is a fixed line in {place}.")
            yield _finding(spots, min(trust, Trust.IP) if whose == "sim" else Trust.STD, words, phone, clue, whose)

    def _of_pin_clue(self, clue: Clue, *, trust: int, whose: str) -> Iterator[Finding]:
        pin = re.sub(r"\D", "", plain(clue.pin))
        clause = next(iter(self._read(clue.text, clue.whose)), None) if clue.text else None
        if clause and clue.source == Source.TEXT:
            yield from self._of_pin(clue, pin, clause, trust=trust)
        elif len(pin) == 6:
            yield from self._of_pin(clue, pin, None, trust=max(trust, Trust.IP), whose=whose)

    def _of_pin(self, clue: Clue, pin: str, clause: Clause | None, *, trust: int, whose: str = "") -> Iterator[Finding]:
        spots = self._facts.spots_of_pin(pin)
        if not spots:
            return
        gone = False
        if clause and clue.source == Source.TEXT:
            modes = {mention.mode for mention in clause.mentions}
            gone = bool(modes) and modes <= {Mode.GONE}
            home = HOME_WORDS.search(clause.text) or modes & {Mode.HOME}
            if home and not modes & {Mode.HERE, Mode.NOW}:
                trust = Trust.HOME
        words = (
            _("PIN {evidence} belongs to {place}.") if len(spots) == 1 else _("PIN {evidence} is shared by {place}.")
        )
        yield _finding(spots, trust, words, pin, clue, whose or (clause.whose if clause else clue.whose), gone=gone)

    def _of_fields(self, clue: Clue, *, trust: int, whose: str) -> Iterator[Finding]:
        """Read the city, region and country that a platform or a desk filled in."""
        spots = self._named_in_fields(clue)
        if not spots:
            return
        trust = min(trust, Trust.HERE) if clue.source == Source.TEXT else trust
        written = ", ".join(part for part in (clue.city, clue.region, clue.country) if part)
        words: dict[str, LazyText] = {
            Source.PROFILE: _("The profile says {place}."),
            Source.IP: _("The network address seems to be in {place}; that alone says little."),
            Source.SIM: _("The SIM is registered in {place}; that alone says little."),
        }
        yield _finding(spots, trust, words.get(clue.source, _("{place} is given as the place.")), written, clue, whose)

    def _named_in_fields(self, clue: Clue) -> tuple[Spot, ...]:
        country = clue.country.strip()
        if country and fold(country) not in {"in", "ind", "india", fold("भारत")}:
            abroad = self._lookup(country, kinds={"country"}) or _country_by_code(country)
            return abroad or (Spot(country=country),)
        region = self._lookup(clue.region, kinds={"state"}) or _state_by_code(clue.region)
        city = self._lookup(clue.city)
        if city and region:
            inside = tuple(spot for spot in city if any(wide.holds(spot) for wide in region))
            return inside or region
        return city or region

    def _lookup(self, name: str, *, kinds: set[str] | None = None) -> tuple[Spot, ...]:
        """Return what a name in a field means: there no false friend is to be feared."""
        if not name.strip():
            return ()
        key = fold("".join(WORD.findall(plain(name))))
        places = self._names.named(key) or self._names.sounding(name) or self._names.misspelt(key)
        found = tuple(place.spot for place in places if kinds is None or place.kind in kinds)
        if found or kinds:
            return found
        clauses = self._read(name, "person")
        return tuple(spot for clause in clauses for mention in clause.mentions for spot in mention.spots)

    def _of_text(self, clue: Clue, *, trust: int, whose: str) -> Iterator[Finding]:
        written = plain(clue.text)
        for lat, lon in COORDINATES.findall(written):
            yield from self._of_point(clue, float(lat), float(lon), trust=min(trust, Trust.EXPLICIT), whose=whose)
        for clause in self._read(COORDINATES.sub(" ", written), whose):
            for number in clause.numbers:
                if number.kind == "pin" and not clue.pin:
                    yield from self._of_pin(clue, number.digits, clause, trust=trust, whose=clause.whose)
                elif number.kind == "fixed":
                    yield from self._of_phone(clue, number.digits, trust=trust, whose=clause.whose)
            yield from self._of_mentions(clue, clause, trust=trust)

    def _of_mentions(self, clue: Clue, clause: Clause, *, trust: int) -> Iterator[Finding]:
        for mention in clause.mentions:
            spots = tuple(_as_city(place.spot, place.kind, district=mention.district) for place in mention.places)
            believed: int = OF_MODE[mention.mode]
            explicit = any(place.kind in {"station", "landmark"} for place in mention.places)
            if explicit and mention.mode in {Mode.HERE, Mode.NOW}:
                believed = Trust.EXPLICIT
            if clue.source != Source.TEXT:
                believed = trust if mention.mode is not Mode.GONE else Trust.NONE
            gone = mention.mode is Mode.GONE
            words = SAYS[mention.mode] if clue.source == Source.TEXT else _("{place} is given as the place.")
            yield _finding(spots, believed, words, clause.text, clue, clause.whose, gone=gone)


def _as_city(spot: Spot, kind: str, *, district: bool) -> Spot:
    """Read a district's bare name as its city, unless the word district stands beside it."""
    if district and spot.part == "*city":
        return Spot(spot.country, spot.state, spot.district, "", spot.rank, spot.lat, spot.lon)
    if kind != "district" or district or spot.part:
        return spot
    return Spot(spot.country, spot.state, spot.district, "*city", spot.rank, spot.lat, spot.lon)


def _finding(  # noqa: PLR0917 - it is called on every other line, always in this order
    spots: tuple[Spot, ...], trust: int, words: str | LazyText, evidence: str, clue: Clue, whose: str, **more: Any
) -> Finding:
    text = format_lazy("{}", _Sentence(words, spots, evidence))
    return Finding(spots, int(trust), Reason(text, evidence[:200], clue), whose=whose, at=clue.seen_at, **more)


class _Sentence:
    """A sentence with places in it, in the language of whoever reads."""

    def __init__(self, words: str | LazyText, spots: tuple[Spot, ...], evidence: str) -> None:
        self._words, self._spots, self._evidence = words, spots, evidence

    def __str__(self) -> str:
        names = list(dict.fromkeys(place_name(spot) for spot in self._spots))[:4]
        return str(self._words).format(place=", ".join(names), evidence=self._evidence)


def place_name(spot: Spot) -> str:
    """Return what a place is called in the language of whoever reads."""
    row = reference.districts().get((spot.state, spot.district))
    if spot.district:
        return row["name_hi"] if row and get_language() == "hi" else spot.district
    english, hindi = name_of(spot)
    return hindi if get_language() == "hi" else english


def _country_by_code(code: str) -> tuple[Spot, ...]:
    for row in reference.rows("countries"):
        if code.upper() in reference.several(row["aliases"]):
            return (Spot(country=row["name_en"]),)
    return ()


def _state_by_code(code: str) -> tuple[Spot, ...]:
    wanted = code.strip().upper().removeprefix("IN-")
    return (Spot(state=wanted),) if wanted in reference.states() else ()
