"""From the checked body of a request to what intake takes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import phonenumbers

from cases.intake import Arrival, Pointer
from cases.models import Door, Identifier
from districts.models import Partner, Urgency

REGION = "IN"
#: The platforms that have a word of their own, and what else they are called.
PLATFORMS = {
    "instagram": "instagram",
    "ig": "instagram",
    "facebook": "facebook",
    "fb": "facebook",
    "x": "x",
    "twitter": "x",
    "youtube": "youtube",
    "yt": "youtube",
    "google": "google",
    "snapchat": "snapchat",
}
Fields = dict[str, Any]


def arrival_of(
    fields: Fields, body: Fields, *, partner: Partner, sha256: str, size: int, handed_over: Fields | None = None
) -> Arrival:
    """Return the alert as intake takes it. A practice partner never makes a real case, whatever its body says."""
    parsed = parsed_of(fields, partner=partner) | ({"handed_over": handed_over} if handed_over else {})
    content, subject = fields.get("content") or {}, fields.get("subject") or {}
    return Arrival(
        door=Door.API,
        state=partner.state,
        partner=partner,
        sha256=sha256,
        size=size,
        practice=partner.practice or bool(fields.get("practice")),
        platform=parsed["platform"],
        partner_reference=fields["partner_reference"],
        urgency=urgency_of(fields),
        sent_at=fields["sent_at"],
        posted_at=content.get("posted_at"),
        detected_at=content.get("detected_at"),
        name=parsed["display_name"] or "",
        claimed_age=subject.get("claimed_age"),
        pointers=_pointers(subject, parsed),
        content_urls=tuple(_filled(content.get("urls"))),
        parsed=parsed,
        body=body,
    )


def urgency_of(fields: Fields) -> Urgency:
    """Return P0 for what is live or imminent, and P1 for all else: a machine never lowers it."""
    live = (fields.get("content") or {}).get("live")
    imminent = (fields.get("urgency") or {}).get("level") == "imminent"
    return Urgency.P0 if live or imminent else Urgency.P1


def parsed_of(fields: Fields, *, partner: Partner) -> Fields:
    """Return what was read, in the shape every door has; of numbers and addresses only the person's own."""
    content, subject = fields.get("content") or {}, fields.get("subject") or {}
    urls = [*_filled(content.get("urls")), *_filled(subject.get("profile_urls"))]
    return {
        "platform": PLATFORMS.get((fields.get("platform") or "").casefold(), partner.code),
        "partner_reference": fields["partner_reference"],
        "handle": (subject.get("handle") or "").lstrip("@ ") or None,
        "platform_user_id": subject.get("platform_user_id") or None,
        "display_name": next(iter(_filled(subject.get("display_names"))), None),
        "phones": _once(e164(phone["number"]) for phone in subject.get("phones") or () if phone.get("number")),
        "emails": _once(email["address"] for email in subject.get("emails") or () if email.get("address")),
        "ip_events": [_ip_event(event) for event in fields.get("ip_events") or ()],
        "content_text": content.get("text") or None,
        "posted_at": rfc3339(content.get("posted_at")),
        "urls": _once(urls),
    }


def e164(number: str) -> str:
    """Return a telephone number in E.164 where it can be one, else as it was written."""
    try:
        read = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return number
    # A number without its area code is "possible" too, and would become somebody else's.
    if phonenumbers.is_possible_number_with_reason(read) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return number
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)


def rfc3339(moment: datetime | None) -> str | None:
    """Return a time in UTC as every door writes it."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _ip_event(event: Fields) -> Fields:
    return {
        "ip": _address(event.get("ip") or ""),
        "port": event.get("port"),
        "at": rfc3339(event.get("at")),
        "event": event.get("event") or None,
        "possible_proxy": event.get("possible_proxy"),
    }


def _address(written: str) -> str | None:
    """Return an IP address in its usual form where it is one, else as it was written."""
    try:
        return str(ipaddress.ip_address(written))
    except ValueError:
        return written or None


def _pointers(subject: Fields, parsed: Fields) -> tuple[Pointer, ...]:
    """Return everything that leads to the person, once each."""
    kind, platform = Identifier.Kind, parsed["platform"]
    found: dict[tuple[str, str], Pointer] = {}

    def add(what: str, value: str | None, on: str = "", *, verified: bool = False) -> None:
        if value:
            known = found.get((what, value))
            found[what, value] = Pointer(what, value, on, verified or bool(known and known.verified))

    add(kind.HANDLE, parsed["handle"], platform)
    add(kind.ACCOUNT, parsed["platform_user_id"], platform)
    for phone in subject.get("phones") or ():
        add(kind.PHONE, e164(phone.get("number") or ""), verified=bool(phone.get("verified")))
    for email in subject.get("emails") or ():
        add(kind.EMAIL, email.get("address"), verified=bool(email.get("verified")))
    for address in parsed["urls"]:
        add(kind.URL, address)
    return tuple(found.values())


def _filled(values: list[str] | None) -> list[str]:
    return [value for value in values or () if value]


def _once(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
