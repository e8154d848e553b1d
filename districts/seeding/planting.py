"""Planting a seed file: through the rules of onboarding, so that every row is checked and registered like any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from districts import onboarding
from districts.models import District, Policy, RegisterEntry, State, Unit, UnitKind, Urgency
from districts.onboarding.policies import TIMES
from districts.refusals import SeedFault
from districts.seeding.partners import plant_counterpart, plant_partner
from districts.seeding.people import People
from districts.seeding.reading import Part

#: Planted by the floors above, which know what they are.
ABOVE = ("layouts", "templates")


@dataclass
class Planted:
    """What came of a seed file."""

    state: State
    acts: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


@transaction.atomic
def plant(document: object, *, at: datetime) -> Planted:
    """
    Plant a seed file. What is there already is brought to what the file says; nothing that it leaves out is touched.

    :raises SeedFault: naming the place and what to do; nothing is stored then
    """
    file = Part("", document)
    state = _plant_state(file.part("state"), at=at)
    planted = Planted(state=state)
    districts = _Districts(state, at=at)
    for part in file.parts("districts"):
        districts.plant(part)
        planted.notices += _unknown(part)
    units = _Units(state, districts, at=at)
    units.plant(file.parts("units"), planted)
    if file.flag("shipped_facts"):
        planted.counts["facts"] = onboarding.plant_shipped_facts(state, by=onboarding.SEED, at=at)
    for part in file.parts("policies"):
        _plant_policy(state, part, units=units, at=at)
        planted.notices += _unknown(part)
    people = People(state, unit_of=units.named, at=at, notices=planted.notices)
    for part in file.parts("officers"):
        people.plant(part)
        planted.notices += _unknown(part)
    for part in file.parts("partners"):
        planted.notices += plant_partner(state, part, at=at)
        planted.notices += _unknown(part)
    for part in file.parts("counterparts"):
        plant_counterpart(units.named(part, "unit"), part, at=at)
        planted.notices += _unknown(part)
    for name in ABOVE:
        file.has(name)
    planted.notices += _unknown(file)
    planted.counts |= {name: len(file.parts(name)) for name in ("units", "officers", "partners", "policies")}
    planted.acts = RegisterEntry.objects.filter(at=at, actor=onboarding.SEED.label).count()
    return planted


def given(part: Part, readers: dict[str, Callable[[str], Any]]) -> dict[str, Any]:
    """Return the values that the file gives, each read as what it must be; what it leaves out stays as it is."""
    return {name: read(name) for name, read in readers.items() if part.has(name)}


def _unknown(part: Part) -> list[str]:
    """Say of each name that nobody knows that it was passed over; it may be a slip of the keyboard."""
    return [_("%s: not known, passed over.") % place for place in part.unread()]


def _plant_state(part: Part, *, at: datetime) -> State:
    code = part.text("code")
    values: dict[str, Any] = {"name_en": part.text("name_en"), "name_hi": part.text("name_hi")}
    state = State.objects.filter(code=code).first()
    with part.explaining():
        if state is None:
            languages = part.raw("languages") if part.has("languages") else ["hi", "en"]
            return onboarding.add_state(code=code, languages=languages, by=onboarding.SEED, at=at, **values)
        if part.has("languages"):
            values["languages"] = part.raw("languages")
        return onboarding.change_state(state, values, by=onboarding.SEED, at=at)


class _Districts:
    """The revenue districts of the state, found by code or English name."""

    def __init__(self, state: State, *, at: datetime) -> None:
        self._state, self._at = state, at
        self._known = {district.code: district for district in District.objects.filter(state=state)}

    def plant(self, part: Part) -> None:
        code = part.text("code")
        values = {"name_en": part.text("name_en"), "name_hi": part.text("name_hi")} | given(
            part,
            {
                "aliases": part.texts,
                "lat": part.number,
                "lon": part.number,
                "valid_from": part.moment,
                "valid_to": part.moment,
            },
        )
        with part.explaining():
            if district := self._known.get(code):
                self._known[code] = onboarding.change_district(district, values, by=onboarding.SEED, at=self._at)
            else:
                self._known[code] = onboarding.add_district(
                    self._state, code=code, by=onboarding.SEED, at=self._at, **values
                )

    def named(self, part: Part, name: str) -> District:
        wanted = part.text(name)
        for district in self._known.values():
            if wanted == district.code or wanted.casefold() == district.name_en.casefold():
                return district
        problem = _("there is no revenue district “%s”. List it under districts, by code or English name.") % wanted
        raise SeedFault(place=part.at(name), problem=problem)


class _Units:
    """The units of the state by code, planted parents first in whatever order they are listed."""

    def __init__(self, state: State, districts: _Districts, *, at: datetime) -> None:
        self._state, self._districts, self._at = state, districts, at
        self._known = {unit.code: unit for unit in Unit.objects.filter(state=state).select_related("parent", "state")}
        self._contacts = {
            (contact.unit_id, contact.post): contact
            for unit in Unit.objects.filter(state=state).prefetch_related("contacts")
            for contact in unit.contacts.all()
        }

    def named(self, part: Part, name: str) -> Unit:
        """Return the unit that a value of the file names."""
        code = part.text(name)
        if code not in self._known:
            problem = _("there is no unit “%s”. List it under units, or correct the code.") % code
            raise SeedFault(place=part.at(name), problem=problem)
        return self._known[code]

    def plant(self, parts: list[Part], planted: Planted) -> None:
        waiting: dict[str, Part] = {}
        for part in parts:
            if part.text("code") in waiting:
                raise SeedFault(place=part.at("code"), problem=_("this unit is listed twice. Keep one of them."))
            waiting[part.text("code")] = part
        listed = dict(waiting)
        while waiting:
            ready = [code for code, part in waiting.items() if part.text("parent", "") not in waiting]
            if not ready:
                part = next(iter(waiting.values()))
                raise SeedFault(place=part.at("parent"), problem=_("these units stand above each other in a circle."))
            for code in ready:
                self._plant_unit(code, waiting.pop(code))
        planted.counts["contacts"] = 0
        for code, part in listed.items():
            for contact in part.parts("contacts"):
                self._plant_contact(self._known[code], contact)
                planted.notices += _unknown(contact)
                planted.counts["contacts"] += 1
            planted.notices += _unknown(part)

    def _plant_unit(self, code: str, part: Part) -> None:
        kind = part.text("kind")
        if kind not in UnitKind.values:
            problem = _("“%(kind)s” is no kind of unit. Use one of: %(kinds)s.")
            raise SeedFault(
                place=part.at("kind"), problem=problem % {"kind": kind, "kinds": ", ".join(UnitKind.values)}
            )
        values = {"name_en": part.text("name_en"), "name_hi": part.text("name_hi")} | given(
            part,
            {
                "parent": lambda name: self.named(part, name),
                "district": lambda name: self._districts.named(part, name),
                "head_rank": part.text,
                "rural": part.flag,
                "lat": part.number,
                "lon": part.number,
                "valid_from": part.moment,
                "valid_to": part.moment,
            },
        )
        unit = self._known.get(code)
        if unit is not None and unit.kind != kind:
            problem = _("%s is there as another kind of unit. Close it and add one under a new code.") % code
            raise SeedFault(place=part.at("kind"), problem=problem)
        with part.explaining():
            if unit is not None:
                self._known[code] = onboarding.change_unit(unit, values, by=onboarding.SEED, at=self._at)
            else:
                self._known[code] = onboarding.add_unit(
                    self._state, code=code, kind=kind, by=onboarding.SEED, at=self._at, **values
                )

    def _plant_contact(self, unit: Unit, part: Part) -> None:
        post = part.text("post")
        values = {"rung": part.whole("rung")} | given(
            part,
            {
                "phone": part.text,
                "email": part.text,
                "language": part.text,
                "practice": part.flag,
                "vacant": part.flag,
            },
        )
        with part.explaining():
            if contact := self._contacts.get((unit.pk, post)):
                onboarding.change_contact(contact, values, by=onboarding.SEED, at=self._at)
            else:
                values.setdefault("language", self._state.languages[0])
                contact = onboarding.add_contact(unit, post=post, by=onboarding.SEED, at=self._at, **values)
                self._contacts[unit.pk, post] = contact


def _plant_policy(state: State, part: Part, *, units: _Units, at: datetime) -> None:
    urgency = part.text("urgency")
    if urgency not in Urgency.values:
        raise SeedFault(place=part.at("urgency"), problem=_("use one of P0, P1, P2 and P3."))
    values = given(part, dict.fromkeys(TIMES, part.whole) | {"name": part.text}) | {"ladder": part.raw("ladder")}
    unit = units.named(part, "unit") if part.has("unit") else None
    policy = Policy.objects.filter(state=state, unit=unit, urgency=urgency).select_related("state", "unit").first()
    with part.explaining():
        if policy is not None:
            onboarding.change_policy(policy, values, by=onboarding.SEED, at=at)
        else:
            values.setdefault("name", "default")
            onboarding.add_policy(state, urgency=urgency, unit=unit, by=onboarding.SEED, at=at, **values)
