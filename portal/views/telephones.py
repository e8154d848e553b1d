"""The demo telephones: what would have rung at each post, so that a newcomer sees the district's phone ring."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from districts.actors import CLOCK, Sight
from districts.reach import reach_of
from notifications import queries
from notifications.models import Channel, Ring
from portal.views import frame
from portal.views.answers import answers, is_htmx, json_answer, not_signed_in, wants_json

#: A telephone that rang within so many seconds is shown ringing.
FRESH_S = 15


@answers("GET", signed_in=False)
def telephones(request: HttpRequest) -> HttpResponse:
    """
    Show the demo telephones of every post (telephones.html): ``rings`` newest first, ``posts`` with their rings.

    In the demo state anybody may look: it holds no real person. Elsewhere an officer with a posting may, as long as no
    gateway is connected. A ring says what the message said: reference, urgency, unit, number to call.
    """
    if not frame.telephones_are_shown():
        raise Http404
    actor = frame.actor_of(request)
    if not settings.DEMO and actor is None:
        return not_signed_in(request)
    if actor is not None and actor.sight == Sight.GROUND and not settings.DEMO:
        raise Http404
    now = timezone.now()
    # Rings are read as the engine; no case is.
    with reach_of(CLOCK):
        rings = [_ring(ring, now=now) for ring in _seen(actor.state_id if actor else None)]
    if wants_json(request):
        return json_answer({"rings": rings})
    posts: dict[str, dict[str, Any]] = {}
    for ring in rings:
        named = {name: ring[name] for name in ("to_ref", "unit_name", "post")}
        posts.setdefault(ring["to_ref"], named | {"rings": []})["rings"].append(ring)
    context = {"rings": rings, "posts": list(posts.values()), "refresh": request.path}
    return render(request, "partials/telephones.html" if is_htmx(request) else "telephones.html", context)


def _seen(state_id: int | None) -> list[Ring]:
    """Return the newest rings, of the officer's own state where one is signed in."""
    found = queries.rings(limit=200)
    return [ring for ring in found if state_id is None or (ring.contact and ring.contact.unit.state_id == state_id)]


def _ring(ring: Ring, *, now: datetime) -> dict[str, Any]:
    ago = max(0, int((now - ring.at).total_seconds()))
    contact = ring.contact
    return {
        "id": ring.pk,
        "channel": ring.channel,
        "channel_label": str(Channel(ring.channel).label),
        "to": ring.to,
        "to_ref": ring.to_ref,
        "unit_name": contact.unit.name if contact else "",
        "post": contact.post if contact else "",
        "text": ring.text,
        "at": ring.at,
        "ago": ago,
        "fresh": ago < FRESH_S,
    }
