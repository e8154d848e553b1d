"""What a case asks of others and leaves behind: looks back, requests, hand-overs to another state, the script."""

from __future__ import annotations

from typing import Any

from cases import inquiries, script
from cases.models import Case, Crossing, FollowUp, Inquiry, Parcel, Passage
from cases.states import Outcome, Status
from districts.actors import Actor
from districts.models import UnitKind


def further_of(case: Case, *, actor: Actor) -> dict[str, Any]:
    """Return what hangs on a case beside its forwardings. Requests and codes are the cell's."""
    looks = FollowUp.objects.filter(case=case).order_by("at")
    return {
        "family_not_told": case.family_not_told,
        "follow_ups": [_look(look) for look in looks],
        "inquiries": _inquiries(case) if actor.in_state_cell else [],
        "crossings": _crossings(case) if actor.in_state_cell else [],
    }


def words_to_say() -> dict[str, Any]:
    """Return the script in both languages, whichever the officer reads: the person may speak the other."""
    return {"scripts": {kind: list(lines) for kind, lines in script.SCRIPTS.items()}, "numbers": list(script.NUMBERS)}


def _look(look: FollowUp) -> dict[str, Any]:
    return {
        "number": look.number,
        "result": look.result,
        "result_label": str(FollowUp.Result(look.result).label),
        "note": look.note,
        "at": look.at,
        "by": look.by,
    }


def _inquiries(case: Case) -> list[dict[str, Any]]:
    return [
        {
            "number": asked.number,
            "name": inquiries.number_of(asked),
            "kind": asked.kind,
            "kind_label": str(Inquiry.Kind(asked.kind).label),
            "addressee": asked.addressee,
            "basis": asked.basis,
            "basis_label": str(Inquiry.Basis(asked.basis).label),
            "purpose": asked.purpose,
            "officer_name": asked.officer_name,
            "asked_at": asked.asked_at,
            "preserve_until": asked.preserve_until,
            "answered_at": asked.answered_at,
            "answer": asked.answer,
            "sighting": asked.sighting_id,
            "letter": f"/cases/{case.reference}/requests/{asked.number}.pdf",
        }
        for asked in Inquiry.objects.filter(case=case).order_by("number").select_related("case")
    ]


def _api(crossing: Crossing, parcels: list[Parcel]) -> dict[str, Any] | None:
    """Return how far a hand-over has come to the other portal, and where the case stands there; None by sheet only."""
    passage: Passage | None = getattr(crossing, "passage", None)
    mine = [parcel for parcel in parcels if passage and parcel.passage_id == passage.pk]
    if passage is None or not mine:
        return None
    alert, tried = mine[0], [parcel for parcel in mine if parcel.stage == Parcel.Stage.OWED and parcel.attempts]
    last = tried[0] if tried else alert
    sources = [parcel for parcel in mine if parcel.kind == Parcel.Kind.SOURCE]
    arrived = [parcel for parcel in sources if parcel.stage == Parcel.Stage.DELIVERED]
    state, outcome = passage.their_state, passage.their_outcome
    return {
        "stage": alert.stage,
        "stage_label": str(Parcel.Stage(alert.stage).label),
        "delivered_at": alert.final_at if alert.stage == Parcel.Stage.DELIVERED else None,
        "attempts": alert.attempts,
        "last_answer": last.detail or (str(last.status_code) if last.status_code else ""),
        "sources": len(sources),
        "sources_arrived": len(arrived),
        "failed": any(parcel.stage == Parcel.Stage.FAILED for parcel in mine),
        "their_reference": passage.their_reference,
        "their_state": state,
        "their_state_label": str(Status(state).label) if state else "",
        "their_outcome": outcome,
        "their_outcome_label": str(Outcome(outcome).label) if outcome else "",
        "heard_at": passage.heard_at,
    }


def _crossings(case: Case) -> list[dict[str, Any]]:
    rows = Crossing.objects.filter(case=case).select_related("forwarding__unit", "passage").order_by("made_at")
    parcels = list(Parcel.objects.filter(case=case).order_by("number"))
    return [
        {
            "unit": crossing.forwarding.unit.code,
            "unit_name": crossing.forwarding.unit.name,
            "open": crossing.forwarding.ended_at is None,
            "made_at": crossing.made_at,
            "confirmed_at": crossing.confirmed_at,
            "their_reference": crossing.their_reference,
            "api": _api(crossing, parcels),
            "sheet": f"/cases/{case.reference}/sheet/{crossing.forwarding.unit.code}.pdf",
            "phones": [
                contact.phone
                for contact in crossing.forwarding.unit.contacts.order_by("rung", "pk")
                if contact.phone and not contact.vacant
            ]
            if crossing.forwarding.unit.kind == UnitKind.OTHER_STATE
            else [],
        }
        for crossing in rows
    ]
