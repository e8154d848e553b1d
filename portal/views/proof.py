"""The proof of a case, to the second: what was due, who was told by which way, what came of it, who answered how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import history
from cases.models import Case, CaseEvent, Deadline, Forwarding, Pause
from cases.states import Promise, Settled
from districts.actors import Actor
from notifications import queries
from notifications.models import Channel, Message, Outcome, State
from notifications.receipts import Status as Heard
from portal.doors import OfficerRequest, case_or_404
from portal.views import rows, sentences, timeline
from portal.views.answers import answers, json_answer, wants_json
from portal.views.posts import unit_names

#: What a gateway has said of a try.
HEARD: Mapping[str, Any] = {
    Heard.DELIVERED: _("delivered"),
    Heard.ANSWERED: _("answered"),
    Heard.KEY: _("key pressed"),
    Heard.FAILED: _("failed"),
    Heard.NO_ANSWER: _("no answer"),
}
#: What somebody wrote in their own words may name the person, and proves nothing here.
OWN_WORDS = frozenset({"reason", "note", "text", "outcome_before", "place", "condition", "officer_phone"})


@answers("GET")
def page(request: OfficerRequest, reference: str) -> HttpResponse:
    """Show the proof (proof.html, for A4) or return it as JSON; a unit sees its own part. Looking is written down."""
    case = case_or_404(request, reference, kind="proof")
    proof = proof_of(case, actor=request.actor, now=timezone.now())
    if wants_json(request):
        return json_answer(proof)
    return render(request, "proof.html", {"proof": proof})


def proof_of(case: Case, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return what the officer may read of the proof. Of the person there is nothing in it."""
    deadlines = Deadline.objects.filter(case=case).select_related("unit").order_by("started_at", "kind", "level")
    legs = Forwarding.objects.filter(case=case).select_related("unit", "post__unit").order_by("forwarded_at")
    if not actor.in_state_cell:
        deadlines, legs = deadlines.filter(unit_id__in=actor.unit_ids), legs.filter(unit_id__in=actor.unit_ids)
    messages = list(queries.with_tries(case.pk))
    of_step: dict[str, list[Message]] = {}
    for message in messages:
        of_step.setdefault(_step_of(message), []).append(message)
    promises = _promises(list(deadlines), of_step)
    told = {message["id"] for promise in promises for step in promise["steps"] for message in step["messages"]}
    return rows.words_of(case) | {
        "made_at": now,
        "made_by": actor.name,
        "whole_case": actor.in_state_cell,
        "outcome": case.outcome,
        "promises": promises,
        "other_messages": [_message(message) for message in messages if message.pk not in told],
        "answers": [_answer(leg, how) for leg, how in _with_how(case, list(legs))],
        "pauses": [_pause(pause) for pause in _pauses(case, actor)],
        "lines": _lines(case),
        "unit_names": unit_names(message.to_ref for message in messages),
        # A unit does not see every line, and so cannot say whether one is missing.
        "faults_of_the_history": history.verify(case) if actor.in_state_cell else None,
    }


def _promises(deadlines: list[Deadline], of_step: dict[str, list[Message]]) -> list[dict[str, Any]]:
    """Return each promise with the steps of its ladder, and each step with whom it told."""
    found: dict[tuple[object, str, datetime], dict[str, Any]] = {}
    for deadline in deadlines:
        part = (deadline.forwarding_id, deadline.kind, deadline.started_at)
        if not deadline.level:
            found[part] = _due(deadline) | {
                "kind": deadline.kind,
                "kind_label": str(Promise(deadline.kind).label),
                "unit": deadline.unit.code,
                "unit_name": deadline.unit.name,
                "started_at": deadline.started_at,
                "steps": [],
            }
    for deadline in deadlines:
        part = (deadline.forwarding_id, deadline.kind, deadline.started_at)
        if deadline.level and part in found:
            told = [_message(message) for message in of_step.get(f"step:{deadline.pk}", [])]
            step = _due(deadline) | {"level": deadline.level, "rung": deadline.rung, "messages": told}
            found[part]["steps"].append(step)
    return list(found.values())


