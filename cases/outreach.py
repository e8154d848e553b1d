"""Outreach: one attempt to reach the person, by message, by call, through the family; with its result."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cases import history, transitions
from cases.models import Case, Outreach
from cases.states import Verb
from districts.actors import Actor


@transaction.atomic
def attempt(case: Case, *, kind: str, result: str, by: Actor, at: datetime, note: str = "") -> Outreach:
    """
    Write down an attempt to reach the person and what came of it.

    :raises AlreadyClaimed: if another operator holds the case
    """
    case = transitions.locked(case, Verb.OUTREACH, by=by)
    claim = transitions.hold(case, by=by, at=at) if case.claimed_by_id else {}
    tried = Outreach.objects.create(case=case, kind=kind, result=result, note=note, at=at, by=by.label)
    transitions.land(case, at=at, **claim)
    history.record(case, "outreach", by=by, at=at, facts={"kind": kind, "result": result})
    return tried
