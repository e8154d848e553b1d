"""Layouts: how a state writes down where a sender puts what. A pattern that cannot be used is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.mail.reading import patterns
from cases.models import MailLayout
from districts.actors import Actor
from districts.models import State
from districts.onboarding import authority, register
from districts.refusals import Refusal

LONGEST = 500
FIELDS_MAX = 40
#: A group that may repeat and is repeated: on a text it does not fit it may need for ever.
REPEATED_TWICE = re.compile(r"\([^()]*[+*][^()]*\)[+*]|\([^()]*[+*][^()]*\)\{\d+,\d*\}")


class LayoutNotSound(Refusal):
    """A layout can not be used as written."""

    code = "layout_not_sound"
    sentence = _("Mail layout “%(name)s”, %(field)s: %(problem)s")


@transaction.atomic
def add_layout(
    state: State, *, name: str, sender: str, fields: object, by: Actor, at: datetime, active: bool = True
) -> MailLayout:
    """
    Add a layout to a state.

    :raises NotYourDesk: if somebody else administers the state
    :raises LayoutNotSound: naming the pattern that can not be used
    """
    authority.check_state(by, state, subject=_("mail layout"))
    layout = MailLayout(
        state=state, name=name, sender=_sound_sender(name, sender), fields=sound_fields(name, fields), active=active
    )
    return register.add(layout, note=register.Note(by, at, state))


@transaction.atomic
def change_layout(layout: MailLayout, changes: Mapping[str, Any], *, by: Actor, at: datetime) -> MailLayout:
    """
    Give a layout another sender, other patterns, or rest.

    :raises NotYourDesk: if somebody else administers the state
    :raises LayoutNotSound: naming the pattern that can not be used
    """
    authority.check_state(by, layout.state, subject=_("mail layout"))
    values = {name: changes[name] for name in ("name", "sender", "fields", "active") if name in changes}
    if "fields" in values:
        values["fields"] = sound_fields(layout.name, values["fields"])
    if "sender" in values:
        values["sender"] = _sound_sender(layout.name, values["sender"])
    return register.change(layout, values, note=register.Note(by, at, layout.state))


def plant_layouts(state: State, layouts: object, *, by: Actor, at: datetime) -> list[str]:
    """
    Plant the ``layouts`` of a seed file, and return what is worth a notice.

    One that cannot be used is passed over and said so: the labels are read without it, and a state must not stay
    without its cell because of a slip in a pattern.
    """
    notices = []
    for number, given in enumerate(layouts if isinstance(layouts, list) else [layouts]):
        try:
            with transaction.atomic():
                _plant_layout(state, given, by=by, at=at)
        except Refusal as refusal:
            notices.append(f"layouts[{number}]: {refusal}")
    return notices


def _plant_layout(state: State, given: object, *, by: Actor, at: datetime) -> None:
    if not isinstance(given, dict) or not all(isinstance(given.get(key), str) for key in ("name", "sender")):
        raise LayoutNotSound(name="?", field="name", problem=_("give name, sender and fields."))
    values = {"sender": given["sender"], "fields": given.get("fields", {}), "active": bool(given.get("active", True))}
    known = MailLayout.objects.filter(state=state, name=given["name"]).select_related("state").first()
    if known is None:
        add_layout(state, name=given["name"], by=by, at=at, **values)
    else:
        change_layout(known, values, by=by, at=at)


def active_layouts() -> list[dict[str, Any]]:
    """Return the layouts in use, as the reader takes them."""
    rows = MailLayout.objects.filter(active=True).order_by("state", "name")
    return [{"name": row.name, "sender": row.sender, "fields": row.fields} for row in rows]


def sound_fields(layout: str, fields: object) -> dict[str, str]:
    """
    Return patterns that can be used.

    :raises LayoutNotSound: naming the pattern that can not
    """
    if not isinstance(fields, dict) or len(fields) > FIELDS_MAX:
        problem = _("there must be an object of patterns here, of %(most)s at most.") % {"most": FIELDS_MAX}
        raise LayoutNotSound(name=layout, field="fields", problem=problem)
    for name, pattern in fields.items():
        if fault := _fault(str(name), pattern):
            raise LayoutNotSound(name=layout, field=name, problem=fault)
    return {str(name): str(pattern) for name, pattern in fields.items()}


def _fault(name: str, pattern: object) -> object:
    """Return what is wrong with a pattern, None if nothing is."""
    if patterns.kind_of(name) is None:
        return _("this is no field of an alert. docs/mail.md lists them.")
    if not isinstance(pattern, str) or not pattern or len(pattern) > LONGEST:
        return _("write a regular expression of 500 characters at most.")
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as wrong:
        return _("this is no regular expression (%(why)s).") % {"why": wrong}
    if REPEATED_TWICE.search(pattern):
        return _("a repeated group is repeated again; on some mails it would never end.")
    return None


def _sound_sender(layout: str, sender: str) -> str:
    sender = sender.strip().lower()
    if not sender or len(sender) > 200 or re.search(r"\s", sender) or "." not in sender:
        problem = _("write an address or a domain, with * for anything, such as *@platform.example.")
        raise LayoutNotSound(name=layout, field="sender", problem=problem)
    return sender
