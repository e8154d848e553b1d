"""What a partner may read: where its own alerts stand. Never a narrative, a name or a place, not even its own."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet

from cases import access
from cases.models import Addition, Alert, Case, InformationRequest
from cases.states import Status
from districts.actors import partner_actor
from districts.models import Partner
from districts.reach import reach_of
from portal.api.v1.arrival import rfc3339
from portal.api.v1.fields import read_moment

PAGE = 50
TIMES = ("claimed_at", "forwarded_at", "acknowledged_at", "moving_at", "contact_at", "reported_at", "closed_at")
# A partner may select these columns of a case and no others: the database refuses the rest.
CASE_COLUMNS = ("reference", "status", "outcome", "last_activity_at", *TIMES)
Row = dict[str, Any]


class Place(NamedTuple):
    """Where a page of the list ended."""

    updated_at: datetime
    alert_id: UUID

    def written(self) -> str:
        """Return the place as a cursor."""
        text = json.dumps([rfc3339(self.updated_at), str(self.alert_id)])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, cursor: str) -> Place:
        """
        Return the place that a cursor stands for.

        :raises ValueError: if it is none of ours
        """
        try:
            text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            moment, alert_id = json.loads(text)
            updated_at = read_moment(moment)
            place = cls(updated_at, UUID(alert_id)) if updated_at else None
        except (binascii.Error, ValueError, TypeError, AttributeError, RecursionError) as strange:
            raise ValueError(cursor) from strange
        if place is None:
            raise ValueError(cursor)
        return place


def one(partner: Partner, alert_id: UUID, *, at: datetime) -> Row | None:
    """Return where an alert of the partner stands, and write down that it looked; nothing if it is not its own."""
    actor = partner_actor(partner)
    with reach_of(actor):
        row = _rows_of(partner).filter(pk=alert_id).first()
        if row is None:
            return None
        access.look(Case(pk=row["case_id"]), by=actor, at=at, kind="alert", what=row["case_reference"])
        return _shape(row, _later_than([row])[row["id"]])


def several(
    partner: Partner, *, updated_since: datetime | None, partner_reference: str | None, after: Place | None
) -> tuple[list[Row], Place | None]:
    """Return a page of the partner's alerts, the one that changed longest ago first, and where the page ended."""
    rows = _rows_of(partner).order_by("updated_at", "pk")
    if updated_since is not None:
        rows = rows.filter(updated_at__gte=updated_since)
    if partner_reference is not None:
        rows = rows.filter(partner_reference=partner_reference)
    if after is not None:
        later = Q(updated_at__gt=after.updated_at) | Q(updated_at=after.updated_at, pk__gt=after.alert_id)
        # The first half says nothing new; it lets the database begin where the page begins.
        rows = rows.filter(Q(updated_at__gte=after.updated_at) & later)
    with reach_of(partner_actor(partner)):
        found = list(rows[: PAGE + 1])
        page = found[:PAGE]
        added = _later_than(page)
    ended = Place(page[-1]["updated_at"], page[-1]["id"]) if len(found) > PAGE else None
    return [_shape(row, added[row["id"]]) for row in page], ended


def _rows_of(partner: Partner) -> QuerySet[Any, Row]:
    """Return the partner's own alerts with what it may know of their cases, said again on top of row security."""
    of_case = {f"case_{name}": F(f"links__case__{name}") for name in CASE_COLUMNS}
    own = Alert.objects.filter(partner_id=partner.pk, links__ended_at=None, links__case__isnull=False)
    facts = {"case_id": F("links__case_id"), "updated_at": F("links__case__last_activity_at"), **of_case}
    columns = ("id", "partner_reference", "practice", "received_at", "answer", *facts)
    rows: QuerySet[Any, Row] = own.annotate(**facts).values(*columns)
    return rows


@dataclass(slots=True)
class Later:
    """What came after an alert: how much was added to it, and what the cell has asked for since."""

    supplements: int = 0
    files: int = 0
    retracted_at: datetime | None = None
    told_at: datetime | None = None
    asked: list[str] = field(default_factory=list)


def _later_than(rows: list[Row]) -> dict[UUID, Later]:
    """Return what came after each of the alerts, in two trips for all of them."""
    found = {row["id"]: Later() for row in rows}
    added = Addition.objects.filter(alert__in=found).values("alert_id", "kind")
    for one in added.annotate(count=Count("id"), last=Max("received_at")).order_by():
        later = found[one["alert_id"]]
        if one["kind"] == Addition.Kind.SUPPLEMENT:
            later.supplements, later.told_at = one["count"], one["last"]
        elif one["kind"] == Addition.Kind.FILE:
            later.files = one["count"]
        else:
            later.retracted_at = one["last"]
    asked = InformationRequest.objects.filter(case__in={row["case_id"] for row in rows}).order_by("at", "id")
    for case_id, needs, at in asked.values_list("case_id", "needs", "at"):
        for row in rows:
            told_at = found[row["id"]].told_at
            # Whatever came since is taken for an answer; the cell asks again if it is none.
            if row["case_id"] == case_id and (told_at is None or told_at < at):
                found[row["id"]].asked += needs
    return found


def _shape(row: Row, later: Later) -> Row:
    """Return what the partner is told."""
    completeness = row["answer"].get("completeness") or {}
    closed = row["case_status"] == Status.CLOSED
    return {
        "id": str(row["id"]),
        "reference": row["case_reference"],
        "partner_reference": row["partner_reference"],
        "practice": row["practice"],
        "state": row["case_status"],
        "outcome": row["case_outcome"] or None,
        "received_at": rfc3339(row["received_at"]),
        "updated_at": rfc3339(row["updated_at"]),
        "stages": {
            "received_at": rfc3339(row["received_at"]),
            **{name: rfc3339(row[f"case_{name}"]) for name in TIMES},
        },
        "needs": [] if closed else list(dict.fromkeys([*later.asked, *completeness.get("missing", [])])),
        "supplements": later.supplements,
        "files": later.files,
        "retracted_at": rfc3339(later.retracted_at),
    }
