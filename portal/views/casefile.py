"""The case as its page and its JSON show it: everything of one case, masked for whoever does not hold it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from cases import access, transitions
from cases.forwarding import UNDO_LASTS
from cases.models import (
    Addition,
    Alert,
    Case,
    CaseLink,
    Deadline,
    Door,
    Forwarding,
    Identifier,
    Outreach,
    Person,
    Receipt,
    Report,
)
from cases.states import OPEN_LEGS, Leg, Outcome, Promise, Settled
from districts.actors import Actor
from notifications import queries
from portal.views import afterwards, directions, filelist, lines, masking, places, sentences, suggested, timeline
from portal.views.acts import ACTS
from portal.views.countdown import Posts, clock, paused_until
from portal.views.frame import side_of
from portal.views.posts import post_words
from portal.views.rows import masked, masked_person, row_of, short_leg

#: What of an alert the page shows, in the order of the contract.
PARSED = (
    "platform", "partner_reference", "handle", "platform_user_id", "display_name", "phones", "emails", "ip_events",
    "content_text", "posted_at", "urls",
)  # fmt: skip
LISTS = frozenset({"phones", "emails", "ip_events", "urls"})
PLACE = ("text", "pin", "city", "region", "lat", "lon", "accuracy_m", "source", "verified")
STAGES = (
    "posted_at", "detected_at", "sent_at", "opened_at", "claimed_at", "forwarded_at", "acknowledged_at", "moving_at",
    "contact_at", "reported_at", "closed_at",
)  # fmt: skip


def fetched(case: Case, actor: Actor) -> Case:
    """Return the case as it stands now, with everything its page shows."""
    return (
        access.cases_for(actor)
        .filter(pk=case.pk)
        .select_related("person", "claimed_by", "earlier")
        .prefetch_related(
            Prefetch("identifiers", Identifier.objects.order_by("-verified", "pk")),
            Prefetch("links", CaseLink.objects.filter(ended_at=None).order_by("pk").select_related("alert__partner")),
            Prefetch("links__alert__additions", Addition.objects.order_by("received_at", "pk")),
            "links__alert__files",
            Prefetch(
                "forwardings",
                Forwarding.objects.order_by("forwarded_at").select_related(
                    "unit", "suggested_unit", "post__unit", "receipt"
                ),
            ),
            Prefetch("deadlines", Deadline.objects.order_by("due_at", "level").select_related("unit")),
            Prefetch("reports", Report.objects.order_by("at").select_related("forwarding__unit")),
            Prefetch("outreach", Outreach.objects.order_by("at")),
            "later",
        )
        .get()
    )


def case_of(case: Case, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return everything the officer may read of a case they have in reach."""
    case = fetched(case, actor)
    posts = Posts(actor.state_id, at=now)
    unmasked = actor.in_state_cell and case.claimed_by_id == actor.officer_id
    ledger = places.ledger_of(case, actor=actor, unmasked=unmasked)
    legs = [_leg(leg, actor, now=now) for leg in case.forwardings.all()]
    deadlines = [_deadline(deadline, now=now, posts=posts) for deadline in case.deadlines.all()]
    row = row_of(case, actor=actor, now=now, posts=posts)
    told = [
        line | {"kind": lines.KIND_OF.get(line["action"], "step")} for line in timeline.timeline_of(case, actor=actor)
    ]
    messages = timeline.messages_of(queries.about(case.pk))
    stages = {name: getattr(case, name) for name in STAGES}
    return row | {
        "side": side_of(actor),
        "unmasked": unmasked,
        "outcome": case.outcome,
        "outcome_label": str(Outcome(case.outcome).label) if case.outcome else "",
        "set_aside_reason": case.set_aside_reason,
        "earlier": _named(case.earlier) if case.earlier else None,
        "later": [_named(other) for other in case.later.all()],
        "person": _person(case, unmasked=unmasked),
        "alerts": [_alert(link, case, unmasked=unmasked, side=side_of(actor)) for link in case.links.all()],
        "forwardings": legs,
        "own": next((leg for leg in legs if leg["mine"] and leg["open"]), None),
        "deadlines": deadlines,
        "paused": any(deadline["paused_until"] for deadline in deadlines),
        "ladder": [deadline for deadline in deadlines if deadline["level"]],
        "messages": messages,
        "under_way": any(message["final_at"] is None for message in messages),
        "reports": [_report(report) for report in case.reports.all()],
        "outreach": [_outreach(attempt) for attempt in case.outreach.all()],
        "files": [filelist.shown(file, case.reference) for file in filelist.files_of(case)],
        "sightings": ledger,
        "way": directions.way_to(ledger),
        **afterwards.further_of(case, actor=actor),
        "timeline": told,
        # What a page that was opened before tells from what it shows already.
        "seq": told[-1]["seq"] if told else 0,
        "stages": stages,
        "steps": timeline.steps_of(case, stages),
        "suggested_twins": suggested.twins_of(case, actor=actor),
        # A rule that has no address yet is not offered.
        "allowed": [verb for verb in transitions.verbs_for(case, by=actor) if verb in ACTS],
    }


