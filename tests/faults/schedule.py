"""What is done to the portal and when: everything from one seed, so that the same seed is the same run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Final

PROCESSES: Final = ("web", "worker", "beat", "watch", "mail", "valkey", "postgres")
#: How a gateway can behave. The first is as it should.
WELL: Final = "well"
MANNERS: Final = ("hang", "drop", "busy", "refuse", "no_number", "page", "wrong_number", "forge")
WAYS: Final = ("sms", "voice")

#: Seconds at the beginning in which nothing is broken, and those after it in which only the SMS gateway hangs.
HEALTHY_S: Final = 20.0
LANE_S: Final = 16.0
HUNG_S: Final = 11.0
#: Nothing is begun in the last seconds, and nothing lasts longer than this.
LAST_S: Final = 8.0
BETWEEN_S: Final = 2.2

FATES: Final = {"left": 50, "claimed": 10, "forwarded": 22, "acknowledged": 18}


@dataclass(frozen=True, slots=True)
class Blow:
    """One thing that is broken, and for how long."""

    at: float
    what: str
    on: str
    for_s: float = 0.0

    def __str__(self) -> str:
        lasts = f" for {self.for_s:.1f} s" if self.for_s else ""
        return f"{self.at:6.1f}  {self.what} {self.on}{lasts}"


@dataclass(frozen=True, slots=True)
class Report:
    """One report that comes in: when, by which door, and what the officers are to do with it."""

    at: float
    number: int
    door: str
    fate: str
    #: Whether an impatient partner sends it twice at once.
    twice: bool
    #: After how many seconds somebody looks at it.
    looked_at_after: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run."""

    seed: int
    seconds: float
    reports: list[Report]
    blows: list[Blow]

    @property
    def kills(self) -> int:
        """How many processes are killed with -9."""
        return sum(blow.what == "kill" for blow in self.blows)


def plan(seed: int, *, seconds: float, alerts: int, mails: int, calls: int) -> Plan:
    """Return the run that belongs to a seed."""
    random = Random(seed)
    return Plan(seed, seconds, _reports(random, seconds, alerts, mails, calls), _blows(random, seconds))


def _reports(random: Random, seconds: float, alerts: int, mails: int, calls: int) -> list[Report]:
    doors = ["api"] * alerts + ["email"] * mails + ["phone"] * calls
    random.shuffle(doors)
    last = seconds - LAST_S
    reports = []
    for number, door in enumerate(doors):
        fate = random.choices(list(FATES), list(FATES.values()))[0]
        at = last * (number + random.random()) / len(doors)
        twice = random.random() < 0.1
        reports.append(Report(at, number, door, fate, twice, random.uniform(0.2, 4.0)))
    return reports


def _blows(random: Random, seconds: float) -> list[Blow]:
    """Spread what must happen, and as much more as there is room for, over the time after the healthy start."""
    first, last = HEALTHY_S + LANE_S, seconds - LAST_S
    room = max(0, int((last - first) / BETWEEN_S))
    wanted = list(_must(random))[:room]
    wanted += [_any(random) for _ in range(room - len(wanted))]
    random.shuffle(wanted)
    lane = Blow(HEALTHY_S, "gateway", "sms hang", HUNG_S)
    blows = [lane] + [
        Blow(round(first + BETWEEN_S * (place + random.uniform(0.0, 0.6)), 1), what, on, for_s)
        for place, (what, on, for_s) in enumerate(wanted)
    ]
    # What dies while the disk is full must come back on a full disk.
    full = [blow for blow in blows if blow.what == "disk"]
    blows += [Blow(blow.at + 1.0, "kill", random.choice(["web", "worker", "watch"])) for blow in full]
    return sorted(blows, key=lambda blow: blow.at)


def _must(random: Random) -> Iterable[tuple[str, str, float]]:
    yield from (("kill", name, 0.0) for name in PROCESSES)
    yield ("flush", "valkey", 0.0)
    yield ("disk", "full", round(random.uniform(3.0, 5.0), 1))
    yield ("clock", "worker", 8.0)
    yield from (("gateway", _badly(random, manner), round(random.uniform(2.0, 5.0), 1)) for manner in MANNERS)
    yield from (_frozen(random, name) for name in ("worker", "postgres", "web", "watch", "valkey"))
    yield ("clock", "watch", 8.0)
    yield from (("restart", name, 0.0) for name in ("postgres", "worker", "web"))


def _any(random: Random) -> tuple[str, str, float]:
    what = random.choices(["kill", "freeze", "restart", "flush", "gateway"], [45, 15, 8, 10, 22])[0]
    if what == "freeze":
        return _frozen(random, random.choice(PROCESSES))
    if what == "gateway":
        return (what, _badly(random, random.choice(MANNERS)), round(random.uniform(2.0, 5.0), 1))
    return (what, "valkey" if what == "flush" else random.choice(PROCESSES), 0.0)


def _frozen(random: Random, name: str) -> tuple[str, str, float]:
    longest = 4.0 if name == "postgres" else 8.0
    return ("freeze", name, round(random.uniform(2.0, longest), 1))


def _badly(random: Random, manner: str) -> str:
    return f"{random.choice(WAYS)} {manner}"
