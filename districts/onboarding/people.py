"""Onboarding people: officers, how they sign in, and where and as what they serve."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import decrypt
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from districts.actors import Actor, Kind
from districts.models import Officer, Posting, Role, Unit, UnitKind
from districts.models.officer import ROLES_AT
from districts.onboarding import authority
from districts.onboarding.contacts import sound_number
from districts.onboarding.register import Note, add, change, name_of, record
from districts.refusals import (
    AlreadyEnded,
    EndsBeforeItBegins,
    FieldNotSound,
    NotOnYourself,
    PostingNeeded,
    RoleNotThere,
    TwoStates,
    UnitClosed,
)

USERNAME = re.compile(r"[\w.@+-]+")


@transaction.atomic
def add_officer(
    *,
    username: str,
    name: str,
    password: str | None = None,
    hashed: str = "",
    unit: Unit | None = None,
    role: str = "",
    by: Actor,
    at: datetime,
    **rest: Any,
) -> Officer:
    """
    Add an officer with a first posting; the password is hashed here, or comes ``hashed`` already.

    :raises PostingNeeded: if an administrator gives no posting: the officer would be in nobody's charge
    :raises RoleNotThere: if the role makes no sense at that unit
    """
    if unit is not None:
        authority.check_unit(by, unit, subject=unit)
    elif by.kind != Kind.CLOCK:
        raise PostingNeeded(officer=name)
    if not USERNAME.fullmatch(username):
        raise FieldNotSound(field=_("user name"), problem=_("use letters, digits and . @ + - _ without blanks."))
    officer = Officer(username=username, name=name, created_at=at, **_sound(rest))
    # Without a password nobody signs in; an administrator gives one later.
    officer.password = hashed or make_password(password)
    add(officer, note=Note(by, at, unit.state if unit else None, unit))
    if unit is not None:
        _post(officer, unit=unit, role=role, valid_from=at, valid_to=None, by=by, at=at)
    return officer


@transaction.atomic
def change_officer(officer: Officer, changes: Mapping[str, Any], *, by: Actor, at: datetime) -> Officer:
    """Change how an officer is called or reached, or close their account with ``is_active``."""
    authority.check_officer(by, officer, at=at)
    return change(officer, _sound(changes), note=_note_on(officer, by=by, at=at))


@transaction.atomic
def set_password(officer: Officer, *, password: str = "", hashed: str = "", by: Actor, at: datetime) -> Officer:
    """Give an officer another password: their own choice, or an administrator's. All their sessions end."""
    if by.officer_id != officer.pk:
        authority.check_officer(by, officer, at=at)
    officer.password = hashed or make_password(password)
    officer.save(update_fields=["password"])
    record("officer_password_set", subject=name_of(officer), note=_note_on(officer, by=by, at=at))
    return officer


@transaction.atomic
def set_second_factor(officer: Officer, *, secret: str, by: Actor, at: datetime) -> Officer:
    """
    Ask the officer for a code of an authenticator app from now on, or with an empty secret no longer.

    :raises FieldNotSound: if the secret is not base32
    """
    if by.officer_id != officer.pk:
        authority.check_officer(by, officer, at=at)
    present = Authenticator.objects.filter(user=officer, type=Authenticator.Type.TOTP).first()
    secret = secret.replace(" ", "").upper()
    if secret == (decrypt(present.data["secret"]) if present else ""):
        return officer
    if present:
        present.delete()
    if secret:
        _check_base32(secret)
        TOTP.activate(officer, secret)
    act = "officer_second_factor_set" if secret else "officer_second_factor_removed"
    record(act, subject=name_of(officer), note=_note_on(officer, by=by, at=at))
    return officer


