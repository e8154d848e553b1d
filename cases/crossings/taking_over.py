"""Taking over: another state or country has a case in its hands when it reads the code of the sheet back."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from cases import deadlines, ladder, transitions
from cases.crossings import passages
from cases.crossings.taken import taken_over
from cases.models import Case, Crossing, Forwarding
from cases.refusals import NotWithUnit, WrongCode
from cases.states import Promise, Verb
from districts.actors import Actor
from districts.models import Unit
from notifications import outbox

DIGITS = 6


def begin(case: Case, leg: Forwarding, *, by: Actor, at: datetime) -> Crossing:
    """Make the code of the sheet, ring the control room, owe its portal the case, and start the time to confirm."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    crossing = Crossing.objects.create(case=case, forwarding=leg, code=code, made_at=at, made_by=by.label)
    facts = ladder.message_facts(case, leg.unit)
    # They have no sign-in here: whoever is rung calls the cell, and gets the sheet.
    del facts["link"]
    outbox.owe(
        topic="case_forwarded",
        to=ladder.first_rung(leg.unit, at=at),
        about=case.reference,
        about_id=case.pk,
        group=ladder.group_of(case, leg, Promise.OTHER_STATE),
        once=f"crossing:{leg.pk}",
        at=at,
        practice=case.practice,
        facts=facts,
    )
    passages.begin(case, leg, crossing, at=at)
    cell = transitions.cell_of(case, at=at)
    deadlines.start(case, Promise.OTHER_STATE, unit=cell, forwarding=leg, by=by, at=at)
    return crossing


@transaction.atomic
def confirm(
    case: Case,
    *,
    unit: Unit,
    code: str,
    officer_name: str,
    officer_phone: str,
    by: Actor,
    at: datetime,
    their_reference: str = "",
) -> Crossing:
    """
    Write down that the other side has taken over: who, on which telephone, and that they hold the sheet.

    :raises WrongCode: if what was read back is not the code of the sheet
    :raises NotWithUnit: if the case was not handed over there
    :raises WrongMoment: if it is confirmed already
    """
    case = transitions.locked(case, Verb.CONFIRM, by=by)
    claim = transitions.hold(case, by=by, at=at)
    leg = transitions.locked_leg(case, Verb.CONFIRM, by=by, unit=unit)
    crossing = Crossing.objects.select_for_update(of=("self",)).filter(forwarding=leg).first()
    if crossing is None:
        raise NotWithUnit(reference=case.reference, unit=unit)
    if not secrets.compare_digest("".join(code.split()).encode(), crossing.code.encode()):
        raise WrongCode(reference=case.reference)
    named = {"officer_name": officer_name, "officer_phone": officer_phone, "eta_minutes": 0}
    return taken_over(case, crossing, leg, by=by, at=at, their_reference=their_reference, claim=claim, **named)
