"""Planting officers: a password that somebody has changed since, and a posting that has ended, stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import check_password, make_password
from django.utils.translation import gettext as _

from districts import onboarding
from districts.models import Officer, Posting, RegisterEntry, Role, State, Unit
from districts.onboarding.register import name_of
from districts.refusals import SeedFault
from districts.seeding.reading import Part

PASSWORD_ACTS = ("officer_added", "officer_password_set")


class People:
    """The officers of a seed file."""

    def __init__(self, state: State, *, unit_of: Callable[[Part, str], Unit], at: datetime, notices: list[str]) -> None:
        self._state, self._unit_of, self._at, self._notices = state, unit_of, at, notices
        self._language = next((word for word in state.languages if word in {"hi", "en"}), "hi")
        # A good hash costs a twentieth of a second: one for each password, however many share it in a demo.
        self._hashes: dict[str, str] = {}
        self._right: dict[tuple[str, str], bool] = {}

    def plant(self, part: Part) -> None:
        """Plant one officer with postings and second factor."""
        username, password = part.text("username"), part.secret("password")
        values: dict[str, Any] = {"name": part.text("name")}
        values |= {name: part.text(name) for name in ("rank", "language", "phone", "email") if part.has(name)}
        officer = Officer.objects.filter(username=username).first()
        with part.explaining():
            if officer is None:
                if not password:
                    raise SeedFault(place=part.at("password"), problem=_("this is missing. Add it."))
                values.setdefault("language", self._language)
                officer = onboarding.add_officer(
                    username=username, hashed=self._hash(password), by=onboarding.SEED, at=self._at, **values
                )
            else:
                self._check_of_this_state(officer, part)
                officer = onboarding.change_officer(officer, values, by=onboarding.SEED, at=self._at)
                self._plant_password(officer, password, part)
        for posting in part.parts("postings"):
            self._plant_posting(officer, posting)
        if secret := part.secret("totp_secret"):
            self._plant_second_factor(officer, secret, part)

    def _plant_password(self, officer: Officer, password: str, part: Part) -> None:
        """Set the file's password, unless a human has set another one since."""
        if not password or self._is_right(password, officer.password):
            return
        acts = RegisterEntry.objects.filter(subject=name_of(officer), act__in=PASSWORD_ACTS)
        last = acts.order_by("-at", "-pk").first()
        if last is not None and last.actor == onboarding.SEED.label:
            onboarding.set_password(officer, hashed=self._hash(password), by=onboarding.SEED, at=self._at)
        else:
            self._notices.append(_("%s: was changed by hand since, and stays.") % part.at("password"))

    def _plant_posting(self, officer: Officer, part: Part) -> None:
        """Post the officer, once: a posting of the same place, role and beginning is there or was there."""
        unit, role = self._unit_of(part, "unit"), part.text("role")
        if role not in Role.values:
            problem = _("“%(role)s” is no role. Use one of: %(roles)s.")
            raise SeedFault(place=part.at("role"), problem=problem % {"role": role, "roles": ", ".join(Role.values)})
        valid_from, valid_to = part.moment("valid_from"), part.moment("valid_to")
        same = Posting.objects.filter(officer=officer, unit=unit, role=role)
        if valid_from is not None:
            same = same.filter(valid_from=valid_from)
        posting = same.select_related("officer", "unit__state").order_by("-valid_from").first()
        with part.explaining("role"):
            if posting is None:
                onboarding.post_officer(
                    officer,
                    unit=unit,
                    role=role,
                    valid_from=valid_from,
                    valid_to=valid_to,
                    by=onboarding.SEED,
                    at=self._at,
                )
            elif valid_to is not None and posting.valid_to is None:
                onboarding.end_posting(posting, valid_to=valid_to, by=onboarding.SEED, at=self._at)
        self._notices += [_("%s: not known, passed over.") % place for place in part.unread()]

    def _plant_second_factor(self, officer: Officer, secret: str, part: Part) -> None:
        """Set the second factor, unless there is one: the officer may have chosen their own since."""
        if Authenticator.objects.filter(user=officer, type=Authenticator.Type.TOTP).exists():
            return
        with part.explaining("totp_secret"):
            onboarding.set_second_factor(officer, secret=secret, by=onboarding.SEED, at=self._at)

    def _check_of_this_state(self, officer: Officer, part: Part) -> None:
        """Refuse to lay hands on an officer of another state who happens to have the same user name."""
        postings = Posting.objects.filter(officer=officer)
        if postings.exists() and not postings.filter(unit__state=self._state).exists():
            problem = _("“%s” is the user name of somebody in another state. Choose another one.") % officer.username
            raise SeedFault(place=part.at("username"), problem=problem)

    def _hash(self, password: str) -> str:
        if password not in self._hashes:
            self._hashes[password] = make_password(password)
        return self._hashes[password]

    def _is_right(self, password: str, encoded: str) -> bool:
        if (password, encoded) not in self._right:
            self._right[password, encoded] = check_password(password, encoded)
        return self._right[password, encoded]
