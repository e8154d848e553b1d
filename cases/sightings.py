"""Sightings: the ledger of where somebody is, filled by every alert, by the cell and by the district."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import phonenumbers
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from cases import access, history, ladder, transitions
from cases.models import Alert, Case, Sighting, SightingStrike
from cases.refusals import AlreadyStruck, NoPlaceSaid, NoSuchSighting, NotYours, ReasonNeeded
from cases.states import Verb
from districts import jurisdiction
from districts.actors import Actor
from districts.jurisdiction import Clue

Source, Whose, Entered = Sighting.Source, Sighting.Whose, Sighting.Entered
#: What a place is worth by where it comes from: a device, a fixed line, a PIN, words, a profile, the rest.
TRUST: Mapping[str, int] = {
    Source.GPS: 6, Source.TELECOM: 6, Source.CHECKIN: 5, Source.STD: 5, Source.ADDRESS: 4, Source.TEXT: 3,
    Source.PROFILE: 2, Source.SIM: 1, Source.IP: 0,
}  # fmt: skip
PIN_TRUST = 4
#: Of one alert. More than these say nothing new, and would bury the rest.
MOST = 60
#: Nothing longer is read for places.
LONGEST = 5000
#: Who of an alert's contacts lives where the family lives.
FAMILY = frozenset(
    {"family", "mother", "father", "parent", "brother", "sister", "wife", "husband", "spouse", "son", "daughter",
     "guardian", "uncle", "aunt", "grandfather", "grandmother"}
)  # fmt: skip
LENGTHS = {"text": 500, "pin": 10, "phone": 30, "city": 120, "region": 120, "country": 60}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Clue):
    """What somebody says of a place, as far as they know it: a clue, or an address of the net, which is none."""

    ip: str = ""
    port: int | None = None

    @property
    def says_something(self) -> bool:
        """Whether there is a place in it, or something that leads to one."""
        named = (self.text, self.pin, self.phone, self.city, self.region, self.country, self.ip)
        return any(named) or (self.lat is not None and self.lon is not None)


# ---- the ledger fills itself -------------------------------------------------------------------------------


def hints_in(said: Mapping[str, Any], parsed: Mapping[str, Any]) -> list[Place]:
    """Read every hint of a place in what an alert, or a supplement to it, says; each once."""
    return list(dict.fromkeys(place for place in _read(said, parsed) if place.says_something))[:MOST]


def rows_of(case: Case, alert: Alert, hints: Iterable[Place], *, by: Actor, at: datetime) -> list[Sighting]:
    """Return the lines of the ledger for these hints, to be written with the alert."""
    return [_row(case, place, entered=Entered.ALERT, alert=alert, by=by, at=at) for place in hints]


def keep_hints(
    case: Case, alert: Alert, *, said: Mapping[str, Any], parsed: Mapping[str, Any], by: Actor, at: datetime
) -> None:
    """Write down the hints of a supplement, with the alert that it belongs to."""
    Sighting.objects.bulk_create(rows_of(case, alert, hints_in(said, parsed), by=by, at=at))


def of(case: Case) -> QuerySet[Sighting]:
    """Return the ledger of a case, struck ones included, in the order it was written; of one alert the surest first."""
    own = Q(case=case, alert=None)
    with_an_alert = Q(alert__links__case=case, alert__links__ended_at=None)
    return Sighting.objects.filter(own | with_an_alert).select_related("strike").order_by("entered_at", "-trust", "pk")


# ---- and is written by people ------------------------------------------------------------------------------


@transaction.atomic
def add(case: Case, place: Place, *, by: Actor, at: datetime, corrects: Sighting | None = None) -> Sighting:
    """
    Write down where somebody is. One that corrects another strikes it; both stay.

    What the cell learns is told to the units that have the case.

    :raises NoPlaceSaid: if nothing is said that could be a place
    :raises NoSuchSighting: if what it corrects is none of the case's
    """
    if not place.says_something or place.whose not in Whose.values or place.source not in TRUST:
        raise NoPlaceSaid(reference=case.reference)
    case = transitions.locked(case, Verb.SIGHTINGS, by=by)
    own = access.own_unit(case, by)
    if corrects is not None:
        _strikable(case, corrects, by=by)
    with transitions.handing_over(by):
        entered = Entered.OPERATOR if by.in_state_cell else Entered.DISTRICT
        row = _row(case, place, entered=entered, by=by, at=at)
        row.unit, row.corrects = own, corrects
        row.save(force_insert=True)
        if corrects is not None:
            _strike(case, corrects, reason="", by=by, at=at)
        transitions.land(case, at=at)
        facts = {"sighting": str(row.pk), "source": row.source, "whose": row.whose}
        facts |= {"corrects": str(corrects.pk)} if corrects else {}
        history.record(case, "sighting_added", by=by, at=at, facts=facts, unit=own)
    if by.in_state_cell and place.whose == Whose.PERSON:
        for leg in case.forwardings.filter(ended_at=None).select_related("unit"):
            to = ladder.first_rung(leg.unit, at=at)
            ladder.tell_again(case, leg, topic="case_raised", to=to, once=f"sighting:{leg.pk}:{row.pk}", at=at)
    return row


@transaction.atomic
def strike(case: Case, sighting: Sighting, *, reason: str, by: Actor, at: datetime) -> Sighting:
    """
    Say that a sighting is wrong. It stays, struck, with the reason; nothing is decided by it any more.

    :raises ReasonNeeded: if no reason is given
    :raises AlreadyStruck: if somebody has said so before
    :raises NotYours: if a unit would strike what it did not enter
    :raises NoSuchSighting: if it is none of the case's
    """
    if not reason.strip():
        raise ReasonNeeded(reference=case.reference)
    case = transitions.locked(case, Verb.STRIKE, by=by)
    _strikable(case, sighting, by=by)
    own = access.own_unit(case, by)
    with transitions.handing_over(by):
        _strike(case, sighting, reason=reason, by=by, at=at)
        transitions.land(case, at=at)
        facts = {"sighting": str(sighting.pk), "source": sighting.source, "reason": reason}
        history.record(case, "sighting_struck", by=by, at=at, facts=facts, unit=own)
    return sighting


def _strikable(case: Case, sighting: Sighting, *, by: Actor) -> None:
    known = of(case).filter(pk=sighting.pk).first()
    if known is None:
        raise NoSuchSighting(reference=case.reference)
    if not by.in_state_cell and known.unit_id not in by.unit_ids:
        raise NotYours(reference=case.reference, verb=Verb.STRIKE, who=transitions.who_is_the_cell())
    if hasattr(known, "strike"):
        raise AlreadyStruck(reference=case.reference)


def _strike(case: Case, sighting: Sighting, *, reason: str, by: Actor, at: datetime) -> None:
    SightingStrike.objects.create(sighting=sighting, case=case, reason=reason, at=at, by=by.label)


def _row(case: Case, place: Place, *, entered: str, by: Actor, at: datetime, alert: Alert | None = None) -> Sighting:
    named = {name: getattr(place, name)[:longest] for name, longest in LENGTHS.items()}
    trust = max(TRUST[place.source], PIN_TRUST) if place.pin and place.source == Source.TEXT else TRUST[place.source]
    return Sighting(
        case=case,
        alert=alert,
        entered=entered,
        by=by.label,
        entered_at=at,
        seen_at=place.seen_at,
        source=place.source,
        whose=place.whose,
        lat=place.lat,
        lon=place.lon,
        radius_m=place.radius_m,
        ip=place.ip[:64],
        port=place.port,
        trust=trust,
        verified=place.verified,
        **named,
    )


# ---- reading an alert --------------------------------------------------------------------------------------


def _read(said: Mapping[str, Any], parsed: Mapping[str, Any]) -> Iterator[Place]:
    """Read places, internet addresses, fixed lines and the family's numbers. What has another shape is passed over."""
    for location in _dicts(said.get("locations")):
        yield _located(location)
    for event in _dicts(parsed.get("ip_events")):
        yield Place(
            source=Source.IP, ip=_text(event.get("ip")), port=_whole(event.get("port")), seen_at=_time(event.get("at"))
        )
    for number in parsed.get("phones") or ():
        if is_fixed_line(_text(number)):
            yield Place(source=Source.STD, phone=_text(number))
    subject = said.get("subject")
    bio = subject.get("bio") if isinstance(subject, dict) else ""
    yield from _words(_text(parsed.get("content_text")), source=Source.TEXT)
    yield from _words(_text(bio), source=Source.PROFILE)
    for contact in _dicts(said.get("contacts")):
        number = _text(contact.get("phone"))
        if _text(contact.get("relation")).casefold() in FAMILY and is_fixed_line(number):
            yield Place(source=Source.STD, whose=Whose.FAMILY, phone=number)


