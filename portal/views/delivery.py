"""Delivery: whether the gateways answer, what waits, and which posts cannot be told. No message's words are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from notifications import queries
from notifications.models import Channel, DeadEnd, Message, Provider
from portal.doors import OfficerRequest
from portal.views.answers import answers, json_answer, wants_json
from portal.views.posts import post_words

#: So many dead ends are named; what is more is the same outage.
NAMED = 50


@answers("GET")
def page(request: OfficerRequest) -> HttpResponse:
    """
    Show how messages get out (delivery.html): ``providers``, and to the state cell ``dead_ends`` of its open matters.

    The administrator, who orders the gateways, sees whether they answer and learns of no case.
    """
    actor = request.actor
    if not (actor.in_state_cell or actor.is_administrator):
        raise PermissionDenied
    now = timezone.now()
    shown: dict[str, Any] = {"providers": providers(now=now)}
    if actor.in_state_cell:
        shown["dead_ends"] = dead_ends(now=now)
    if wants_json(request):
        return json_answer(shown)
    return render(request, "delivery.html", shown)


def providers(*, now: datetime) -> list[dict[str, Any]]:
    """Return how each provider stands."""
    return [_provider(one, now=now) for one in queries.providers()]


def dead_ends(*, now: datetime) -> list[dict[str, Any]]:
    """Return the posts that cannot be told of an open matter within the reach that is open, longest first."""
    return [_dead_end(message) for message in queries.dead_ends_open(at=now)[:NAMED]]


def _dead_end(message: Message) -> dict[str, Any]:
    unit = message.contact.unit if message.contact else None
    return {
        "reference": message.about,
        "url": reverse("case", args=[message.about]),
        "to_ref": message.to_ref,
        "post_label": post_words(message.to_ref, {unit.code: unit.name} if unit else None),
        "unit_name": unit.name if unit else "",
        "channel": message.channel,
        "why": message.dead_end,
        "why_label": str(DeadEnd(message.dead_end).label),
        "since": message.dead_end_at,
        "practice": message.practice,
    }


def _provider(row: Provider, *, now: datetime) -> dict[str, Any]:
    return {
        "name": row.name,
        "channel": row.channel,
        "channel_label": str(Channel(row.channel).label),
        "in_order": row.opened_at is None,
        "failures": row.failures,
        "out_since": row.opened_at,
        "out_s": int((now - row.opened_at).total_seconds()) if row.opened_at else None,
        "last_ok_at": row.last_ok_at,
        "last_failure_at": row.last_failure_at,
        "last_error": row.last_error,
    }
