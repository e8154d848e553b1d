"""Moments: times as people and platforms write them, with the zones they name, as times in UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

HINDI_DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january जनवरी", "feb february फरवरी फ़रवरी", "mar march मार्च", "apr april अप्रैल", "may मई",
            "jun june जून", "jul july जुलाई", "aug august अगस्त", "sep sept september सितंबर सितम्बर",
            "oct october अक्टूबर अक्तूबर", "nov november नवंबर नवम्बर", "dec december दिसंबर दिसम्बर",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
#: Hours behind or ahead of UTC. What means two things is read as platforms use it.
ZONES = {
    "utc": 0, "gmt": 0, "z": 0, "zulu": 0, "ist": 5.5, "pst": -8, "pdt": -7, "mst": -7, "mdt": -6, "cst": -6, "cdt": -5,
    "est": -5, "edt": -4, "cet": 1, "cest": 2, "bst": 1, "wet": 0, "west": 1, "eet": 2, "eest": 3, "sgt": 8, "hkt": 8,
    "jst": 9, "aest": 10, "aedt": 11, "akst": -9, "akdt": -8, "hst": -10, "npt": 5.75, "pkt": 5, "gst": 4, "msk": 3,
    "भारतीय समय": 5.5, "भारतीय मानक समय": 5.5, "india standard time": 5.5, "indian standard time": 5.5,
    "pacific standard time": -8, "pacific daylight time": -7, "coordinated universal time": 0,
}  # fmt: skip
#: Zones that change with the season: their hours in winter; in summer it is one more.
SEASONAL = {"pt": -8, "pacific time": -8, "et": -5, "eastern time": -5, "ct": -6, "mt": -7}
NAMES = "|".join(sorted(map(re.escape, [*ZONES, *SEASONAL]), key=len, reverse=True))
MONTH = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))

YEAR_FIRST = r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
DAY_NAMED = rf"(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?[\s\-.,/]+(?P<mon2>{MONTH})[a-z]*\.?[\s\-,./]+(?P<y2>\d{{4}})"
MONTH_NAMED = rf"(?P<mon3>{MONTH})\.?\s+(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y3>\d{{4}})"
DAY_FIRST = r"(?P<d4>\d{1,2})[-/.](?P<m4>\d{1,2})[-/.](?P<y4>\d{4})"
CLOCK = (
    r"(?P<h>\d{1,2})[:.](?P<min>\d{2})(?:[:.](?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[ap])\.?m\b\.?)?(?:\s*(?:(?:hrs?|hours)\b\.?|बजे))?"
)
OFFSET = (
    rf"(?:\s*[(\[]?\s*(?:(?:utc|gmt)\s*(?P<o1>[+-]\d{{1,2}}(?::?\d{{2}})?)|(?P<o2>[+-]\d{{2}}:?\d{{2}})"
    rf"|(?P<zone>{NAMES})(?![a-z])))?"
)
BETWEEN = (
    r"(?:\s*(?:t|,|@|at|on|को|-|–|\||:)?\s*)(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s*)?"
    r"(?:(?P<part>सुबह|प्रातः|तड़के|दोपहर|शाम|सायं|रात्रि|रात)\s*)?"
)
#: The hours of a part of the day that are counted from noon, as people say them.
AFTER_NOON = {
    "दोपहर": range(1, 6),
    "शाम": range(1, 12),
    "सायं": range(1, 12),
    "रात": range(7, 12),
    "रात्रि": range(7, 12),
}
WHEN = re.compile(
    rf"(?<!\d)(?:{YEAR_FIRST}|{DAY_NAMED}|{MONTH_NAMED}|{DAY_FIRST})(?:{BETWEEN}{CLOCK}{OFFSET})?", re.IGNORECASE
)
CLOCK_FIRST = re.compile(
    rf"(?<![\d:]){CLOCK}{OFFSET}\)?(?:\s*,?\s*(?:on\s+)?)(?:{YEAR_FIRST}|{DAY_NAMED}|{MONTH_NAMED}|{DAY_FIRST})",
    re.IGNORECASE,
)
EPOCH = re.compile(r"^\s*(1[5-9]\d{8}|2[0-3]\d{8})(\d{3})?\s*$")
ALL_TIMES = re.compile(
    rf"(?:times?|timestamps?|समय)[^.\n]{{0,40}}?\b(?:are|is|in|shown)\b[^.\n]{{0,20}}?\(?\b(?P<zone>{NAMES})\b",
    re.IGNORECASE,
)
LONGEST = 400


@dataclass(frozen=True, slots=True)
class Reading:
    """A time that was found in a text, and where it stood."""

    at: datetime | None
    day: date
    start: int
    end: int
    #: Whether the text itself named the zone.
    zoned: bool


def find(text: str, *, zone: tzinfo = UTC) -> list[Reading]:
    """Return every time in a text, in order; a day alone has no ``at``."""
    text = text[: LONGEST * 20].translate(HINDI_DIGITS)
    if epoch := EPOCH.match(text):
        at = datetime.fromtimestamp(int(epoch.group(1)), UTC)
        return [Reading(at, at.date(), epoch.start(1), epoch.end(), zoned=True)]
    found: list[Reading] = []
    for pattern in (CLOCK_FIRST, WHEN):
        for match in pattern.finditer(text):
            if any(match.start() < known.end and known.start < match.end() for known in found):
                continue
            reading = _reading(match, zone)
            if reading is not None:
                found.append(reading)
    return sorted(found, key=lambda reading: reading.start)


def moment_of(text: str, *, zone: tzinfo = UTC) -> datetime | None:
    """Return the first time in a text."""
    return next((reading.at for reading in find(text[:LONGEST], zone=zone) if reading.at), None)


def day_of(text: str) -> date | None:
    """Return the first day in a text."""
    return next((reading.day for reading in find(text[:LONGEST])), None)


def zone_of_all(text: str) -> tzinfo | None:
    """Return the zone that a mail says all its times are in."""
    match = ALL_TIMES.search(text[:200_000])
    name = match.group("zone").lower() if match else ""
    return timezone(timedelta(hours=ZONES[name])) if name in ZONES else None


def written(at: datetime | None) -> str | None:
    """Return a time as every door writes it: RFC 3339 in UTC."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _reading(match: re.Match[str], zone: tzinfo) -> Reading | None:
    said = match.groupdict()
    try:
        day = _day(said)
    except ValueError:
        return None
    if not 1900 <= day.year <= 2100:
        return None
    at, zoned = None, False
    if said.get("h") is not None:
        try:
            at, zoned = _at(day, said, zone)
        except (ValueError, OverflowError):
            return None
    return Reading(at, day, match.start(), match.end(), zoned)


