"""Onboarding the portals of other states: which control room is reached by API, and with which key and secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext as _

from districts.actors import Actor
from districts.models import Counterpart, Partner, Unit, UnitKind
from districts.onboarding import authority
from districts.onboarding.partners import check_secret
from districts.onboarding.register import Note, add, change
from districts.refusals import FieldNotSound

KEY = re.compile(r"[\x21-\x7e]{8,200}")
#: Only on this machine itself may it go unencrypted: what crosses is somebody's name and where they are.
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@transaction.atomic
def add_counterpart(unit: Unit, *, by: Actor, at: datetime, **values: Any) -> Counterpart:
    """
    Enter that a control room of another state is reached by API.

    :raises FieldNotSound: if the unit is no other state, or an address, key or secret can not be right
    """
    authority.check_state(by, unit.state, subject=unit)
    if unit.kind != UnitKind.OTHER_STATE:
        raise FieldNotSound(field=_("control room"), problem=_("choose a control room of another state."))
    row = Counterpart(unit=unit, **_sound(unit, values))
    return add(row, note=Note(by, at, unit.state, unit))


@transaction.atomic
def change_counterpart(row: Counterpart, changes: Mapping[str, Any], *, by: Actor, at: datetime) -> Counterpart:
    """Change how a portal is reached; with ``active`` false nothing is sent there and nothing taken from it."""
    authority.check_state(by, row.unit.state, subject=row.unit)
    return change(row, _sound(row.unit, changes), note=Note(by, at, row.unit.state, row.unit))


def _sound(unit: Unit, values: Mapping[str, Any]) -> dict[str, Any]:
    sound = dict(values)
    if unknown := set(sound) - {"partner", "address", "key", "signing_secret", "active"}:
        message = f"a portal of another state has no {sorted(unknown)}"
        raise TypeError(message)
    if "address" in sound:
        sound["address"] = _address(str(sound["address"]))
    if "key" in sound and not KEY.fullmatch(sound["key"]):
        raise FieldNotSound(field=_("key they have given us"), problem=_("it has signs that no key has, or too few."))
    if "signing_secret" in sound:
        check_secret(sound["signing_secret"], required=True)
    partner: Partner | None = sound.get("partner")
    if partner is not None and partner.state_id != unit.state_id:
        raise FieldNotSound(field=_("partner"), problem=_("it is a partner of another state."))
    return sound


def _address(written: str) -> str:
    """Return where the portal is, without anything below it."""
    parts = urlsplit(written.strip().rstrip("/"))
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain) or parts.username or parts.query or parts.fragment:
        problem = _("write it as https://setu.other-state.example; what crosses must be encrypted.")
        raise FieldNotSound(field=_("address of their portal"), problem=problem)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
