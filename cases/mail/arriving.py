"""Arriving: from a mail that was read to what intake takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cases.intake import Arrival, Pointer
from cases.mail.reading import platforms
from cases.mail.trust import UNKNOWN, Trust
from cases.models import Door, HardKey, Identifier, MailReceipt
from districts.models import Partner, State
from districts.models.policy import Urgency

Letter = dict[str, Any]
IMMINENT = re.compile(
    r"imminent|critical|emergency|immediate|\bp0\b|severe|extreme|\blive\b|तत्काल|आसन्न|अति गंभीर|लाइव", re.IGNORECASE
)
NOT_IMMINENT = re.compile(r"\b(?:non|not|no)[- ](?:imminent|immediate|emergency|critical)|नहीं", re.IGNORECASE)
#: A time further ahead than this was written by a wrong clock.
AHEAD = timedelta(days=2)
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
NOTHING_READ: dict[str, Any] = {
    "platform": None, "partner_reference": None, "handle": None, "platform_user_id": None, "display_name": None,
    "phones": [], "emails": [], "ip_events": [], "content_text": None, "posted_at": None, "urls": [],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose mail it is: the partner that sends from that domain, the state it is for, and how far it is trusted."""

    state: State
    partner: Partner | None
    trust: Trust

    @property
    def sender(self) -> Partner | None:
        """The partner in whose name it is received: only one whose mail was verified."""
        return self.partner if self.trust["verified"] else None


def arrival_of(letter: Letter, receipt: MailReceipt, origin: Origin, *, at: datetime) -> Arrival:
    """Return the alert a mail makes."""
    parsed, more = dict(letter["parsed"]), letter["more"]
    parsed["platform"] = platform_of(parsed, origin)
    body = {
        "subject": {"claimed_age": more["claimed_age"], "bio": more["bio"], "date_of_birth": more["date_of_birth"]},
        "content": {"live": more["live"]},
        "urgency": {"reason": more["urgency"] or ""},
        "locations": more["locations"],
        "trust": origin.trust,
        "mail": {
            name: letter[name]
            for name in ("subject", "from", "to", "message_id", "layout", "layout_failed", "cut", "nested", "labelled")
        } | {"age_from": more["age_from"], "text": letter["text"] if not parsed["content_text"] else ""},
    }  # fmt: skip
    return Arrival(
        door=Door.EMAIL,
        state=origin.state,
        partner=origin.sender,
        sha256=receipt.sha256,
        size=receipt.size,
        practice=bool(origin.sender and origin.sender.practice),
        platform=(parsed["platform"] or "")[:40],
        partner_reference=(parsed["partner_reference"] or "")[:200],
        urgency=urgency_of(letter),
        sent_at=_moment(letter["sent_at"], at),
        posted_at=_moment(parsed["posted_at"], at),
        detected_at=_moment(more["detected_at"], at),
        name=(parsed["display_name"] or "")[:200],
        claimed_age=more["claimed_age"],
        pointers=_pointers(parsed, more),
        content_urls=(*more["content_urls"], itself(receipt)),
        parsed=parsed,
        body=body,
    )


def unreadable(receipt: MailReceipt, origin: Origin, *, why: str, subject: str = "") -> Arrival:
    """Return the alert that a mail makes which nobody could read: a human must."""
    return Arrival(
        door=Door.EMAIL,
        state=origin.state,
        partner=origin.sender,
        sha256=receipt.sha256,
        size=receipt.size,
        content_urls=(itself(receipt),),
        parsed=dict(NOTHING_READ),
        body={"trust": origin.trust, "mail": {"unreadable": why, "subject": subject}},
    )


def itself(receipt: MailReceipt) -> str:
    """Return an address of the sealed bytes (RFC 6920): the same bytes, come twice, belong to one open case."""
    return f"ni:///sha-256;{receipt.sha256}"


def platform_of(parsed: dict[str, Any], origin: Origin) -> str | None:
    """
    Return the platform: as it was read, else as an earlier alert with that reference has it, else the partner itself.

    A follow-up often gives the reference and nothing more; under another platform it would not find its case.
    """
    if parsed["platform"]:
        return str(parsed["platform"])
    known = known_platform(parsed["partner_reference"], origin)
    if known:
        return known
    return origin.partner.code if origin.partner else None


def known_platform(reference: str | None, origin: Origin) -> str | None:
    """Return the platform under which an alert with that reference is here; None if there is none."""
    if not reference:
        return None
    names = [*platforms.NAMES, origin.partner.code if origin.partner else "", ""]
    keys = {f"reference:{name}:{reference[:200]}"[:600]: name for name in names}
    held = HardKey.objects.filter(state=origin.state, key__in=list(keys)).order_by("-pk").first()
    return keys[held.key] if held else None


def urgency_of(letter: Letter) -> Urgency:
    """Return P0 for what is live or imminent, and P1 for all else: a machine never lowers it."""
    said = letter["more"]["urgency"] or ""
    imminent = bool(IMMINENT.search(said)) and not NOT_IMMINENT.search(said)
    return Urgency.P0 if letter["more"]["live"] or imminent else Urgency.P1


def nobodys(state: State, partner: Partner | None = None) -> Origin:
    """Return the origin of a mail of which nothing is known but where it goes."""
    return Origin(state=state, partner=partner, trust=UNKNOWN)


def _pointers(parsed: dict[str, Any], more: dict[str, Any]) -> tuple[Pointer, ...]:
    """Return everything that leads to the person."""
    kind, platform, sure = Identifier.Kind, parsed["platform"] or "", set(more["verified"])
    found = []
    if parsed["handle"]:
        found.append(Pointer(kind.HANDLE, parsed["handle"], platform[:40]))
    if parsed["platform_user_id"]:
        found.append(Pointer(kind.ACCOUNT, parsed["platform_user_id"], platform[:40]))
    found += [Pointer(kind.PHONE, number, verified=number in sure) for number in parsed["phones"]]
    found += [Pointer(kind.EMAIL, address, verified=address in sure) for address in parsed["emails"]]
    found += [Pointer(kind.URL, url) for url in parsed["urls"]]
    return tuple(found)


def _moment(written: str | None, at: datetime) -> datetime | None:
    """Return a time that can be true: not before there was a platform, and not in the future."""
    if not written:
        return None
    moment = datetime.fromisoformat(written)
    return moment if OLDEST < moment < at + AHEAD else None