def _words(text: str, *, source: str) -> Iterator[Place]:
    """Read the clauses of a text that name a place. A mobile number in it belongs to a pocket, and is none."""
    if not text:
        return
    for clue in jurisdiction.clues_in(text[:LONGEST], source=source):
        if clue.phone and clue.source != Source.STD:
            continue
        whose = clue.whose if clue.whose in Whose.values else Whose.FAMILY
        yield Place(source=str(clue.source), whose=whose, text=clue.text, pin=clue.pin, phone=clue.phone)


def _located(location: Mapping[str, Any]) -> Place:
    source = _text(location.get("source"))
    lat, lon = _number(location.get("lat"), 90), _number(location.get("lon"), 180)
    both = lat is not None and lon is not None
    source = source if source in TRUST else Source.TEXT
    return Place(
        source=source,
        whose=Whose.SIM if source == Source.SIM else Whose.PERSON,
        text=_text(location.get("text")),
        pin="".join(_text(location.get("pin")).split()),
        city=_text(location.get("city")),
        region=_text(location.get("region")),
        country=_text(location.get("country")),
        lat=lat if both else None,
        lon=lon if both else None,
        radius_m=_whole(location.get("accuracy_m")),
        seen_at=_time(location.get("at")),
        verified=location.get("verified") is True,
    )


def is_fixed_line(number: str) -> bool:
    """Tell whether a number may belong to a place. A mobile number belongs to a pocket."""
    try:
        read = phonenumbers.parse(number, "IN")
    except phonenumbers.NumberParseException:
        return False
    kind = phonenumbers.number_type(read)
    return kind in {phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}


def _dicts(values: object) -> Iterable[Mapping[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _number(value: object, most: float) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= most else None


def _whole(value: object) -> int | None:
    found = _number(value, 2_000_000_000)
    return int(found) if found is not None and found >= 0 else None


def _time(value: object) -> datetime | None:
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo else None
