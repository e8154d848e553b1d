"""Onboarding duty: turns, additional charge and leave of a post, and the three shifts of a day as a rota."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.actors import Actor
from districts.models import Contact, Duty, Officer, Posting, Unit
from districts.onboarding import authority
from districts.onboarding.contacts import sound_number
from districts.onboarding.register import Note, add, change, name_of
from districts.refusals import AlreadyEnded, EndsBeforeItBegins, FieldNotSound, OtherStatesUnit

#: When each shift of a day begins; it lasts eight hours, the night into the next day.
SHIFTS = {Duty.Shift.MORNING: time(6), Duty.Shift.EVENING: time(14), Duty.Shift.NIGHT: time(22)}
SHIFT_LASTS = timedelta(hours=8)
DAYS_MAX = 92


@transaction.atomic
def add_duty(
    contact: Contact,
    *,
    kind: str,
    begins: datetime,
    ends: datetime,
    by: Actor,
    at: datetime,
    officer: Officer | None = None,
    phone: str = "",
    shift: str = "",
) -> Duty:
    """
    Enter a duty turn, an additional charge or a leave of a post.

    :raises AlreadyOnDuty: if the same is entered for that post and officer at a time that overlaps
    :raises OtherStatesUnit: if the officer serves in another state
    :raises FieldNotSound: if nobody would hold the charge, or the number can not be dialled
    """
    unit = contact.unit
    authority.check_unit(by, unit, subject=contact)
    if ends <= begins:
        raise EndsBeforeItBegins(subject=contact)
    if ends <= at:
        raise FieldNotSound(field=_("to"), problem=_("it is over already: enter what is still to come."))
    if kind == Duty.Kind.CHARGE and officer is None and not phone:
        raise FieldNotSound(field=_("officer"), problem=_("say who holds the charge, or by which telephone."))
    if officer is not None and not Posting.objects.filter(officer=officer, unit__state=unit.state_id).exists():
        raise OtherStatesUnit(subject=officer, other=unit)
    duty = Duty(
        contact=contact,
        kind=kind,
        officer=officer,
        phone=sound_number(phone),
        shift=shift if kind == Duty.Kind.TURN else "",
        begins=begins,
        ends=ends,
    )
    return add(duty, note=Note(by, at, unit.state, unit))


@transaction.atomic
def end_duty(duty: Duty, *, ends: datetime, by: Actor, at: datetime) -> Duty:
    """
    Let a duty end at another time than was entered. What was is not rewritten: it cannot end before now.

    :raises AlreadyEnded: if it is over or called off
    :raises EndsBeforeItBegins: if it would end before it begins
    """
    unit = _check_running(duty, by=by, at=at)
    if max(ends, at) <= duty.begins:
        raise EndsBeforeItBegins(subject=name_of(duty))
    return change(duty, {"ends": max(ends, at)}, note=Note(by, at, unit.state, unit), act="duty_ended")


@transaction.atomic
def call_off(duty: Duty, *, by: Actor, at: datetime) -> Duty:
    """
    Call off a duty: from now on it counts no more.

    :raises AlreadyEnded: if it is over or called off
    """
    unit = _check_running(duty, by=by, at=at)
    return change(duty, {"called_off_at": at}, note=Note(by, at, unit.state, unit), act="duty_called_off")


@transaction.atomic
def plan_rota(
    contact: Contact,
    *,
    first: date,
    days: int,
    teams: Sequence[Sequence[Officer]],
    by: Actor,
    at: datetime,
    change_every: int = 7,
    phone: str = "",
) -> list[Duty]:
    """
    Enter the three shifts of each day from ``first`` on, for three teams that move one shift on every few days.

    :raises FieldNotSound: if there are not three teams of somebody each, or it is for longer than a quarter of a year
    :raises AlreadyOnDuty: if somebody of them has a turn there in that time already; nothing is entered then
    """
    authority.check_unit(by, contact.unit, subject=contact)
    if len(teams) != len(SHIFTS) or not all(teams):
        raise FieldNotSound(field=_("teams"), problem=_("name at least one officer for each of the three shifts."))
    if not 1 <= days <= DAYS_MAX or change_every < 1:
        raise FieldNotSound(field=_("days"), problem=_("plan for 1 to 92 days, and change the shifts after 1 or more."))
    turn = partial(add_duty, contact, kind=Duty.Kind.TURN, phone=phone, by=by, at=at)
    entered: list[Duty] = []
    for day in range(days):
        moved = day // change_every
        for number, shift in enumerate(SHIFTS):
            begins, ends = hours_of(first + timedelta(days=day), shift)
            if ends > at:
                team = teams[(number - moved) % len(teams)]
                entered += [turn(begins=begins, ends=ends, officer=officer, shift=shift) for officer in team]
    return entered


def hours_of(day: date, shift: str) -> tuple[datetime, datetime]:
    """Return when a shift of that day begins and ends, by the clock on the wall."""
    begins = timezone.make_aware(datetime.combine(day, SHIFTS[Duty.Shift(shift)]))
    return begins, begins + SHIFT_LASTS


def _check_running(duty: Duty, *, by: Actor, at: datetime) -> Unit:
    unit = duty.contact.unit
    authority.check_unit(by, unit, subject=duty.contact)
    # As it is now: somebody else may have ended it since the page was shown.
    duty.refresh_from_db(fields=["ends", "called_off_at"], from_queryset=Duty.objects.select_for_update(of=("self",)))
    if duty.called_off_at is not None or duty.ends <= at:
        raise AlreadyEnded(subject=name_of(duty))
    return unit
