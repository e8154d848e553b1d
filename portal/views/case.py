"""One case: its page, its JSON, and one view for every verb."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import access
from cases.models import Case, Identifier
from cases.states import Leg, Part, Verb
from districts.models.policy import Urgency
from districts.refusals import Refusal
from portal import repeats
from portal.doors import OfficerRequest, case_or_404
from portal.views import afterwards, frame, lines, lists, mapping, places, sentences
from portal.views.acts import ACTS
from portal.views.answers import answers, is_htmx, json_answer, problem, refused, wants_json
from portal.views.casefile import case_of
from portal.views.forms import VerbForm
from portal.views.home import own_path

#: What the time of arrival begins with.
MINUTES_MOSTLY = 15
#: For how long something is held, unless somebody says otherwise.
PAUSED_MOSTLY = 10
#: The parts of other pages that an act may be done from: the list comes back instead of the case.
LISTS = ("queue", "inbox", "register")
#: The place on a card of the inbox where a number is shown.
ON_CARD = "number-"
# A unit that hands a case back is sent the list when it opens it: two thirds of the page, for one case in twenty.
NEEDS_UNITS = frozenset({Verb.FORWARD, Verb.RECALL})


@answers("GET")
def page(request: OfficerRequest, reference: str) -> HttpResponse:
    """Show one case (case.html; partials/case.html to htmx) or return it as JSON. Looking is written down."""
    # A page that is told of a change looks again by itself; the register of looks tells it from somebody who comes.
    case = case_or_404(request, reference, kind="live" if request.headers.get("X-Live") else "case")
    return _shown(request, case, now=timezone.now())


@answers("POST")
def act(request: OfficerRequest, reference: str, verb: str) -> HttpResponse:
    """Do one thing to a case: a form of the verb's own, one rule, and the case as it is afterwards."""
    key = repeats.key_of(reference, verb, request.headers.get("Idempotency-Key", ""))
    if (
        key
        and repeats.done_before(key, request.user)
        and not access.cases_for(request.actor).filter(reference=reference).exists()
    ):
        # What was handed back the first time is out of sight the second.
        return _given_away(request, reference)
    case = case_or_404(request, reference)
    form = ACTS[verb].form(request.POST, actor=request.actor)
    now = timezone.now()
    if not form.is_valid():
        return _invalid(request, case, verb, form, now=now)
    try:
        result = _do(request, case, verb, form, key=key, now=now)
    except Refusal as refusal:
        return _refused(request, case, refusal, now=now)
    except Http404:
        # A script is told like everywhere; somebody who mistyped a reference keeps the page.
        if wants_json(request):
            raise
        form.add_error(None, _("There is nothing here for you to see. Check the reference."))
        return _invalid(request, case, verb, form, now=now)
    return _done(request, case, verb, form=form, result=result, now=now)


def _do(request: OfficerRequest, case: Case, verb: str, form: VerbForm, *, key: str, now: datetime) -> object:
    """Call the rule; where the telephone gave the act a key, once for the key however often it is sent."""

    def rule() -> object:
        return ACTS[verb].rule(case, form.cleaned_data, request.actor, now)

    return repeats.once(key, request.user, rule, at=now) if key else rule()


def _done(
    request: OfficerRequest, case: Case, verb: str, *, form: VerbForm, result: object, now: datetime
) -> HttpResponse:
    """Answer with the case as it is now; a case that was given away is seen no more."""
    if not access.cases_for(request.actor).filter(pk=case.pk).exists():
        return _given_away(request, case.reference)
    revealed = _revealed(form, result) if verb == Verb.REVEAL and result is not None else None
    if wants_json(request):
        more = {"revealed": revealed} if revealed else {}
        return json_answer(case_of(case, actor=request.actor, now=now) | more)
    if not revealed:
        messages.success(request, _("%(reference)s: done.") % {"reference": case.reference})
    if is_htmx(request):
        return _swapped(request, case, now=now, revealed=revealed)
    if revealed:
        # Not a redirect: what was shown once must not stand behind an address.
        return _shown(request, case, now=now, revealed=revealed)
    return _go_back(form, f"/cases/{case.reference}")


def _swapped(request: OfficerRequest, case: Case, *, now: datetime, revealed: dict[str, Any] | None) -> HttpResponse:
    """Answer with what stands where the act was done: a number on its card, a list, or the case."""
    target = request.headers.get("HX-Target", "")
    if revealed and target.startswith(ON_CARD):
        return render(request, "partials/revealed.html", {"revealed": revealed})
    if target in LISTS:
        return lists.refreshed(request, target, now=now)
    return _shown(request, case, now=now, revealed=revealed)


