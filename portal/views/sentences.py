"""Sentences: what a line of the history says beyond who, when and what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import CaseEvent, Door, FollowUp, Identifier, Inquiry, Outreach, Parcel, Report, Sighting
from cases.states import Outcome, Part, Promise, Status
from districts.models.policy import Urgency
from portal.views.forms import NEEDED
from portal.views.posts import post_words

Facts = Mapping[str, Any]
NAME_LABEL = gettext_lazy("name")
#: What a further alert on the same person is.
AGAIN: Mapping[str, Any] = {
    "duplicate": gettext_lazy("the same report by another way"),
    "follow_up": gettext_lazy("more about the same report"),
    "repeat": gettext_lazy("the same person again"),
}


def _plainly(*names: str) -> Callable[[Facts], list[Any]]:
    """Return what says some facts as they stand."""
    return lambda facts: [facts.get(name) for name in names]


def _with_choices(**choices: Any) -> Callable[[Facts], list[Any]]:
    """Return what says some facts by their labels; a fact without choices stands as it is."""
    return lambda facts: [label(of, facts.get(name)) if of else facts.get(name) for name, of in choices.items()]


def _claimed(facts: Facts) -> list[Any]:
    return [_("taken over from %(name)s") % {"name": facts["from"]} if facts.get("from") else "", facts.get("reason")]


def _returned(facts: Facts) -> list[Any]:
    better = _("better: %(unit)s") % {"unit": facts["better"]} if facts.get("better") else ""
    return [facts["unit"], facts.get("reason"), better]


def _acknowledged(facts: Facts) -> list[Any]:
    eta = facts.get("eta_minutes")
    minutes = "" if eta is None else _("%(minutes)s minutes") % {"minutes": eta}
    if post := facts.get("post"):
        how = _("by a key on the telephone") if facts.get("how") == "key" else _("by one tap")
        return [facts["unit"], post, how, minutes]
    return [facts["unit"], facts.get("officer_name"), facts.get("officer_phone"), minutes]


def _sooner(facts: Facts) -> list[Any]:
    kinds = [label(Promise.choices, kind) for kind in facts.get("shortened") or []]
    return [_("sooner: %(promises)s") % {"promises": ", ".join(kinds)}] if kinds else []


def _pressed(facts: Facts) -> list[Any]:
    return [facts.get("post"), _("key %(key)s") % {"key": facts.get("key")}]


def _escalated(facts: Facts) -> list[Any]:
    promise = label(Promise.choices, facts.get("deadline"))
    return [promise, _("rung %(rung)s") % {"rung": facts.get("rung")}, facts.get("reason")]


def _paused(facts: Facts) -> list[Any]:
    minutes = _("%(minutes)s minutes") % {"minutes": facts["minutes"]} if facts.get("minutes") else ""
    kinds = [label(Promise.choices, kind) for kind in facts.get("deadlines") or []]
    return [facts["unit"], minutes, ", ".join(kinds), facts.get("reason")]


def _contact_made(facts: Facts) -> list[Any]:
    return [facts["unit"], _("with the family") if facts.get("confirmed") == "family" else _("with the person")]


def _joined_alert(facts: Facts) -> list[Any]:
    door = label(Door.choices, facts.get("door"))
    return [label(AGAIN.items(), facts.get("as")), door, _raised(facts)]


def _received(facts: Facts) -> list[Any]:
    again = label(AGAIN.items(), facts.get("as"))
    return [
        again,
        facts.get("earlier"),
        _("from %(reference)s") % {"reference": facts["from"]} if "from" in facts else "",
    ]


def _joined_case(facts: Facts) -> list[Any]:
    return [facts.get("other"), _raised(facts)]


def _raised(facts: Facts) -> str:
    before, after = facts.get("from"), facts.get("to")
    return _urgencies(before, after) if before != after else ""


def _urgencies(before: object, after: object) -> str:
    return f"{label(Urgency.choices, before)} → {label(Urgency.choices, after)}"


#: Why a post was passed over, as the ladder writes it.
PASSED_OVER: Mapping[str, Any] = {"vacant": gettext_lazy("vacant"), "on_leave": gettext_lazy("on leave")}


def _rung(facts: Facts) -> list[Any]:
    rung = _("rung %(rung)s") % {"rung": facts["rung"]} if facts.get("rung") is not None else ""
    passed_over = [
        _("%(post)s passed over (%(why)s)") % {"post": gone["post"], "why": PASSED_OVER.get(gone["why"], gone["why"])}
        for gone in facts.get("passed_over") or []
    ]
    told = ", ".join(facts.get("posts") or [])
    return [label(Promise.choices, facts.get("deadline")), facts["unit"], rung, told, *passed_over]


#: What a line says, by its action; of the others who, when and what say enough.
SENTENCES: Mapping[str, Callable[[Facts], list[Any]]] = {
    "received": _received,
    "alert_joined": _joined_alert,
    "joined": _joined_case,
    "joined_into": _plainly("into"),
    "unjoined": _plainly("to"),
    "put_back": _plainly("from"),
    "forwarded": _with_choices(unit=None, part=Part.choices, note=None),
    "recalled": _plainly("unit", "reason"),
    "supplemented": lambda facts: [_raised(facts)],
    "file_received": _plainly("media_type"),
    "retracted": _plainly("reason"),
    "information_requested": lambda facts: [", ".join(label(NEEDED, need) for need in facts.get("needs") or [])],
    "reopened": _plainly("reason"),
    "set_aside": _plainly("reason"),
    "returned": _returned,
    "claimed": _claimed,
    "urgency_changed": lambda facts: [
        _urgencies(facts.get("from"), facts.get("to")),
        facts.get("reason"),
        *_sooner(facts),
    ],
    "acknowledged": _acknowledged,
    "officer_named": _acknowledged,
    "disowned": _plainly("unit", "post"),
    "key_pressed": _pressed,
    "escalated": _escalated,
    "paused": _paused,
    "resumed": _paused,
    "team_moving": _plainly("unit", "team", "vehicle"),
    "contact_made": _contact_made,
    "reported": _with_choices(kind=Report.Kind.choices, outcome=Outcome.choices),
    "closed": _with_choices(outcome=Outcome.choices, note=None),
    "outreach": _with_choices(kind=Outreach.Kind.choices, result=Outreach.Result.choices),
    "sighting_added": _with_choices(source=Sighting.Source.choices, whose=Sighting.Whose.choices),
    "sighting_struck": _with_choices(source=Sighting.Source.choices, reason=None),
    "looked_back": _with_choices(number=None, result=FollowUp.Result.choices),
    "family": lambda facts: [
        _("may be told again") if facts.get("told") else _("must not be told"),
        facts.get("reason"),
    ],
    "handed_to_helpline": _with_choices(helpline=None, result=Outreach.Result.choices),
    "inquiry_asked": _with_choices(number=None, kind=Inquiry.Kind.choices, addressee=None),
    "inquiry_answered": _with_choices(number=None, kind=Inquiry.Kind.choices),
    "crossing_confirmed": _plainly("unit", "officer_name", "their_reference"),
    "parcel_arrived": _with_choices(unit=None, kind=Parcel.Kind.choices, their_reference=None),
    "parcel_failed": _with_choices(unit=None, kind=Parcel.Kind.choices, answer=None),
    "portal_told_more": _plainly("unit"),
    "portal_said": _with_choices(unit=None, state=Status.choices, outcome=Outcome.choices),
    "portal_asks": _plainly("unit"),
    "to_and_fro": lambda facts: [", ".join(facts.get("units") or []), ", ".join(facts.get("posts") or [])],
    "receipt_acknowledged": _plainly("unit"),
    "help_wanted": _plainly("unit", "text"),
    "noted": _plainly("text"),
    "revealed": _with_choices(field=[("name", NAME_LABEL), *Identifier.Kind.choices], reason=None),
    "alarm_silenced": _plainly("desk"),
    "handover_signed": _plainly("next_step"),
    "handover_taken": lambda facts: [_("from %(reference)s") % {"reference": facts["from"]}],
    "deadline_missed": _rung,
    "rung_told": _rung,
    "rung_empty": _rung,
    "nobody_left_to_tell": _rung,
}


def sentence(event: CaseEvent, units: Mapping[str, str]) -> str:
    """Return what a line says beyond who, when and what."""
    return sentence_of(event.action, event.facts, units)


def sentence_of(action: str, said: Facts, units: Mapping[str, str]) -> str:
    """Return what a line with these facts says, with units by their names."""
    words = SENTENCES.get(action)
    facts = {**said, "unit": units.get(str(said.get("unit")), "")}
    facts |= {"better": units.get(str(facts.get("suggested_unit")), "")}
    facts |= {"units": [units.get(code, code) for code in said.get("units") or []]}
    facts |= {"posts": [post_words(post, units) for post in said.get("posts") or []]}
    facts |= {"post": post_words(said["post"], units)} if said.get("post") else {}
    gone = said.get("passed_over") or []
    facts |= {"passed_over": [one | {"post": post_words(one["post"], units)} for one in gone]}
    return _joined(*words(facts)) if words else ""


def codes_in(facts: Facts) -> list[object]:
    """Return the codes of all units that a line names, as the unit's or within a post's reference."""
    named = [facts.get(name) for name in ("unit", "suggested_unit", "post")]
    gone = [one["post"] for one in facts.get("passed_over") or []]
    return [*named, *(facts.get("units") or []), *(facts.get("posts") or []), *gone]


def label(choices: Iterable[tuple[Any, Any]], value: object) -> str:
    """Return a choice in words; what is none of them stands as it is."""
    return str(dict(choices).get(value, value or ""))


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)
