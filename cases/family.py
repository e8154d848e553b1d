"""Family: whether they are told, and the word that they must not be, which every verb of this side heeds."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cases import access, history, transitions
from cases.models import Case
from cases.refusals import FamilyNotTold, NotYours, ReasonNeeded
from cases.states import Verb
from districts.actors import Actor


@transaction.atomic
def change(case: Case, *, told: bool, reason: str, by: Actor, at: datetime) -> Case:
    """
    Say that the family must not be told, or that it may be again. Whoever learns of a danger at home may say so.

    :raises ReasonNeeded: if no reason is given
    :raises NotYours: if a unit would lift it
    """
    if not reason.strip():
        raise ReasonNeeded(reference=case.reference)
    case = transitions.locked(case, Verb.FAMILY, by=by)
    if told and not by.in_state_cell:
        raise NotYours(reference=case.reference, verb=Verb.FAMILY, who=transitions.who_is_the_cell())
    own = access.own_unit(case, by)
    with transitions.handing_over(by):
        transitions.land(case, at=at, family_not_told="" if told else reason)
        # About no unit: every unit that has the case must read it.
        history.record(case, "family", by=by, at=at, facts={"told": told, "reason": reason}, unit=own if told else None)
    return case


def heed(case: Case, *, despite: str = "") -> None:
    """
    Let nothing reach the family where it must not, unless somebody says why it is done all the same.

    :raises FamilyNotTold: with the reason that speaks against it
    """
    if case.family_not_told and not despite.strip():
        raise FamilyNotTold(reference=case.reference, why=case.family_not_told)
