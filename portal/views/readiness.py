"""The readiness board: which posts can be reached, who has duty in the next days, and where nobody would answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from districts import duty
from districts.actors import Actor, Sight
from districts.models import Contact, Duty, Unit
from districts.onboarding import desk_of
from districts.refusals import Refusal
from notifications import contact_tests
from notifications.contact_tests import Tested
from notifications.models import Channel, State
from portal.doors import OfficerRequest
from portal.views.answers import answers, json_answer, refused, wants_json

DAYS = 7
#: What a level is called, and by which shape it is known without its colour.
LEVELS: Mapping[str, tuple[Any, str]] = {
    "red": (gettext_lazy("nobody can be reached"), "warn"),
    "amber": (gettext_lazy("not verified"), "p1"),
    "green": (gettext_lazy("ready"), "check"),
}
POST_LEVELS: Mapping[str, Any] = {
    "red": gettext_lazy("cannot be reached"),
    "amber": gettext_lazy("not verified"),
    "green": gettext_lazy("verified"),
}
WHY: Mapping[str, Any] = {
    "vacant": gettext_lazy("vacant"),
    "on_leave": gettext_lazy("on leave"),
    "no_number": gettext_lazy("no telephone"),
    "test_failed": gettext_lazy("the last test did not arrive"),
}


@answers("GET")
def board(request: OfficerRequest) -> HttpResponse:
    """Show which posts can be reached (readiness.html): the cell its state, others their units, who onboards theirs."""
    context = readiness_of(request.actor, now=timezone.now())
    if wants_json(request):
        return json_answer(context)
    return render(request, "readiness.html", context)


@answers("POST")
def test(request: OfficerRequest) -> HttpResponse:
    """Test the number of one post, or with ``mine`` those of the units one works in: “test my alerts”."""
    now, actor = timezone.now(), request.actor
    posts = Contact.objects.select_related("unit__state").order_by("unit__code", "rung", "pk")
    if request.POST.get("mine"):
        mine = list(posts.filter(unit__in=_own(actor)))
        of_now = duty.duties_of(mine, at=now)
        chosen = [(post, _number_now(post, of_now.get(post.pk, ()))) for post in mine]
        chosen = [(post, number) for post, number in chosen if number]
    else:
        key, number = request.POST.get("contact", ""), request.POST.get("phone", "")
        found = posts.filter(pk=int(key)) if key.isdecimal() and len(key) < 18 else posts.none()
        chosen = [(contact, number) for contact in found if contact_tests.may_test(contact, by=actor)]
    if not chosen:
        raise Http404
    try:
        owed = [one for post, phone in chosen for one in contact_tests.send(post, by=actor, at=now, phone=phone)]
    except Refusal as refusal:
        if wants_json(request):
            return refused(request, refusal)
        messages.error(request, str(refusal))
    else:
        if wants_json(request):
            return json_answer({"tested": [str(contact) for contact, _phone in chosen], "messages": len(owed)})
        messages.success(request, _("The test is on its way. Look at this page again in a minute."))
    return HttpResponseRedirect(reverse("readiness"))


def _own(actor: Actor) -> list[int]:
    """Return the units somebody works in: of the cell, or of a unit; whoever watches over units works in none."""
    if actor.in_state_cell:
        return list(actor.unit_ids)
    return [unit_id for unit_id in actor.unit_ids if actor.works_at(unit_id)]


def readiness_of(actor: Actor, *, now: datetime) -> dict[str, Any]:
    """Return the board of whoever asks: in as many questions for a hundred units as for one."""
    units = list(_units_of(actor, now=now))
    contacts = list(
        Contact.objects.filter(unit__in=units).select_related("unit__state").order_by("unit__code", "rung", "post")
    )
    coming = _coming(contacts, now=now)
    numbers = {contact: _numbers(contact, coming.get(contact.pk, ())) for contact in contacts}
    tested = contact_tests.of_numbers(numbers, by=actor)
    posts: dict[int, list[Contact]] = {}
    for contact in contacts:
        posts.setdefault(contact.unit_id, []).append(contact)
    days = [timezone.localdate(now) + timedelta(days=number) for number in range(DAYS)]
    rows = [_unit(unit, posts.get(unit.pk, []), tested=tested, coming=coming, days=days, now=now) for unit in units]
    rows.sort(key=lambda row: (list(LEVELS).index(row["level"]), row["percent"], row["code"]))
    return {
        "units": rows,
        "days": days,
        "percent": round(sum(row["percent"] for row in rows) / len(rows)) if rows else 0,
        "counts": {level: sum(row["level"] == level for row in rows) for level in LEVELS},
        "mine": bool(_own(actor)),
    }


def _units_of(actor: Actor, *, now: datetime) -> QuerySet[Unit]:
    """
    Return the units whose readiness somebody may see.

    :raises PermissionDenied: if they have none
    """
    desk = desk_of(actor)
    if actor.in_state_cell:
        within = Q(state=actor.state_id)
    elif actor.sight == Sight.UNIT or desk.is_open:
        within = Q(pk__in=actor.unit_ids) | (desk.over_units() if desk.is_open else Q(pk__in=[]))
    else:
        raise PermissionDenied
    return Unit.objects.valid(now).filter(within).order_by("code")


def _coming(contacts: Sequence[Contact], *, now: datetime) -> dict[int, list[Duty]]:
    """Return what is entered for the posts from now on for a week."""
    rows = Duty.objects.filter(contact__in=contacts, called_off_at=None, ends__gt=now)
    rows = rows.filter(begins__lt=now + timedelta(days=DAYS + 1)).select_related("officer").order_by("begins", "pk")
    found: dict[int, list[Duty]] = {}
    for row in rows:
        found.setdefault(row.contact_id, []).append(row)
    return found


def _unit(
    unit: Unit,
    contacts: Sequence[Contact],
    *,
    tested: Mapping[tuple[int, str], Tested],
    coming: Mapping[int, list[Duty]],
    days: Sequence[date],
    now: datetime,
) -> dict[str, Any]:
    of_now = {
        contact.pk: [row for row in coming.get(contact.pk, ()) if row.begins <= now < row.ends] for contact in contacts
    }
    away = {contact.pk: str(why) for contact, why in duty.standing_on(contacts, of_now).passed_over}
    posts = [
        _post(
            contact,
            tested,
            number=_number_now(contact, of_now[contact.pk]),
            why=away.get(contact.pk, ""),
            duties=coming.get(contact.pk, ()),
            days=days,
        )
        for contact in contacts
    ]
    reachable = [post for post in posts if post["level"] != "red"]
    verified = [post for post in posts if post["verified_at"] is not None]
    level = "green" if any(post["level"] == "green" for post in posts) else "amber" if reachable else "red"
    word, shape = LEVELS[level]
    return {
        "code": unit.code,
        "name": unit.name,
        "kind_label": str(unit.get_kind_display()),
        "level": level,
        "word": str(word) if posts else str(_("no post is entered")),
        "shape": shape,
        "percent": round(100 * len(verified) / len(posts)) if posts else 0,
        "posts": posts,
    }


def _number_now(contact: Contact, of_now: Sequence[Duty]) -> str:
    """Return by which number the post would be told at this moment, whoever is passed over."""
    told = duty.standing_on([contact], {contact.pk: of_now}).posts
    return told[0].phone if told else contact.phone


def _numbers(contact: Contact, duties: Sequence[Duty]) -> list[str]:
    """Return all the numbers by which a post is or will be told, its own first."""
    return list(dict.fromkeys([contact.phone, *(duty.number_of(row) for row in duties)]))


def _post(
    contact: Contact,
    tested: Mapping[tuple[int, str], Tested],
    *,
    number: str,
    why: str,
    duties: Sequence[Duty],
    days: Sequence[date],
) -> dict[str, Any]:
    """Return a post by the number it would be told by now; ``telephones`` are the other ones, with their own tests."""
    if not why and not number:
        why = "no_number"
    known = tested[contact.pk, number]
    if not why and known.failed and not known.is_verified:
        why = "test_failed"
    others = [other for other in _numbers(contact, duties) if other and other != number]
    level = "red" if why else "green" if known.is_verified else "amber"
    return {
        "id": contact.pk,
        "post": contact.post,
        "rung": contact.rung,
        "phone": number,
        "on_duty_phone": number != contact.phone,
        "level": level,
        "word": str(POST_LEVELS[level]),
        "shape": LEVELS[level][1],
        "why": why,
        "why_label": str(WHY[why]) if why else "",
        "verified_at": known.verified_at,
        "confirmed_at": known.confirmed_at,
        "last_test": _last(known),
        "telephones": [_telephone(other, contact, tested[contact.pk, other]) for other in others],
        "duty": [_day(day, duties) for day in days],
    }


def _telephone(number: str, contact: Contact, known: Tested) -> dict[str, Any]:
    level = "green" if known.is_verified else "red" if known.failed else "amber"
    return {
        "phone": number,
        "own": number == contact.phone,
        "level": level,
        "word": str(POST_LEVELS["green" if known.is_verified else "amber"]),
        "shape": LEVELS[level][1],
        "verified_at": known.verified_at,
        "confirmed_at": known.confirmed_at,
        "last_test": _last(known),
    }


def _last(tested: Tested) -> dict[str, Any] | None:
    if tested.last_at is None:
        return None
    return {
        "at": tested.last_at,
        "channel": tested.last_channel,
        "channel_label": str(Channel(tested.last_channel).label),
        "state": tested.last_state,
        "state_label": str(State(tested.last_state).label),
    }


def _day(day: date, duties: Sequence[Duty]) -> dict[str, Any]:
    """Return who has duty on a day, by the clock on the wall."""
    begins = timezone.make_aware(datetime.combine(day, datetime.min.time()))
    of_day = [row for row in duties if row.begins < begins + timedelta(days=1) and row.ends > begins]
    return {
        "day": day,
        "entries": [
            {
                "kind": row.kind,
                "kind_label": str(Duty.Kind(row.kind).label),
                "shift": row.shift,
                "shift_label": str(Duty.Shift(row.shift).label) if row.shift else "",
                "officer": row.officer.name if row.officer else "",
                "begins": row.begins,
                "ends": row.ends,
            }
            for row in of_day
        ],
    }
