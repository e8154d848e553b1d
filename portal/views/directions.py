"""Directions: where a team is sent to, as a link that the map of the telephone opens. No host is asked for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from cases.models import CaseLink, Sighting
from portal.doors import OfficerRequest, case_or_404
from portal.views import places
from portal.views.answers import answers, is_htmx, json_answer, wants_json

#: What never sends anybody anywhere by itself.
NOWHERE = frozenset({Sighting.Source.IP, Sighting.Source.SIM})
WORDS = ("text", "city", "pin", "region")


@answers("GET")
def way(request: OfficerRequest, reference: str) -> HttpResponse:
    """Show where to on a card of the inbox (partials/way.html). Looking is written down, as on the page of the case."""
    if not (wants_json(request) or is_htmx(request)):
        return HttpResponseRedirect(f"/cases/{reference}", status=303)
    case = case_or_404(request, reference, kind="way")
    actor = request.actor
    unmasked = actor.in_state_cell and case.claimed_by_id == actor.officer_id
    found = way_to(places.ledger_of(case, actor=actor, unmasked=unmasked))
    if wants_json(request):
        return json_answer({"way": found})
    return render(request, "partials/way.html", {"way": found})


def known_of(references: Collection[str]) -> set[str]:
    """Return which of these cases have a hint that leads somewhere: one question, and no hint is handed on."""
    leads = ~Q(lat=None) | ~Q(text="", city="", pin="", region="")
    standing = Sighting.objects.filter(leads, whose=Sighting.Whose.PERSON, strike=None).exclude(source__in=NOWHERE)
    own = standing.filter(case__reference__in=references, alert=None).values_list("case__reference")
    links = CaseLink.objects.filter(case__reference__in=references, ended_at=None)
    # What came with an alert goes where the alert goes.
    with_alerts = links.filter(Exists(standing.filter(alert=OuterRef("alert")))).values_list("case__reference")
    return {reference for (reference,) in own.union(with_alerts)}


def way_to(ledger: Iterable[Mapping[str, Any]]) -> dict[str, str] | None:
    """Return the most trusted hint of where the person is: its words, and its ``geo:`` address (RFC 5870)."""
    hints = [
        seen
        for seen in ledger
        if seen["whose"] == Sighting.Whose.PERSON and seen["source"] not in NOWHERE and not seen["struck"]
    ]
    for seen in sorted(hints, key=lambda seen: (seen["trust"], seen["entered_at"]), reverse=True):
        words = ", ".join(str(seen[name]) for name in WORDS if seen[name])
        if seen["lat"] is not None:
            point = f"{seen['lat']},{seen['lon']}"
            return {"url": f"geo:{point}?q={point}", "words": words or point}
        if words:
            return {"url": f"geo:0,0?q={quote(words)}", "words": words}
    return None
