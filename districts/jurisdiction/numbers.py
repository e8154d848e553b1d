"""Numbers in a text: telephones are read before PINs, so that no part of a telephone number passes for one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from districts.jurisdiction import reference
from districts.jurisdiction.clue import Spot

GROUP = re.compile(r"\d+")
RUN = re.compile(r"(?<![\w@#/=&.-])(?:\(?\+\s?)?\(?\d[\d()\s.–-]*\d", re.ASCII)
NOT_A_PIN_AFTER = re.compile(
    r"(?:otp|roll|rank|rs|inr|₹|score|marks|\bid|uid|application|form|amount|account|a/c|case|ticket|pnr|order|enrol\w*"
    r"|registration|reg|रोल|रैंक|रुपये|रुपए|ओटीपी|खाता|नंबर के|paid|lost|loan|karz|कर्ज|लोन)\W*(?:no|number|num|नंबर|of|is|:|#)?[\W]*$",
    re.IGNORECASE,
)
NOT_A_PIN_BEFORE = re.compile(
    r"^\s*(?:rupees|rupaye|rupay|rs\b|रुपये|रुपए|रू\b|followers|views|likes|/-|marks|log\b|लोग|people|students|बच्चे)",
    re.IGNORECASE,
)
NATIONAL = 10


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a text: what it is, and where it stands."""

    kind: str
    digits: str
    start: int
    end: int


def numbers_in(text: str, codes: frozenset[str] = frozenset()) -> list[Number]:
    """Return the telephones (mobile or fixed) and the PINs of a text; ``codes`` are STD codes beside those that ship."""
    found: list[Number] = []
    for run in RUN.finditer(text):
        found += _of_run(text, run.start(), run.end(), codes)
    return found


def _of_run(text: str, start: int, end: int, codes: frozenset[str]) -> Iterator[Number]:
    groups = list(GROUP.finditer(text, start, end))
    while groups:
        used, number = _first(text, groups, start, codes)
        if number:
            yield number
        start = groups[used - 1].end()
        groups = groups[used:]


def _first(text: str, groups: list[re.Match[str]], start: int, codes: frozenset[str]) -> tuple[int, Number | None]:
    """Return what the first groups are together, and how many of them it took."""
    plus = "+" in text[max(start - 1, 0) : groups[0].start()]
    for used in range(min(4, len(groups)), 0, -1):
        parts = [group.group() for group in groups[:used]]
        kind = _telephone(parts, codes, plus=plus)
        if kind:
            return used, Number(kind, text[start : groups[used - 1].end()].strip(), start, groups[used - 1].end())
    for used in (1, 2):
        parts = [group.group() for group in groups[:used]]
        if len(parts) == used and [len(part) for part in parts] in ([6], [3, 3]):
            first, last = groups[0].start(), groups[used - 1].end()
            pin = "".join(parts)
            if _may_be_pin(text, pin, first, last, split=used == 2):
                return used, Number("pin", pin, first, last)
    return 1, None


def _may_be_pin(text: str, pin: str, start: int, end: int, *, split: bool) -> bool:
    known = pin in reference.pins() or (not split and (pin in reference.prefixes() or pin[:3] in reference.prefixes()))
    named = re.search(r"pin\W*(?:code)?\W*(?:is|no)?\W*$|पिन\W*(?:कोड)?\W*$", text[:start], re.IGNORECASE)
    if split and not named and pin not in reference.pins():
        return False
    if NOT_A_PIN_AFTER.search(text[:start]) or NOT_A_PIN_BEFORE.match(text[end:]):
        return False
    return known


def _telephone(parts: list[str], codes: frozenset[str], *, plus: bool) -> str:
    """Return whether groups of digits are a mobile or a fixed line, by their sum and where they are parted."""
    digits = "".join(parts)
    if plus and not digits.startswith("91"):
        return "foreign" if len(digits) >= 9 else ""
    national = _national(digits, plus=plus)
    if len(national) != NATIONAL:
        return ""
    code = std_of(national, codes)
    if national[0] in "12345":
        return "fixed" if code else ("mobile" if plus else "")
    prefix = len(digits) - NATIONAL
    bounds, total = set(), 0
    for part in parts:
        total += len(part)
        bounds.add(total - prefix)
    if code and len(code) - 1 in bounds:
        return "fixed"
    # What is longer than a number, and says nothing of itself, is one number and not two.
    return "mobile" if len(parts) == 1 or bounds & {5, 0, 4} else ""


def _national(digits: str, *, plus: bool) -> str:
    if len(digits) > NATIONAL and (plus or digits.startswith("91")) and len(digits) in {12, 13}:
        digits = digits.removeprefix("91")
    digits = digits.removeprefix("0091")
    return digits.removeprefix("0") if len(digits) > NATIONAL or digits.startswith("0") else digits


def std_of(national: str, codes: frozenset[str] = frozenset()) -> str:
    """Return the STD code, with its 0, of a national number of ten digits, or nothing if it can be no fixed line."""
    if national.startswith("55500"):
        return ""
    for length in (4, 3, 2):
        code = f"0{national[:length]}"
        if (
            (code in reference.std() or code in codes)
            and national[length : length + 1] in set("23456")
            and len(national) == NATIONAL
        ):
            return code
    return ""


def fixed_line(phone: str, codes: frozenset[str] = frozenset(), *, surely: bool) -> str:
    """Return the STD code of a telephone number; ``surely`` is a number that somebody says is a fixed line."""
    plus = phone.strip().startswith("+")
    parts = GROUP.findall(phone)
    if not parts:
        return ""
    national = _national("".join(parts), plus=plus)
    if surely:
        alone = f"0{national}"
        return std_of(national, codes) or (alone if alone in reference.std() or alone in codes else "")
    return std_of(national, codes) if _telephone(parts, codes, plus=plus) == "fixed" else ""


def spots_of_std(code: str) -> tuple[Spot, ...]:
    """Return where the subscribers of an STD code are."""
    row = reference.std().get(code)
    if row is None:
        return ()
    names = reference.several(row["districts"])
    if not names:
        return (Spot(state=row["state"]),)
    # The code of a seat is the code of its city; every other one is of the country around.
    return tuple(
        Spot(state=row["state"], district=name, part="*city" if name in row["place"].split("/") else f"{name} Rural")
        for name in names
    )