def _named(case: Case) -> dict[str, Any]:
    return {"reference": case.reference, "url": reverse("case", args=[case.reference])}


def _person(case: Case, *, unmasked: bool) -> dict[str, Any]:
    """Return the person; masked values keep their order, so that they can be talked about."""
    person: Person | None = getattr(case, "person", None)
    name = person.name if person else ""
    values: dict[str, list[str]] = {kind: [] for kind in Identifier.Kind.values}
    for pointer in case.identifiers.all():
        shown = pointer.value if unmasked else masked(pointer.kind, pointer.value, minor=case.minor)
        values[pointer.kind].append(shown)
    name = name if unmasked else masking.name(name, minor=case.minor)
    kinds = Identifier.Kind
    fields = [_field("name", sentences.NAME_LABEL, [name])] if name else []
    fields += [_field(kind, kinds(kind).label, values[kind]) for kind in kinds.values if values[kind]]
    return masked_person(case) | {
        "name": name,
        "handle": next(iter(values[kinds.HANDLE]), ""),
        "claimed_age": person.claimed_age if person else None,
        "minor": case.minor,
        "phones": values[kinds.PHONE],
        "emails": values[kinds.EMAIL],
        "accounts": values[kinds.ACCOUNT],
        "urls": values[kinds.URL],
        "fields": fields,
    }


def _field(field: str, label: object, values: list[str]) -> dict[str, Any]:
    return {"field": field, "kind_label": str(label), "count": len(values), "masked": ", ".join(values)}


def _alert(link: CaseLink, case: Case, *, unmasked: bool, side: str) -> dict[str, Any]:
    """Return an alert. Its sealed bytes are never shown; what was read in them is masked like everything else."""
    alert: Alert = link.alert
    facts = _facts(alert.parsed, case, unmasked=unmasked, side=side)
    body = alert.body if isinstance(alert.body, dict) else {}
    subject, content = _part(body, "subject"), _part(body, "content")
    added = [_addition(addition, case, unmasked=unmasked, side=side) for addition in alert.additions.all()]
    return {
        "id": alert.pk,
        "door": alert.door,
        "door_label": str(Door(alert.door).label),
        "partner": alert.partner.code if alert.partner else None,
        "partner_name": alert.partner.name if alert.partner else "",
        "received_at": alert.received_at,
        "sha256": alert.sha256,
        "practice": alert.practice,
        "trust": _trust(alert, body),
        "why": link.why,
        "handed_over": _handed_over(alert, arrived={file.sha256 for file in alert.files.all()}),
        "call": _call(body, unmasked=unmasked) if alert.door == Door.PHONE else None,
        "parsed": facts,
        "places": _places(body.get("locations")),
        "live": content.get("live"),
        "urgency_reason": _part(body, "urgency").get("reason") or "",
        "bio": (subject.get("bio") or "") if unmasked else masking.anything(subject.get("bio")),
        "additions": added,
        "retracted": next((one for one in reversed(added) if one["kind"] == Addition.Kind.RETRACTION), None),
    }


def _handed_over(alert: Alert, *, arrived: set[str]) -> dict[str, Any] | None:
    """Return through which portals an alert of another state came, whom to ring there, and which sources are here."""
    said = alert.parsed.get("handed_over")
    if not isinstance(said, dict):
        return None
    trail = said.get("trail") or []
    sources = [source | {"arrived": source["sha256"] in arrived} for source in said.get("sources") or []]
    return {
        "trail": trail,
        "reference": trail[-1]["reference"] if trail else "",
        "phone": str(_part(alert.body, "partner_contact").get("phone") or ""),
        "sources": sources,
        "sources_arrived": sum(source["arrived"] for source in sources),
    }


def _addition(addition: Addition, case: Case, *, unmasked: bool, side: str) -> dict[str, Any]:
    """Return what a partner added to its alert: its words, and what was read in them as in an alert."""
    body = addition.body if isinstance(addition.body, dict) else {}
    words = {"content_text": str(body.get("reason") or body.get("text") or "")}
    return {
        "id": addition.pk,
        "kind": addition.kind,
        "kind_label": str(Addition.Kind(addition.kind).label),
        "received_at": addition.received_at,
        "sha256": addition.sha256,
        "text": _facts(words, case, unmasked=unmasked, side=side)["content_text"] or "",
        "parsed": _facts(addition.parsed, case, unmasked=unmasked, side=side),
        "places": _places(body.get("locations")),
        "live": _part(body, "content").get("live"),
        "urgency_reason": _part(body, "urgency").get("reason") or "",
    }


