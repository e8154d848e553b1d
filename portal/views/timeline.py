"""The timeline: what happened to a case, line by line, each with its sentence and with what was before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case, CaseEvent
from cases.states import Outcome, Status
from districts.actors import CLOCK, Actor
from districts.models import Officer
from districts.models.policy import Urgency
from notifications.models import Channel, DeadEnd, Message, State
from portal.views import sentences
from portal.views.posts import post_words, unit_names
from portal.views.sentences import label

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
#: A version of the row and the line that tells of it are written by one transaction.
TOGETHER = timedelta(seconds=5)


Facts = Mapping[str, Any]
#: A row of the record of simple-history, which has no types.
Version = Any


def timeline_of(case: Case, *, actor: Actor) -> list[dict[str, Any]]:
    """Return the lines that the actor may read, oldest first."""
    events = list(CaseEvent.objects.filter(case=case).order_by("seq"))
    units = unit_names(code for event in events for code in sentences.codes_in(event.facts))
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
            "sentence": sentences.sentence(event, units),
            "changes": changes.get(event.seq, []),
        }
        for event in events
    ]


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
    messages = list(messages)
    units = unit_names(message.to_ref for message in messages)
    return [
        {
            "channel": message.channel,
            "channel_label": str(Channel(message.channel).label),
            "to_ref": message.to_ref,
            "to_label": post_words(message.to_ref, units),
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
    return label(choices[field], value) or "–"
