"""The ladder asks who is on duty: the one who is rung, nobody who is away, and it says whom it passed over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from cases import claiming, forwarding, ladder
from cases.models import Case, CaseEvent
from districts.models import Contact, Duty
from districts.reach import reach_of
from notifications.models import Message
from tests.cases.conftest import NUMBERS, Territory, as_engine, ring

MINUTE = timedelta(minutes=1)


def send(land: Territory, case: Case, at: datetime) -> None:
    with reach_of(land.rj_op1):
        claiming.claim(case, by=land.rj_op1, at=at)
        forwarding.forward(case, to=land.jhunjhunu, part="lead", by=land.rj_op1, at=at)


def on(contact: Contact, kind: str, begins: datetime, **more: object) -> Duty:
    return Duty.objects.create(contact=contact, kind=kind, begins=begins, ends=begins + timedelta(hours=8), **more)


def told(case: Case, channel: str = "sms") -> list[tuple[str, str]]:
    with as_engine():
        rows = Message.objects.filter(about_id=case.pk, channel=channel).order_by("created_at", "to_ref")
        return list(rows.values_list("to_ref", "to"))


def events(case: Case, action: str) -> list[dict[str, object]]:
    with as_engine():
        return [event.facts for event in CaseEvent.objects.filter(case=case, action=action).order_by("seq")]


def test_the_post_on_duty_is_rung_at_its_duty_telephone_and_no_other_post_of_the_rung(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    sho = Contact.objects.create(unit=land.jhunjhunu, post="SHO", rung=1, phone=f"+9155500{next(NUMBERS):05d}")
    on(sho, "turn", monday - MINUTE, phone="+915550009999")
    case = post()
    send(land, case, monday)
    assert told(case) == [("RJ-JHUNJHUNU/SHO", "+915550009999")]
    assert told(case, "voice") == [("RJ-JHUNJHUNU/SHO", "+915550009999")]


def test_a_unit_without_duties_rings_as_it_always_has_whatever_its_neighbour_enters(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    stranger = Contact.objects.get(unit=land.sikar, rung=1)
    on(stranger, "leave", monday - MINUTE)
    case = post()
    send(land, case, monday)
    assert [ref for ref, _ in told(case)] == ["RJ-JHUNJHUNU/control_room"]
    assert "passed_over" not in events(case, "rung_told")[0]


def test_a_rung_whose_holder_is_on_leave_is_passed_over_at_once_and_said_so(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    on(Contact.objects.get(unit=land.jhunjhunu, rung=1), "leave", monday - MINUTE)
    case = post()
    send(land, case, monday)
    # The next rung that has somebody is rung at the very time of the forwarding.
    assert [ref for ref, _ in told(case)] == ["RJ-JHUNJHUNU/SP"]
    empty = events(case, "rung_empty")
    assert empty[0]["passed_over"] == [{"post": "RJ-JHUNJHUNU/control_room", "why": "on_leave"}]


def test_a_turn_that_begins_while_the_ladder_climbs_is_seen_by_the_steps_after_it(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    sp = Contact.objects.get(unit=land.jhunjhunu, rung=3)
    second = Contact.objects.create(unit=land.jhunjhunu, post="addl_sp", rung=3, phone=f"+9155500{next(NUMBERS):05d}")
    on(second, "turn", monday + MINUTE)
    case = post()
    send(land, case, monday)
    assert ladder.contacts_on(land.jhunjhunu, 3, at=monday) == [sp, second]
    ring(monday + 6 * MINUTE)
    assert "RJ-JHUNJHUNU/addl_sp" in [ref for ref, _ in told(case)]
    assert "RJ-JHUNJHUNU/SP" not in [ref for ref, _ in told(case)]


def test_a_charge_of_a_vacant_post_is_rung(land: Territory, post: Callable[..., Case], monday: datetime) -> None:
    first = Contact.objects.get(unit=land.jhunjhunu, rung=1)
    first.vacant = True
    first.save(update_fields=["vacant"])
    on(first, "charge", monday - MINUTE, phone="+915550009998")
    case = post()
    send(land, case, monday)
    assert told(case) == [("RJ-JHUNJHUNU/control_room", "+915550009998")]


def test_the_cells_own_rota_is_rung_when_nobody_claims(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    desk = Contact.objects.get(unit=land.rj_cell, rung=1)
    on(desk, "turn", monday - MINUTE, phone="+915550009997", shift="night")
    case = post()
    ring(monday + MINUTE)
    assert told(case) == [("RJ-CELL/desk", "+915550009997")]
