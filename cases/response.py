"""Response: what a unit does with a case it was sent: acknowledge, send a team, make contact, report."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from cases import deadlines, history, ladder, transitions
from cases.models import Case, CaseEvent, Forwarding, Report
from cases.refusals import NotWithUnit, OfficerNamed
from cases.states import MOVES, Leg, Promise, Verb
from districts.actors import Actor
from districts.models import Contact

HELP_WANTED = "help_wanted"


@transaction.atomic
def acknowledge(
    case: Case, *, officer_name: str, officer_phone: str, eta_minutes: int, by: Actor, at: datetime
) -> Forwarding:
    """
    Take charge of a case, naming officer, telephone and time of arrival.

    What was still owed to wake the unit is taken back in the same transaction, and its time to send a team starts.

    Where a post has answered already, by one tap or a key, this names the officer; the clocks run on.

    :raises NotYours: if the actor does not work in the unit that has it
    :raises WrongMoment: if it has been acknowledged already
    """
    named: dict[str, Any] = {
        "officer_name": officer_name,
        "officer_phone": officer_phone,
        "eta_minutes": eta_minutes,
    }
    case = transitions.locked(case, Verb.ACKNOWLEDGE, by=by)
    own = Forwarding.objects.filter(case=case, ended_at=None, unit_id__in=by.unit_ids)
    if any(transitions.is_nameless(leg) for leg in own):
        return name_officer(case, **named, by=by, at=at)
    return _step(case, Verb.ACKNOWLEDGE, "acknowledged", by=by, at=at, facts=named, **named)


@transaction.atomic
def acknowledge_as_post(
    case: Case, leg: Forwarding, *, post: Contact, how: str, eta_minutes: int | None, by: Actor, at: datetime
) -> Forwarding:
    """
    Take charge of a case in the name of a post that was told: the same follows as when an officer does it.

    Who sits at the post is not guessed. Its name and number are on record; somebody names the officer later.

    :raises NotWithUnit: if the unit has the case no more, or by another forwarding
    :raises WrongMoment: if it has been acknowledged already
    """
    facts = {"post": str(post), "how": how, "eta_minutes": eta_minutes}
    changes: dict[str, Any] = {"post": post, "eta_minutes": eta_minutes}
    return _step(case, Verb.ACKNOWLEDGE, "acknowledged", by=by, at=at, facts=facts, only=leg, **changes)


@transaction.atomic
def name_officer(
    case: Case, *, officer_name: str, officer_phone: str, eta_minutes: int, by: Actor, at: datetime
) -> Forwarding:
    """
    Say who is in charge, where a post has answered without a name.

    :raises OfficerNamed: if somebody is named already
    :raises NotYours: if the actor does not work in the unit that has it
    """
    case = transitions.locked(case, Verb.NAME_OFFICER, by=by)
    leg = transitions.locked_leg(case, Verb.NAME_OFFICER, by=by)
    if not transitions.is_nameless(leg):
        raise OfficerNamed(reference=case.reference, officer=leg.officer_name)
    named = {"officer_name": officer_name, "officer_phone": officer_phone, "eta_minutes": eta_minutes}
    with transitions.handing_over(by):
        transitions.turn(leg, Leg(leg.status), at=at, **named)
        transitions.land(case, at=at)
        history.record(case, "officer_named", by=by, at=at, facts=named | {"unit": leg.unit.code}, unit=leg.unit)
    return leg


@transaction.atomic
def move(case: Case, *, by: Actor, at: datetime, team: str = "", vehicle: str = "") -> Forwarding:
    """
    Say that a team is on its way; the time to reach the person starts.

    :raises WrongMoment: if the case has not been acknowledged
    """
    named: dict[str, Any] = {"team": team, "vehicle": vehicle}
    return _step(case, Verb.MOVE, "team_moving", by=by, at=at, facts=named, **named)


@transaction.atomic
def contact(case: Case, *, confirmed: str, condition: str, by: Actor, at: datetime, place: str = "") -> Forwarding:
    """
    Confirm contact with the person or the family; the time to report starts.

    :raises WrongMoment: if the case has not been acknowledged
    """
    named: dict[str, Any] = {"confirmed": confirmed, "condition": condition, "place": place}
    return _step(case, Verb.CONTACT, "contact_made", by=by, at=at, facts={"confirmed": confirmed}, **named)


@transaction.atomic
def report(case: Case, *, kind: str, outcome: str, text: str, facts: dict[str, Any], by: Actor, at: datetime) -> Report:
    """
    Report what happened. A flash report keeps the flash promise; a detailed one settles all that the unit owed.

    :raises WrongMoment: if the case has not been acknowledged
    """
    case = transitions.locked(case, Verb.REPORT, by=by)
    leg = transitions.locked_leg(case, Verb.REPORT, by=by)
    with transitions.handing_over(by):
        written = Report.objects.create(
            case=case, forwarding=leg, kind=kind, outcome=outcome, text=text, facts=facts, at=at, by=by.label
        )
        transitions.turn(leg, Leg.REPORTED, at=at)
        transitions.land(case, at=at, reached=Leg.REPORTED)
        detailed = kind == Report.Kind.DETAILED
        deadlines.keep(case, (Promise.FLASH, Promise.REPORT) if detailed else (Promise.FLASH,), forwarding=leg, at=at)
        if detailed:
            # The unit has said its last word; nobody is woken for a team any more. The cell decides what comes next.
            deadlines.lift(case, (Promise.MOVE, Promise.CONTACT), forwarding=leg, at=at)
        history.record(case, "reported", by=by, at=at, facts={"kind": kind, "outcome": outcome}, unit=leg.unit)
    return written


@transaction.atomic
def ask_help(case: Case, *, text: str, by: Actor, at: datetime) -> Forwarding:
    """
    Say that the unit needs help: it rings at every desk of the state cell until whoever holds the case answers.

    No promise is changed by it: the clocks of the unit run on, and so does its ladder.

    :raises NotYours: if the actor watches over the unit and does not work in it
    """
    case = transitions.locked(case, Verb.HELP, by=by)
    leg = transitions.locked_leg(case, Verb.HELP, by=by)
    with transitions.handing_over(by):
        asked = CaseEvent.objects.filter(case=case, action=HELP_WANTED).count()
        cell = transitions.cell_of(case, at=at)
        ladder.tell_the_cell(case, cell, topic="help_wanted", about=leg.unit, once=f"help:{leg.pk}:{asked}", at=at)
        history.record(case, HELP_WANTED, by=by, at=at, facts={"unit": leg.unit.code, "text": text}, unit=leg.unit)
    return leg


def _step(
    case: Case,
    verb: Verb,
    action: str,
    *,
    by: Actor,
    at: datetime,
    facts: dict[str, Any],
    only: Forwarding | None = None,
    **changes: Any,
) -> Forwarding:
    """Move the unit's own forwarding one step along the table of life; ``only`` that one, where it is named."""
    row = MOVES[verb]
    case = transitions.locked(case, verb, by=by)
    leg = transitions.locked_leg(case, verb, by=by)
    if only is not None and leg.pk != only.pk:
        raise NotWithUnit(reference=case.reference, unit=by.name)
    with transitions.handing_over(by):
        lands = Leg(str(row.lands))
        transitions.turn(leg, lands, at=at, **changes)
        transitions.land(case, at=at, reached=lands)
        deadlines.keep(case, row.meets, forwarding=leg, at=at)
        deadlines.lift(case, row.lifts, forwarding=leg, at=at)
        for kind in row.starts:
            if not _has_had(leg, kind):
                deadlines.start(case, kind, unit=leg.unit, forwarding=leg, by=by, at=at)
        history.record(case, action, by=by, at=at, facts=facts | {"unit": leg.unit.code}, unit=leg.unit)
    return leg


def _has_had(leg: Forwarding, kind: Promise) -> bool:
    """Contact may be confirmed twice, with the family and then with the person; the report is owed once."""
    return leg.deadlines.filter(kind=kind).exists()
