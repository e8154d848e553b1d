"""Tapping: a post answers for its unit from its own telephone, by a link or by a key, without signing in."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cases import history, ladder, response, taps, transitions
from cases.models import Case, Tap
from cases.refusals import LinkSpent
from cases.states import Promise
from districts.actors import CLOCK, Actor, post_actor
from districts.reach import reach_of
from districts.refusals import Refusal
from notifications import receipts
from notifications.receipts import Receipt, Taken

#: The key that takes charge. Any other is written down.
YES: Final = "1"
Used = Tap.Used


def answerable(token: str, *, at: datetime) -> Tap | None:
    """Return what a link can still answer, and change nothing; None for one that is spent and one that never was."""
    with reach_of(CLOCK):
        tap = taps.find(token)
        return tap if tap is not None and taps.holds(tap, at=at) else None


def due_at(tap: Tap) -> datetime | None:
    """Return until when the unit has promised to answer, in the reach that is open."""
    promise = tap.forwarding.deadlines.filter(kind=Promise.ACKNOWLEDGE, level=0, settled_at=None).first()
    return promise.due_at if promise else None


def acknowledge(tap: Tap, *, eta_minutes: int | None, at: datetime) -> Tap:
    """
    Take charge in the name of the post that was sent the link. The link is its own proof, and works once.

    :raises LinkSpent: if it has been used or has run out, or the unit has the case no more
    """
    with reach_of(by := post_actor(tap.contact)):
        try:
            response.acknowledge_as_post(
                tap.case, tap.forwarding, post=tap.contact, how="tap", eta_minutes=eta_minutes, by=by, at=at
            )
        except Refusal as refusal:
            raise LinkSpent from refusal
        return _spend(tap, Used.ACKNOWLEDGED, by=by, at=at)


def disown(tap: Tap, *, at: datetime) -> Tap:
    """
    Say in the name of the post that the case is not its unit's. The cell is rung and decides; the ladder climbs on.

    :raises LinkSpent: if the link has been used or has run out
    """
    with reach_of(by := post_actor(tap.contact)):
        case = Case.objects.select_for_update(of=("self",), no_key=True).filter(pk=tap.case_id).first()
        if case is None:
            raise LinkSpent
        tap = _spend(tap, Used.NOT_OURS, by=by, at=at)
        unit = tap.forwarding.unit
        with transitions.handing_over(by):
            cell = transitions.cell_of(case, at=at)
            ladder.tell_the_cell(case, cell, topic="case_disowned", about=unit, once=f"disowned:{tap.pk}", at=at)
            facts = {"unit": unit.code, "post": str(tap.contact)}
            history.record(case, "disowned", by=by, at=at, facts=facts, unit=unit)
        return tap


def heard(token: str, receipt: Receipt, *, at: datetime) -> Taken:
    """
    Take a receipt of a gateway and do what a key in it says, in one transaction. The same twice changes nothing.

    :raises Unknown: if the receipt is not about a message of ours
    """
    with reach_of(CLOCK):
        if receipt.status == receipts.Status.KEY and (about := receipts.subject_of(token)):
            # The case before the message: an officer's acknowledgement locks them in that order too.
            Case.objects.select_for_update(of=("self",), no_key=True).filter(pk=about).first()
        taken = receipts.take(token, receipt, at=at)
        if taken.key:
            _pressed(taken, at=at)
        return taken


def _pressed(taken: Taken, *, at: datetime) -> None:
    """Do what the key says if the post can still take charge; else write down that it was pressed."""
    message, post = taken.message, taken.message.contact
    # A number's test is about no case.
    case = Case.objects.filter(pk=message.about_id).first() if message.about_id else None
    if case is None or post is None:
        return
    by = post_actor(post)
    tap = taps.of_link(message.facts.get("link", ""))
    if taken.key == YES and tap is not None:
        try:
            # A key is pressed in the call itself, however late that was: it does not run out as a link does.
            with reach_of(by):
                response.acknowledge_as_post(
                    tap.case, tap.forwarding, post=post, how="key", eta_minutes=None, by=by, at=at
                )
        except Refusal:
            pass
        else:
            _use(tap, Used.ACKNOWLEDGED, at=at)
            return
    facts = {"key": taken.key, "post": str(post), "unit": post.unit.code}
    history.record(case, "key_pressed", by=by, at=at, facts=facts, unit=post.unit)


def _spend(tap: Tap, used_as: Used, *, by: Actor, at: datetime) -> Tap:
    """
    Use a link up; the case is locked, so two of the same moment come one after the other.

    :raises LinkSpent: if the other one was first, or the time is over
    """
    with transitions.handing_over(by):
        known = Tap.objects.select_related("case__state", "forwarding__unit", "contact__unit").get(pk=tap.pk)
        answered = used_as == Used.ACKNOWLEDGED  # the forwarding has just been, by us
        if known.used_at is not None or at >= known.expires_at or not (answered or taps.holds(known, at=at)):
            raise LinkSpent
        return _use(known, used_as, at=at)


def _use(tap: Tap, used_as: Used, *, at: datetime) -> Tap:
    tap.used_at, tap.used_as = at, used_as
    tap.save(update_fields=["used_at", "used_as"])
    return tap
