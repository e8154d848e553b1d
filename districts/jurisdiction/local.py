"""What a state knows of its own ground: rows that go before what ships, learnt again when the register moves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from django.db.models import Count, Max

from districts.jurisdiction import reference
from districts.jurisdiction.atlas import ADDED, district_of, key_of, names_of_districts
from districts.jurisdiction.clue import Spot
from districts.jurisdiction.gazetteer import Gazetteer, Place, shipped
from districts.jurisdiction.numbers import spots_of_std
from districts.models import District, PinArea, RegisterEntry, State, StdArea, Unit, UnitKind
from districts.models import Place as PlaceRow
from districts.models.register import GROUND_ACTS


@dataclass
class Facts:
    """The facts that hold for one state at one moment."""

    names: Gazetteer = field(default_factory=lambda: Gazetteer(under=shipped()))
    pins: dict[str, tuple[Spot, ...]] = field(default_factory=dict)
    std: dict[str, tuple[Spot, ...]] = field(default_factory=dict)
    #: When the next row begins or ends: until then nothing changes by itself.
    begins: datetime | None = None
    ends: datetime | None = None

    def holds_at(self, at: datetime) -> bool:
        """Tell whether no row has begun or ended between then and the moment these were learnt for."""
        return (self.begins is None or self.begins <= at) and (self.ends is None or at < self.ends)

    def spots_of_pin(self, pin: str) -> tuple[Spot, ...]:
        """Return where a PIN is: the state's own row first, then what ships, then how it begins."""
        for length in (6, 5, 4, 3):
            if (found := self.pins.get(pin[:length])) is not None:
                return found
            if length == len(pin) and pin in reference.pins():
                break
        return reference.spots_of_pin(pin)

    def spots_of_std(self, code: str) -> tuple[Spot, ...]:
        """Return where an STD code is: the state's own row first."""
        found = self.std.get(code)
        return spots_of_std(code) if found is None else found

    @property
    def codes(self) -> frozenset[str]:
        """STD codes that only the state knows."""
        return frozenset(self.std)


_lock = Lock()
_learnt: dict[int, tuple[tuple[object, ...], Facts]] = {}


def facts_of(state: State, *, at: datetime) -> Facts:
    """Return the facts of a state, kept in memory for as long as the register has no newer act on its ground."""
    acts = RegisterEntry.objects.filter(state=state, act__in=GROUND_ACTS)
    seen = acts.aggregate(count=Count("pk"), last=Max("pk"))
    version = (state.code, seen["count"], seen["last"])
    known = _learnt.get(state.pk)
    if known and known[0] == version and known[1].holds_at(at):
        return known[1]
    learnt = _learn(state, at=at)
    with _lock:
        _learnt[state.pk] = (version, learnt)
    return learnt


def _learn(state: State, *, at: datetime) -> Facts:
    facts = Facts()
    places = list(PlaceRow.objects.filter(state=state).select_related("unit__district"))
    pins = list(PinArea.objects.filter(state=state).select_related("unit__district"))
    codes = list(StdArea.objects.filter(state=state).select_related("unit__district"))
    districts = list(District.objects.filter(state=state))
    _date(facts, [*places, *pins, *codes, *districts], at)
    _learn_districts(facts, state, [row for row in districts if _is_valid(row, at)], at)
    for place in places:
        _learn_place(facts, place, gone=not _is_valid(place, at))
    for pin in pins:
        facts.pins[pin.pin] = _spots(state, pin) if _is_valid(pin, at) else ()
    for code in codes:
        facts.std[code.code] = _spots(state, code) if _is_valid(code, at) else ()
    return facts


def _date(facts: Facts, rows: Iterable[PlaceRow | PinArea | StdArea | District], at: datetime) -> None:
    turns = [moment for row in rows for moment in (row.valid_from, row.valid_to) if moment is not None]
    facts.begins = max((moment for moment in turns if moment <= at), default=None)
    facts.ends = min((moment for moment in turns if moment > at), default=None)


def _is_valid(row: PlaceRow | PinArea | StdArea | District, at: datetime) -> bool:
    began = row.valid_from is None or row.valid_from <= at
    return began and (row.valid_to is None or row.valid_to > at)


def _learn_districts(facts: Facts, state: State, districts: list[District], at: datetime) -> None:
    """Learn the names of revenue districts, and of units that are called as no district is."""
    known = district_names(state)
    for row in districts:
        name = known.get(key_of(row.name_en), row.name_en)
        spot = Spot(state=state.code, district=name, rank=2, lat=row.lat, lon=row.lon)
        facts.names.add([row.name_en, row.name_hi, *row.aliases], Place(name, spot, "district"), strong=True)
    shipped_names = names_of_districts(state.code)
    for unit in Unit.objects.valid(at).filter(state=state, kind=UnitKind.DISTRICT).select_related("district"):
        name = district_of(unit, state.code, shipped_names)
        names = [unit.name_en, ADDED.sub(" ", unit.name_en), unit.name_hi, ADDED.sub(" ", unit.name_hi)]
        spot = Spot(state=state.code, district=name, rank=2)
        facts.names.add([one for one in names if one.strip()], Place(name, spot, "district"), strong=True)


def _learn_place(facts: Facts, row: PlaceRow, *, gone: bool) -> None:
    shipped_ones = shipped().named(key_of(row.name_en))
    alike = [one for one in shipped_ones if (one.spot.state, one.spot.district) == (row.state.code, row.district_name)]
    spot = Spot(
        state=row.state.code,
        district=row.district_name,
        part=row.unit.name_en if row.unit else next((one.spot.part for one in alike if one.spot.part), ""),
        rank=max((one.spot.rank for one in alike), default=1),
        lat=row.lat,
        lon=row.lon,
    )
    needs = next((one.needs for one in alike if one.needs), "cue" if row.everyday_word else "")
    place = Place(row.name_en, spot, row.kind, needs)
    for name in [row.name_en, row.name_hi, *row.aliases]:
        facts.names.replace(name, place, gone=gone)


def _spots(state: State, row: PinArea | StdArea) -> tuple[Spot, ...]:
    part = row.unit.name_en if row.unit else ""
    return tuple(
        Spot(
            state=state.code,
            district=name,
            part=part or (reference.part_of_pin(state.code, name, row.pin) if isinstance(row, PinArea) else ""),
            lat=row.lat,
            lon=row.lon,
        )
        for name in row.district_names
    )


def district_names(state: State) -> dict[str, str]:
    """Return by which English name each district of a state is known, under every name it has: facts point to it."""
    known: dict[str, str] = {}
    shipped_names = names_of_districts(state.code)
    for unit in Unit.objects.filter(state=state, kind=UnitKind.DISTRICT).select_related("district"):
        name = district_of(unit, state.code, shipped_names)
        for alias in (unit.name_hi, ADDED.sub(" ", unit.name_hi), ADDED.sub(" ", unit.name_en), unit.name_en):
            known.setdefault(key_of(alias), name)
    for row in District.objects.filter(state=state):
        for alias in (*row.aliases, row.name_hi, row.name_en):
            known[key_of(alias)] = row.name_en
    shipped_ones = [row for (code, _name), row in reference.districts().items() if code == state.code]
    for fact in shipped_ones:
        for alias in (*reference.several(fact["aliases"]), fact["name_hi"]):
            known[key_of(alias)] = fact["name_en"]
    known |= {key_of(fact["name_en"]): fact["name_en"] for fact in shipped_ones}
    known.pop("", None)
    return known
