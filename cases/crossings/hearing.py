"""Hearing: what the other portal says of a case that was handed over there. Late and double news change nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import history, ladder, transitions
from cases.crossings.taken import taken_over
from cases.models import Case, Crossing, Forwarding, Passage
from cases.states import Leg, Outcome, Status
from districts.actors import Actor, Kind, Sight
from districts.models import Counterpart
from districts.refusals import Refusal

#: Somebody there has it in hand: an operator has claimed it, or it is further on its way.
IN_HAND = frozenset({Status.IN_TRIAGE, Status.FORWARDED, Status.ACKNOWLEDGED, Status.TEAM_MOVING, Status.CONTACT_MADE})


class NoSuchPassage(Refusal):
    """Nothing was handed over there under that number."""

    code = "not_found"
    sentence = _("There is nothing of that number.")


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A piece of news, read from a webhook whose signature was good."""

    kind: str
    alert_id: UUID
    state: str
    outcome: str
    #: By their clock.
    said_at: datetime


def actor_of(counterpart: Counterpart) -> Actor:
    """Return the other portal as somebody who acts: what it says is written down in its name."""
    unit = counterpart.unit
    return Actor(
        kind=Kind.PARTNER, label=f"portal:{unit.code}", name=unit.name, sight=Sight.ENGINE, state_id=unit.state_id
    )


@transaction.atomic
def hear(counterpart: Counterpart, news: News, *, by: Actor, at: datetime) -> bool:
    """
    Write down what the other portal says; return whether it was new.

    :raises NoSuchPassage: if nothing was handed over to that portal under that number
    """
    found = Passage.objects.filter(counterpart=counterpart, their_alert=news.alert_id).first()
    if found is None:
        raise NoSuchPassage
    case = Case.objects.select_for_update(of=("self",), no_key=True).select_related("state").get(pk=found.case_id)
    passage = Passage.objects.select_for_update(of=("self",), no_key=True).get(pk=found.pk)
    if news.kind == "alert.information_requested":
        return _asked(case, counterpart, news, by=by, at=at)
    if passage.their_state_at is not None and news.said_at <= passage.their_state_at:
        return False
    passage.their_state_at, passage.heard_at = news.said_at, at
    passage.their_outcome = news.outcome if news.outcome in Outcome.values else ""
    passage.save(update_fields=["their_state_at", "heard_at", "their_outcome"])
    stands(case, passage, state=news.state, at=at, by=by)
    facts = {"unit": counterpart.unit.code, "state": news.state, "outcome": passage.their_outcome}
    history.record(case, "portal_said", by=by, at=at, facts=facts, unit=counterpart.unit)
    if news.state == Status.CLOSED:
        # Whatever they closed it with: the cell reads it, and decides what becomes of its own case.
        _ring(case, counterpart, once=f"their-end:{passage.pk}:{news.said_at.isoformat()}", at=at)
    return True


def stands(case: Case, passage: Passage, *, state: str, at: datetime, by: Actor | None = None) -> None:
    """Keep where the case stands there; once somebody there has it in hand, they have taken over."""
    if state not in Status.values:
        return
    passage.their_state = state
    passage.save(update_fields=["their_state"])
    rows = Crossing.objects.select_for_update(of=("self",)).select_related("forwarding__unit")
    crossing = rows.get(pk=passage.crossing_id)
    leg = (
        Forwarding.objects.select_for_update(of=("self",), no_key=True)
        .select_related("unit")
        .get(pk=crossing.forwarding_id)
    )
    done = state == Status.CLOSED and bool(passage.their_outcome)
    if leg.status == Leg.FORWARDED and crossing.confirmed_at is None and (state in IN_HAND or done):
        portal = by or actor_of(Counterpart.objects.select_related("unit").get(pk=passage.counterpart_id))
        taken_over(case, crossing, leg, by=portal, at=at, their_reference=passage.their_reference)


def _asked(case: Case, counterpart: Counterpart, news: News, *, by: Actor, at: datetime) -> bool:
    """Ring the desk: over there they need to know something, and the person is out there."""
    unit = counterpart.unit
    history.record(case, "portal_asks", by=by, at=at, facts={"unit": unit.code}, unit=unit)
    _ring(case, counterpart, once=f"portal-asks:{news.alert_id}:{news.said_at.isoformat()}", at=at)
    return True


def _ring(case: Case, counterpart: Counterpart, *, once: str, at: datetime) -> None:
    cell = transitions.cell_of(case, at=at)
    ladder.tell_the_cell(case, cell, topic="case_raised", about=counterpart.unit, once=once, at=at)