def _given_away(request: OfficerRequest, reference: str) -> HttpResponse:
    """Answer a unit that has just handed a case back: it is out of its sight."""
    if wants_json(request):
        return json_answer({"reference": reference, "state": str(Leg.RETURNED)})
    messages.success(request, _("%(reference)s is back with the state cell.") % {"reference": reference})
    if is_htmx(request):
        return HttpResponse(headers={"HX-Redirect": "/inbox"})
    return HttpResponseRedirect("/inbox", status=303)


def _invalid(request: OfficerRequest, case: Case, verb: str, form: VerbForm, *, now: datetime) -> HttpResponse:
    """Say which field is missing or cannot be right; nothing was done."""
    if wants_json(request):
        errors = [
            {"pointer": f"/{name}", "code": error.code or "invalid", "detail": " ".join(error.messages)}
            for name, found in form.errors.as_data().items()
            for error in found
        ]
        return problem(request, 422, facts={"reference": case.reference, "errors": errors})
    if is_htmx(request):
        context = {"form": form, "verb": verb, "reference": case.reference}
        return _into_strip(render(request, "partials/errors.html", context, status=422))
    return _shown(request, case, now=now, status=422, wrong=verb, bound=form)


def _refused(request: OfficerRequest, case: Case, refusal: Refusal, *, now: datetime) -> HttpResponse:
    """Say what the rule said."""
    if wants_json(request):
        return refused(request, refusal)
    if is_htmx(request):
        context = {"refusal": str(refusal), "reference": case.reference}
        return _into_strip(render(request, "partials/refusal.html", context, status=409))
    return _shown(request, case, now=now, status=409, refusal=str(refusal))


def _shown(
    request: OfficerRequest,
    case: Case,
    *,
    now: datetime,
    status: int = 200,
    wrong: str | None = None,
    bound: VerbForm | None = None,
    refusal: str | None = None,
    revealed: dict[str, Any] | None = None,
) -> HttpResponse:
    shown = case_of(case, actor=request.actor, now=now)
    if wants_json(request):
        return json_answer(shown, status=status)
    allowed = shown["allowed"]
    forms = {verb: ACTS[verb].form(actor=request.actor, initial=_first_words(request, verb)) for verb in allowed}
    if bound is not None and wrong is not None:
        forms[wrong] = bound
    sheet = places.sheet_of(case, actor=request.actor, now=now) if Verb.FORWARD in allowed else None
    wanted = lines.wanted_in(request)
    context = {
        "case": shown | {"map": _map(request, shown, sheet=sheet, now=now)},
        "lines": {"wanted": wanted, "choices": lines.choices_of(shown["timeline"], wanted=wanted)},
        "sheet": sheet,
        "script": afterwards.words_to_say() if Verb.OUTREACH in allowed else None,
        "forms": forms,
        "units": lists.units_to_choose(request.actor, at=now) if NEEDS_UNITS & set(allowed) else [],
        "parts": [(str(value), str(label)) for value, label in Part.choices],
        "urgencies": [(str(value), str(label)) for value, label in Urgency.choices],
        "wrong": wrong,
        "refusal": refusal,
        "revealed": revealed,
    }
    part = is_htmx(request) and request.headers.get("HX-Boosted") != "true"
    return render(request, "partials/case.html" if part else "case.html", context, status=status)


def _map(request: OfficerRequest, shown: dict[str, Any], *, sheet: dict[str, Any] | None, now: datetime) -> object:
    suggested = [unit["code"] for unit in sheet["units"][: places.OFFERED]] if sheet else []
    state_id = request.actor.state_id or 0
    return mapping.map_of(shown["sightings"], state_id=state_id, suggested=suggested, at=now)


def _first_words(request: OfficerRequest, verb: str) -> dict[str, Any]:
    """Return what a form begins with: whoever acknowledges is mostly the one in charge, and may be on a bad line."""
    if verb == Verb.PAUSE:
        return {"minutes": PAUSED_MOSTLY}
    if verb not in {Verb.ACKNOWLEDGE, Verb.NAME_OFFICER}:
        return {}
    number = frame.own_number(request.user, request.actor)
    return {"officer_name": request.actor.name, "officer_phone": number, "eta_minutes": MINUTES_MOSTLY}


def _revealed(form: VerbForm, value: object) -> dict[str, Any]:
    field = form.cleaned_data["field"]
    label = sentences.NAME_LABEL if field == "name" else Identifier.Kind(field).label
    return {"field": field, "label": str(label), "value": str(value)}


def _into_strip(response: HttpResponse) -> HttpResponse:
    """Have htmx put a refusal into the strip, and leave the page as it is."""
    response.headers["HX-Retarget"] = "#strip"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def _go_back(form: VerbForm, otherwise: str) -> HttpResponse:
    return HttpResponseRedirect(own_path(form.cleaned_data.get("next", "")) or otherwise, status=303)
