"""Packing: what of a case crosses to another portal. Only what helps to reach the person, and no officer's name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet

from cases import ladder, sightings
from cases.models import Addition, Alert, Case, Door, Identifier, Person, SealedFile, Sighting
from districts.models import Unit
from districts.models.policy import Urgency

#: What another portal takes as one file, and how many of them for one alert.
LARGEST, MOST = 25 * 1024 * 1024, 90
#: Doors whose sealed bytes may go along. What an officer wrote down at the telephone has the officer's name in it.
DOORS = {str(Door.API): "json", str(Door.EMAIL): "eml"}
Facts = dict[str, Any]


class Source(NamedTuple):
    """Sealed bytes that belong to what was reported: an alert, what was added to it, or a file that came with it."""

    sha256: str
    size: int
    name: str
    received_at: datetime


def sources_of(case: Case) -> list[Source]:
    """Return the sealed sources of a case, oldest first, each digest once. What officers attached is none."""
    found: dict[str, Source] = {}
    for source in sorted(_sources(case), key=lambda source: source.received_at):
        found.setdefault(source.sha256, source)
    return list(found.values())[:MOST]


def facts_of(case: Case) -> Facts:
    """Return what the case knows, in the members of an alert: who, where, and what was said; all else stays here."""
    alerts = list(_alerts(case).order_by("-received_at", "-pk"))
    person = Person.objects.filter(case=case).first()
    pointers = list(Identifier.objects.filter(case=case).order_by("-verified", "pk"))
    kinds = Identifier.Kind
    said = next((alert for alert in alerts if alert.parsed.get("content_text")), None)
    text = str(said.parsed["content_text"]) if said else ""
    handle = next((one for one in pointers if one.kind == kinds.HANDLE), None)
    subject = {
        "handle": handle.value if handle else "",
        "platform_user_id": next(iter(_of(pointers, kinds.ACCOUNT)), ""),
        "display_names": [person.name] if person and person.name else [],
        "claimed_age": person.claimed_age if person else None,
        "phones": [{"number": one.value, "verified": one.verified} for one in pointers if one.kind == kinds.PHONE],
    }
    content = {"posted_at": _moment(case.posted_at), "text": text, "urls": _of(pointers, kinds.URL)}
    platform = handle.platform if handle and handle.platform else next((a.platform for a in alerts if a.platform), "")
    level = "imminent" if case.urgency == Urgency.P0 else "high"
    return {
        "platform": platform,
        "urgency": {"level": level},
        "content": _filled(content),
        "subject": _filled(subject),
        "locations": [place for seen in sightings.of(case) if (place := _place(seen, text=text))],
    }


def alert_of(case: Case, *, number: int, cell: Unit, at: datetime) -> Facts:
    """Return the alert as the other portal gets it. ``number`` counts how often the case was handed over there."""
    here = {"portal": case.state.code, "reference": case.reference}
    handed_over = {
        "trail": [*trail_of(case), here],
        "family_not_told": case.family_not_told,
        "sources": [{"sha256": source.sha256, "size": source.size, "name": source.name} for source in sources_of(case)],
    }
    reference = case.reference if number == 1 else f"{case.reference}/{number}"
    facts = facts_of(case)
    if not any(facts["subject"].get(name) for name in ("handle", "platform_user_id", "phones")):
        # Somebody rang and knew a place only. What leads on from there is our own page of the case.
        urls = facts["content"].get("urls") or [f"{settings.PUBLIC_URL}/cases/{case.reference}"]
        facts["content"] = facts["content"] | {"urls": urls}
    return {
        "partner_reference": reference,
        "sent_at": _moment(at),
        "practice": case.practice,
        "reviewed_by_human": True,
        "partner_contact": {"name": cell.name_en, "phone": ladder.cell_number(case.state_id)},
        "handed_over": handed_over,
        **facts,
    }


def trail_of(case: Case) -> list[dict[str, str]]:
    """Return through which portals the case came to us, and what each calls it."""
    trail: dict[tuple[str, str], dict[str, str]] = {}
    for alert in _alerts(case).order_by("received_at", "pk"):
        for step in (alert.parsed.get("handed_over") or {}).get("trail", ()):
            trail.setdefault((step["portal"], step["reference"]), step)
    return [step for (_portal, reference), step in trail.items() if reference != case.reference]


def news_in(facts: Facts, told: list[Mapping[str, Any]]) -> Facts:
    """Return what of the facts was not told before, as the members of a supplement; empty if there is nothing."""
    places = [place for before in told for place in before.get("locations") or ()]
    more: Facts = {"locations": [place for place in facts["locations"] if place not in places]}
    for part in ("subject", "content"):
        before = {name: value for said in told for name, value in (said.get(part) or {}).items()}
        more[part] = {name: value for name, value in facts[part].items() if before.get(name) != value}
    levels = [(said.get("urgency") or {}).get("level") for said in told]
    more["urgency"] = facts["urgency"] if facts["urgency"]["level"] == "imminent" and "imminent" not in levels else {}
    return _filled(more)


def _alerts(case: Case) -> QuerySet[Alert]:
    return Alert.objects.filter(links__case=case, links__ended_at=None)


def _sources(case: Case) -> Iterator[Source]:
    alerts = list(_alerts(case))
    for alert in alerts:
        if alert.door in DOORS and alert.size <= LARGEST:
            yield Source(alert.sha256, alert.size, f"alert.{DOORS[alert.door]}", alert.received_at)
    for added in Addition.objects.filter(alert__in=alerts, kind=Addition.Kind.SUPPLEMENT):
        yield Source(added.sha256, added.size, "supplement.json", added.received_at)
    for file in SealedFile.objects.filter(alert__in=alerts, size__lte=LARGEST):
        yield Source(file.sha256, file.size, file.name, file.received_at)


def _place(seen: Sighting, *, text: str) -> Facts:
    """Return a line of the ledger as an alert says it: where the person is, and by which source."""
    told_already = seen.source == Sighting.Source.TEXT and bool(seen.text) and seen.text in text
    if (
        hasattr(seen, "strike")
        or seen.whose == Sighting.Whose.FAMILY
        or seen.source == Sighting.Source.IP
        or told_already
    ):
        return {}
    place = {name: getattr(seen, name) for name in ("text", "pin", "city", "region", "country", "lat", "lon")}
    place |= {"accuracy_m": seen.radius_m, "at": _moment(seen.seen_at), "verified": seen.verified or None}
    said = _filled(place)
    return {"source": seen.source, **said} if said else {}


def _of(pointers: list[Identifier], kind: str) -> list[str]:
    return [one.value for one in pointers if one.kind == kind]


def _filled(values: Facts) -> Facts:
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
