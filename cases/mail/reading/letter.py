"""A letter: the whole of one mail, read. Start here: ``read`` is what the child does."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from datetime import UTC, date, datetime
from email.message import Message
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from typing import Any

from cases.mail.reading import decoding, mime, moments, patterns, platforms, prose
from cases.mail.reading.facts import Facts
from cases.mail.reading.lines import read_lines
from cases.mail.reading.markup import QUOTE_ENDS, text_of_markup
from cases.mail.reading.mime import Opened, Part
from cases.mail.reading.sections import Sections, lines_of, split

TEXT_BYTES = 4_000_000
TEXTS = 30
FILES = 100
READABLE_NAMES = (".html", ".htm", ".txt", ".csv", ".log", ".md")
Result = dict[str, Any]
Headers = Message


def read(content: bytes, *, layouts: list[dict[str, Any]], own_domains: list[str], at: datetime) -> Result:
    """Return everything a mail says, as values that JSON can hold."""
    opened = mime.take_apart(content)
    headers = opened.root.headers
    subject = _header(headers, "Subject", 1000)
    sender = sender_of(opened.root)
    bodies, attached = _texts(opened)
    names = frozenset(sender_of(part)["name"] for part in (opened.root, *opened.nested))
    parted = [split(text, names=names) for _, text in bodies]
    whole = "\n".join(text for _, text in bodies)
    senders = _senders(opened, parted, sender["address"])
    written_at = _date(headers)
    facts = Facts(zone=moments.zone_of_all(whole) or UTC)
    used, failed = _by_layouts(layouts, senders, whole, facts)
    _by_labels([(level, part) for (level, _), part in zip(bodies, parted, strict=True)], attached, facts)
    told = "\n".join("\n".join([*part.fresh, *part.quoted]) for part in parted).replace(QUOTE_ENDS, "")
    prose.read_prose(told, facts, own_domains=frozenset(own_domains) | {_domain(address) for address in senders})
    body_subjects = [subject, *(_header(part.headers, "Subject", 1000) for part in opened.nested)]
    for line in body_subjects:
        prose.read_subject(line, facts)
    _name_platform(facts, body_subjects, sender, senders)
    said = told.replace(facts.content_text, " ") if facts.content_text else told
    facts.platform = facts.platform or platforms.named_in(said[:4000])
    return {
        "subject": subject,
        "from": sender,
        "one_sender": _has_one_sender(headers),
        "senders": senders,
        "to": _header(headers, "To", 500),
        "message_id": _header(headers, "Message-ID", 300),
        "sent_at": moments.written(written_at),
        "trust": [_header(headers, None, 5000, value=value) for value in headers.get_all("Authentication-Results", [])][
            :20
        ],
        "signs": _signs(opened, headers, subject),
        "parsed": parsed_of(facts),
        "more": _more(facts, told, at=written_at or at),
        "labelled": sorted(facts.labelled),
        "fresh_labelled": _fresh_labels(parted),
        "text": told.strip()[:20_000],
        "fresh": "\n".join("\n".join(part.fresh) for part in parted).strip()[:20_000],
        "layout": used,
        "layout_failed": failed,
        "cut": opened.cut,
        "nested": len(opened.nested),
        "files": _files(opened),
    }


def parsed_of(facts: Facts) -> Result:
    """Return what was read in the one shape of every door."""
    # A channel without a handle is known by its id, and found by it.
    channel = facts.user_id if facts.user_id.startswith("UC") and facts.platform in {"youtube", "google"} else ""
    return {
        "platform": facts.platform or None,
        "partner_reference": facts.reference or None,
        "handle": facts.handle or channel or None,
        "platform_user_id": facts.user_id or None,
        "display_name": facts.name or None,
        "phones": list(facts.phones),
        "emails": list(facts.emails),
        "ip_events": facts.ip_events,
        "content_text": facts.content_text or None,
        "posted_at": moments.written(facts.posted_at),
        "urls": [*facts.content_urls, *(url for url in facts.profile_urls if url not in facts.content_urls)],
    }


def sender_of(part: Part) -> dict[str, str]:
    """Return who a mail says it is from."""
    raw = _header(part.headers, "From", 2000)
    name, address = parseaddr(raw)
    if "@" not in address and (found := re.search(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+", raw)):
        address = found.group()
    address = decoding.one_line(address, longest=200)
    return {"name": decoding.one_line(name, longest=200), "address": address, "domain": _domain(address)}


def _texts(opened: Opened) -> tuple[list[tuple[int, str]], list[str]]:
    """Return the texts of the bodies, how deep in attached mails each lies, and those of attachments."""
    bodies: list[tuple[int, str]] = []
    attached: list[str] = []
    plain_at: set[int] = set()
    markup: list[tuple[int, str]] = []
    left = TEXT_BYTES
    for part in opened.leaves:
        if len(bodies) + len(attached) > TEXTS or left <= 0:
            break
        kind = part.media_type
        if not (kind.startswith("text/") or (part.is_attachment and part.name.lower().endswith(READABLE_NAMES))):
            continue
        text = part.text()[:left]
        left -= len(text)
        is_markup = (
            kind == "text/html" or part.name.lower().endswith((".html", ".htm")) or _looks_like_markup(text, kind)
        )
        if part.is_attachment:
            attached.append(text_of_markup(text) if is_markup else _rows_of(text, part))
        elif is_markup:
            markup.append((part.nested, text_of_markup(text)))
        elif kind in {"text/calendar", "text/css", "text/vcard", "text/rfc822-headers"}:
            continue
        elif text.strip():
            bodies.append((part.nested, text))
            plain_at.add(part.nested)
    # HTML says the same as the plain text beside it; alone, or beside a plain text that says nothing, it is the mail.
    for nested, text in markup:
        said = "".join(body for level, body in bodies if level == nested)
        if nested not in plain_at or len(said.strip()) < 0.3 * len(text.strip()):
            bodies.append((nested, text))
    bodies.sort(key=lambda body: body[0])
    return bodies, attached


def _rows_of(text: str, part: Part) -> str:
    """Return the text of an attachment, the cells of a table parted as those of any other."""
    if part.media_type != "text/csv" and not part.name.lower().endswith(".csv"):
        return text
    with suppress(csv.Error):
        return "\n".join("\t".join(cells) for cells in csv.reader(text.splitlines()[:2000]))
    return text


def _looks_like_markup(text: str, kind: str) -> bool:
    return (
        kind != "text/plain" and bool(re.search(r"<(?:html|body|table|div|p)\b", text[:2000], re.IGNORECASE))
    ) or bool(re.match(r"\s*(?:<!doctype html|<html\b)", text, re.IGNORECASE))


def _by_layouts(layouts: list[dict[str, Any]], senders: list[str], text: str, facts: Facts) -> tuple[str, list[str]]:
    for layout in layouts:
        if patterns.is_from(str(layout.get("sender", "")), senders):
            return str(layout.get("name", "")), patterns.read_patterns(layout, text, facts)
    return "", []


def _by_labels(parted: list[tuple[int, Sections]], attached: list[str], facts: Facts) -> None:
    """Read the newest that tells of a person first; what is quoted below counts only where nothing newer does."""
    outermost = parted[0][0] if parted else 0
    passed_on: Facts | None = None
    for level, part in parted:
        for lines in (part.fresh, part.quoted):
            layer = Facts(zone=facts.zone)
            read_lines(lines, layer)
            if layer.is_a_signature and not facts.labelled:
                passed_on = passed_on or layer  # the person's only where nothing below tells of anybody
                continue
            # The same mail as plain text and as HTML is one text, written twice.
            if not facts.tells_of_a_person or (lines is part.fresh and level == outermost):
                facts.fill_from(layer)
            else:
                facts.reference = facts.reference or layer.reference
                facts.platform = facts.platform or layer.platform
    if passed_on is not None and not facts.tells_of_a_person:
        facts.fill_from(passed_on)
    for text in attached:
        layer = Facts(zone=facts.zone)
        read_lines(lines_of(text), layer)
        other = bool(layer.user_id and facts.user_id and layer.user_id != facts.user_id)
        if not other:
            facts.fill_from(layer)


def _fresh_labels(parted: list[Sections]) -> list[str]:
    """Return what stands behind labels in what the sender wrote, as against what is quoted below."""
    layer = Facts()
    if parted:
        read_lines(parted[0].fresh, layer)
    return sorted(layer.labelled)


def _name_platform(facts: Facts, subjects: list[str], sender: dict[str, str], senders: list[str]) -> None:
    """Say which platform it is about: as it is called, as its links lead, as the subject has it, as its sender is."""
    facts.platform = (
        facts.platform
        or facts.hinted
        or platforms.of_links([*facts.content_urls, *facts.profile_urls])
        or next((found for line in subjects if (found := platforms.named_in(line))), "")
        or platforms.of_sender(sender["name"], sender["domain"])
        or next((found for address in senders[1:] if (found := platforms.of_sender("", _domain(address)))), "")
    )


def _more(facts: Facts, text: str, *, at: datetime) -> Result:
    """Return what goes beyond the common shape: age, places, urgency, and which links lead to a post."""
    age, why = facts.age, "stated" if facts.age is not None else ""
    if facts.birth is not None:
        age, why = _age(facts.birth, at.date()), "date of birth"
    if age is None and (by_class := prose.age_by_class(f"{facts.content_text}\n{facts.bio}\n{text}")):
        age, why = by_class, "class"
    return {
        "claimed_age": age if age is not None and 0 <= age < 120 else None,
        "age_from": why if age is not None else None,
        "date_of_birth": facts.birth.isoformat() if facts.birth else None,
        "urgency": facts.urgency or None,
        "live": facts.live,
        "bio": facts.bio or None,
        "detected_at": moments.written(facts.detected_at),
        "locations": facts.places,
        "content_urls": facts.content_urls,
        "profile_urls": facts.profile_urls,
        "verified": [value for value, sure in {**facts.phones, **facts.emails}.items() if sure],
    }


def _signs(opened: Opened, headers: Headers, subject: str) -> Result:
    """Return what tells mail that a machine sends from a mail about somebody."""
    return {
        "auto_submitted": _header(headers, "Auto-Submitted", 60).lower(),
        "auto_reply": bool(headers.get("X-Autoreply") or headers.get("X-Autorespond") or headers.get("X-Autogenerated")),
        "precedence": _header(headers, "Precedence", 40).lower(),
        "list": any(name.lower().startswith("list-") for name in list(headers.keys())[:2000]),
        "return_path": _header(headers, "Return-Path", 200) if "Return-Path" in headers else None,
        "report": "message/delivery-status" in opened.types or (
            opened.root.media_type == "multipart/report" and "delivery-status" in str(headers.get("Content-Type", "")).lower()
        ),
        "multipart_report": opened.root.media_type == "multipart/report",
        "out_of_office": bool(re.match(
            r"\s*(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|auto:|स्वतः उत्तर|स्वचालित उत्तर)",
            subject, re.IGNORECASE,
        )),
    }  # fmt: skip


def _files(opened: Opened) -> list[Result]:
    """Return what is attached: where it stands in the sealed bytes, so that it can be taken out unchanged."""
    found: list[Result] = []
    for part in opened.leaves:
        if part.content is not opened.root.content or len(found) >= FILES:
            continue
        if part.is_attachment or not part.media_type.startswith(("text/", "multipart/", "message/")):
            found.append({
                "name": part.name, "media_type": part.media_type[:100], "start": part.start, "end": part.end,
                "transfer": part.transfer,
            })  # fmt: skip
    return found


def _senders(opened: Opened, parted: list[Sections], outer: str) -> list[str]:
    """Return every address that sent some part of the mail, the outer one first."""
    inner = [sender_of(part)["address"] for part in opened.nested]
    named = [parseaddr(line)[1] for part in parted for line in part.senders]
    return list(dict.fromkeys(address for address in [outer, *inner, *named] if "@" in address))[:20]


def _has_one_sender(headers: Headers) -> bool:
    """Tell whether it says once whom it is from: of two, one is what the reader sees and one what was checked."""
    lines = headers.get_all("From", [])
    return len(lines) == 1 and len([a for _, a in getaddresses([str(lines[0])[:2000]]) if "@" in a]) == 1


def _header(headers: Headers, name: str | None, longest: int, *, value: object = None) -> str:
    found = headers.get(name, "") if name else value
    return decoding.header_text(str(found)[: longest * 4])[:longest]


def _date(headers: Headers) -> datetime | None:
    text = _header(headers, "Date", 200)
    try:
        found = parsedate_to_datetime(text)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC) if 1980 < found.year < 2100 else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return moments.moment_of(text)


def _age(birth: date, today: date) -> int:
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip(" .>").lower()
