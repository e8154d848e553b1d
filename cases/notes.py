"""Notes and reveals: what somebody adds to the history, and what somebody asks to see unmasked."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cases import access, history, transitions
from cases.models import Case, Identifier, Person
from cases.refusals import NothingToReveal, ReasonNeeded
from cases.states import Verb
from districts.actors import Actor

NAME = "name"
FIELDS = (NAME, *Identifier.Kind.values)


@transaction.atomic
def note(case: Case, *, text: str, by: Actor, at: datetime) -> Case:
    """Add a note to the history. Every unit on the case reads the cell's; a unit's are read by itself and the cell."""
    case = transitions.locked(case, Verb.NOTES, by=by)
    own = access.own_unit(case, by)
    with transitions.handing_over(by):
        history.record(case, "noted", by=by, at=at, facts={"text": text}, unit=own)
    return case


@transaction.atomic
def reveal(case: Case, *, field: str, reason: str, by: Actor, at: datetime) -> str:
    """
    Return a masked fact in the clear, and write down who asked and why.

    :raises ReasonNeeded: if no reason is given
    :raises NothingToReveal: if nobody knows it
    """
    if not reason.strip():
        raise ReasonNeeded(reference=case.reference)
    case = transitions.locked(case, Verb.REVEAL, by=by)
    value = _in_the_clear(case, field)
    if not value:
        raise NothingToReveal(reference=case.reference, field=field)
    access.look(case, by=by, at=at, kind="reveal", what=f"{case.reference}/{field}")
    own = access.own_unit(case, by)
    with transitions.handing_over(by):
        history.record(case, "revealed", by=by, at=at, facts={"field": field, "reason": reason}, unit=own)
    return value


def _in_the_clear(case: Case, field: str) -> str:
    if field == NAME:
        person = Person.objects.filter(case=case).first()
        return person.name if person else ""
    known = Identifier.objects.filter(case=case, kind=field).order_by("-verified", "pk")
    return ", ".join(known.values_list("value", flat=True))
