"""What a case asks of others and leaves behind: looks back, requests, hand-overs to another state, the script."""

from __future__ import annotations

from typing import Any

from cases import inquiries, script
from cases.models import Case, Crossing, FollowUp, Inquiry
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


def _crossings(case: Case) -> list[dict[str, Any]]:
    rows = Crossing.objects.filter(case=case).select_related("forwarding__unit").order_by("made_at")
    return [
        {
            "unit": crossing.forwarding.unit.code,
            "unit_name": crossing.forwarding.unit.name,
            "open": crossing.forwarding.ended_at is None,
            "made_at": crossing.made_at,
            "confirmed_at": crossing.confirmed_at,
            "their_reference": crossing.their_reference,
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
