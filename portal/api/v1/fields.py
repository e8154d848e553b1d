"""Fields that take JSON for what it is: no number from a string, no string from a number, no time without zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from django.utils import timezone as clock
from rest_framework import serializers

#: Clocks go wrong, and local time is sent as UTC; what is further ahead than this is no clock but a mistake.
AHEAD_MAX = timedelta(hours=24)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RFC_3339 = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[Tt ](?P<minute>\d\d:\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d{1,30}))?"
    r"(?P<zone>[Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)
OPTIONAL: dict[str, Any] = {"required": False, "allow_null": True}


class Text(serializers.CharField):
    """A string, without the white space around it."""

    default_error_messages = {"wrong_type": "This must be a string."}

    def __init__(self, max_length: int | None = None, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **({"allow_blank": True} | OPTIONAL | kwargs))

    def run_validation(self, data: object = serializers.empty) -> str | None:
        """Refuse what is no string before anybody makes one of it."""
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("wrong_type")
        text: str | None = super().run_validation(data)
        return text


class Whole(serializers.IntegerField):
    """A whole number."""

    default_error_messages = {"wrong_type": "This must be a whole number."}

    def to_internal_value(self, data: object) -> int:
        """Refuse strings, fractions, and ``true``, which Python takes for 1."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("wrong_type")
        return data


class Number(serializers.FloatField):
    """A number."""

    default_error_messages = {"wrong_type": "This must be a number."}

    def to_internal_value(self, data: object) -> float:
        """Refuse strings, and ``true``."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("wrong_type")
        return float(data)


class Flag(serializers.BooleanField):
    """Either ``true`` or ``false``, and no word for it."""

    default_error_messages = {"wrong_type": "This must be true or false."}

    def to_internal_value(self, data: object) -> bool:
        """Refuse everything else."""
        if not isinstance(data, bool):
            self.fail("wrong_type")
        return data


class OneOf(serializers.ChoiceField):
    """One word of a list, as it is written there."""

    default_error_messages = {"unknown_word": "This must be one of: {words}.", "wrong_type": "This must be a string."}

    def to_internal_value(self, data: object) -> str:
        """Refuse other words without repeating them."""
        if not isinstance(data, str):
            self.fail("wrong_type")
        if data not in self.choices:
            self.fail("unknown_word", words=", ".join(map(str, self.choices)))
        return data


class Moment(serializers.DateTimeField):
    """A time by RFC 3339, with the offset that says which time it is."""

    default_error_messages = {
        "wrong_type": "This must be a string.",
        "not_rfc3339": "This must be a time by RFC 3339 with an offset, such as 2026-11-21T17:52:08Z.",
        "in_the_future": "This lies more than a day ahead.",
        "too_early": "This lies before 1970.",
    }

    def to_internal_value(self, value: object) -> datetime:
        """Read the time; a leap second is the one before it, and what is finer than a microsecond is cut."""
        if not isinstance(value, str):
            self.fail("wrong_type")
        moment = read_moment(value)
        if moment is None:
            self.fail("not_rfc3339")
        if moment < EPOCH:
            self.fail("too_early")
        if moment > clock.now() + AHEAD_MAX:
            self.fail("in_the_future")
        return moment


def read_moment(written: str) -> datetime | None:
    """Return the time that is written by RFC 3339, in UTC, or nothing."""
    found = RFC_3339.fullmatch(written.strip())
    if found is None:
        return None
    second = min(found["second"], "59") if found["second"] == "60" else found["second"]
    try:
        moment = datetime.fromisoformat(f"{found['day']}T{found['minute']}:{second}")
        zone = _zone(found["zone"])
        micro = int((found["fraction"] or "0")[:6].ljust(6, "0"))
        return moment.replace(microsecond=micro, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(written: str) -> timezone:
    if written in "Zz":
        return UTC
    hours, minutes = int(written[1:3]), int(written[4:6])
    if hours > 23 or minutes > 59:
        raise ValueError(written)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if written[0] == "-" else offset)


def words(length: int, *, most: int = 100) -> serializers.ListField:
    """Return a field for a list of strings."""
    return serializers.ListField(child=Text(length, allow_null=False), max_length=most, **OPTIONAL)
