"""The labelled table: what somebody wrote or an alert said, and what a good operator would say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from districts.jurisdiction import Clue, Suggestion

HERE = Path(__file__).resolve().parent
SOURCES = {"gps", "telecom", "ip", "profile", "std", "checkin", "address", "sim", "family", "pin", "text"}


@dataclass(frozen=True)
class Case:
    state: str
    label: str
    clues: tuple[Clue, ...]
    words: str

    @property
    def verdict(self) -> str:
        return "unclear" if self.label == "?" else "other_state" if self.label.startswith(">") else "decided"


@dataclass
class Score:
    """How a table came out: of the cases where the evidence decides, and of those where it does not."""

    decisive: int = 0
    first: int = 0
    among_two: int = 0
    open: int = 0
    left_open: int = 0
    guessed_by_ip: int = 0
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, case: Case, given: Suggestion) -> None:
        codes = [candidate.unit.code for candidate in given.units]
        told = f">{given.other_state}" if given.other_state else codes[0] if codes else "nothing"
        if {clue.source for clue in case.clues} <= {"ip", "sim"} and given.verdict != "unclear":
            self.guessed_by_ip += 1
        if case.verdict == "unclear":
            self.open += 1
            right = given.verdict == "unclear"
            self.left_open += right
        else:
            self.decisive += 1
            right = given.verdict == case.verdict and _is(case, told)
            right = right or ("*" in case.label and given.verdict == "unclear" and _is(case, told))
            self.first += right
            self.among_two += right or any(_is(case, code) for code in [told, *codes[:2]])
        if not right:
            told = told if given.verdict != "unclear" else f"? ({told})"
            self.confusion[case.label, told] += 1
            self.wrong.append(f"{case.state} {case.label} <- {given.verdict} {told}: {case.words}")

    @property
    def top_1(self) -> float:
        return self.first / self.decisive

    @property
    def top_2(self) -> float:
        return self.among_two / self.decisive

    @property
    def unclear(self) -> float:
        return self.left_open / self.open


def _is(case: Case, told: str) -> bool:
    return any(fnmatch(told, label) for label in case.label.split("/"))


def score(name: str, suggest: Callable[[Case], Suggestion]) -> Score:
    result = Score()
    for case in table(name):
        result.add(case, suggest(case))
    return result


def table(name: str) -> Iterator[Case]:
    """Read the cases of one file."""
    for line in (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            state, label, words = (part.strip() for part in line.split("|", 2))
            yield Case(state, label, tuple(clue(part.strip()) for part in words.split(" ~ ")), words)


def clue(words: str) -> Clue:
    """Read one clue as it stands in the table."""
    source, mark, rest = words.partition(": ")
    if not mark or source not in SOURCES:
        return Clue("text", text=words)
    match source:
        case "gps" | "telecom":
            lat, lon, radius = (float(value) for value in rest.split(","))
            found = Clue(source, lat=lat, lon=lon, radius_m=radius)
        case "ip" | "profile":
            city, region, country = (*(part.strip() for part in rest.split(",")), "", "")[:3]
            found = Clue(source, city=city, region=region, country=country)
        case "std":
            found = Clue("std", phone=rest)
        case "pin":
            found = Clue("address", pin=rest)
        case "family":
            found = Clue("text", whose="family", text=rest)
        case _:
            found = Clue(source, text=rest)
    return found
