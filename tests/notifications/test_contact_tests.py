"""A number is verified by a test that arrived, of that very number; and nobody tests a post that is none of theirs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from districts.actors import CLOCK, Actor, Kind, Sight
from districts.models import Contact, RegisterEntry, Unit
from districts.reach import reach_of
from districts.refusals import JustTested, NothingToTest, NotYourDesk
from notifications import contact_tests, receipts
from notifications.lanes import Office
from notifications.models import Attempt, Message
from tests.notifications.conftest import now
from tests.notifications.gateways import GatewayServer

MINUTE = timedelta(minutes=1)


def officer(unit: Unit | None, sight: Sight, *, state_id: int, role: str = "district_desk") -> Actor:
    units = (unit.pk,) if unit else ()
    return Actor(
        kind=Kind.OFFICER, label="officer:x", name="X", sight=sight, state_id=state_id, unit_ids=units,
        duties=frozenset({(unit.pk, role)} if unit else ()), roles=frozenset({role}),
    )  # fmt: skip


@pytest.fixture
def desk(jhunjhunu: Unit) -> Actor:
    return officer(jhunjhunu, Sight.UNIT, state_id=jhunjhunu.state_id)


def known(contact: Contact, by: Actor) -> contact_tests.Tested:
    contact.refresh_from_db()
    return contact_tests.tested([contact], by=by)[contact.pk]


def heard(message: Message, status: receipts.Status, at: datetime, key: str = "") -> None:
    """Let the gateway say what came of a message."""
    with reach_of(CLOCK):
        number = Attempt.objects.get(message=message).provider_id
        token = Message.objects.get(pk=message.pk).token
    receipts.take(token, receipts.Receipt(message.pk, number, status, key), at=at)


@pytest.mark.parametrize("status", [receipts.Status.DELIVERED, receipts.Status.ANSWERED, receipts.Status.KEY])
def test_a_test_that_arrives_verifies_the_number(
    control_room: Contact, desk: Actor, sms: GatewayServer, office: Office, monday: datetime, status: receipts.Status
) -> None:
    (message,) = contact_tests.send(control_room, by=desk, at=monday, channels=["sms"])
    assert not known(control_room, desk).is_verified
    office.deliver(clock=lambda: monday, for_s=10)
    assert "झुंझुनूं" in sms.asked[0].body["text"]
    assert not known(control_room, desk).is_verified
    heard(message, status, monday + MINUTE, key="1")
    found = known(control_room, desk)
    assert (found.verified_at, found.last_at, found.last_channel) == (monday + MINUTE, monday, "sms")


def test_a_test_that_does_not_arrive_verifies_nothing(
    control_room: Contact, desk: Actor, sms: GatewayServer, office: Office, monday: datetime
) -> None:
    (message,) = contact_tests.send(control_room, by=desk, at=monday, channels=["sms"])
    office.deliver(clock=lambda: monday, for_s=10)
    heard(message, receipts.Status.FAILED, monday + MINUTE)
    assert not known(control_room, desk).is_verified
    assert now(message).state == "failed"


def test_a_number_that_changes_loses_its_verification_and_has_it_again_when_it_comes_back(
    control_room: Contact, desk: Actor, sms: GatewayServer, office: Office, monday: datetime
) -> None:
    (message,) = contact_tests.send(control_room, by=desk, at=monday, channels=["sms"])
    office.deliver(clock=lambda: monday, for_s=10)
    heard(message, receipts.Status.DELIVERED, monday)
    before, control_room.phone = control_room.phone, "+915550000777"
    control_room.save(update_fields=["phone"])
    assert known(control_room, desk) == contact_tests.Tested()
    control_room.phone = before
    control_room.save(update_fields=["phone"])
    assert known(control_room, desk).is_verified


def test_a_post_is_not_rung_twice_within_a_minute(control_room: Contact, desk: Actor, monday: datetime) -> None:
    contact_tests.send(control_room, by=desk, at=monday)
    with pytest.raises(JustTested):
        contact_tests.send(control_room, by=desk, at=monday + timedelta(seconds=59))
    assert len(contact_tests.send(control_room, by=desk, at=monday + timedelta(seconds=61))) == 2


def test_a_post_without_a_telephone_has_nothing_to_test(control_room: Contact, desk: Actor, monday: datetime) -> None:
    control_room.phone = ""
    control_room.save(update_fields=["phone"])
    with pytest.raises(NothingToTest):
        contact_tests.send(control_room, by=desk, at=monday)


def test_strangers_test_nothing_and_learn_nothing(control_room: Contact, jhunjhunu: Unit, monday: datetime) -> None:
    strangers = [
        officer(None, Sight.GROUND, state_id=jhunjhunu.state_id),
        officer(None, Sight.UNIT, state_id=jhunjhunu.state_id),
        officer(None, Sight.CELL, state_id=jhunjhunu.state_id + 1),
    ]
    strangers.append(Actor(kind=Kind.OFFICER, label="officer:r", name="R", sight=Sight.GROUND))
    for stranger in strangers:
        with pytest.raises(NotYourDesk):
            contact_tests.send(control_room, by=stranger, at=monday)
        assert contact_tests.tested([control_room], by=stranger) == {}
    with reach_of(CLOCK):
        assert not Message.objects.exists()


def test_the_cell_may_and_so_may_the_administrator_of_the_unit(
    control_room: Contact, jhunjhunu: Unit, monday: datetime
) -> None:
    contact_tests.send(control_room, by=officer(None, Sight.CELL, state_id=jhunjhunu.state_id), at=monday)
    administrator = Actor(
        kind=Kind.OFFICER, label="officer:a", name="A", sight=Sight.GROUND, state_id=jhunjhunu.state_id,
        duties=frozenset({(jhunjhunu.pk, "administrator")}),
    )  # fmt: skip
    contact_tests.send(control_room, by=administrator, at=monday + 2 * MINUTE)
    entries = RegisterEntry.objects.filter(act="contact_tested").order_by("pk")
    assert [(entry.subject, entry.unit) for entry in entries] == [("contact:RJ-JHUNJHUNU/control_room", jhunjhunu)] * 2


def test_nobody_sees_a_test_among_the_messages_of_cases(control_room: Contact, desk: Actor, monday: datetime) -> None:
    contact_tests.send(control_room, by=desk, at=monday)
    cell = officer(None, Sight.CELL, state_id=control_room.unit.state_id)
    for who in (desk, cell):
        with reach_of(who):
            assert not Message.objects.exists()
    with (
        reach_of(Actor(kind=Kind.OFFICER, label="x", name="x", sight=Sight.GROUND)),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
    ):
        Message.objects.exists()


def test_only_a_test_may_be_about_no_case(control_room: Contact, desk: Actor, monday: datetime, owe) -> None:
    with pytest.raises(IntegrityError, match="about_a_case_or_a_number"):
        owe((control_room, "sms"), about_id=None)
