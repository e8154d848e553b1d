"""Receipts: what a unit keeps of a case that has left it: what it saw and did until then, and nothing newer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from cases import deadlines, history, sightings
from cases.models import Case, CaseEvent, CaseLink, Forwarding, Receipt, Report
from cases.refusals import NotYours, ReceiptAcknowledged
from cases.states import Promise
from districts.actors import Actor, Sight
from districts.reach import reach_of

#: Of the forwarding, what the unit itself has said or was told.
OWN = (
    "part", "note", "forwarded_at", "acknowledged_at", "moving_at", "contact_at", "reported_at", "officer_name",
    "officer_phone", "eta_minutes", "team", "vehicle", "confirmed", "condition", "place", "ended_because",
)  # fmt: skip
PLACE = ("source", "whose", "text", "pin", "city", "region", "lat", "lon", "radius_m")


def keep(case: Case, leg: Forwarding, *, at: datetime) -> Receipt:
    """Make the unit's copy, before the case is taken out of its sight. Nothing in it points to the person."""
    return Receipt.objects.create(
        case=case,
        forwarding=leg,
        unit=leg.unit,
        reference=case.reference,
        ended_as=leg.status,
        at=at,
        seen=_seen(case, leg),
    )


def receipts_for(actor: Actor) -> QuerySet[Receipt]:
    """Return the copies of the actor's units, newest first."""
    return Receipt.objects.filter(unit_id__in=actor.unit_ids).select_related("unit").order_by("-at", "-pk")


def address_of(receipt: Receipt) -> str:
    """Return where the unit finds its copy; the case itself is no longer there for it."""
    return f"{settings.PUBLIC_URL}/receipts/{receipt.pk}"


@transaction.atomic
def acknowledge(receipt: Receipt, *, by: Actor, at: datetime) -> Receipt:
    """
    Say for the unit that it knows the case has left it, so that no team goes on looking.

    :raises NotYours: if the actor does not work in the unit
    :raises ReceiptAcknowledged: if somebody has said so before
    """
    if not by.works_at(receipt.unit_id):
        raise NotYours(reference=receipt.reference, verb="acknowledge", who=receipt.unit)
    # The case is out of the unit's sight, and the line belongs to its history.
    with reach_of(replace(by, sight=Sight.ENGINE)):
        kept = (
            Receipt.objects.select_for_update(of=("self",))
            .select_related("case", "unit", "forwarding")
            .get(pk=receipt.pk)
        )
        if kept.acknowledged_at is not None:
            raise ReceiptAcknowledged(reference=kept.reference)
        kept.acknowledged_at, kept.acknowledged_by = at, by.label
        kept.save(update_fields=["acknowledged_at", "acknowledged_by"])
        deadlines.keep(kept.case, (Promise.RECALL,), at=at, forwarding=kept.forwarding)
        facts = {"unit": kept.unit.code, "ended_as": kept.ended_as}
        history.record(kept.case, "receipt_acknowledged", by=by, at=at, facts=facts, unit=kept.unit)
    return kept


def _seen(case: Case, leg: Forwarding) -> dict[str, Any]:
    """Return plain JSON: what the unit could read of the case at this moment, without names and numbers."""
    lines = CaseEvent.objects.filter(Q(unit=None) | Q(unit=leg.unit), case=case).order_by("seq")
    links = CaseLink.objects.filter(case=case, ended_at=None).select_related("alert").order_by("pk")
    written = Report.objects.filter(forwarding=leg).order_by("at")
    places = sightings.of(case).filter(Q(unit=None) | Q(unit=leg.unit))
    return {
        "urgency": str(case.urgency),
        "practice": case.practice,
        "minor": case.minor,
        "suggested_unit": leg.suggested_unit.code if leg.suggested_unit else None,
        "leg": {name: _plain(getattr(leg, name)) for name in OWN},
        "alerts": [
            {"door": link.alert.door, "received_at": _plain(link.alert.received_at), "sha256": link.alert.sha256}
            for link in links
        ],
        "places": [
            {name: _plain(getattr(place, name)) for name in PLACE if name != "text" or place.entered != "alert"}
            for place in places
        ],
        "reports": [
            {name: _plain(getattr(report, name)) for name in ("kind", "outcome", "text", "at", "by")}
            for report in written
        ],
        "lines": [
            {"seq": line.seq, "at": _plain(line.at), "actor": line.actor_name, "action": line.action}
            | {"facts": line.facts}
            for line in lines
        ],
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value
