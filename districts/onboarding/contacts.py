"""Onboarding contacts: the numbers of a post, which stay when officers change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from districts.actors import Actor
from districts.models import Contact, Unit
from districts.onboarding import authority
from districts.onboarding.register import Note, add, change
from districts.refusals import FieldNotSound

#: E.164, or the short number of a service such as 112.
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,6}")
RUNG_MAX = 99
FIELDS = {"post", "rung", "phone", "email", "language", "practice", "vacant"}


@transaction.atomic
def add_contact(unit: Unit, *, post: str, rung: int, by: Actor, at: datetime, **rest: Any) -> Contact:
    """
    Add a post of a unit that can be told something.

    :raises FieldNotSound: if it has neither a telephone nor an e-mail address, or the number can not be dialled
    """
    authority.check_unit(by, unit, subject=unit)
    contact = Contact(unit=unit, post=post, **_sound({"rung": rung, **rest}))
    if not contact.phone and not contact.email:
        raise _unreachable(post)
    return add(contact, note=Note(by, at, unit.state, unit))


@transaction.atomic
def change_contact(contact: Contact, changes: Mapping[str, Any], *, by: Actor, at: datetime) -> Contact:
    """Change the number, the rung or the occupancy of a post. A post that ends is set vacant: the ladder skips it."""
    unit = contact.unit
    authority.check_unit(by, unit, subject=contact)
    sound = _sound(changes)
    contact = Contact.objects.get(pk=contact.pk)
    if not sound.get("phone", contact.phone) and not sound.get("email", contact.email):
        raise _unreachable(contact.post)
    return change(contact, sound, note=Note(by, at, unit.state, unit))


def sound_number(number: str) -> str:
    """
    Return a telephone number as the gateways take it, without blanks and hyphens.

    :raises FieldNotSound: if it can not be dialled
    """
    bare = re.sub(r"[\s()-]", "", number)
    if bare and not NUMBER.fullmatch(bare):
        raise FieldNotSound(field=_("telephone"), problem=_("write it with the country code, such as +915550000101."))
    return bare


def _sound(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a contact with its number in one form."""
    if unknown := set(values) - FIELDS:
        message = f"a contact has no {sorted(unknown)}"
        raise TypeError(message)
    sound = dict(values)
    if "phone" in sound:
        sound["phone"] = sound_number(sound["phone"])
    if "rung" in sound and not 1 <= sound["rung"] <= RUNG_MAX:
        raise FieldNotSound(field=_("rung"), problem=_("it is 1 or more: 1 is told first."))
    return sound


def _unreachable(post: str) -> FieldNotSound:
    """Return the refusal for a post that nobody could tell anything."""
    return FieldNotSound(field=post, problem=_("give a telephone number, an e-mail address, or both."))
