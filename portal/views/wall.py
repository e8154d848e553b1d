"""The wall board: what is open, what is late and whether anybody would hear an alarm. No person is in any of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import access
from cases.models import Case, Deadline, Forwarding
from cases.states import Leg, Status
from districts.actors import Actor, Sight
from districts.models import Contact, Role, Unit, UnitKind
from districts.models.policy import Urgency
from districts.reach import reach_of
from portal import desks
from portal.doors import OfficerRequest
from portal.views import lists, sources, tiles
from portal.views.answers import answers, is_htmx, json_answer, wants_json
from portal.views.countdown import clock, next_promise

#: More open cases than these are counted, and the rest of the board is of the most urgent.
LOOKED_AT = 500
HOURS = 24
#: What a square says besides its colour: late, waiting for the unit, open, nobody to ring, quiet.
WORDS: Mapping[str, Any] = {
    "late": _("late"),
    "waiting": _("waits"),
    "open": _("open"),
    "unreachable": _("no telephone"),
    "quiet": "",
}


@answers("GET")
def wall(request: OfficerRequest) -> HttpResponse:
    """Show the board (wall.html, partials/wall.html) or return its numbers as JSON."""
    now = timezone.now()
    viewer, reach = _kiosk(request.actor)
    with reach:
        board = board_of(viewer, now=now)
    if wants_json(request):
        return json_answer({name: value for name, value in board.items() if name not in {"tiles", "bars"}})
    return render(request, "partials/wall.html" if is_htmx(request) else "wall.html", board)


def _kiosk(actor: Actor) -> tuple[Actor, AbstractContextManager[None]]:
    """
    Return in whose sight the board is counted: the cell, supervisors, and a kiosk that is signed in to see figures.

    :raises PermissionDenied: if the board is not part of their post
    """
    if actor.sight == Sight.CELL or (actor.sight == Sight.UNIT and actor.supervises):
        return actor, nullcontext()
    cells = Unit.objects.filter(kind=UnitKind.STATE_CELL).values_list("pk", flat=True)
    if any((cell, Role.REVIEWER) in actor.duties for cell in cells):
        # Figures of the whole state, and nothing of any case: the board is all this sight is opened for.
        cell = replace(actor, sight=Sight.CELL)
        return cell, reach_of(cell)
    raise PermissionDenied


def board_of(actor: Actor, *, now: datetime) -> dict[str, Any]:
    """Return everything the board shows. Practice enters no figure, but where everything is practice."""
    seen = access.cases_for(actor)
    counted = seen if settings.DEMO else seen.filter(practice=False)
    still_open = counted.exclude(status=Status.CLOSED)
    oldest = still_open.filter(status=Status.RECEIVED).order_by("opened_at").values_list("opened_at", flat=True).first()
    ages = sources.ages()
    units = _units(actor, still_open, now=now)
    hours = _hours(counted, now=now)
    return {
        "at": now,
        "practice": settings.DEMO,
        "figures": _figures(still_open, actor, now=now),
        "oldest_unclaimed_s": int((now - oldest).total_seconds()) if oldest else None,
        "oldest_unclaimed": clock(oldest, now=now) if oldest else None,
        "units": units,
        "tiles": _tiles(units),
        "hours": hours,
        "bars": _bars(hours),
        "sources": sources.sources_of(actor.state_id, ages=ages),
        "pulse": sources.pulse_of(ages),
        "desks": desks.armed(actor.state_id, at=now),
    }


def _figures(still_open: QuerySet[Case], actor: Actor, *, now: datetime) -> dict[str, int]:
    chosen = {
        "p0": still_open.filter(urgency=Urgency.P0),
        "p1": still_open.filter(urgency=Urgency.P1),
        "open": still_open,
        "unclaimed": still_open.filter(claimed_by=None),
        "late": still_open.filter(lists.late(now)),
        "waiting": lists.viewed(still_open, "waiting", actor=actor, now=now),
        "moving": still_open.filter(status=Status.TEAM_MOVING),
    }
    return {name: min(rows.order_by()[:1000].count(), 999) for name, rows in chosen.items()}


def _units(actor: Actor, still_open: QuerySet[Case], *, now: datetime) -> list[dict[str, Any]]:
    """Return the units in sight with what is open at each; what is late there says how its own promise stands."""
    acting = Unit.objects.valid(now).acting().filter(state=actor.state_id).exclude(kind=UnitKind.OTHER_STATE)
    acting = acting if actor.sight == Sight.CELL else acting.filter(pk__in=actor.unit_ids)
    reachable = set(
        Contact.objects.filter(unit__in=acting, vacant=False).exclude(phone="").values_list("unit", flat=True)
    )
    with_units = still_open.filter(Q(forwardings__ended_at=None, forwardings__isnull=False)).distinct()
    cases = with_units.order_by("urgency", "opened_at", "pk").prefetch_related(
        Prefetch("forwardings", Forwarding.objects.filter(ended_at=None)),
        Prefetch("deadlines", Deadline.objects.filter(level=0)),
    )[:LOOKED_AT]
    counts = {name: Counter[int]() for name in ("open", "waiting", "late")}
    for case in cases:
        for leg in case.forwardings.all():
            counts["open"][leg.unit_id] += 1
            counts["waiting"][leg.unit_id] += leg.status == Leg.FORWARDED
            due = next_promise(case, now=now, unit_ids={leg.unit_id})
            counts["late"][leg.unit_id] += bool(due and due["late"])
    return [_unit(unit, counts, is_reachable=unit.pk in reachable) for unit in acting.order_by("name_en", "pk")]


def _unit(unit: Unit, counts: Mapping[str, Counter[int]], *, is_reachable: bool) -> dict[str, Any]:
    numbers = {name: count[unit.pk] for name, count in counts.items()}
    state = next((name for name in ("late", "waiting", "open") if numbers[name]), "")
    state = state or ("quiet" if is_reachable else "unreachable")
    known = unit.lat is not None and unit.lon is not None
    return {
        "code": unit.code,
        "name": unit.name,
        **numbers,
        "state": state,
        "state_label": str(WORDS[state]),
        "place": tiles.Spot(unit.pk, unit.lat or 0.0, unit.lon or 0.0) if known else None,
    }


def _tiles(units: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the map: squares of a hundred, with the units that nobody has given a place listed beside it."""
    every = list(units)
    laid = tiles.board(unit["place"] for unit in every if unit["place"])
    squares = []
    for unit in every:
        if unit["place"] is None:
            continue
        column, row = laid.places[unit["place"].key]
        lines = tiles.lines_of(unit["name"])
        squares.append(
            unit
            | {
                "x": column * 100,
                "y": row * 100,
                "letters": f"{tiles.letters_for(lines)}",
                "lines": [{"text": text, "y": 26 + 19 * number} for number, text in enumerate(lines)],
            }
        )
    return {
        "width": laid.columns * 100,
        "height": laid.rows * 100,
        "squares": squares,
        "others": [unit for unit in every if unit["place"] is None],
    }


def _hours(counted: QuerySet[Case], *, now: datetime) -> list[int]:
    """Return how many cases came in during each of the last 24 hours, the oldest first."""
    since = now - timedelta(hours=HOURS)
    moments = counted.filter(opened_at__gt=since, last_activity_at__gt=since).values_list("opened_at", flat=True)
    count = Counter(int((now - moment).total_seconds() // 3600) for moment in moments)
    return [count[hour] for hour in reversed(range(HOURS))]


def _bars(hours: list[int]) -> list[dict[str, int]]:
    highest = max(*hours, 1)
    return [
        {"x": 30 * place, "height": round(60 * count / highest), "y": 62 - round(60 * count / highest), "count": count}
        for place, count in enumerate(hours)
    ]
