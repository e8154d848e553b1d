"""Rows: what a list shows of a case. Names and numbers are masked for everybody, and no word of the post is in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse

from cases.models import Case, CaseLink, Deadline, Door, Forwarding, Identifier
from cases.states import OPEN_LEGS, Leg, Part, Status, Verb
from districts.actors import Actor
from districts.models.policy import Urgency
from portal.views import masking
from portal.views.countdown import Posts, next_promise, next_step

#: The one verb that comes next in a unit's life with a case.
NEXT_VERB: Mapping[str, Verb] = {
    Leg.FORWARDED: Verb.ACKNOWLEDGE,
    Leg.ACKNOWLEDGED: Verb.MOVE,
    Leg.TEAM_MOVING: Verb.CONTACT,
    Leg.CONTACT_MADE: Verb.REPORT,
}


def with_what_rows_need(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Fetch all that rows show, in as many questions for fifty cases as for one."""
    return cases.select_related("person", "claimed_by").prefetch_related(
        Prefetch("identifiers", Identifier.objects.order_by("-verified", "pk")),
        Prefetch("links", CaseLink.objects.filter(ended_at=None).order_by("pk").select_related("alert__partner")),
        Prefetch("forwardings", Forwarding.objects.order_by("forwarded_at").select_related("unit")),
        # Steps that were taken are told on the page of the case.
        Prefetch("deadlines", Deadline.objects.filter(Q(level=0) | Q(settled_at=None)).select_related("unit")),
    )


def row_of(
    case: Case, *, actor: Actor, now: datetime, posts: Posts, unit_ids: Collection[int] | None = None
) -> dict[str, Any]:
    """Return the row of a case that ``with_what_rows_need`` has fetched; of some units only, where they are named."""
    legs = [leg for leg in case.forwardings.all() if unit_ids is None or leg.unit_id in unit_ids]
    open_legs = [leg for leg in legs if leg.status in OPEN_LEGS]
    return {
        **words_of(case),
        "person": masked_person(case),
        "source": source_of(case),
        **claim_of(case, actor),
        "units": [short_leg(leg) for leg in open_legs],
        "due": next_promise(case, now=now, unit_ids=unit_ids),
        "step": next_step(case, now=now, posts=posts, unit_ids=unit_ids),
        "returned": None if open_legs or case.closed_at else returned_of(legs),
        "verb": next((str(NEXT_VERB[leg.status]) for leg in open_legs if leg.status in NEXT_VERB), None),
        "allowed": _coarsely_allowed(case, actor, open_legs),
    }


def words_of(case: Case) -> dict[str, Any]:
    """Return how a case is called and where it stands."""
    return {
        "reference": case.reference,
        "url": reverse("case", args=[case.reference]),
        "state": case.status,
        "state_label": str(Status(case.status).label),
        "urgency": case.urgency,
        "urgency_label": str(Urgency(case.urgency).label),
        "practice": case.practice,
        "minor": case.minor,
        "opened_at": case.opened_at,
        "last_activity_at": case.last_activity_at,
    }


def claim_of(case: Case, actor: Actor) -> dict[str, Any]:
    """Return who holds a case."""
    holder = case.claimed_by
    return {
        "claimed_by": holder.username if holder else None,
        "claimed_by_name": holder.name if holder else "",
        "claimed_until": case.claimed_until,
        "mine": holder is not None and holder.pk == actor.officer_id,
    }


def masked_person(case: Case) -> dict[str, Any]:
    """Return as much of the person as tells two rows apart."""
    person = getattr(case, "person", None)
    name = masking.name(person.name, minor=case.minor) if person else ""
    found = dict.fromkeys(Identifier.Kind.values, "")
    platform = ""
    for identifier in case.identifiers.all():
        if not found[identifier.kind]:
            found[identifier.kind] = masked(identifier.kind, identifier.value, minor=case.minor)
            platform = platform or identifier.platform
    return {
        "name": name,
        "handle": found[Identifier.Kind.HANDLE],
        "phone": found[Identifier.Kind.PHONE],
        "platform": platform,
        "label": name or found[Identifier.Kind.HANDLE] or found[Identifier.Kind.PHONE] or found[Identifier.Kind.EMAIL],
    }


def masked(kind: str, value: str, *, minor: bool) -> str:
    """Return what stands in place of a pointer of that kind."""
    if kind == Identifier.Kind.HANDLE:
        return masking.handle(value, minor=minor)
    if kind == Identifier.Kind.PHONE:
        return masking.phone(value)
    return masking.email(value) if kind == Identifier.Kind.EMAIL else masking.anything(value)


def source_of(case: Case) -> dict[str, Any]:
    """Return which door the first alert came through, and from whom."""
    alerts = [link.alert for link in case.links.all()]
    first = alerts[0] if alerts else None
    return {
        "door": first.door if first else "",
        "door_label": str(Door(first.door).label) if first else "",
        "partner": first.partner.name if first and first.partner else "",
        "platform": first.platform if first else "",
        "alerts": len(alerts),
    }


def short_leg(leg: Forwarding) -> dict[str, Any]:
    """Return where a case is and since when."""
    return {
        "unit": leg.unit.code,
        "unit_name": leg.unit.name,
        "role": leg.part,
        "role_label": str(Part(leg.part).label),
        "state": leg.status,
        "state_label": str(Leg(leg.status).label),
        "forwarded_at": leg.forwarded_at,
        "acknowledged_at": leg.acknowledged_at,
        "ended_at": leg.ended_at,
    }


def returned_of(legs: list[Forwarding]) -> dict[str, Any] | None:
    """Return who gave the case back last, if that is why it is with nobody."""
    ended = max(legs, key=lambda leg: leg.last_activity_at, default=None)
    if ended is None or ended.status != Leg.RETURNED:
        return None
    return {"unit": ended.unit.code, "unit_name": ended.unit.name, "reason": ended.ended_because, "at": ended.ended_at}


def _coarsely_allowed(case: Case, actor: Actor, open_legs: list[Forwarding]) -> list[str]:
    """Return the verbs a list has buttons for; the page of the case has them all, and the rules decide."""
    if case.status == Status.CLOSED:
        return []
    if actor.in_state_cell:
        forward = [] if case.status == Status.RECEIVED else [str(Verb.FORWARD)]
        return [str(Verb.CLAIM), *forward]
    own = [leg for leg in open_legs if actor.works_at(leg.unit_id) and leg.status in NEXT_VERB]
    return [str(NEXT_VERB[leg.status]) for leg in own]