@transaction.atomic
def post_officer(
    officer: Officer,
    *,
    unit: Unit,
    role: str,
    by: Actor,
    at: datetime,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> Posting:
    """
    Post an officer to a unit; what the role allows begins with it and ends with it.

    :raises RoleNotThere: if the role makes no sense at that unit
    :raises TwoStates: if the officer serves in another state at that time
    :raises NotOnYourself: if an administrator would post themselves
    """
    authority.check_unit(by, unit, subject=unit)
    authority.check_officer(by, officer, at=at)
    _check_not_oneself(officer, by=by)
    return _post(officer, unit=unit, role=role, valid_from=valid_from or at, valid_to=valid_to, by=by, at=at)


@transaction.atomic
def end_posting(posting: Posting, *, by: Actor, at: datetime, valid_to: datetime | None = None) -> Posting:
    """
    End a posting, and the access with it at once.

    :raises AlreadyEnded: if it has ended
    :raises NotOnYourself: if it is one's own: a state must not be left without an administrator by a slip
    """
    officer, unit = posting.officer, posting.unit
    authority.check_unit(by, unit, subject=unit)
    _check_not_oneself(officer, by=by)
    if posting.valid_to is not None and posting.valid_to <= at:
        raise AlreadyEnded(subject=posting_in_words(posting))
    # One that has not begun yet ends as it begins.
    end = max(valid_to or at, posting.valid_from + timedelta(microseconds=1))
    return change(posting, {"valid_to": end}, note=Note(by, at, unit.state, unit), act="posting_ended")


def posting_in_words(posting: Posting) -> str:
    """Return who serves where as what."""
    return f"{posting.officer} · {Role(posting.role).label} · {posting.unit}"


def _post(
    officer: Officer, *, unit: Unit, role: str, valid_from: datetime, valid_to: datetime | None, by: Actor, at: datetime
) -> Posting:
    """Check what the posting says against unit, role and time, and store it."""
    allowed = ROLES_AT[unit.kind]
    if role not in allowed:
        raise RoleNotThere(
            role=Role(role).label if role in Role.values else role or _("(none)"),
            unit=unit,
            kind=UnitKind(unit.kind).label,
            allowed=", ".join(sorted(str(Role(known).label) for known in allowed)),
        )
    if unit.valid_to is not None and unit.valid_to <= valid_from:
        raise UnitClosed(unit=unit)
    if valid_to is not None and valid_to <= valid_from:
        raise EndsBeforeItBegins(subject=f"{officer} · {unit}")
    elsewhere = Posting.objects.filter(Q(valid_to=None) | Q(valid_to__gt=valid_from), officer=officer)
    if valid_to is not None:
        elsewhere = elsewhere.filter(valid_from__lt=valid_to)
    if elsewhere.exclude(unit__state=unit.state_id).exists():
        raise TwoStates(officer=officer)
    posting = Posting(officer=officer, unit=unit, role=role, valid_from=valid_from, valid_to=valid_to)
    return add(posting, note=Note(by, at, unit.state, unit))


def _check_not_oneself(officer: Officer, *, by: Actor) -> None:
    """Keep an administrator from opening the cases to themselves."""
    if by.officer_id == officer.pk:
        raise NotOnYourself(officer=officer)


def _note_on(officer: Officer, *, by: Actor, at: datetime) -> Note:
    """Return the note for an act on an officer: it belongs to the ground they serve on, or served on last."""
    posting = Posting.objects.filter(officer=officer).select_related("unit__state").order_by("-valid_from").first()
    return Note(by, at, posting.unit.state if posting else None, posting.unit if posting else None)


def _sound(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the particulars of an officer, with the number in one form."""
    if unknown := set(values) - {"name", "rank", "language", "phone", "email", "is_active"}:
        message = f"no rule writes {sorted(unknown)} of an officer"
        raise TypeError(message)
    sound = dict(values)
    if "phone" in sound:
        sound["phone"] = sound_number(sound["phone"])
    return sound


def _check_base32(secret: str) -> None:
    """Refuse a secret that no authenticator app could hold."""
    try:
        base64.b32decode(secret, casefold=True)
    except binascii.Error as problem:
        raise FieldNotSound(
            field="totp_secret", problem=_("it must be base32: letters A–Z and digits 2–7.")
        ) from problem
