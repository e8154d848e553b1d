"""Onboarding the territory: states, revenue districts and police units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from districts.actors import Actor
from districts.models import District, State, Unit
from districts.onboarding import authority
from districts.onboarding.register import Note, add, change
from districts.refusals import (
    AlreadyEnded,
    FieldNotSound,
    OtherStatesUnit,
    Taken,
    UnitBelowItself,
    UnitClosed,
    UnitsBelow,
)

#: Codes stand in addresses, in references and in the names of groups.
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@transaction.atomic
def add_state(*, code: str, name_en: str, name_hi: str, languages: object, by: Actor, at: datetime) -> State:
    """
    Add a state, the ground that everything else of it stands on.

    :raises NotYourDesk: if it is not the machine's own hand: an administrator belongs to a state that is there
    """
    authority.check_everything(by, subject=code)
    _check_code(code)
    state = State(code=code, name_en=name_en, name_hi=name_hi, languages=_sound_languages(languages))
    return add(state, note=Note(by, at, None))


@transaction.atomic
def change_state(state: State, changes: Mapping[str, Any], *, by: Actor, at: datetime) -> State:
    """Change the names or the languages of a state. Its code stays: everything is known by it."""
    authority.check_state(by, state, subject=state)
    allowed = _only(changes, {"name_en", "name_hi", "languages"})
    if "languages" in allowed:
        allowed["languages"] = _sound_languages(allowed["languages"])
    return change(state, allowed, note=Note(by, at, state))


@transaction.atomic
def add_district(
    state: State, *, code: str, name_en: str, name_hi: str, by: Actor, at: datetime, **rest: Any
) -> District:
    """Add a revenue district; ``rest`` holds its aliases, its seat and from when to when it exists."""
    authority.check_state(by, state, subject=state)
    allowed = _only(rest, {"aliases", "lat", "lon", "valid_from", "valid_to"})
    district = District(state=state, code=code, name_en=name_en, name_hi=name_hi, **allowed)
    return add(district, note=Note(by, at, state))


@transaction.atomic
def change_district(district: District, changes: Mapping[str, Any], *, by: Actor, at: datetime) -> District:
    """Change what a revenue district is called, or when it ended."""
    authority.check_state(by, district.state, subject=district)
    allowed = _only(changes, {"name_en", "name_hi", "aliases", "lat", "lon", "valid_from", "valid_to"})
    return change(district, allowed, note=Note(by, at, district.state))


@transaction.atomic
def add_unit(
    state: State,
    *,
    code: str,
    kind: str,
    name_en: str,
    name_hi: str,
    by: Actor,
    at: datetime,
    parent: Unit | None = None,
    district: District | None = None,
    **rest: Any,
) -> Unit:
    """
    Add a police unit, and the group that cases are granted to.

    :raises Taken: if a unit of that code exists, in whatever state
    :raises SecondCell: if it would be the second cell of the state
    :raises OtherStatesUnit: if the unit above or the district is another state's
    """
    authority.check_state(by, state, subject=code)
    _check_code(code)
    allowed = _only(rest, {"head_rank", "rural", "lat", "lon", "valid_from", "valid_to"})
    unit = Unit(
        state=state, code=code, kind=kind, name_en=name_en, name_hi=name_hi, parent=parent, district=district, **allowed
    )
    _check_place(unit, parent=parent, district=district, at=at)
    if Group.objects.filter(name=code).exists():
        raise Taken(subject=code)
    unit.group = Group.objects.create(name=code)
    return add(unit, note=Note(by, at, state, None))


@transaction.atomic
def change_unit(unit: Unit, changes: Mapping[str, Any], *, by: Actor, at: datetime) -> Unit:
    """
    Change a unit, or place it under another one. Its code, state and kind stay.

    :raises UnitBelowItself: if the unit above would be one of those below
    """
    authority.check_state(by, unit.state, subject=unit)
    names = {"name_en", "name_hi", "parent", "district", "head_rank", "rural", "lat", "lon", "valid_from", "valid_to"}
    allowed = _only(changes, names)
    moved = "parent" in allowed and allowed["parent"] != Unit.objects.get(pk=unit.pk).parent
    if moved:
        # Two moves at once must not close a circle that neither of them sees: one state moves one unit at a time.
        State.objects.select_for_update().get(pk=unit.state_id)
    _check_place(unit, parent=allowed["parent"] if moved else None, district=allowed.get("district"), at=at)
    return change(unit, allowed, note=Note(by, at, unit.state, unit))


@transaction.atomic
def close_unit(unit: Unit, *, by: Actor, at: datetime, valid_to: datetime | None = None) -> Unit:
    """
    End a unit. Everybody posted there loses sight of its cases at that moment; nothing is deleted.

    :raises UnitsBelow: if units that still exist look up to it
    :raises AlreadyEnded: if it has ended
    """
    authority.check_state(by, unit.state, subject=unit)
    if unit.valid_to is not None and unit.valid_to <= at:
        raise AlreadyEnded(subject=unit)
    below = [child.code for child in Unit.objects.valid(at).filter(parent=unit).order_by("code")[:5]]
    if below:
        raise UnitsBelow(unit=unit, below=", ".join(below))
    return change(unit, {"valid_to": valid_to or at}, note=Note(by, at, unit.state, unit), act="unit_closed")


def _check_place(unit: Unit, *, parent: Unit | None, district: District | None, at: datetime) -> None:
    """Refuse a unit above, or a district, that can not be right."""
    if district is not None and district.state_id != unit.state_id:
        raise OtherStatesUnit(subject=district, other=unit)
    if parent is None:
        return
    if parent.state_id != unit.state_id:
        raise OtherStatesUnit(subject=parent, other=unit)
    if parent.valid_to is not None and parent.valid_to <= at:
        raise UnitClosed(unit=parent)
    above: Unit | None = parent
    while above is not None and unit.pk:
        if above.pk == unit.pk:
            raise UnitBelowItself(unit=unit, parent=parent)
        above = above.parent


def _check_code(code: str) -> None:
    """Refuse a code that could not stand in an address."""
    if not CODE.fullmatch(code):
        raise FieldNotSound(field=_("code"), problem=_("use letters, digits, hyphens and dots, such as RJ-KOTA-CITY."))


def _sound_languages(languages: object) -> list[str]:
    """Return the languages of a state, of which there is at least one."""
    words = languages if isinstance(languages, list | tuple) else []
    if not words or not all(isinstance(word, str) and word for word in words):
        raise FieldNotSound(field=_("languages"), problem=_('give a list such as ["hi", "en"].'))
    return list(words)


def _only(values: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """Return the values under the names a rule may write; any other is a mistake of the caller."""
    if unknown := set(values) - names:
        message = f"no rule writes {sorted(unknown)} here"
        raise TypeError(message)
    return dict(values)
