"""The frame around every page: who is signed in, where they may go, and whom to call."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases import ladder
from districts.actors import Actor, Sight
from districts.models import Contact, Officer, Posting, Role, State

VERSION = "0.2"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give every template ``frame``; it is made when a template asks for it."""
    return {"frame": SimpleLazyObject(lambda: _frame(request))}


#: The number of each state's cell as it was last read, for pages that may not ask the database.
_LAST_READ: dict[int, str] = {}


def control_room(request: HttpRequest) -> str:
    """Return the telephone number of the officer's own state cell; for a stranger, that of the only one."""
    actor = actor_of(request)
    if actor is None or not actor.state_id:
        numbers = ladder.cell_numbers()
        return numbers[0][1] if len(numbers) == 1 else ""
    _LAST_READ[actor.state_id] = ladder.cell_number(actor.state_id)
    return _LAST_READ[actor.state_id]


def remembered_control_room(request: HttpRequest) -> str:
    """
    Return the number of the officer's cell as this process last read it.

    It asks nobody: the database may be what is away.
    """
    actor = actor_of(request)
    return _LAST_READ.get(actor.state_id, "") if actor is not None and actor.state_id else ""


def actor_of(request: HttpRequest) -> Actor | None:
    """Return who acts, if somebody is signed in."""
    return getattr(request, "actor", None)


def side_of(actor: Actor) -> str:
    """Return on which side of the house somebody works."""
    if actor.sight == Sight.CELL:
        return "cell"
    if actor.sight == Sight.UNIT:
        return "supervisor" if actor.supervises else "unit"
    return "office"


def home_of(actor: Actor) -> str:
    """Return the name of the page that somebody begins at; empty for somebody without a posting."""
    homes = {"cell": "console", "unit": "inbox", "supervisor": "register"}
    if home := homes.get(side_of(actor)):
        return home
    return "admin:index" if actor.is_administrator else ""


def _frame(request: HttpRequest) -> dict[str, Any]:
    actor = actor_of(request)
    state = State.objects.filter(pk=actor.state_id).first() if actor and actor.state_id else None
    return {
        "language": get_language(),
        "languages": settings.LANGUAGES,
        "here": request.get_full_path(),
        "now": timezone.now(),
        "officer": _officer(request, actor),
        "menu": _menu(request, actor),
        "state_name": state.name if state else "",
        "control_room": control_room(request),
        "demo": settings.DEMO,
        "version": VERSION,
    }


def _officer(request: HttpRequest, actor: Actor | None) -> dict[str, Any] | None:
    if actor is None or not isinstance(request.user, Officer):
        return None
    units = {}
    if actor.duties:
        held = Posting.objects.valid(timezone.now()).filter(officer=request.user).select_related("unit")
        units = {posting.unit_id: posting.unit.name for posting in held}
    return {
        "username": request.user.username,
        "name": actor.name,
        "rank": request.user.rank,
        "phone": own_number(request.user, actor),
        "roles": [str(Role(role).label) for role in sorted(actor.roles)],
        "units": list(units.values()),
        "side": side_of(actor),
    }


def own_number(officer: Officer, actor: Actor) -> str:
    """Return the officer's number; of somebody without one, that of the post: it stays when officers change."""
    if officer.phone:
        return officer.phone
    units = [unit_id for unit_id in actor.unit_ids if actor.works_at(unit_id)]
    post = Contact.objects.filter(unit__in=units).exclude(phone="").order_by("rung", "pk").first()
    return post.phone if post else ""


def _menu(request: HttpRequest, actor: Actor | None) -> list[dict[str, Any]]:
    if actor is None:
        return []
    pages = []
    if actor.sight == Sight.CELL:
        pages += [("console", _("Console")), ("intake_phone", _("Telephone call")), ("tray", _("Tray"))]
        pages += [("register", _("Register")), ("shift", _("Shift"))]
    elif actor.sight == Sight.UNIT:
        pages += [("register", _("Register"))] if actor.supervises else [("inbox", _("Inbox"))]
        pages += [("receipts", _("Receipts"))]
    if actor.sight in {Sight.CELL, Sight.UNIT} or actor.is_administrator:
        pages.append(("readiness", _("Readiness")))
    if actor.sight == Sight.CELL or actor.supervises:
        pages.append(("wall", _("Wall board")))
    if telephones_are_shown():
        pages.append(("telephones", _("Telephones")))
    if actor.in_state_cell or actor.is_administrator:
        pages.append(("delivery", _("Delivery")))
    if actor.is_administrator:
        pages.append(("admin:index", _("Onboarding")))
    here = request.path_info
    return [
        {"name": name.partition(":")[0], "label": label, "url": reverse(name), "current": here == reverse(name)}
        for name, label in pages
    ]


def telephones_are_shown() -> bool:
    """Tell whether messages ring the demo telephones: in the demo state, or where no gateway is connected."""
    return settings.DEMO or not (settings.SMS_GATEWAY_URL or settings.VOICE_GATEWAY_URL or settings.EMAIL_URL)
