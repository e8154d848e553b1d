"""Lists: the console's queue, a unit's inbox, the supervisors' register: rows, and the context of their pages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases import access, watching
from cases.models import Case, Deadline, Forwarding
from cases.states import OPEN_LEGS, Leg, Part, Promise, Settled, Status
from districts.actors import Actor
from districts.models import Unit, UnitKind
from districts.models.policy import Urgency
from portal import desks
from portal.doors import OfficerRequest
from portal.lookout import book
from portal.views import delivery, directions, searching, sources
from portal.views.countdown import PROMISED, Posts
from portal.views.paging import count_of, page_of
from portal.views.rows import row_of, with_what_rows_need

VIEWS: Mapping[str, Any] = {
    "all": _("All open"),
    "unclaimed": _("Not claimed"),
    "mine": _("Mine"),
    "late": _("Late"),
    "waiting": _("Waiting for a unit"),
    "paused": _("Paused"),
    "returned": _("Returned"),
    "other_state": _("Another state"),
    "closed": _("Closed"),
}
TABS: Mapping[str, Any] = {"open": _("Open"), "new": _("New"), "working": _("Working"), "closed": _("Closed")}
#: After how many minutes an open case is older than it should be, by its urgency.
AGES: Mapping[str, tuple[int, int, int]] = {
    "P0": (1, 5, 15),
    "P1": (3, 10, 30),
    "P2": (15, 60, 240),
    "P3": (60, 240, 1440),
}
#: What a unit has handed back stands first; then the most urgent, and of these the oldest.
QUEUE_ORDER = ("queue_place", "urgency", "opened_at", "pk")
LATEST = ("-last_activity_at", "-pk")
Wishes = Mapping[str, str]


# ---- the console -------------------------------------------------------------------------------------------


def console(actor: Actor, wishes: Wishes, *, now: datetime) -> dict[str, Any]:
    """Return the context of console.html: the open queue, most urgent and oldest first."""
    view = wishes.get("view", "all")
    view = view if view in VIEWS else "all"
    words = wishes.get("q", "").strip()
    seen = access.cases_for(actor)
    chosen = searching.found(seen, words, actor=actor) if words else viewed(seen, view, actor=actor, now=now)
    order = LATEST if words or view == "closed" else QUEUE_ORDER
    page = page_of(with_what_rows_need(chosen), order, after=wishes.get("after", ""))
    base = reverse("console")
    asked = {"view": "" if words else view, "q": words}
    ages = sources.ages()
    return {
        "view": "" if words else view,
        "words": words,
        "views": [
            {"name": name, "label": str(label), "url": _url(base, view=name)}
            | _counted(name, viewed(seen, name, actor=actor, now=now))
            for name, label in VIEWS.items()
        ],
        "rows": _rows_with_who_is_there(page.rows, actor, now=now),
        "next": _url(base, **asked, after=page.after) if page.after else None,
        "refresh": _url(base, **asked, after=wishes.get("after", "")),
        "pulse": sources.pulse_of(ages),
        "sources": sources.sources_of(actor.state_id, ages=ages),
        "desks": desks.armed(actor.state_id, at=now),
        "alarms": book.shown(at=now),
        "dead_ends": delivery.dead_ends(now=now),
        "units": units_to_choose(actor, at=now),
        "parts": [(str(value), str(label)) for value, label in Part.choices],
        "urgencies": [(str(value), str(label)) for value, label in Urgency.choices],
    }


def _rows_with_who_is_there(cases: list[Case], actor: Actor, *, now: datetime) -> list[dict[str, Any]]:
    """Return the rows of the queue: how old each is for its urgency, and who is at work on it."""
    posts = Posts(actor.state_id, at=now)
    there = watching.present([case.pk for case in cases], at=now)
    return [
        row_of(case, actor=actor, now=now, posts=posts)
        | {
            "age": age_of(case, now=now),
            "claim_over": case.claimed_until is not None and case.claimed_until <= now,
            "presence": [
                {
                    "name": one.officer.name,
                    "username": one.officer.username,
                    "doing": one.doing,
                    "doing_label": str(one.get_doing_display()),
                    "mine": one.officer_id == actor.officer_id,
                }
                for one in there.get(case.pk, [])
            ],
        }
        for case in cases
    ]


def age_of(case: Case, *, now: datetime) -> dict[str, Any]:
    """Return how old an open case is, and how old that is for its urgency: 0 fresh, 1 ageing, 2 old, 3 very old."""
    minutes = int((now - case.opened_at).total_seconds() // 60)
    over = [limit for limit in AGES[case.urgency] if minutes >= limit]
    return {"minutes": minutes, "level": 0 if case.closed_at else len(over)}


def viewed(cases: QuerySet[Case], view: str, *, actor: Actor, now: datetime) -> QuerySet[Case]:
    """Return the cases of one view of the console."""
    if view == "closed":
        return cases.filter(status=Status.CLOSED)
    still_open = cases.exclude(status=Status.CLOSED)
    legs = Forwarding.objects.filter(case=OuterRef("pk"))
    with_units = legs.filter(ended_at=None)
    promises = Deadline.objects.filter(case=OuterRef("pk"))
    views: dict[str, Callable[[], QuerySet[Case]]] = {
        "unclaimed": lambda: still_open.filter(claimed_by=None),
        "mine": lambda: still_open.filter(claimed_by=actor.officer_id),
        "late": lambda: still_open.filter(late(now)),
        "waiting": lambda: still_open.filter(Exists(with_units.filter(status=Leg.FORWARDED))),
        "paused": lambda: still_open.filter(Exists(promises.filter(settled_at=None, paused_until__gt=now))),
        "returned": lambda: still_open.filter(Exists(legs.filter(status=Leg.RETURNED)), ~Exists(with_units)),
        "other_state": lambda: still_open.filter(
            Exists(with_units.filter(Q(part=Part.OTHER_STATE) | Q(unit__kind=UnitKind.OTHER_STATE)))
        ),
    }
    return views[view]() if view in views else still_open


def late(now: datetime) -> Q:
    """Return the condition that a promise of now has run out, as ``countdown`` says it of a single case."""
    newer = Deadline.objects.filter(
        case=OuterRef("case"), kind=OuterRef("kind"), level=0, started_at__gt=OuterRef("started_at")
    ).filter(Q(forwarding=OuterRef("forwarding")) | Q(forwarding=None, kind__in=[Promise.CLAIM, Promise.FORWARD]))
    promises = Deadline.objects.filter(case=OuterRef("pk"), level=0)
    ran_out = promises.filter(settled_at=None, due_at__lte=now)
    missed = promises.filter(~Exists(newer), settled_as=Settled.MISSED)
    not_done = [Q(forwarding__status=leg, kind__in=kinds) for leg, kinds in PROMISED.items() if leg != Leg.REPORTED]
    by_unit = Q()
    for condition in not_done:
        by_unit |= condition
    open_legs = Forwarding.objects.filter(case=OuterRef("pk"), ended_at=None)
    return (
        Q(Exists(ran_out))
        | Q(Exists(missed.filter(by_unit, forwarding__reported_at=None)))
        | Q(Exists(missed.filter(forwarding=None, kind=Promise.CLAIM)), claimed_by=None)
        | (Q(Exists(missed.filter(forwarding=None, kind=Promise.FORWARD))) & ~Q(Exists(open_legs)))
    )


# ---- a unit's inbox ----------------------------------------------------------------------------------------


def inbox(actor: Actor, wishes: Wishes, *, now: datetime) -> dict[str, Any]:
    """Return the context of inbox.html: what was sent to the officer's units, latest activity first."""
    tab = wishes.get("tab", "open")
    tab = tab if tab in TABS else "open"
    own = tuple(unit_id for unit_id in actor.unit_ids if actor.works_at(unit_id))
    # The list starts here, with the units named: the index has the order, and row security is the net.
    legs = access.forwardings_for(actor).filter(unit_id__in=own)
    base = reverse("inbox")
    rows, after = _rows_of_legs(_tabbed(legs, tab), actor, unit_ids=own, after=wishes.get("after", ""), now=now)
    known = directions.known_of([row["reference"] for row in rows])
    return {
        "tab": tab,
        "tabs": [
            {"name": name, "label": str(label), "url": _url(base, tab=name)} | _counted(name, _tabbed(legs, name))
            for name, label in TABS.items()
        ],
        "rows": [row | {"at_hand": _at_hand(row, known)} for row in rows],
        "next": _url(base, tab=tab, after=after) if after else None,
        "refresh": _url(base, tab=tab, after=wishes.get("after", "")),
        "unit_names": [unit.name for unit in Unit.objects.filter(pk__in=own)],
    }


