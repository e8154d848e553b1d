"""Handover: the end of a shift. What is open goes to the next desk by name, and nothing urgent stays without one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cases import access, history, transitions
from cases.models import Case, Handover, HandoverLine
from cases.refusals import (
    AlreadyHandedOver,
    NextStepNeeded,
    NotFromYourself,
    NotReadOut,
    NotYours,
    UrgentAndNobodys,
)
from cases.states import Status
from districts.actors import Actor
from districts.models.policy import Urgency

#: The heads of the sheet, in the order in which they are read out.
HEADS = ("situation", "done", "remaining", "risks", "people")


def held_by(actor: Actor) -> QuerySet[Case]:
    """Return the open cases that the actor holds: what a shift of theirs would leave behind."""
    return access.cases_for(actor).exclude(status=Status.CLOSED).filter(claimed_by=actor.officer_id)


def nobodys(actor: Actor) -> QuerySet[Case]:
    """Return the most urgent open cases that nobody holds; a shift cannot end with one of them."""
    open_cases = access.cases_for(actor).exclude(status=Status.CLOSED)
    return open_cases.filter(urgency=Urgency.P0, claimed_by=None, practice=False)


def waiting_for(actor: Actor) -> QuerySet[Handover]:
    """Return the signed handovers of the actor's cell that nobody has taken yet, oldest first."""
    signed = Handover.objects.filter(state=actor.state_id, taken_at=None).select_related("given_by")
    return signed.order_by("signed_at")


@transaction.atomic
def sign(*, notes: Mapping[str, str], next_steps: Mapping[str, str], by: Actor, at: datetime) -> Handover:
    """
    Sign a shift out: every case that is held gets a line, and stays with its holder until somebody takes it.

    ``next_steps`` has one sentence for the reference of each case that is held.

    :raises NotYours: if the actor is not in the state cell
    :raises UrgentAndNobodys: if the most urgent of the state is held by nobody
    :raises NextStepNeeded: if a case that is held has no next step
    :raises AlreadyHandedOver: if a sheet of theirs still waits to be taken
    """
    state_id, officer_id = _desk_of(by)
    if waiting := Handover.objects.filter(given_by=by.officer_id, taken_at=None).first():
        raise AlreadyHandedOver(at=f"{waiting.signed_at:%d.%m. %H:%M}")
    cases = list(held_by(by).select_for_update(of=("self",), no_key=True).order_by("pk"))
    _check_nobodys(by)
    missing = [case.reference for case in cases if not next_steps.get(case.reference, "").strip()]
    if missing:
        raise NextStepNeeded(references=", ".join(missing))
    sheet = Handover.objects.create(
        state_id=state_id,
        given_by_id=officer_id,
        signed_at=at,
        **{head: notes.get(head, "").strip() for head in HEADS},
    )
    for case in cases:
        step = next_steps[case.reference].strip()
        HandoverLine.objects.create(handover=sheet, case=case, next_step=step)
        history.record(case, "handover_signed", by=by, at=at, facts={"next_step": step})
    return sheet


@transaction.atomic
def take(sheet_id: UUID, *, read_out: Collection[str], by: Actor, at: datetime) -> Handover:
    """
    Take a shift over: each case that is still with the outgoing desk is from now on held by the actor.

    ``read_out`` names the references that were read aloud and ticked.

    :raises NotFromYourself: if the actor signed the sheet
    :raises NotReadOut: if a case on it was not ticked
    :raises UrgentAndNobodys: if the most urgent of the state is held by nobody
    :raises AlreadyHandedOver: if somebody has taken it
    """
    state_id, officer_id = _desk_of(by)
    sheets = Handover.objects.filter(state=state_id).select_related("given_by")
    sheet = sheets.select_for_update(of=("self",), no_key=True).get(pk=sheet_id)
    if sheet.taken_at is not None:
        raise AlreadyHandedOver(at=f"{sheet.taken_at:%d.%m. %H:%M}")
    if sheet.given_by_id == officer_id:
        raise NotFromYourself
    lines = list(sheet.lines.select_related("case").order_by("case_id"))
    still_open = {line.case.reference for line in lines if line.case.status != Status.CLOSED}
    if missing := sorted(still_open - set(read_out)):
        raise NotReadOut(references=", ".join(missing))
    for line in lines:
        _pass_on(line.case, sheet, by=by, at=at)
    _check_nobodys(by)
    sheet.taken_by_id, sheet.taken_at = officer_id, at
    sheet.save(update_fields=["taken_by", "taken_at"])
    return sheet


def _pass_on(case: Case, sheet: Handover, *, by: Actor, at: datetime) -> None:
    """Make the actor the holder, unless the case has ended or somebody else has taken it meanwhile."""
    locked = Case.objects.select_for_update(of=("self",), no_key=True).select_related("state").get(pk=case.pk)
    if locked.status == Status.CLOSED or locked.claimed_by_id != sheet.given_by_id:
        return
    claim: dict[str, Any] = {"claimed_by_id": by.officer_id, "claimed_until": at + transitions.CLAIM_LASTS}
    transitions.land(locked, at=at, **claim)
    history.record(locked, "handover_taken", by=by, at=at, facts={"from": sheet.given_by.name})


def _desk_of(by: Actor) -> tuple[int, int]:
    """Return the keys of the actor's state and of the actor: only somebody of the cell has a shift to hand over."""
    if not by.in_state_cell or by.officer_id is None or by.state_id is None:
        raise NotYours(reference=_("Shift"), verb=_("hand over"), who=_("the state cell"))
    return by.state_id, by.officer_id


def _check_nobodys(by: Actor) -> None:
    left = list(nobodys(by).order_by("opened_at").values_list("reference", flat=True)[:10])
    if left:
        raise UrgentAndNobodys(references=", ".join(left))