def _due(deadline: Deadline) -> dict[str, Any]:
    settled = deadline.settled_at
    missed = deadline.settled_as == Settled.MISSED and settled is not None
    return {
        "due_at": deadline.due_at,
        "paused_until": deadline.paused_until,
        "settled_at": settled,
        "settled_as": deadline.settled_as or None,
        "settled_label": str(Settled(deadline.settled_as).label) if deadline.settled_as else "",
        "late_s": round((settled - deadline.due_at).total_seconds(), 3) if missed and settled else None,
    }


def _step_of(message: Message) -> str:
    """Return the occasion of a message: ``step:<key>`` for a step of a ladder."""
    return ":".join(message.once.split(":")[:2])


def _message(message: Message) -> dict[str, Any]:
    """Return one message with each try; of the post its name, not its number, and not a word of what was said."""
    tries = [
        {
            "number": attempt.number,
            "at": attempt.at,
            "ended_at": attempt.ended_at,
            "outcome": attempt.outcome or None,
            "outcome_label": str(Outcome(attempt.outcome).label) if attempt.outcome else "",
            "status_code": attempt.status_code,
            "heard": attempt.heard or None,
            "heard_label": str(HEARD.get(attempt.heard, attempt.heard)),
            "heard_at": attempt.heard_at,
            "key": attempt.key or None,
        }
        for attempt in message.tries.all()
    ]
    return {
        "id": message.pk,
        "topic": message.topic,
        "channel": message.channel,
        "channel_label": str(Channel(message.channel).label),
        "to_ref": message.to_ref,
        "owed_at": message.created_at,
        "first_try_at": message.first_try_at,
        "accepted_at": next((one["ended_at"] for one in tries if one["outcome"] == Outcome.ACCEPTED), None),
        "withdrawn_at": message.withdrawn_at,
        "final_at": message.final_at,
        "state": message.state,
        "state_label": str(State(message.state).label),
        "last_error": message.last_error,
        "instead_of": message.instead_of_id,
        "tries": tries,
    }


def _with_how(case: Case, legs: list[Forwarding]) -> Iterable[tuple[Forwarding, str]]:
    """Return each forwarding with the way in which its unit answered."""
    said = CaseEvent.objects.filter(case=case, action="acknowledged").order_by("seq")
    how = {(event.unit_id, event.at): str(event.facts.get("how") or "signed_in") for event in said}
    return [(leg, how.get((leg.unit_id, leg.acknowledged_at), "") if leg.acknowledged_at else "") for leg in legs]


def _answer(leg: Forwarding, how: str) -> dict[str, Any]:
    taken = (leg.acknowledged_at - leg.forwarded_at).total_seconds() if leg.acknowledged_at else None
    return rows.short_leg(leg) | {
        "seconds": round(taken, 3) if taken is not None else None,
        "how": how or None,
        "post": str(leg.post) if leg.post else None,
        "officer_name": leg.officer_name,
        "eta_minutes": leg.eta_minutes,
        "moving_at": leg.moving_at,
        "contact_at": leg.contact_at,
        "reported_at": leg.reported_at,
        "ended_at": leg.ended_at,
    }


def _pauses(case: Case, actor: Actor) -> Iterable[Pause]:
    """Return what was held. Why the cell held something is its own affair."""
    if not actor.in_state_cell:
        return []
    return Pause.objects.filter(case=case).select_related("forwarding__unit").order_by("since")


def _pause(pause: Pause) -> dict[str, Any]:
    unit = pause.forwarding.unit if pause.forwarding else None
    return {
        "unit": unit.code if unit else None,
        "unit_name": unit.name if unit else "",
        "since": pause.since,
        "until": pause.until,
        "ended_at": pause.ended_at,
        "by": pause.by,
    }


def _lines(case: Case) -> list[dict[str, Any]]:
    """Return the lines of the history that the reader may see, without what somebody wrote in their own words."""
    events = list(CaseEvent.objects.filter(case=case).order_by("seq"))
    units = unit_names(code for event in events for code in sentences.codes_in(event.facts))
    lines = []
    for event in events:
        event.facts = {name: value for name, value in event.facts.items() if name not in OWN_WORDS}
        lines.append(
            {
                "seq": event.seq,
                "at": event.at,
                "actor": event.actor,
                "action": event.action,
                "action_label": str(timeline.ACTIONS.get(event.action, event.action)),
                "sentence": sentences.sentence(event, units),
                "hash": event.hash,
            }
        )
    return lines
