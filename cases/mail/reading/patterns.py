"""Patterns: a sender's layout as the state has written it down, tried before the generic label reader."""

from __future__ import annotations

import fnmatch
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from cases.mail.reading.facts import Facts
from cases.mail.reading.labels import Field, field_of

#: Seconds one pattern may take on one mail.
PATIENCE = 1.0
MATCHES = 50
#: How a layout may name what a pattern finds, besides the names of ``Field`` and any label the reader knows.
NAMES = {
    "reference": Field.REFERENCE, "case": Field.REFERENCE, "case_no": Field.REFERENCE, "case_number": Field.REFERENCE,
    "uid": Field.USER_ID, "user_id": Field.USER_ID, "name": Field.NAME, "username": Field.HANDLE,
    "phones": Field.PHONE, "emails": Field.EMAIL, "ip_events": Field.IP, "ips": Field.IP, "ip_address": Field.IP,
    "content": Field.TEXT, "text": Field.TEXT, "urls": Field.CONTENT_URL, "url": Field.CONTENT_URL,
    "profile_urls": Field.PROFILE_URL, "content_time": Field.POSTED, "posted": Field.POSTED, "dob": Field.BIRTH,
    "claimed_age": Field.AGE, "place": Field.PLACE, "priority": Field.URGENCY,
}  # fmt: skip
REST = re.compile(r"[\s:：=\-–|]*([^\n]*)")


class TooSlow(Exception):
    """A pattern took longer than it may."""


def kind_of(name: str) -> Field | None:
    """Return what a pattern's name stands for."""
    key = name.strip().lower()
    if key in NAMES:
        return NAMES[key]
    return Field(key) if key in set(Field) else field_of(key.replace("_", " "))


def is_from(pattern: str, senders: list[str]) -> bool:
    """Tell whether one of the senders fits: an address, a domain, or either with * for anything."""
    wanted = pattern.strip().casefold()
    if "@" not in wanted:
        wanted = f"*@{wanted.removeprefix('*.')}" if not wanted.startswith("*.") else f"*@{wanted}"
    return any(fnmatch.fnmatchcase(sender.casefold(), wanted) for sender in senders)


def read_patterns(layout: dict[str, Any], text: str, facts: Facts) -> list[str]:
    """Read what the patterns of a layout find into ``facts``; return the names of those that could not be used."""
    failed = []
    for name, pattern in layout.get("fields", {}).items():
        what = kind_of(str(name))
        try:
            compiled = re.compile(str(pattern), re.IGNORECASE | re.MULTILINE)
            with _in_time():
                found = [
                    _value(match, text, what) for match, _ in zip(compiled.finditer(text), range(MATCHES), strict=False)
                ]
        except (re.error, TooSlow, RecursionError, OverflowError):
            failed.append(str(name))
            continue
        for value in found:
            if what is not None and value:
                facts.take(what, value, label=str(name).replace("_", " "))
    return failed


def _value(match: re.Match[str], text: str, what: Field | None) -> str:
    """Return what a match says: its group ``value``, its named groups, its first group, or what follows it."""
    groups = match.groupdict()
    if groups.get("value") is not None:
        return str(groups["value"]).strip()
    if what is Field.IP and groups:
        port = f" port {groups['port']}" if groups.get("port") else ""
        return f"{groups.get('ip') or ''}{port} {groups.get('at') or groups.get('time') or ''}".strip()
    given = [group for group in match.groups() if group]
    if given:
        return given[0].strip()
    rest = REST.match(text, match.end())
    return rest.group(1).strip() if rest and not match.groups() else ""


@contextmanager
def _in_time() -> Iterator[None]:
    """Give up after a second: a pattern may need for ever on a text it does not fit."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
