"""Which unit a case points to: the suggestion of the ledger, for a script, for the forward sheet and as a page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portal.doors import OfficerRequest, case_or_404
from portal.views import places
from portal.views.answers import answers, is_htmx, json_answer, wants_json


@answers("GET")
def suggestions(request: OfficerRequest, reference: str) -> HttpResponse:
    """Say which units the case may belong to, best first, with reasons (partials/suggestions.html to the sheet)."""
    case = case_or_404(request, reference, kind="suggestions")
    now, actor = timezone.now(), request.actor
    if wants_json(request):
        return json_answer(places.suggestion_of(case, actor=actor, now=now))
    sheet = places.sheet_of(case, actor=actor, now=now)
    if is_htmx(request):
        return render(request, "partials/suggestions.html", {"sheet": sheet, "in_sheet": True})
    return render(request, "suggestions.html", {"sheet": sheet})
