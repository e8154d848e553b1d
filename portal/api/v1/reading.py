"""From bytes to a value: strict about what is JSON, and never surprised by what is in it."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from django.conf import settings
from django.http import HttpRequest, UnreadablePostError

from portal.api.v1.problems import BadJSON, BodyTooLarge, Problem, WrongMediaType

DEPTH_MAX = 32
DIGITS_MAX = 40
POINTER_MAX = 200
#: What PostgreSQL keeps neither in text nor in jsonb. The sealed bytes hold it as it came.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT = "\ufffd"


@dataclass(slots=True)
class Reading:
    """A JSON value that the database can keep, and the pointers of what had to be replaced for that."""

    value: Any
    replaced: list[str] = field(default_factory=list)


def bytes_of(request: HttpRequest) -> bytes:
    """
    Return the body as it came over the wire, one byte past the limit at most.

    :raises WrongMediaType: if it is not announced as JSON in UTF-8
    :raises BodyTooLarge: if it is longer than an alert may be
    """
    media_type = (request.content_type or "").lower()
    charset = (request.content_params or {}).get("charset", "utf-8").strip('"').lower()
    if media_type != "application/json" or charset not in {"utf-8", "utf8", "us-ascii"}:
        raise WrongMediaType
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise WrongMediaType
    return small_body_of(request)


def small_body_of(request: HttpRequest) -> bytes:
    """
    Return the body of a call that is no file, whatever it is announced as.

    :raises BodyTooLarge: if it is longer than an alert may be
    """
    return body_of(request, most=settings.ALERT_BYTES_MAX, too_large=BodyTooLarge)


def body_of(request: HttpRequest, *, most: int, too_large: type[Problem]) -> bytes:
    """Return the body as it came over the wire, one byte past ``most`` at the farthest."""
    announced = request.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced[:20]) > most:
        raise too_large
    try:
        raw = request.read(most + 1)
    except UnreadablePostError as broken:
        raise BadJSON("body_incomplete", "The body ended before it was complete.") from broken
    if len(raw) > most:
        raise too_large
    return raw


def read(raw: bytes) -> Reading:
    """
    Return what the bytes say.

    :raises BadJSON: if they are not JSON (RFC 8259) in UTF-8, name a member twice, or are nested too deeply
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise BadJSON("not_utf8", "The body is not UTF-8.") from broken
    try:
        value = json.loads(
            text, object_pairs_hook=_once, parse_int=_whole, parse_float=_broken, parse_constant=_no_number
        )
    except RecursionError as deep:
        raise BadJSON("too_deep", f"The body is nested deeper than {DEPTH_MAX} levels.") from deep
    except json.JSONDecodeError as broken:
        # The position is said, never the text that stands there.
        where = f"line {broken.lineno}, column {broken.colno}"
        raise BadJSON("not_json", f"The body is not JSON: it stops making sense at {where}.") from broken
    reading = Reading(None)
    reading.value = _storable(value, "", reading.replaced, DEPTH_MAX)
    return reading


def pointer_to(parent: str, key: object) -> str:
    """Return the JSON pointer (RFC 6901) of a member, cut where somebody has made a novel of it."""
    return f"{parent}/{str(key).replace('~', '~0').replace('/', '~1')}"[:POINTER_MAX]


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Take the members of an object; of two with one name nobody can say which is meant."""
    found = dict(members)
    if len(found) != len(members):
        raise BadJSON("duplicate_member", "An object in the body names one of its members twice.")
    return found


def _whole(digits: str) -> int | str:
    """Read a whole number; one with more digits than any fact has stays as it is written."""
    return int(digits) if len(digits) <= DIGITS_MAX else digits


def _broken(digits: str) -> float | str:
    """Read a number with a point or an exponent; one that is too large stays as it is written."""
    number = float(digits)
    return number if math.isfinite(number) else digits


def _no_number(name: str) -> NoReturn:
    """Refuse what Python reads and JSON does not have."""
    raise BadJSON("not_json", f"The body is not JSON: it has no {name.lstrip('-')}.")


def _storable(value: object, pointer: str, replaced: list[str], depth: int) -> object:
    """Return the value with every character replaced that can not be kept, and note where that was."""
    if isinstance(value, str):
        if not UNSTORABLE.search(value):
            return value
        replaced.append(pointer)
        return UNSTORABLE.sub(REPLACEMENT, value)
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        raise BadJSON("too_deep", f"The body is nested deeper than {DEPTH_MAX} levels.")
    if isinstance(value, list):
        return [_storable(item, pointer_to(pointer, at), replaced, depth - 1) for at, item in enumerate(value)]
    kept = {}
    for key, item in value.items():
        name = UNSTORABLE.sub(REPLACEMENT, key)
        kept[name] = _storable(item, pointer_to(pointer, name), replaced, depth - 1)
    return kept
