"""Inquiries: numbered requests for what helps to find a person now; the answer becomes a sighting."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from cases import deadlines, history, sightings, transitions
from cases.models import Case, Inquiry, Sighting
from cases.refusals import NoCallRecords, NoRequest
from cases.sightings import Place
from cases.states import Promise, Settled, Verb
from districts.actors import Actor

#: So long a platform or a telecom company is asked to keep what it has.
PRESERVED = timedelta(days=90)
PRESERVING = frozenset({Inquiry.Kind.PLATFORM, Inquiry.Kind.TELECOM})
#: Who somebody has called is no way to find them in time, and not asked for here.
CALL_RECORDS = re.compile(
    r"\bcdrs?\b|call[\s-]*(?:detail|data)?[\s-]*(?:record|detail|log|histor)|सीडीआर|कॉल\s*(?:डिटेल|रिकॉर्ड|विवरण)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, of whom, why and by which officer."""

    kind: str
    addressee: str
    basis: str
    purpose: str
    subject: str
    officer_name: str
    officer_rank: str = ""
    officer_phone: str = ""


def number_of(inquiry: Inquiry) -> str:
    """Return the number under which a request is spoken of and answered."""
    return f"{inquiry.case.reference}/{inquiry.number}"


@transaction.atomic
def ask(case: Case, question: Question, *, by: Actor, at: datetime) -> Inquiry:
    """
    Ask for what helps to find the person, and start the time to an answer.

    :raises NoCallRecords: if call records are asked for
    :raises AlreadyClaimed: if another operator holds the case
    :raises WrongMoment: if it is closed
    """
    if CALL_RECORDS.search(f"{question.subject} {question.purpose}"):
        raise NoCallRecords(reference=case.reference)
    case = transitions.locked(case, Verb.ASK, by=by)
    claim = transitions.hold(case, by=by, at=at) if case.claimed_by_id else {}
    # Under the lock of the case: two at once do not get the same number.
    number = Inquiry.objects.filter(case=case).count() + 1
    asked = Inquiry.objects.create(
        case=case,
        number=number,
        kind=question.kind,
        addressee=question.addressee,
        basis=question.basis,
        purpose=question.purpose,
        subject=question.subject,
        officer_name=question.officer_name,
        officer_rank=question.officer_rank,
        officer_phone=question.officer_phone,
        asked_at=at,
        asked_by=by.label,
        preserve_until=at + PRESERVED if question.kind in PRESERVING else None,
    )
    transitions.land(case, at=at, **claim)
    cell = transitions.cell_of(case, at=at)
    deadlines.start(case, Promise.INFORMATION, unit=cell, number=number, by=by, at=at)
    facts = {"number": number, "kind": asked.kind, "addressee": asked.addressee, "basis": asked.basis}
    history.record(case, "inquiry_asked", by=by, at=at, facts=facts, unit=cell)
    return asked


@transaction.atomic
def answer(case: Case, *, number: int, text: str, by: Actor, at: datetime, place: Place | None = None) -> Inquiry:
    """
    Write down what was answered; a place in it becomes a sighting, which the units that have the case are told of.

    :raises NoRequest: if there is no open request of that number
    """
    case = transitions.locked(case, Verb.ANSWER, by=by)
    asked = Inquiry.objects.select_for_update(of=("self",)).filter(case=case, number=number, answered_at=None).first()
    if asked is None:
        raise NoRequest(reference=case.reference, number=number)
    seen = None
    if place is not None and place.says_something:
        source = Sighting.Source.TELECOM if asked.kind == Inquiry.Kind.TELECOM else place.source
        seen = sightings.add(case, replace(place, source=source), by=by, at=at)
    asked.answered_at, asked.answered_by, asked.answer, asked.sighting = at, by.label, text, seen
    asked.save(update_fields=["answered_at", "answered_by", "answer", "sighting"])
    deadlines.settle_one(case, Promise.INFORMATION, number, Settled.MET, at=at)
    case.refresh_from_db()
    transitions.land(case, at=at)
    facts = {"number": number, "kind": asked.kind, "sighting": str(seen.pk) if seen else None}
    history.record(case, "inquiry_answered", by=by, at=at, facts=facts, unit=transitions.cell_of(case, at=at))
    return asked
