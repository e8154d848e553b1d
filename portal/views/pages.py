"""The homes of each role: the console of the state cell, the inbox of a unit, the register of supervisors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.actors import Actor, Sight
from portal.doors import OfficerRequest, only
from portal.views import lists
from portal.views.answers import answers, is_htmx, json_answer, wants_json

Make = Callable[..., dict[str, Any]]


@answers("GET")
def console(request: OfficerRequest) -> HttpResponse:
    """Show the queue of the state cell (console.html, partials/queue.html; context: ``lists.console``)."""
    only(request, Sight.CELL)
    return _list(request, lists.console, "console.html", "queue")


@answers("GET")
def inbox(request: OfficerRequest) -> HttpResponse:
    """Show what was sent to the officer's unit (inbox.html, partials/inbox.html; context: ``lists.inbox``)."""
    only(request, Sight.UNIT)
    return _list(request, lists.inbox, "inbox.html", "inbox")


@answers("GET")
def register(request: OfficerRequest) -> HttpResponse:
    """Show the cases of the units below (register.html, partials/register.html; context: ``lists.register``)."""
    only(request, Sight.UNIT, Sight.CELL)
    return _list(request, lists.register, "register.html", "register")


@answers("GET")
def units(request: OfficerRequest) -> HttpResponse:
    """Return the units of the officer's state, for a picker that is opened (partials/picker.html): a long list."""
    only(request, Sight.UNIT, Sight.CELL)
    found = lists.units_to_choose(request.actor, at=timezone.now())
    if wants_json(request):
        return json_answer({"units": found})
    chosen = {"units": found, "name": "suggested_unit", "ident": "return", "legend": _("Whose area is it?")}
    return render(request, "partials/picker.html", chosen)


def _list(request: OfficerRequest, make: Make, whole: str, part: str) -> HttpResponse:
    """Answer with the list as JSON, as the part that htmx swaps, or as the whole page."""
    actor: Actor = request.actor
    context = make(actor, lists.wishes_in(request.META.get("QUERY_STRING", "")), now=timezone.now())
    if wants_json(request):
        more = {name: context[name] for name in ("alarms", "dead_ends") if name in context}
        return json_answer({"cases": context["rows"], "next": context["next"]} | more)
    swapped = is_htmx(request) and request.headers.get("HX-Boosted") != "true"
    return render(request, f"partials/{part}.html" if swapped else whole, context)
