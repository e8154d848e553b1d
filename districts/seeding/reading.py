"""Reading a seed file: each value is taken by name and type, and what is wrong is named with its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any

from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _

from districts.refusals import Refusal, SeedFault


class Part:
    """One object of a seed file and where it stands."""

    def __init__(self, place: str, values: object) -> None:
        if not isinstance(values, dict):
            raise SeedFault(place=place or _("the file"), problem=_("there must be an object here: {…}."))
        self.place = place
        self._values: dict[str, Any] = values
        self._asked: set[str] = set()

    def at(self, name: str) -> str:
        """Return the place of one of its values."""
        return f"{self.place}.{name}" if self.place else name

    def has(self, name: str) -> bool:
        """Tell whether the file gives a value; null gives none."""
        self._asked.add(name)
        return self._values.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there."""
        if not self.has(name) and default is not None:
            return default
        value = self._needed(name)
        if not isinstance(value, str) or not value.strip():
            raise SeedFault(place=self.at(name), problem=_("there must be a text here, in quotes."))
        return value.strip()

    def secret(self, name: str) -> str:
        """Return a text to the letter, blanks included, or nothing."""
        value = self._needed(name) if self.has(name) else ""
        if not isinstance(value, str):
            raise SeedFault(place=self.at(name), problem=_("there must be a text here, in quotes."))
        return value

    def whole(self, name: str) -> int:
        """Return a whole number, which must be there."""
        value = self._needed(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise SeedFault(place=self.at(name), problem=_("there must be a whole number here."))
        return value

    def number(self, name: str) -> float | None:
        """Return a number, or nothing."""
        if not self.has(name):
            return None
        value = self._values[name]
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise SeedFault(place=self.at(name), problem=_("there must be a number here."))
        return float(value)

    def flag(self, name: str) -> bool:
        """Return true or false, and false if nothing is given."""
        value = self._values[name] if self.has(name) else False
        if not isinstance(value, bool):
            raise SeedFault(place=self.at(name), problem=_("write true or false here, without quotes."))
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of texts, empty if nothing is given."""
        value = self._values[name] if self.has(name) else []
        if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
            raise SeedFault(place=self.at(name), problem=_("there must be a list of texts here."))
        return value

    def raw(self, name: str) -> object:
        """Return a value as it stands, for a rule that judges it itself; it must be there."""
        return self._needed(name)

    def moment(self, name: str) -> datetime | None:
        """Return a time (a day begins at midnight, a time without an offset is the portal's own), or nothing."""
        if not self.has(name):
            return None
        try:
            text = self.text(name)
            moment = datetime.fromisoformat(text) if "T" in text else datetime.combine(date.fromisoformat(text), time())
        except ValueError as problem:
            example = _("write a day such as 2026-11-21, or a time such as 2026-11-21T17:52:08+05:30.")
            raise SeedFault(place=self.at(name), problem=example) from problem
        return moment if moment.tzinfo else moment.replace(tzinfo=get_default_timezone())

    def part(self, name: str) -> Part:
        """Return the object of that name, which must be there."""
        return Part(self.at(name), self._needed(name))

    def parts(self, name: str) -> list[Part]:
        """Return the objects of a list, none if there is no such list."""
        value = self._values[name] if self.has(name) else []
        if not isinstance(value, list):
            raise SeedFault(place=self.at(name), problem=_("there must be a list here: […]."))
        return [Part(f"{self.at(name)}[{number}]", entry) for number, entry in enumerate(value)]

    def unread(self) -> list[str]:
        """Return the places of the values that nobody asked for."""
        return [self.at(name) for name in self._values if name not in self._asked]

    @contextmanager
    def explaining(self, name: str = "") -> Iterator[None]:
        """Give a rule's refusal the place in the file that it is about."""
        try:
            yield
        except SeedFault:
            raise
        except Refusal as refusal:
            raise SeedFault(place=self.at(name) if name else self.place, problem=refusal) from refusal

    def _needed(self, name: str) -> object:
        if not self.has(name):
            raise SeedFault(place=self.at(name), problem=_("this is missing. Add it."))
        return self._values[name]