def _at_hand(row: Mapping[str, Any], known: Collection[str]) -> dict[str, Any] | None:
    """Return what can be asked for on the card while the unit has the case: a number and a place, neither shown yet."""
    found = {"phone": row["person"]["phone"], "way": row["reference"] in known}
    return found if row["units"] and any(found.values()) else None


def _tabbed(legs: QuerySet[Forwarding], tab: str) -> QuerySet[Forwarding]:
    if tab == "closed":
        return legs.filter(status=Leg.CLOSED)
    if tab == "new":
        return legs.filter(status=Leg.FORWARDED, ended_at=None)
    if tab == "working":
        return legs.filter(status__in=sorted(OPEN_LEGS - {Leg.FORWARDED}), ended_at=None)
    return legs.filter(ended_at=None)


def _rows_of_legs(
    legs: QuerySet[Forwarding], actor: Actor, *, unit_ids: tuple[int, ...], after: str, now: datetime
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of rows from the table of forwardings: each case once, joined by its key."""
    page = page_of(legs, LATEST, after=after)
    keys = list(dict.fromkeys(leg.case_id for leg in page.rows))
    found = {case.pk: case for case in with_what_rows_need(access.cases_for(actor).filter(pk__in=keys))}
    posts = Posts(actor.state_id, at=now)
    rows = [row_of(found[key], actor=actor, now=now, posts=posts, unit_ids=unit_ids) for key in keys if key in found]
    return rows, page.after


# ---- the register ------------------------------------------------------------------------------------------


def register(actor: Actor, wishes: Wishes, *, now: datetime) -> dict[str, Any]:
    """Return the context of register.html: the cases of the units below, latest activity first, by unit and state."""
    unit = wishes.get("unit", "")
    state = wishes.get("state", "")
    state = state if state in Status.values else ""
    after = wishes.get("after", "")
    below = _units_below(actor)
    asked = {"unit": unit, "state": state}
    base = reverse("register")
    if actor.in_state_cell:
        rows, mark = _rows_of_state(actor, unit=unit, state=state, after=after, now=now)
    else:
        legs = access.forwardings_for(actor).exclude(status__in=[Leg.RETURNED, Leg.RECALLED])
        legs = legs.filter(unit__code=unit) if unit else legs
        legs = legs.filter(case__status=state) if state else legs
        rows, mark = _rows_of_legs(legs, actor, unit_ids=actor.unit_ids, after=after, now=now)
    return {
        "rows": rows,
        "next": _url(base, **asked, after=mark) if mark else None,
        "refresh": _url(base, **asked, after=after),
        "units_below": [{"code": found.code, "name": found.name} for found in below],
        "states": [(str(value), str(label)) for value, label in Status.choices],
        **asked,
    }


def _rows_of_state(
    actor: Actor, *, unit: str, state: str, after: str, now: datetime
) -> tuple[list[dict[str, Any]], str | None]:
    cases = access.cases_for(actor)
    cases = cases.filter(status=state) if state else cases
    if unit:
        cases = cases.filter(Exists(Forwarding.objects.filter(case=OuterRef("pk"), unit__code=unit)))
    page = page_of(with_what_rows_need(cases), LATEST, after=after)
    posts = Posts(actor.state_id, at=now)
    return [row_of(case, actor=actor, now=now, posts=posts) for case in page.rows], page.after


def _units_below(actor: Actor) -> QuerySet[Unit]:
    if actor.in_state_cell:
        return Unit.objects.acting().filter(state=actor.state_id).order_by("name_en")
    return Unit.objects.acting().filter(pk__in=actor.unit_ids).order_by("name_en")


# ---- what lists share --------------------------------------------------------------------------------------


def refreshed(request: OfficerRequest, target: str, *, now: datetime) -> HttpResponse:
    """Return the list an act was done from, as it is now, for htmx to put in its place."""
    wishes = wishes_in(urlsplit(request.headers.get("HX-Current-URL", "")).query)
    make = {"queue": console, "inbox": inbox, "register": register}[target]
    return render(request, f"partials/{target}.html", make(request.actor, wishes, now=now))


def wishes_in(query: str) -> dict[str, str]:
    """Return what the query of an address asks for; a word that nobody can have typed is not asked for."""
    try:
        asked = parse_qs(query, max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in asked.items() if values[-1].isprintable()}


def units_to_choose(actor: Actor, *, at: datetime) -> list[dict[str, str]]:
    """Return the units a case can be forwarded to, for the picker: it searches both scripts."""
    units = Unit.objects.valid(at).acting().filter(state=actor.state_id).select_related("parent")
    return [
        {
            "code": unit.code,
            "name_en": unit.name_en,
            "name_hi": unit.name_hi,
            "name": unit.name,
            "kind_label": str(unit.get_kind_display()),
            "parent_name": unit.parent.name if unit.parent else "",
        }
        for unit in units.order_by("name_en")
    ]


def _counted(name: str, rows: QuerySet[Any]) -> dict[str, Any]:
    """Return the number on a tab; what is closed only grows, and its number says nothing."""
    return {"count": None, "more": False} if name == "closed" else count_of(rows)


def _url(base: str, **wishes: str | None) -> str:
    kept = {name: value for name, value in wishes.items() if value}
    return f"{base}?{urlencode(kept)}" if kept else base
