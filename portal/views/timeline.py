"""The timeline: what happened to a case, line by line, each with its sentence and with what was before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case, CaseEvent, Door, FollowUp, Inquiry, Outreach, Parcel, Report, Sighting
from cases.states import Outcome, Part, Promise, Status
from districts.actors import CLOCK, Actor
from districts.models import Officer, Unit
from districts.models.policy import Urgency
from notifications.models import Channel, DeadEnd, Message, State
from portal.views.forms import NEEDED
from portal.views.posts import post_words

NAME_LABEL = gettext_lazy("name")
ACTIONS: Mapping[str, Any] = {
    "received": gettext_lazy("received"),
    "alert_joined": gettext_lazy("another alert"),
    "mail_unreadable": gettext_lazy("a mail nobody could read"),
    "joined": gettext_lazy("another case joined"),
    "joined_into": gettext_lazy("joined into another case"),
    "unjoined": gettext_lazy("an alert taken out"),
    "put_back": gettext_lazy("an alert put back"),
    "supplemented": gettext_lazy("more from the partner"),
    "file_received": gettext_lazy("a file came"),
    "retracted": gettext_lazy("taken back by the partner"),
    "information_requested": gettext_lazy("information requested"),
    "claimed": gettext_lazy("claimed"),
    "released": gettext_lazy("given back"),
    "urgency_changed": gettext_lazy("urgency changed"),
    "forwarded": gettext_lazy("forwarded"),
    "recalled": gettext_lazy("recalled"),
    "returned": gettext_lazy("returned"),
    "acknowledged": gettext_lazy("acknowledged"),
    "officer_named": gettext_lazy("officer in charge named"),
    "disowned": gettext_lazy("“not ours”, says the post"),
    "key_pressed": gettext_lazy("a key was pressed"),
    "escalated": gettext_lazy("escalated by hand"),
    "paused": gettext_lazy("paused"),
    "resumed": gettext_lazy("goes on"),
    "team_moving": gettext_lazy("team on its way"),
    "contact_made": gettext_lazy("contact made"),
    "reported": gettext_lazy("reported"),
    "help_wanted": gettext_lazy("the unit needs help"),
    "closed": gettext_lazy("closed"),
    "set_aside": gettext_lazy("set aside"),
    "reopened": gettext_lazy("opened again"),
    "sighting_added": gettext_lazy("a hint of a place"),
    "sighting_struck": gettext_lazy("a hint of a place struck"),
    "looked_back": gettext_lazy("looked back"),
    "family": gettext_lazy("whether the family is told"),
    "handed_to_helpline": gettext_lazy("handed over to a helpline"),
    "inquiry_asked": gettext_lazy("request sent"),
    "inquiry_answered": gettext_lazy("request answered"),
    "crossing_confirmed": gettext_lazy("taken over by the other state"),
    "parcel_arrived": gettext_lazy("arrived at the other state's portal"),
    "parcel_failed": gettext_lazy("not taken by the other state's portal"),
    "portal_told_more": gettext_lazy("told on to the other state's portal"),
    "portal_said": gettext_lazy("news from the other state's portal"),
    "portal_asks": gettext_lazy("the other state asks for information"),
    "to_and_fro": gettext_lazy("sent to and fro between units"),
    "receipt_acknowledged": gettext_lazy("withdrawal acknowledged"),
    "outreach": gettext_lazy("attempt to reach the person"),
    "noted": gettext_lazy("note"),
    "revealed": gettext_lazy("shown unmasked"),
    "alarm_silenced": gettext_lazy("alarm silenced at a desk"),
    "evidence_exported": gettext_lazy("evidence exported"),
    "handover_signed": gettext_lazy("handed over at the end of a shift"),
    "handover_taken": gettext_lazy("taken over at the start of a shift"),
    "deadline_missed": gettext_lazy("time has run out"),
    "rung_told": gettext_lazy("next rung told"),
    "rung_empty": gettext_lazy("rung is empty"),
    "nobody_left_to_tell": gettext_lazy("nobody left to tell"),
}
#: The fields whose every change is shown, with their names.
CHANGES: Mapping[str, Any] = {
    "status": gettext_lazy("status"),
    "urgency": gettext_lazy("urgency"),
    "claimed_by": gettext_lazy("with"),
    "outcome": gettext_lazy("outcome"),
    "practice": gettext_lazy("practice"),
    "minor": gettext_lazy("minor"),
}
#: What a further alert on the same person is.
AGAIN: Mapping[str, Any] = {
    "duplicate": gettext_lazy("the same report by another way"),
    "follow_up": gettext_lazy("more about the same report"),
    "repeat": gettext_lazy("the same person again"),
}
#: A version of the row and the line that tells of it are written by one transaction.
TOGETHER = timedelta(seconds=5)


Facts = Mapping[str, Any]
#: A row of the record of simple-history, which has no types.
Version = Any


def _plainly(*names: str) -> Callable[[Facts], list[Any]]:
    """Return what says some facts as they stand."""
    return lambda facts: [facts.get(name) for name in names]


def _with_choices(**choices: Any) -> Callable[[Facts], list[Any]]:
    """Return what says some facts by their labels; a fact without choices stands as it is."""
    return lambda facts: [_label(of, facts.get(name)) if of else facts.get(name) for name, of in choices.items()]


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
    kinds = [_label(Promise.choices, kind) for kind in facts.get("shortened") or []]
    return [_("sooner: %(promises)s") % {"promises": ", ".join(kinds)}] if kinds else []


def _pressed(facts: Facts) -> list[Any]:
    return [facts.get("post"), _("key %(key)s") % {"key": facts.get("key")}]


def _escalated(facts: Facts) -> list[Any]:
    promise = _label(Promise.choices, facts.get("deadline"))
    return [promise, _("rung %(rung)s") % {"rung": facts.get("rung")}, facts.get("reason")]


def _paused(facts: Facts) -> list[Any]:
    minutes = _("%(minutes)s minutes") % {"minutes": facts["minutes"]} if facts.get("minutes") else ""
    kinds = [_label(Promise.choices, kind) for kind in facts.get("deadlines") or []]
    return [facts["unit"], minutes, ", ".join(kinds), facts.get("reason")]


def _contact_made(facts: Facts) -> list[Any]:
    return [facts["unit"], _("with the family") if facts.get("confirmed") == "family" else _("with the person")]


def _joined_alert(facts: Facts) -> list[Any]:
    door = _label(Door.choices, facts.get("door"))
    return [_label(AGAIN.items(), facts.get("as")), door, _raised(facts)]


def _received(facts: Facts) -> list[Any]:
    again = _label(AGAIN.items(), facts.get("as"))
    return [
        again,
        facts.get("earlier"),
        _("from %(reference)s") % {"reference": facts["from"]} if "from" in facts else "",
    ]


def _joined_case(facts: Facts) -> list[Any]:
    return [facts.get("other"), _raised(facts)]


def _raised(facts: Facts) -> str:
    before, after = facts.get("from"), facts.get("to")
    return f"{before} → {after}" if before != after else ""


#: Why a post was passed over, as the ladder writes it.
PASSED_OVER: Mapping[str, Any] = {"vacant": gettext_lazy("vacant"), "on_leave": gettext_lazy("on leave")}


def _rung(facts: Facts) -> list[Any]:
    rung = _("rung %(rung)s") % {"rung": facts["rung"]} if facts.get("rung") is not None else ""
    passed_over = [
        _("%(post)s passed over (%(why)s)") % {"post": gone["post"], "why": PASSED_OVER.get(gone["why"], gone["why"])}
        for gone in facts.get("passed_over") or []
    ]
    told = ", ".join(post_words(post) for post in facts.get("posts") or [])
    return [_label(Promise.choices, facts.get("deadline")), facts["unit"], rung, told, *passed_over]


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
    "information_requested": lambda facts: [", ".join(_label(NEEDED, need) for need in facts.get("needs") or [])],
    "reopened": _plainly("reason"),
    "set_aside": _plainly("reason"),
    "returned": _returned,
    "claimed": _claimed,
    "urgency_changed": lambda facts: [f"{facts.get('from')} → {facts.get('to')}", facts.get("reason"), *_sooner(facts)],
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
    "revealed": _plainly("field", "reason"),
    "alarm_silenced": _plainly("desk"),
    "handover_signed": _plainly("next_step"),
    "handover_taken": lambda facts: [_("from %(reference)s") % {"reference": facts["from"]}],
    "deadline_missed": _rung,
    "rung_told": _rung,
    "rung_empty": _rung,
    "nobody_left_to_tell": _rung,
}


def timeline_of(case: Case, *, actor: Actor) -> list[dict[str, Any]]:
    """Return the lines that the actor may read, oldest first."""
    events = list(CaseEvent.objects.filter(case=case).order_by("seq"))
    codes = {str(event.facts.get(name)) for event in events for name in ("unit", "suggested_unit")}
    units = {unit.code: unit.name for unit in Unit.objects.filter(code__in=codes)}
    # A unit has no right to the versions of the case: what other units do would show in them.
    changes = _changes(case, events) if actor.in_state_cell else {}
    return [
        {
            "seq": event.seq,
            "at": event.at,
            "actor": event.actor,
            "actor_name": event.actor_name or event.actor,
            # What changed under the hands of whoever has the page open: not by themselves, and not by a timer.
            "news": event.actor not in {actor.label, CLOCK.label} and event.action != "alarm_silenced",
            "action": event.action,
            "action_label": str(ACTIONS.get(event.action, event.action)),
            "facts": event.facts,
            "sentence": sentence(event, units),
            "changes": changes.get(event.seq, []),
        }
        for event in events
    ]


def sentence(event: CaseEvent, units: Mapping[str, str]) -> str:
    """Return what a line says beyond who, when and what."""
    return sentence_of(event.action, event.facts, units)


def sentence_of(action: str, said: Facts, units: Mapping[str, str]) -> str:
    """Return what a line with these facts says, with units by their names."""
    words = SENTENCES.get(action)
    facts = {**said, "unit": units.get(str(said.get("unit")), "")}
    facts |= {"better": units.get(str(facts.get("suggested_unit")), "")}
    return _joined(*words(facts)) if words else ""


def steps_of(case: Case, stages: Mapping[str, datetime | None]) -> list[dict[str, Any]]:
    """Return the workflow bar: what is done, where the case stands now, and what is still to come."""
    moments = {
        Status.RECEIVED: "opened_at",
        Status.IN_TRIAGE: "claimed_at",
        Status.FORWARDED: "forwarded_at",
        Status.ACKNOWLEDGED: "acknowledged_at",
        Status.TEAM_MOVING: "moving_at",
        Status.CONTACT_MADE: "contact_at",
        Status.CLOSED: "closed_at",
    }
    order = list(moments)
    now = order.index(Status(case.status))
    return [
        {
            "name": str(status),
            "label": str(status.label),
            "at": stages[moments[status]],
            # A step that a case went past without it is not called done.
            "state": "now" if place == now else "done" if place < now and stages[moments[status]] else "todo",
        }
        for place, status in enumerate(order)
    ]


def messages_of(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Return what was sent about a case: to which post, how, and what came of it; not the number."""
    return [
        {
            "channel": message.channel,
            "channel_label": str(Channel(message.channel).label),
            "to_ref": message.to_ref,
            "topic": message.topic,
            "state": message.state,
            "state_label": str(State(message.state).label),
            "at": message.created_at,
            "final_at": message.final_at,
            "attempts": message.attempts,
            "instead_of": message.instead_of_id is not None,
            "turn": message.turn,
            # Why no way leads to this post, as long as nothing has got through to it.
            "dead_end": message.dead_end or None,
            "dead_end_label": str(DeadEnd(message.dead_end).label) if message.dead_end else "",
        }
        for message in messages
    ]