def _day(said: dict[str, str | None]) -> date:
    """Return the day; of two numbers that could both be the month, the second one is, as India writes it."""
    if said["y"]:
        return date(int(said["y"]), int(said["m"] or 0), int(said["d"] or 0))
    if said["y2"]:
        return date(int(said["y2"]), MONTHS[(said["mon2"] or "").lower()], int(said["d2"] or 0))
    if said["y3"]:
        return date(int(said["y3"]), MONTHS[(said["mon3"] or "").lower()], int(said["d3"] or 0))
    first, second = int(said["d4"] or 0), int(said["m4"] or 0)
    if second > 12 >= first:
        first, second = second, first
    return date(int(said["y4"] or 0), second, first)


def _at(day: date, said: dict[str, str | None], zone: tzinfo) -> tuple[datetime, bool]:
    hour, half = int(said["h"] or 0), (said["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        half = ""
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif hour in AFTER_NOON.get(said.get("part") or "", ()):
        hour += 12
    micro = int((said["f"] or "0").ljust(6, "0")[:6])
    local = datetime(day.year, day.month, day.day, hour, int(said["min"] or 0), int(said["s"] or 0), micro, tzinfo=UTC)
    found = _zone(said, local)
    return local.replace(tzinfo=found or zone).astimezone(UTC), found is not None


def _zone(said: dict[str, str | None], local: datetime) -> tzinfo | None:
    if offset := said["o1"] or said["o2"]:
        digits = offset[1:].replace(":", "")
        hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
        return timezone((-1 if offset[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))
    name = (said["zone"] or "").lower()
    if name in ZONES:
        return timezone(timedelta(hours=ZONES[name]))
    if name in SEASONAL:
        return timezone(timedelta(hours=SEASONAL[name] + (1 if _is_summer(local) else 0)))
    return None


def _is_summer(local: datetime) -> bool:
    """Tell whether the clocks of the United States stand on summer time: second Sunday of March to first of November."""
    march = datetime(local.year, 3, 8, 2, tzinfo=UTC)
    november = datetime(local.year, 11, 1, 2, tzinfo=UTC)
    begins = march + timedelta(days=(6 - march.weekday()) % 7)
    ends = november + timedelta(days=(6 - november.weekday()) % 7)
    return begins <= local < ends
