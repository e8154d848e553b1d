"""The end of a shift: the sheet that one operator signs and the next one takes, and the diary of a day, to print."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import access, handover
from cases.models import CaseEvent, Handover
from cases.states import Status
from districts.actors import Actor, Sight
from districts.models.policy import Urgency
from districts.refusals import Refusal
from portal import desks
from portal.doors import OfficerRequest, first_or_404, only
from portal.views import delivery, readiness, timeline
from portal.views.answers import answers, json_answer, refused, wants_json
from portal.views.countdown import Posts
from portal.views.rows import row_of, with_what_rows_need, words_of

#: Sheets that are shown again after they were taken, newest first.
SHEETS = 12
#: What one shift can have done at most; a figure above it is no figure of a shift.
SHIFT = timedelta(hours=8)
#: Lines of a day that are printed. A day that has more is printed by the hour.
LINES = 2000
LONGEST = 2000
#: The heads of the sheet, as they are read out.
HEADS: dict[str, Any] = {
    "situation": gettext_lazy("Situation"),
    "done": gettext_lazy("Done"),
    "remaining": gettext_lazy("Remaining"),
    "risks": gettext_lazy("Risks"),
    "people": gettext_lazy("People"),
}


@answers("GET")
def page(request: OfficerRequest) -> HttpResponse:
    """Show the sheet (shift.html): what I hold, what waits to be taken, and what the shift has done."""
    only(request, Sight.CELL)
    return _shown(request)


@answers("POST")
def sign(request: OfficerRequest) -> HttpResponse:
    """Sign the shift out: ``step-<reference>`` for every case that is held, and the fixed heads."""
    only(request, Sight.CELL)
    steps = {name.removeprefix("step-"): str(said)[:300] for name, said in request.POST.items() if name[:5] == "step-"}
    notes = {head: str(request.POST.get(head, ""))[:LONGEST] for head in HEADS}
    try:
        handover.sign(notes=notes, next_steps=steps, by=request.actor, at=timezone.now())
    except Refusal as refusal:
        return _refused(request, refusal, notes=notes, steps=steps)
    return _done(request, _("Signed. The next desk reads it out and takes it."))


@answers("POST")
def take(request: OfficerRequest, sheet_id: UUID) -> HttpResponse:
    """Take a shift over: ``read`` names each reference that was read out."""
    only(request, Sight.CELL)
    first_or_404(Handover.objects.filter(pk=sheet_id, state=request.actor.state_id))
    try:
        handover.take(sheet_id, read_out=request.POST.getlist("read"), by=request.actor, at=timezone.now())
    except Refusal as refusal:
        return _refused(request, refusal)
    return _done(request, _("Taken over. The cases on the sheet are yours now."))


@answers("GET")
def diary(request: OfficerRequest) -> HttpResponse:
    """Show what was done on a day, line by line (diary.html). It names cases and officers, and nobody else."""
    only(request, Sight.CELL)
    day = _day(request)
    begin = datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())
    events = (
        CaseEvent.objects.filter(case__state=request.actor.state_id, at__gte=begin, at__lt=begin + timedelta(days=1))
        .select_related("case", "unit")
        .order_by("at", "pk")
    )
    lines = [_line(event) for event in events[: LINES + 1]]
    context = {
        "day": day,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "lines": lines[:LINES],
        "more": len(lines) > LINES,
    }
    if wants_json(request):
        return json_answer({"day": day, "lines": context["lines"], "more": context["more"]})
    return render(request, "diary.html", context)


def _shown(request: OfficerRequest, *, status: int = 200, **said: Any) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    posts = Posts(actor.state_id, at=now)
    mine = with_what_rows_need(handover.held_by(actor).order_by("urgency", "opened_at"))
    sheets = [_sheet(sheet, actor) for sheet in handover.waiting_for(actor).prefetch_related("lines__case")]
    taken = Handover.objects.filter(state=actor.state_id, taken_at__isnull=False).select_related("given_by", "taken_by")
    rows = [row_of(case, actor=actor, now=now, posts=posts) for case in mine]
    shown: dict[str, Any] = {
        "rows": rows,
        "nobodys": [words_of(case) for case in handover.nobodys(actor).order_by("opened_at")[:20]],
        "own": next((sheet for sheet in sheets if sheet["own"]), None),
        "waiting": [sheet for sheet in sheets if not sheet["own"]],
        "taken": [
            _sheet(sheet, actor) for sheet in taken.prefetch_related("lines__case").order_by("-signed_at")[:SHEETS]
        ],
        "numbers": _numbers(actor, now),
        "standing": _standing(actor, now),
    }
    if wants_json(request):
        return json_answer(shown, status=status)
    steps, notes = said.get("steps") or {}, said.get("notes") or {}
    for row in rows:
        row["step_said"] = steps.get(row["reference"], "")
    heads = [{"name": head, "label": label, "said": notes.get(head, "")} for head, label in HEADS.items()]
    return render(request, "shift.html", shown | {"heads": heads}, status=status)


def _sheet(sheet: Handover, actor: Actor) -> dict[str, Any]:
    """Return a sheet as it is read out."""
    return {
        "id": sheet.pk,
        "own": sheet.given_by_id == actor.officer_id,
        "given_by": sheet.given_by.name,
        "signed_at": sheet.signed_at,
        "taken_by": sheet.taken_by.name if sheet.taken_by else None,
        "taken_at": sheet.taken_at,
        "notes": [
            {"label": str(label), "text": getattr(sheet, head)} for head, label in HEADS.items() if getattr(sheet, head)
        ],
        "lines": [
            words_of(line.case) | {"next_step": line.next_step, "over": line.case.status == Status.CLOSED}
            for line in sheet.lines.all()
        ],
    }


def _numbers(actor: Actor, now: datetime) -> dict[str, int]:
    """Return what came and what was done in the last eight hours; practice is in no figure."""
    since = now - SHIFT
    real = access.cases_for(actor).filter(practice=False, last_activity_at__gte=since)
    return real.aggregate(
        received=Count("pk", filter=Q(opened_at__gte=since)),
        forwarded=Count("pk", filter=Q(forwarded_at__gte=since)),
        reached=Count("pk", filter=Q(contact_at__gte=since)),
        closed=Count("pk", filter=Q(closed_at__gte=since)),
    )


def _standing(actor: Actor, now: datetime) -> dict[str, Any]:
    """Return whether an alarm would be heard and a message would get out, as the next desk finds it."""
    board = readiness.readiness_of(actor, now=now)
    return {
        "desks": desks.armed(actor.state_id, at=now),
        "providers_out": [one["name"] for one in delivery.providers(now=now) if not one["in_order"]],
        "dead_ends": len(delivery.dead_ends(now=now)),
        "units_out": [unit["name"] for unit in board["units"] if unit["level"] == "red"],
        "tests_failed": sum(post["why"] == "test_failed" for unit in board["units"] for post in unit["posts"]),
    }


def _line(event: CaseEvent) -> dict[str, Any]:
    return {
        "at": event.at,
        "reference": event.case.reference,
        "urgency": event.case.urgency,
        "urgency_label": str(Urgency(event.case.urgency).label),
        "practice": event.case.practice,
        "actor": event.actor_name or event.actor,
        "action": event.action,
        "action_label": str(timeline.ACTIONS.get(event.action, event.action)),
        "unit": event.unit.name if event.unit else "",
    }


def _day(request: HttpRequest) -> date:
    """Return the day that is asked for, or today; a word that is no day asks for today."""
    try:
        asked = parse_date(str(request.GET.get("day", "")))
    except ValueError:
        asked = None
    today = timezone.localdate()
    return asked if asked and date(2000, 1, 1) < asked <= today else today


def _refused(request: OfficerRequest, refusal: Refusal, **said: Any) -> HttpResponse:
    if wants_json(request):
        return refused(request, refusal)
    messages.error(request, str(refusal))
    return _shown(request, status=409, **said)


def _done(request: OfficerRequest, sentence: str) -> HttpResponse:
    if wants_json(request):
        return _shown(request)
    messages.success(request, sentence)
    return HttpResponseRedirect(reverse("shift"), status=303)