def _changes(case: Case, events: list[CaseEvent]) -> dict[int, list[dict[str, Any]]]:
    """Return what each line changed: every difference between two versions of the row stands at one line."""
    versions = list(Case.history.filter(id=case.pk).order_by("history_date", "history_id"))
    names = {officer.pk: officer.name for officer in _holders(versions)}
    found: dict[int, list[dict[str, Any]]] = {}
    for before, after in pairwise(versions):
        changed = [
            {
                "field": field,
                "label": str(label),
                "before": _shown(field, _value(before, field), names),
                "after": _shown(field, _value(after, field), names),
            }
            for field, label in CHANGES.items()
            if _value(before, field) != _value(after, field)
        ]
        if changed and (line := _line_of(after, events)):
            found.setdefault(line, []).extend(changed)
    return found


def _line_of(version: Version, events: list[CaseEvent]) -> int | None:
    """Return the line written by the transaction that wrote the version: the same actor's, nearest in time."""
    near = [
        (abs(event.at - version.history_date), event.seq)
        for event in events
        # The first line tells how the case began; a call is claimed in the same moment, by a line of its own.
        if event.seq > 1 and event.actor == version.history_user_id and abs(event.at - version.history_date) <= TOGETHER
    ]
    return min(near)[1] if near else None


def _holders(versions: list[Any]) -> Iterable[Officer]:
    return Officer.objects.filter(pk__in={version.claimed_by_id for version in versions if version.claimed_by_id})


def _value(version: Version, field: str) -> object:
    return getattr(version, "claimed_by_id" if field == "claimed_by" else field)


def _shown(field: str, value: object, names: Mapping[int, str]) -> str:
    choices = {"status": Status.choices, "urgency": Urgency.choices, "outcome": Outcome.choices}
    if field == "claimed_by":
        return names.get(value, "–") if isinstance(value, int) else "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _label(choices[field], value) or "–"


def _label(choices: Iterable[tuple[Any, Any]], value: object) -> str:
    return str(dict(choices).get(value, value or ""))


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)
