"""Who stands on a rung at a moment: posts, their duty turns, charges and leaves, and who is passed over."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from districts.models import Contact, Duty


class Why(StrEnum):
    """Why a post is passed over."""

    VACANT = "vacant"
    ON_LEAVE = "on_leave"


@dataclass(frozen=True, slots=True)
class Standing:
    """Who is told on a rung, and which posts of it are passed over."""

    posts: list[Contact] = field(default_factory=list)
    passed_over: list[tuple[Contact, Why]] = field(default_factory=list)


Duties = Mapping[int, Sequence[Duty]]


def duties_of(contacts: Iterable[Contact], *, at: datetime) -> Duties:
    """Return what is entered for these posts at that moment, by post: one question, however many they are."""
    keys = [contact.pk for contact in contacts]
    if not keys:
        return {}
    rows = Duty.objects.filter(contact__in=keys, called_off_at=None, begins__lte=at, ends__gt=at)
    found: dict[int, list[Duty]] = {}
    for duty in rows.select_related("officer").order_by("begins", "pk"):
        found.setdefault(duty.contact_id, []).append(duty)
    return found


def standing_on(posts: Sequence[Contact], duties: Duties) -> Standing:
    """
    Return who stands on a rung that these posts share.

    Where somebody has a duty turn now, they are told and nobody else of the rung; where no turn is entered, all posts
    are. A post that is vacant, or whose holder is on leave, is passed over, unless somebody holds its charge. A post
    that is told by another number (a duty telephone, the holder of a charge) comes as a copy with that number: it is
    there to be addressed and not to be saved.
    """
    present: list[Contact] = []
    on_turn: list[Contact] = []
    passed_over: list[tuple[Contact, Why]] = []
    for post in posts:
        entered = duties.get(post.pk, ())
        charge = next((duty for duty in entered if duty.kind == Duty.Kind.CHARGE), None)
        turn = _turn(entered)
        if post.vacant and charge is None:
            passed_over.append((post, Why.VACANT))
        elif turn is None and charge is None and any(duty.kind == Duty.Kind.LEAVE for duty in entered):
            passed_over.append((post, Why.ON_LEAVE))
        else:
            told = _at(post, turn, charge)
            present.append(told)
            if turn is not None:
                on_turn.append(told)
    return Standing(on_turn or present, passed_over)


def _turn(entered: Sequence[Duty]) -> Duty | None:
    """Return the turn that counts: one that names a telephone first. Who is on leave has no turn."""
    away = {duty.officer_id for duty in entered if duty.kind == Duty.Kind.LEAVE}
    turns = [
        duty
        for duty in entered
        if duty.kind == Duty.Kind.TURN and (duty.officer_id is None or duty.officer_id not in away)
    ]
    return min(turns, key=lambda duty: not duty.phone, default=None)


def _at(post: Contact, turn: Duty | None, charge: Duty | None) -> Contact:
    """Return the post with the number it is reached at now."""
    number = turn.phone if turn else ""
    if not number and charge is not None:
        number = number_of(charge)
    return reached_by(post, number)


def reached_by(post: Contact, number: str) -> Contact:
    """Return a post as it is reached by another number: a copy, to be addressed and not to be saved."""
    if not number or number == post.phone:
        return post
    elsewhere = copy.copy(post)
    elsewhere.phone = number
    return elsewhere


def number_of(entered: Duty) -> str:
    """Return by which other number a post is reached while this duty runs; empty where by its own."""
    if entered.kind == Duty.Kind.LEAVE:
        return ""
    charged = entered.kind == Duty.Kind.CHARGE and entered.officer is not None
    return entered.phone or (entered.officer.phone if charged and entered.officer else "")


def telephones_of(contacts: Iterable[Contact], *, at: datetime) -> dict[int, list[str]]:
    """Return the other numbers by which posts are or will be reached: of duty turns, and of whoever has the charge."""
    found: dict[int, list[str]] = {contact.pk: [] for contact in contacts}
    rows = Duty.objects.filter(contact__in=found, called_off_at=None, ends__gt=at).select_related("officer")
    for row in rows.order_by("begins", "pk"):
        if (number := number_of(row)) and number not in found[row.contact_id]:
            found[row.contact_id].append(number)
    return found
