"""Outreach: one attempt to reach the person, by message, by call, through family or friends; with its result."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cases import family, history, transitions
from cases.models import Case, Outreach
from cases.refusals import ConsentNeeded
from cases.states import Verb
from districts.actors import Actor
from districts.models.policy import Urgency

#: The helplines that somebody is handed over to: mental health, emergency, children.
HELPLINES = ("14416", "112", "1098")


@transaction.atomic
def attempt(
    case: Case, *, kind: str, result: str, by: Actor, at: datetime, note: str = "", despite: str = ""
) -> Outreach:
    """
    Write down an attempt to reach the person and what came of it. Danger raises the urgency; nothing lowers it.

    ``despite`` says why the family is called where it must not be told.

    :raises AlreadyClaimed: if another operator holds the case
    :raises FamilyNotTold: if the family must not be told and nobody says why it is
    """
    case = transitions.locked(case, Verb.OUTREACH, by=by)
    claim = transitions.hold(case, by=by, at=at) if case.claimed_by_id else {}
    if kind == Outreach.Kind.FAMILY_CALL:
        family.heed(case, despite=despite)
    tried = Outreach.objects.create(case=case, kind=kind, result=result, note=note, at=at, by=by.label)
    before = case.urgency
    if result == Outreach.Result.DANGER:
        claim["urgency"] = Urgency.P0
    transitions.land(case, at=at, **claim)
    facts = {"kind": kind, "result": result} | ({"despite": despite} if despite.strip() else {})
    if case.urgency != before:
        facts |= {"from": str(before), "to": str(case.urgency)}
    history.record(case, "outreach", by=by, at=at, facts=facts)
    return tried


@transaction.atomic
def hand_to_helpline(
    case: Case, *, helpline: str, consent: bool, result: str, by: Actor, at: datetime, note: str = ""
) -> Outreach:
    """
    Write down a warm hand-over: the line stays open until a counsellor has taken over, and the person has said yes.

    :raises ConsentNeeded: if the person has not said yes
    """
    case = transitions.locked(case, Verb.HELPLINE, by=by)
    if not consent or helpline not in HELPLINES:
        raise ConsentNeeded(reference=case.reference)
    claim = transitions.hold(case, by=by, at=at) if case.claimed_by_id and case.closed_at is None else {}
    given = Outreach.objects.create(
        case=case,
        kind=Outreach.Kind.HELPLINE,
        result=result,
        helpline=helpline,
        consent=consent,
        note=note,
        at=at,
        by=by.label,
    )
    transitions.land(case, at=at, **claim)
    facts = {"helpline": helpline, "consent": consent, "result": result}
    history.record(case, "handed_to_helpline", by=by, at=at, facts=facts)
    return given
