"""Receipts of a unit: what it saw and did while it had a case that has left it, to read and to acknowledge."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from cases import receipts
from cases.models import Receipt, Report
from cases.states import Leg, Part
from districts.actors import Sight
from districts.models.policy import Urgency
from districts.refusals import Refusal
from portal.doors import OfficerRequest, first_or_404, only
from portal.views import lists, paging, sentences, timeline
from portal.views.answers import answers, json_answer, refused, wants_json

NEWEST = ("-at", "-pk")
TIMES = ("forwarded_at", "acknowledged_at", "moving_at", "contact_at", "reported_at")


@answers("GET")
def receipts_page(request: OfficerRequest) -> HttpResponse:
    """List what the officer's units once had, newest first (receipts.html)."""
    only(request, Sight.UNIT)
    wishes = lists.wishes_in(request.META.get("QUERY_STRING", ""))
    page = paging.page_of(receipts.receipts_for(request.actor), NEWEST, after=wishes.get("after", ""))
    following = f"/receipts?after={page.after}" if page.after else None
    rows = [_short(receipt, request) for receipt in page.rows]
    if wants_json(request):
        return json_answer({"receipts": rows, "next": following})
    return render(request, "receipts.html", {"rows": rows, "next": following})


@answers("GET")
def receipt_page(request: OfficerRequest, receipt_id: UUID) -> HttpResponse:
    """Show one receipt as it was made (receipt.html); nothing that happened later is in it."""
    receipt = _receipt_or_404(request, receipt_id)
    shown = _whole(receipt, request)
    if wants_json(request):
        return json_answer(shown)
    return render(request, "receipt.html", {"receipt": shown})


@answers("POST")
def acknowledge(request: OfficerRequest, receipt_id: UUID) -> HttpResponse:
    """Say that the unit knows the case has left it."""
    receipt = _receipt_or_404(request, receipt_id)
    try:
        receipt = receipts.acknowledge(receipt, by=request.actor, at=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    if wants_json(request):
        return json_answer(_whole(receipt, request))
    messages.success(request, _("%(reference)s: done.") % {"reference": receipt.reference})
    return HttpResponseRedirect(f"/receipts/{receipt.pk}", status=303)


def _receipt_or_404(request: OfficerRequest, receipt_id: UUID) -> Receipt:
    return first_or_404(receipts.receipts_for(request.actor).filter(pk=receipt_id))


def _short(receipt: Receipt, request: OfficerRequest) -> dict[str, Any]:
    urgency = str(receipt.seen.get("urgency", "P1"))
    return {
        "id": receipt.pk,
        "url": f"/receipts/{receipt.pk}",
        "reference": receipt.reference,
        "unit": receipt.unit.code,
        "unit_name": receipt.unit.name,
        "ended_as": receipt.ended_as,
        "ended_label": str(Leg(receipt.ended_as).label),
        "at": receipt.at,
        "urgency": urgency,
        "urgency_label": str(Urgency(urgency).label),
        "practice": bool(receipt.seen.get("practice")),
        "acknowledged_at": receipt.acknowledged_at,
        "acknowledged_by": receipt.acknowledged_by,
        "may_acknowledge": receipt.acknowledged_at is None and request.actor.works_at(receipt.unit_id),
    }


def _whole(receipt: Receipt, request: OfficerRequest) -> dict[str, Any]:
    seen = receipt.seen
    leg = dict(seen.get("leg") or {})
    leg |= {name: parse_datetime(leg[name]) for name in TIMES if leg.get(name)}
    lines = [dict(line) for line in seen.get("lines") or []]
    own = {receipt.unit.code: receipt.unit.name}
    return _short(receipt, request) | {
        "role_label": str(Part(leg["part"]).label) if leg.get("part") else "",
        "leg": leg,
        "suggested_unit": seen.get("suggested_unit"),
        "places": seen.get("places") or [],
        "reports": [
            report | {"kind_label": str(Report.Kind(report["kind"]).label), "at": parse_datetime(report["at"])}
            for report in seen.get("reports") or []
        ],
        "timeline": [
            line
            | {
                "at": parse_datetime(line["at"]),
                "action_label": str(timeline.ACTIONS.get(line["action"], line["action"])),
                "sentence": sentences.sentence_of(line["action"], line["facts"], own),
            }
            for line in lines
        ],
    }
