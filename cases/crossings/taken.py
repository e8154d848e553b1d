"""Taken: the one place that writes down that the other side has a case in its hands, by whichever way it said so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cases import deadlines, history, ladder, transitions
from cases.models import Case, Crossing, Forwarding
from cases.states import Leg, Promise
from districts.actors import Actor


def taken_over(
    case: Case,
    crossing: Crossing,
    leg: Forwarding,
    *,
    by: Actor,
    at: datetime,
    their_reference: str,
    claim: Mapping[str, Any] | None = None,
    **named: Any,
) -> Crossing:
    """
    Confirm a crossing, keep the promise and let the case stand as acknowledged. Case, crossing and leg are locked.

    Without a named officer it is their control room that answers: no name of an officer crosses between portals.
    """
    crossing.confirmed_at, crossing.confirmed_by, crossing.their_reference = at, by.label, their_reference
    crossing.save(update_fields=["confirmed_at", "confirmed_by", "their_reference"])
    transitions.turn(leg, Leg.ACKNOWLEDGED, at=at, **(named or _control_room(leg, at=at)))
    transitions.land(case, at=at, reached=Leg.ACKNOWLEDGED, **(claim or {}))
    deadlines.keep(case, (Promise.OTHER_STATE,), at=at, forwarding=leg)
    facts = {"unit": leg.unit.code, "officer_name": leg.officer_name, "their_reference": their_reference}
    history.record(case, "crossing_confirmed", by=by, at=at, facts=facts, unit=leg.unit)
    return crossing


def _control_room(leg: Forwarding, *, at: datetime) -> dict[str, Any]:
    posts = ladder.contacts_on(leg.unit, 1, at=at)
    own = next((post for post in posts if post.unit_id == leg.unit_id), None)
    if own is not None:
        return {"post": own}
    return {"officer_name": leg.unit.name_en, "officer_phone": "–", "eta_minutes": 0}
