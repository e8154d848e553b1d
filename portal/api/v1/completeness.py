"""Completeness: how much of what helps to find a person an alert holds, by a table that can be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Fields = dict[str, Any]


class Help(NamedTuple):
    """Something that helps, how much, and how to see whether it is there."""

    name: str
    points: int
    there: Callable[[Fields], object]


def _of(fields: Fields, part: str, name: str) -> Any:  # noqa: ANN401 - whatever the field holds
    return (fields.get(part) or {}).get(name)


def _fixed(fields: Fields) -> bool:
    """Tell whether a place says more than an IP address or a profile can."""
    places = fields.get("locations") or ()
    return any(
        place.get("pin")
        or (
            place.get("source") in {"gps", "checkin", "address"} and (place.get("lat") is not None or place.get("text"))
        )
        for place in places
    )


def _numbered(fields: Fields) -> bool:
    return any(phone.get("number") for phone in _of(fields, "subject", "phones") or ())


# A telephone number and a fixed place find most people; an IP address alone finds a city, often the wrong one.
TABLE = (
    Help("subject.phones", 20, _numbered),
    Help("locations", 20, _fixed),
    Help("ip_events", 10, lambda f: any(e.get("ip") and e.get("at") for e in f.get("ip_events") or ())),
    Help("subject.handle", 6, lambda f: _of(f, "subject", "handle")),
    Help("subject.platform_user_id", 5, lambda f: _of(f, "subject", "platform_user_id")),
    Help("content.text", 8, lambda f: _of(f, "content", "text")),
    Help("content.urls", 6, lambda f: any(_of(f, "content", "urls") or ())),
    Help("content.posted_at", 5, lambda f: _of(f, "content", "posted_at")),
    Help("subject.display_names", 4, lambda f: any(_of(f, "subject", "display_names") or ())),
    Help("subject.profile_urls", 3, lambda f: any(_of(f, "subject", "profile_urls") or ())),
    Help("subject.emails", 3, lambda f: any(e.get("address") for e in _of(f, "subject", "emails") or ())),
    Help("subject.claimed_age", 2, lambda f: _of(f, "subject", "claimed_age") is not None),
    Help("contacts", 3, lambda f: any(c.get("phone") or c.get("handle") for c in f.get("contacts") or ())),
    Help("devices", 2, lambda f: any(d.get("id") for d in f.get("devices") or ())),
    Help("partner_contact", 3, lambda f: _of(f, "partner_contact", "phone")),
)


def completeness(fields: Fields) -> dict[str, Any]:
    """Return the score from 0 to 100, and what is missing, most helpful first."""
    missing = [entry for entry in TABLE if not entry.there(fields)]
    missing.sort(key=lambda entry: -entry.points)
    return {"score": 100 - sum(entry.points for entry in missing), "missing": [entry.name for entry in missing]}
