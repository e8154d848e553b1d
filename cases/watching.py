"""Watching: who is at work on a case right now, and at which desk its alarm was silenced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from cases import history, transitions
from cases.models import Case, Presence
from cases.refusals import NotYours
from cases.states import Verb
from districts.actors import Actor

#: The page says again every twenty seconds that somebody is there.
PRESENCE_LASTS = timedelta(seconds=45)
#: Whoever writes is at work: their claim does not run out under their hands.
RENEW_BELOW = timedelta(seconds=75)


@transaction.atomic
def be_there(case: Case, *, doing: str, by: Actor, at: datetime) -> Presence:
    """
    Say that the actor has the case open, until a little later; who holds it and writes keeps the claim.

    :raises NotYours: if the actor is not in the state cell
    """
    if not by.in_state_cell or by.officer_id is None:
        raise NotYours(reference=case.reference, verb=Verb.CLAIM, who=by.name)
    presence, _ = Presence.objects.update_or_create(
        case=case, officer_id=by.officer_id, defaults={"doing": doing, "until": at + PRESENCE_LASTS}
    )
    if doing == Presence.Doing.WRITING and _runs_out(case, by=by, at=at):
        held = transitions.locked(case, Verb.CLAIM, by=by)
        # Looked at again under the lock: a colleague may have taken it over in this moment.
        if _runs_out(held, by=by, at=at):
            transitions.land(held, at=at, **transitions.hold(held, by=by, at=at))
    return presence


def present(case_ids: Iterable[UUID], *, at: datetime) -> Mapping[UUID, list[Presence]]:
    """Return who is at work on each of the cases now."""
    found: dict[UUID, list[Presence]] = {}
    there = Presence.objects.filter(case_id__in=list(case_ids), until__gt=at).select_related("officer")
    for presence in there.order_by("officer__name"):
        found.setdefault(presence.case_id, []).append(presence)
    return found


@transaction.atomic
def silence(case: Case, *, desk: str, by: Actor, at: datetime) -> Case:
    """
    Write down that somebody silenced the alarm of a case at their desk. Every other desk rings on.

    :raises NotYours: if the actor is not in the state cell
    :raises WrongMoment: if the case is closed
    """
    case = transitions.locked(case, Verb.SILENCE, by=by)
    history.record(case, "alarm_silenced", by=by, at=at, facts={"desk": desk})
    return case


def _runs_out(case: Case, *, by: Actor, at: datetime) -> bool:
    until = case.claimed_until
    return case.claimed_by_id == by.officer_id and until is not None and at < until < at + RENEW_BELOW
