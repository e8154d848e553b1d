"""The pane beside the queue: enough of a case to decide about it, and the keys that decide."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from cases import access, watching
from cases.models import Presence
from cases.states import Verb
from districts.actors import Sight
from districts.refusals import Refusal
from portal.doors import OfficerRequest, case_or_404, first_or_404, only
from portal.views.acts import ACTS
from portal.views.answers import answers, json_answer, problem, refused, wants_json
from portal.views.casefile import case_of

#: What can be done from the pane without leaving the queue.
OFFERED = (Verb.CLAIM, Verb.JOIN, Verb.REQUEST_INFORMATION, Verb.SET_ASIDE, Verb.PAUSE)


@answers("GET")
def preview(request: OfficerRequest, reference: str) -> HttpResponse:
    """Show a case in the pane (partials/preview.html). Looking is written down, and colleagues see who reads."""
    only(request, Sight.CELL)
    case = case_or_404(request, reference, kind="preview")
    now = timezone.now()
    shown = case_of(case, actor=request.actor, now=now)
    if wants_json(request):
        return json_answer(shown)
    watching.be_there(case, doing=Presence.Doing.READING, by=request.actor, at=now)
    forms = {verb: ACTS[verb].form(actor=request.actor) for verb in OFFERED if verb in shown["allowed"]}
    return render(request, "partials/preview.html", {"case": shown, "forms": forms})


@answers("POST")
def presence(request: OfficerRequest, reference: str) -> HttpResponse:
    """Take note that somebody reads or writes at a case; it is no line of its history."""
    only(request, Sight.CELL)
    # Nothing of the case is shown: it is no look.
    case = first_or_404(access.cases_for(request.actor).filter(reference=reference))
    doing = request.POST.get("doing", "")
    if doing not in Presence.Doing.values:
        return problem(request, 422)
    try:
        there = watching.be_there(case, doing=doing, by=request.actor, at=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    return json_answer({"doing": there.doing, "until": there.until})
