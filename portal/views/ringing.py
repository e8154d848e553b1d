"""Ringing: which alarms sound in a state cell now. The server decides; a page only shows and sounds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy

from cases import access
from cases.models import Case, CaseEvent, Forwarding
from cases.states import Leg, Status
from districts.actors import Actor, Sight
from portal import desks
from portal.doors import OfficerRequest
from portal.views.answers import answers, json_answer
from portal.views.countdown import clock
from portal.views.rows import source_of, with_what_rows_need, words_of

#: More than these are counted, not listed: a tired officer reads four lines.
SHOWN = 4
#: What makes a case that somebody holds ring again: news that nobody has answered.
NEWS = frozenset(
    {"alert_joined", "joined", "supplemented", "file_received", "retracted", "put_back", "mail_unreadable"}
)
#: What a unit calls out. It is answered by the cell alone, and by whoever holds the case.
HELP = "help_wanted"
#: What begins an alarm anew, also at a desk that has silenced the one before.
BEGINS = NEWS | {HELP, "received", "released", "reopened", "unjoined", "returned"}
SILENCED = "alarm_silenced"
WHY: Mapping[str, Any] = {
    "new": gettext_lazy("new"),
    "again": gettext_lazy("new information"),
    "returned": gettext_lazy("returned by the unit"),
    "help": gettext_lazy("the unit needs help"),
}


@answers("GET")
def ringing(request: OfficerRequest) -> HttpResponse:
    """Return the alarms that sound now (JSON; ``html`` is partials/ringing.html), for every open page of the cell."""
    now = timezone.now()
    alarms = alarms_of(request.actor, now=now)
    shown = {"alarms": alarms[:SHOWN], "more": max(0, len(alarms) - SHOWN), "desks": desks_of(request.actor, now=now)}
    html = render_to_string("partials/ringing.html", shown, request=request) if alarms else ""
    return json_answer(
        {
            "ringing": [
                {name: alarm[name] for name in ("reference", "key", "urgency", "practice", "why")} for alarm in alarms
            ],
            "desks": shown["desks"],
            "html": html,
        }
    )


@answers("POST")
def desk(request: OfficerRequest) -> HttpResponse:
    """Take note that the sound of a desk is armed, or is not; say how many of the state are."""
    now = timezone.now()
    name = request.POST.get("desk", "")
    if request.actor.sight == Sight.CELL and name.isalnum() and len(name) <= 16:
        if request.POST.get("armed") == "1":
            desks.arm(name, by=request.actor, at=now)
        else:
            desks.disarm(name, by=request.actor, at=now)
    return json_answer({"desks": desks_of(request.actor, now=now)})


def desks_of(actor: Actor, *, now: datetime) -> int:
    """Return how many desks of the officer's cell would ring."""
    return desks.armed(actor.state_id, at=now) if actor.sight == Sight.CELL else 0


def alarms_of(actor: Actor, *, now: datetime) -> list[dict[str, Any]]:
    """Return the alarms of the officer's cell, most urgent and newest first; elsewhere no page rings."""
    if actor.sight != Sight.CELL:
        return []
    rings = with_what_rows_need(ringing_cases(actor)).order_by("urgency", "-opened_at", "-pk")
    found = list(rings[:100])
    begun = _begun(case.pk for case in found)
    return [_alarm(case, *begun.get(case.pk, (0, "")), now=now) for case in found]


def ringing_cases(actor: Actor) -> QuerySet[Case]:
    """Return the open cases that ring: nobody has claimed them, a unit gave them back, or there is unanswered news."""
    lines = CaseEvent.objects.filter(case=OuterRef("pk"))
    answered = CaseEvent.objects.filter(case=OuterRef("case"), seq__gt=OuterRef("seq"), actor__startswith="officer:")
    # Silencing is no answer, unless whoever holds the case does it: then the one it is for has heard it.
    holder = Q(actor=Concat(Value("officer:"), OuterRef("case__claimed_by__username")))
    news = lines.filter(action__in=NEWS).filter(~Exists(answered.filter(~Q(action=SILENCED) | holder)))
    # What the unit itself does next is no answer to it.
    calls = lines.filter(action=HELP).filter(~Exists(answered.filter(holder)))
    legs = Forwarding.objects.filter(case=OuterRef("pk"))
    is_back = Exists(legs.filter(status=Leg.RETURNED)) & ~Exists(legs.filter(ended_at=None))
    still_open = access.cases_for(actor).exclude(status=Status.CLOSED)
    return still_open.filter(Q(status=Status.RECEIVED) | Exists(news) | Exists(calls) | Q(is_back))


def _begun(keys: Iterable[UUID]) -> dict[UUID, tuple[int, str]]:
    """Return the line of history with which each alarm began, and what it says."""
    lines = CaseEvent.objects.filter(case_id__in=list(keys), action__in=BEGINS)
    latest = lines.order_by("case_id", "-seq").distinct("case_id").values_list("case_id", "seq", "action")
    return {case_id: (seq, action) for case_id, seq, action in latest}


def _alarm(case: Case, begun: int, action: str, *, now: datetime) -> dict[str, Any]:
    legs = list(case.forwardings.all())
    why = "new" if case.status == Status.RECEIVED else "help" if action == HELP else "again"
    if any(leg.status == Leg.RETURNED for leg in legs) and all(leg.ended_at for leg in legs):
        why = "returned"
    return {
        **words_of(case),
        "source": source_of(case),
        "key": f"{case.reference}:{begun}",
        "why": why,
        "why_label": str(WHY[why]),
        "since": clock(case.opened_at, now=now),
        "held_by": case.claimed_by.name if case.claimed_by else "",
    }
