"""Whoever holds a telephone confirms the test of its number, by a tap or a key; a duty telephone as any other."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from districts import onboarding
from districts.actors import CLOCK, Actor, Kind, Sight
from districts.duty import reached_by
from districts.models import Contact, Duty
from districts.onboarding import SEED
from districts.reach import reach_of
from districts.refusals import JustTested, NothingToTest
from notifications import contact_tests, receipts
from notifications.contact_tests import Tested
from notifications.lanes import Office
from notifications.models import Attempt, Message, NumberLink
from tests.notifications.gateways import GatewayServer
from tests.notifications.test_contact_tests import desk, heard, officer

__all__ = ["desk"]  # a fixture

MINUTE = timedelta(minutes=1)
DUTY_PHONE = "+915550000909"


@pytest.fixture
def turn(control_room: Contact, monday: datetime) -> Duty:
    """A night at which the control room is reached by the duty telephone."""
    return onboarding.add_duty(
        control_room, kind="turn", phone=DUTY_PHONE, begins=monday - 60 * MINUTE, ends=monday + 600 * MINUTE,
        by=SEED, at=monday - 90 * MINUTE,
    )  # fmt: skip


def token_in(text: str) -> str:
    found = re.search(r"/a/([A-Za-z0-9_-]{22})(?= |$)", text)
    assert found, text
    return found[1]


def known(contact: Contact, number: str, by: Actor) -> Tested:
    return contact_tests.of_numbers({contact: {number}}, by=by)[contact.pk, number]


def test_whoever_taps_the_link_of_a_test_verifies_the_number_once(
    control_room: Contact, sp: Contact, desk: Actor, sms: GatewayServer, office: Office, monday: datetime
) -> None:
    contact_tests.send(control_room, by=desk, at=monday, channels=["sms"])
    office.deliver(clock=lambda: monday, for_s=10)
    token = token_in(sms.asked[0].body["text"])
    assert contact_tests.answerable(token[:-1] + "_", at=monday) is None
    link = contact_tests.answerable(token, at=monday)
    assert link is not None
    # Reading it, as a scanner of links does, has changed nothing.
    assert not known(control_room, control_room.phone, desk).is_verified
    assert contact_tests.confirm(link, at=monday + MINUTE) is not None
    found = known(control_room, control_room.phone, desk)
    assert (found.verified_at, found.confirmed_at) == (monday + MINUTE, monday + MINUTE)
    assert contact_tests.confirm(link, at=monday + 2 * MINUTE) is None
    assert contact_tests.answerable(token, at=monday + 2 * MINUTE) is None
    assert known(control_room, control_room.phone, desk) == found
    # The neighbour's number is as unknown as before, and so is this one to a stranger.
    assert not known(sp, sp.phone, desk).is_verified
    stranger = officer(None, Sight.CELL, state_id=control_room.unit.state_id + 1)
    assert contact_tests.of_numbers({control_room: {control_room.phone}}, by=stranger) == {}


def test_a_link_runs_out_after_a_day_and_its_row_is_in_nobodys_sight(
    control_room: Contact, desk: Actor, sms: GatewayServer, office: Office, monday: datetime
) -> None:
    contact_tests.send(control_room, by=desk, at=monday)
    office.deliver(clock=lambda: monday, for_s=10)
    token = token_in(sms.asked[0].body["text"])
    assert contact_tests.answerable(token, at=monday + timedelta(hours=23, minutes=59)) is not None
    link = contact_tests.answerable(token, at=monday)
    assert contact_tests.answerable(token, at=monday + timedelta(hours=24)) is None
    assert link is not None
    assert contact_tests.confirm(link, at=monday + timedelta(hours=24)) is None
    cell = officer(None, Sight.CELL, state_id=control_room.unit.state_id)
    for who in (desk, cell, Actor(kind=Kind.OFFICER, label="x", name="x", sight=Sight.GROUND)):
        with reach_of(who), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            NumberLink.objects.exists()
    with reach_of(CLOCK):
        assert token not in str(list(NumberLink.objects.values_list()))


def test_what_no_gateway_reported_is_verified_by_the_tap_and_ends_a_dead_end(
    control_room: Contact, desk: Actor, sms: GatewayServer, office: Office, monday: datetime
) -> None:
    control_room.email = ""
    control_room.save(update_fields=["email"])
    (message,) = contact_tests.send(control_room, by=desk, at=monday, channels=["sms"])
    office.deliver(clock=lambda: monday, for_s=10)
    heard(message, receipts.Status.FAILED, monday + MINUTE)
    assert not known(control_room, control_room.phone, desk).is_verified
    link = contact_tests.answerable(token_in(sms.asked[0].body["text"]), at=monday + 2 * MINUTE)
    assert link is not None
    contact_tests.confirm(link, at=monday + 2 * MINUTE)
    with reach_of(CLOCK):
        row = Message.objects.get(pk=message.pk)
        assert (row.state, row.dead_end, row.final_at) == ("delivered", "", monday + 2 * MINUTE)
    assert known(control_room, control_room.phone, desk).is_verified


def test_the_call_asks_for_a_key_and_the_key_confirms(
    control_room: Contact, desk: Actor, voice: GatewayServer, office: Office, monday: datetime
) -> None:
    (message,) = contact_tests.send(control_room, by=desk, at=monday, channels=["voice"])
    office.deliver(clock=lambda: monday, for_s=10)
    said = voice.asked[0].body["text"]
    assert "एक दबाएँ" in said
    assert "ज़िम्मेदारी" not in said
    assert "/a/" not in said
    heard(message, receipts.Status.KEY, monday + MINUTE, key="1")
    found = known(control_room, control_room.phone, desk)
    assert (found.verified_at, found.confirmed_at) == (monday + MINUTE, monday + MINUTE)


def test_a_duty_telephone_is_tested_by_sms_and_by_call_and_verified_for_itself(
    control_room: Contact, turn: Duty, desk: Actor, sms: GatewayServer, voice: GatewayServer, office: Office,
    monday: datetime,
) -> None:  # fmt: skip
    messages = contact_tests.send(control_room, by=desk, at=monday, phone=DUTY_PHONE)
    office.deliver(clock=lambda: monday, for_s=10)
    assert [asked.body["to"] for asked in (*sms.asked, *voice.asked)] == [DUTY_PHONE, DUTY_PHONE]
    call = next(message for message in messages if message.channel == "voice")
    heard(call, receipts.Status.KEY, monday + MINUTE, key="1")
    assert known(control_room, DUTY_PHONE, desk).confirmed_at == monday + MINUTE
    # The post's own number was not rung, and nothing is known of it.
    assert known(control_room, control_room.phone, desk) == Tested()
    contact_tests.send(control_room, by=desk, at=monday)  # another number, so nobody has just been tested
    with pytest.raises(JustTested):
        contact_tests.send(control_room, by=desk, at=monday, phone=DUTY_PHONE)


def test_a_number_that_is_none_of_the_posts_is_never_rung(
    control_room: Contact, turn: Duty, desk: Actor, monday: datetime
) -> None:
    with pytest.raises(NothingToTest):
        contact_tests.send(control_room, by=desk, at=monday, phone="+915550000910")
    onboarding.call_off(turn, by=SEED, at=monday)
    with pytest.raises(NothingToTest):
        contact_tests.send(control_room, by=desk, at=monday, phone=DUTY_PHONE)
    with reach_of(CLOCK):
        assert not Message.objects.exists()


def test_a_call_in_vain_to_a_duty_telephone_is_repeated_there_and_not_at_the_desk(
    control_room: Contact, turn: Duty, owe, voice: GatewayServer, sms: GatewayServer, office: Office, monday: datetime
) -> None:
    """The second call, and the SMS in the place of a call, went to the post's own number, where nobody sat."""
    (call,) = owe((reached_by(control_room, DUTY_PHONE), "voice"))
    office.deliver(clock=lambda: monday, for_s=10)
    with reach_of(CLOCK):
        number = Attempt.objects.get(message=call).provider_id
        token = Message.objects.get(pk=call.pk).token
    receipts.take(token, receipts.Receipt(call.pk, number, receipts.Status.NO_ANSWER), at=monday + MINUTE)
    office.deliver(clock=lambda: monday + 3 * MINUTE, for_s=10)
    assert {asked.body["to"] for asked in (*voice.asked, *sms.asked)} == {DUTY_PHONE}
    assert len(voice.asked) >= 2
    assert len(sms.asked) == 1
