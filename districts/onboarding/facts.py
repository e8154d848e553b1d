"""Onboarding facts about places: towns and quarters, PINs and STD codes, one by one or from a CSV file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from districts import jurisdiction
from districts.actors import Actor
from districts.models import PinArea, Place, PlaceKind, State, StdArea, Unit
from districts.onboarding import authority
from districts.onboarding.register import Note, add, change, record
from districts.refusals import FieldNotSound, OtherStatesUnit, Refusal

Row = Place | PinArea | StdArea
COMMON = {"unit", "lat", "lon", "valid_from", "valid_to"}
OF_PLACE = COMMON | {"name_en", "name_hi", "aliases", "kind", "district_name", "everyday_word"}
OF_AREA = COMMON | {"district_names"}
#: A file is read in one piece and kept in memory.
LONGEST_FILE, MOST_ROWS = 5_000_000, 40_000


@transaction.atomic
def add_place(state: State, *, by: Actor, at: datetime, **values: Any) -> Place:
    """Add a place under the names people give it."""
    authority.check_state(by, state, subject=values.get("name_en", ""))
    return add(Place(state=state, **_checked(state, values, OF_PLACE)), note=Note(by, at, state))


@transaction.atomic
def change_place(place: Place, changes: Mapping[str, Any], *, by: Actor, at: datetime) -> Place:
    """Change what a place is called or where it belongs, or end it."""
    authority.check_state(by, place.state, subject=place)
    return change(place, _checked(place.state, changes, OF_PLACE), note=Note(by, at, place.state))


@transaction.atomic
def add_pin(state: State, *, pin: str, by: Actor, at: datetime, **values: Any) -> PinArea:
    """Add a PIN, or how PINs begin, with the districts it belongs to."""
    authority.check_state(by, state, subject=pin)
    if not re.fullmatch(r"[1-9][0-9]{2,5}", pin):
        raise FieldNotSound(field=_("PIN"), problem=_("write three to six digits, the first not 0."))
    return add(PinArea(state=state, pin=pin, **_checked(state, values, OF_AREA)), note=Note(by, at, state))


@transaction.atomic
def change_pin(area: PinArea, changes: Mapping[str, Any], *, by: Actor, at: datetime) -> PinArea:
    """Change what a PIN belongs to, or end it."""
    authority.check_state(by, area.state, subject=area)
    return change(area, _checked(area.state, changes, OF_AREA), note=Note(by, at, area.state))


@transaction.atomic
def add_std(state: State, *, code: str, by: Actor, at: datetime, **values: Any) -> StdArea:
    """Add an STD code with the districts it belongs to."""
    authority.check_state(by, state, subject=code)
    if not re.fullmatch(r"0[1-9][0-9]{1,3}", code):
        raise FieldNotSound(field=_("STD code"), problem=_("write the code with its 0, such as 01592."))
    return add(StdArea(state=state, code=code, **_checked(state, values, OF_AREA)), note=Note(by, at, state))


@transaction.atomic
def change_std(area: StdArea, changes: Mapping[str, Any], *, by: Actor, at: datetime) -> StdArea:
    """Change what an STD code belongs to, or end it."""
    authority.check_state(by, area.state, subject=area)
    return change(area, _checked(area.state, changes, OF_AREA), note=Note(by, at, area.state))


@dataclass
class Imported:
    """What a file holds: how many rows are new, changed or there already, and what is wrong in which line."""

    added: int = 0
    changed: int = 0
    same: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


@transaction.atomic
def import_facts(state: State, what: str, text: str, *, by: Actor, at: datetime, dry: bool) -> Imported:
    """
    Read a CSV file of places, PINs or STD codes: say what would come of it, or do it if no line is wrong.

    :raises FieldNotSound: if it is no such file
    """
    authority.check_state(by, state, subject=state)
    reader = Reader(state, what)
    result = Imported()
    # One lock keeps two imports from adding the same row.
    State.objects.select_for_update().get(pk=state.pk)
    wanted = reader.read(text, result)
    known = {reader.key(row): row for row in reader.model.objects.filter(state=state)}
    fresh: list[Row] = []
    changed: list[Row] = []
    for key, row in wanted.items():
        before = known.get(key)
        if before is None:
            fresh.append(row)
        elif any(getattr(before, name) != getattr(row, name) for name in reader.written):
            row.pk = before.pk
            changed.append(row)
        else:
            result.same += 1
    result.added, result.changed = len(fresh), len(changed)
    if not dry and not result.faults and (fresh or changed):
        reader.model.objects.bulk_create(fresh, batch_size=1000)  # type: ignore[arg-type]  # rows of its own model
        reader.model.objects.bulk_update(changed, reader.written, batch_size=1000)  # type: ignore[arg-type]  # the same
        facts = {"what": what, "added": result.added, "changed": result.changed, "same": result.same}
        record("facts_imported", subject=f"state:{state.code}", note=Note(by, at, state), after=facts)
    return result


@transaction.atomic
def plant_shipped_facts(state: State, *, by: Actor, at: datetime) -> int:
    """
    Lay the facts that ship with the portal before the administrators of a state, as rows that they can change.

    It is done once: a state that has rows of a sort keeps them as they are. Without any of it the shipped facts hold.
    """
    planted = 0
    units = frozenset(Unit.objects.filter(state=state).values_list("code", flat=True))
    for what, text in jurisdiction.shipped_csv(state.code, units):
        if not Reader(state, what).model.objects.filter(state=state).exists():
            result = import_facts(state, what, text, by=by, at=at, dry=False)
            planted += result.added
            if result.faults:
                message = f"a shipped fact is not sound: {result.faults[0]}"
                raise ValueError(message)
    return planted


class Reader:
    """Reads one sort of facts from a file, line by line, under the rules that hold for a form as well."""

    def __init__(self, state: State, what: str) -> None:
        self._state = state
        self._known = jurisdiction.district_names(state)
        self._units = {unit.code: unit for unit in Unit.objects.filter(state=state)}
        sorts: dict[str, tuple[type[Row], str, Callable[[dict[str, str]], Row]]] = {
            "places": (Place, "name_en", self._place),
            "pins": (PinArea, "pin", self._pin),
            "std": (StdArea, "code", self._std),
        }
        if what not in sorts:
            raise FieldNotSound(field=_("what"), problem=_("choose places, PINs or STD codes."))
        self.model, self._needed, self._row = sorts[what]
        names = OF_PLACE - {"name_en", "district_name"} if self.model is Place else OF_AREA
        self.written = sorted(names - {"valid_from", "valid_to"})

    def key(self, row: Row) -> tuple[str, ...]:
        """Return what tells a row from every other of its state."""
        return (row.name_en, row.district_name) if isinstance(row, Place) else (getattr(row, self._needed),)

    def read(self, text: str, result: Imported) -> dict[tuple[str, ...], Row]:
        """Return the rows of a file; what is wrong is noted with its line."""
        if len(text) > LONGEST_FILE:
            raise FieldNotSound(field=_("file"), problem=_("it is too long. Cut it into several."))
        lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
        if not lines.fieldnames or not {self._needed} <= set(lines.fieldnames):
            problem = _("its first line must name the columns; “%s” is missing.") % self._needed
            raise FieldNotSound(field=_("file"), problem=problem)
        rows: dict[tuple[str, ...], Row] = {}
        for count, line in enumerate(lines):
            if count >= MOST_ROWS:
                raise FieldNotSound(field=_("file"), problem=_("it is too long. Cut it into several."))
            values = {name: (value or "").strip() for name, value in line.items() if isinstance(name, str)}
            if values.get("state", self._state.code) not in {"", self._state.code}:
                continue
            try:
                row = self._row(values)
                row.clean_fields(exclude=["state", "unit"])
            except Refusal as refusal:
                result.faults.append((lines.line_num, str(refusal)))
                continue
            except Exception as problem:  # noqa: BLE001 - whatever a field says of its value is told with its line
                result.faults.append((lines.line_num, "; ".join(getattr(problem, "messages", [str(problem)]))))
                continue
            if self.key(row) in rows:
                result.faults.append((lines.line_num, _("this stands in the file twice. Keep one of them.")))
            rows[self.key(row)] = row
        return rows

    def _place(self, values: dict[str, str]) -> Place:
        kind = values.get("kind", "") or PlaceKind.TOWN
        if kind not in PlaceKind.values:
            raise FieldNotSound(field=_("kind"), problem=_("use one of: %s.") % ", ".join(PlaceKind.values))
        return Place(
            **self._common(values),
            name_en=_filled(values, "name_en"),
            name_hi=values.get("name_hi") or _filled(values, "name_en"),
            district_name=self._district(_filled(values, "district")),
            kind=kind,
            aliases=_several(values.get("aliases", "")),
            everyday_word=values.get("everyday_word", "").lower() in {"1", "yes", "true"},
        )

    def _pin(self, values: dict[str, str]) -> PinArea:
        pin = _filled(values, "pin")
        if not re.fullmatch(r"[1-9][0-9]{2,5}", pin):
            raise FieldNotSound(field=_("PIN"), problem=_("write three to six digits, the first not 0."))
        return PinArea(**self._common(values), pin=pin, district_names=self._districts(values))

    def _std(self, values: dict[str, str]) -> StdArea:
        code = _filled(values, "code")
        if not re.fullmatch(r"0[1-9][0-9]{1,3}", code):
            raise FieldNotSound(field=_("STD code"), problem=_("write the code with its 0, such as 01592."))
        return StdArea(**self._common(values), code=code, district_names=self._districts(values))

    def _common(self, values: dict[str, str]) -> dict[str, Any]:
        code = values.get("unit", "")
        if code and code not in self._units:
            problem = _("there is no unit “%s”. List it under units, or correct the code.") % code
            raise FieldNotSound(field=_("unit"), problem=problem)
        return {
            "state": self._state,
            "unit": self._units.get(code),
            "lat": _number(values, "lat", 90),
            "lon": _number(values, "lon", 180),
        }

    def _districts(self, values: dict[str, str]) -> list[str]:
        names = _several(values.get("districts") or values.get("district", ""))
        if not names:
            raise FieldNotSound(field=_("district"), problem=_("this is missing. Add it."))
        return [self._district(name) for name in names]

    def _district(self, name: str) -> str:
        return _known_district(name, self._known)


def _checked(state: State, values: Mapping[str, Any], allowed: set[str]) -> dict[str, Any]:
    """Return the values of a form, each district under the name by which it is known."""
    if unknown := set(values) - allowed:
        message = f"no rule writes {sorted(unknown)} here"
        raise TypeError(message)
    checked = dict(values)
    unit = checked.get("unit")
    if unit is not None and unit.state_id != state.pk:
        raise OtherStatesUnit(subject=unit, other=state)
    known = jurisdiction.district_names(state)
    if "district_name" in checked:
        checked["district_name"] = _known_district(checked["district_name"], known)
    if "district_names" in checked:
        names = [_known_district(name, known) for name in checked["district_names"]]
        if not names:
            raise FieldNotSound(field=_("district"), problem=_("this is missing. Add it."))
        checked["district_names"] = names
    return checked


def _known_district(name: str, known: Mapping[str, str]) -> str:
    found = known.get(jurisdiction.key_of(name))
    if found is None:
        problem = _("there is no district or unit “%s” in this state. Add it first, or correct the name.") % name
        raise FieldNotSound(field=_("district"), problem=problem)
    return found


def _filled(values: Mapping[str, str], name: str) -> str:
    if not values.get(name):
        raise FieldNotSound(field=name, problem=_("this is missing. Add it."))
    return values[name]


def _several(text: str) -> list[str]:
    return [part.strip() for part in text.split("|") if part.strip()]


def _number(values: Mapping[str, str], name: str, limit: int) -> float | None:
    text = values.get(name, "")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError as problem:
        raise FieldNotSound(field=name, problem=_("there must be a number here.")) from problem
    if abs(number) > limit:
        raise FieldNotSound(field=name, problem=_("there is no such place on earth."))
    return number