def _facts(parsed: dict[str, Any], case: Case, *, unmasked: bool, side: str) -> dict[str, Any]:
    """Return what was read, in the shape of the contract, masked for whoever does not hold the case."""
    facts: dict[str, Any] = {name: parsed.get(name) for name in PARSED}
    facts |= {name: facts[name] if isinstance(facts[name], list) else [] for name in LISTS}
    if not unmasked:
        person: Person | None = getattr(case, "person", None)
        known = [person.name if person else "", *(pointer.value for pointer in case.identifiers.all())]
        facts = masking.parsed(facts, known=[*known, facts.get("display_name") or ""], minor=case.minor)
    if side == "supervisor":
        # Whoever watches over the unit need not read what the person wrote.
        facts["content_text"] = masking.anything(facts.get("content_text")) or None
    return facts


def _call(body: dict[str, Any], *, unmasked: bool) -> dict[str, Any]:
    """Return who called, so that whoever holds the case can call back. Nobody else needs an informant's number."""
    call = _part(body, "call")
    number = str(call.get("caller_phone") or "")
    return {"source": call.get("source") or "", "caller_phone": number if unmasked else masking.phone(number)}


def _trust(alert: Alert, body: dict[str, Any]) -> dict[str, Any]:
    """Return how far the sender is who they say: a key proves a partner, a mail server's word a mail."""
    if alert.door == Door.EMAIL:
        return {"spf": None, "dkim": None, "dmarc": None, "verified": False} | _part(body, "trust")
    return {"spf": None, "dkim": None, "dmarc": None, "verified": alert.door == Door.API}


def _part(body: dict[str, Any], name: str) -> dict[str, Any]:
    part = body.get(name)
    return part if isinstance(part, dict) else {}


def _places(locations: object) -> list[dict[str, Any]]:
    """Return where the alert says somebody is; whoever is sent there must be able to read it."""
    found = locations if isinstance(locations, list) else []
    return [{name: place.get(name) for name in PLACE} for place in found if isinstance(place, dict)]


def _leg(leg: Forwarding, actor: Actor, *, now: datetime) -> dict[str, Any]:
    other = leg.suggested_unit
    receipt: Receipt | None = getattr(leg, "receipt", None)
    return short_leg(leg) | {
        "note": leg.note,
        "moving_at": leg.moving_at,
        "contact_at": leg.contact_at,
        "reported_at": leg.reported_at,
        # Who answered by one tap or by a key; no person is guessed behind it.
        "post": str(leg.post) if leg.post else None,
        "post_label": post_words(leg.post.post) if leg.post else "",
        "post_phone": leg.post.phone if leg.post else "",
        "nameless": transitions.is_nameless(leg),
        "officer_name": leg.officer_name,
        "officer_phone": leg.officer_phone,
        "eta_minutes": leg.eta_minutes,
        "team": leg.team,
        "vehicle": leg.vehicle,
        "confirmed": leg.confirmed,
        "condition": leg.condition,
        "place": leg.place,
        "ended_because": leg.ended_because,
        "suggested_unit": other.code if other else None,
        "suggested_unit_name": other.name if other else "",
        "open": leg.status in OPEN_LEGS,
        "mine": actor.works_at(leg.unit_id),
        "undo": leg.status == Leg.FORWARDED and now - leg.forwarded_at <= UNDO_LASTS,
        "undo_until": leg.forwarded_at + UNDO_LASTS,
        "suggestion_rank": leg.suggestion_rank,
        "differs_because": leg.differs_because,
        "receipt_acknowledged_at": receipt.acknowledged_at if receipt else None,
    }


def _deadline(deadline: Deadline, *, now: datetime, posts: Posts) -> dict[str, Any]:
    return clock(deadline.due_at, now=now) | {
        "kind": deadline.kind,
        "kind_label": str(Promise(deadline.kind).label),
        "level": deadline.level,
        "own": deadline.forwarding_id is None,
        "settled_at": deadline.settled_at,
        "settled_as": deadline.settled_as or None,
        "settled_label": str(Settled(deadline.settled_as).label) if deadline.settled_as else "",
        "paused_until": paused_until(deadline, now=now),
        "unit": deadline.unit.code,
        "unit_name": deadline.unit.name,
        "rung": deadline.rung,
        "posts": posts.on(deadline.unit_id, deadline.rung) if deadline.rung else [],
        "channels": deadline.channels,
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "kind": report.kind,
        "kind_label": str(Report.Kind(report.kind).label),
        "outcome": report.outcome,
        "outcome_label": str(Outcome(report.outcome).label),
        "text": report.text,
        "facts": report.facts,
        "at": report.at,
        "by": report.by,
        "unit": report.forwarding.unit.code,
        "unit_name": report.forwarding.unit.name,
    }


def _outreach(attempt: Outreach) -> dict[str, Any]:
    return {
        "kind": attempt.kind,
        "kind_label": str(Outreach.Kind(attempt.kind).label),
        "result": attempt.result,
        "result_label": label_in(Outreach.Result.choices, attempt.result),
        "note": attempt.note,
        "at": attempt.at,
        "by": attempt.by,
    }


def label_in(choices: Iterable[tuple[Any, Any]], value: str) -> str:
    """Return the label of a value, or the value itself where somebody wrote their own."""
    return str(dict(choices).get(value, value))
