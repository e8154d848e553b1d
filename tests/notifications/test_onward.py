"""A channel that fails leads to the next in time, a call is made again until it is answered, and an end has a name."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from pytest_django import Settings

from districts.actors import CLOCK
from districts.models import Contact
from districts.reach import reach_of
from notifications import outbox, queries
from notifications.delivery import claim_due
from notifications.lanes import Office
from notifications.life import HORIZON, LONG_HORIZON
from notifications.models import Message
from notifications.receipts import Unknown
from tests.notifications.conftest import Owe, about, deliver, hear, now
from tests.notifications.gateways import GatewayServer, Manner

ROUTINE = {"reference": "RJ-4829-1736", "urgency": "P2"}
NOBODY = "http://127.0.0.1:9/nobody"


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def ring(office: Office, start: datetime, until: float, *channels: str, step: float = 5) -> None:
    """Let the clock go on in steps, delivering what is due at each."""
    second = 0.0
    while second <= until:
        deliver(office, start + seconds(second), *channels)
        second += step


def calls(message: Message) -> list[tuple[float, str]]:
    """Return when the post was called, in seconds since the first message, and what came of each call."""
    found = [one for one in about(message) if one.channel == "voice"]
    return [((one.first_try_at - message.created_at).total_seconds(), one.state) for one in found if one.first_try_at]


# ---- the next channel ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "manner",
    [Manner(after_s=2), Manner(status=503), Manner(drop=True), Manner(body=b"<html>"), Manner(drip=True), None],
    ids=["hangs", "says no for now", "drops", "lies", "drips", "is not there"],
)
def test_a_post_hears_of_an_urgent_matter_within_a_minute_whatever_both_providers_do(
    owe: Owe, office: Office, control_room: Contact, settings: Settings, sms: GatewayServer, sms_2: GatewayServer,
    voice: GatewayServer, in_haste: None, monday: datetime, manner: Manner | None,
) -> None:  # fmt: skip
    """The clock goes ten times as fast, and so does a gateway's half second of patience: it is five."""
    if manner is None:
        settings.SMS_GATEWAY_URL = settings.SMS_GATEWAY_URL_2 = NOBODY
    else:
        sms.manner = sms_2.manner = manner
    (message,) = owe((control_room, "sms"))
    began = time.monotonic()

    def clock() -> datetime:
        return monday + 10 * timedelta(seconds=time.monotonic() - began)

    while not voice.asked and clock() < monday + seconds(300):
        office.deliver(clock=clock, for_s=0.5)
    (stand_in,) = [one for one in about(message) if one.channel == "voice"]
    assert stand_in.instead_of_id == message.pk
    assert stand_in.created_at - message.created_at <= seconds(60)
    assert voice.ids == [str(stand_in.pk)]
    assert manner is None or {*sms.ids, *sms_2.ids} == {str(message.pk)}


def test_what_is_not_urgent_wakes_nobody_and_is_tried_for_a_day(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, voice: GatewayServer, monday: datetime
) -> None:
    sms.manner = Manner(status=503)
    (message,) = owe((control_room, "sms"), facts=ROUTINE)
    ring(office, monday, 600)
    assert voice.asked == []
    assert now(message).state == "queued"
    deliver(office, monday + HORIZON)
    assert now(message).state == "queued"
    assert voice.asked  # after half an hour another channel carries it as well
    deliver(office, monday + LONG_HORIZON)
    assert (now(message).state, now(message).last_error[:8]) == ("failed", "given up")


# ---- calling again ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["no_answer", "failed"])
def test_a_post_that_does_not_answer_is_called_again_as_a_call_of_its_own(
    owe: Owe, office: Office, control_room: Contact, voice: GatewayServer, sms: GatewayServer, monday: datetime,
    status: str,
) -> None:  # fmt: skip
    owe((control_room, "sms"))
    (message,) = owe((control_room, "voice"))
    deliver(office, monday)
    hear(message, status, at=monday + seconds(30))
    deliver(office, monday + seconds(89))
    assert len(voice.asked) == 1
    deliver(office, monday + seconds(90))
    first, second = voice.asked
    assert first.id != second.id
    assert first.body["text"] == second.body["text"]
    (again,) = [one for one in about(message) if one.turn]
    assert (str(again.pk), again.instead_of_id, again.turn) == (second.id, message.pk, 1)


def test_it_is_called_again_and_again_with_longer_pauses_until_an_hour_is_over(
    owe: Owe, office: Office, control_room: Contact, voice: GatewayServer, sms: GatewayServer, monday: datetime
) -> None:
    (message,) = owe((control_room, "voice"))
    called = [monday]
    deliver(office, monday, "voice")
    hear(message, "no_answer", at=monday)
    while last := [one for one in about(message) if one.call_again_at]:
        (at,) = [one.call_again_at for one in last if one.call_again_at]
        deliver(office, at - seconds(1), "voice")
        assert len(voice.asked) == len(called)
        deliver(office, at, "voice")
        called.append(at)
        (call,) = [one for one in about(message) if one.state == "accepted" and one.channel == "voice"]
        hear(call, "no_answer", at=at)
    pauses = [(after - before).total_seconds() for before, after in pairwise(called)]
    assert pauses[:6] == [60, 60, 120, 180, 300, 300]
    assert timedelta(minutes=45) < called[-1] - called[0] <= timedelta(hours=1)
    assert len(set(voice.ids)) == len(voice.ids) == len(called)


def test_a_gateway_that_takes_a_call_and_says_no_more_of_it_has_not_reached_anybody(
    owe: Owe, office: Office, control_room: Contact, voice: GatewayServer, sms: GatewayServer, monday: datetime
) -> None:
    (message,) = owe((control_room, "voice"))
    deliver(office, monday)
    deliver(office, monday + seconds(89))
    assert now(message).state == "accepted"
    deliver(office, monday + seconds(90))
    assert (now(message).state, now(message).last_error) == ("failed", "nothing was heard of the call")
    deliver(office, monday + seconds(150))
    assert len(set(voice.ids)) == 2
    # Nobody answered, so the post has an SMS as well.
    assert len(sms.asked) == 1


@pytest.mark.parametrize("status", ["answered", "key"])
def test_who_answers_is_not_called_again(
    owe: Owe, office: Office, control_room: Contact, voice: GatewayServer, sms: GatewayServer, monday: datetime,
    status: str,
) -> None:  # fmt: skip
    """Also when the word of it comes late: the telephone was answered, and the gateway took its time."""
    owe((control_room, "sms"))
    (message,) = owe((control_room, "voice"))
    deliver(office, monday)
    deliver(office, monday + seconds(90))
    assert now(message).call_again_at == monday + seconds(150)
    heard = hear(message, status, at=monday + seconds(100), key="1")
    assert (heard.pk, heard.state, heard.call_again_at) == (message.pk, "delivered", None)
    deliver(office, monday + timedelta(hours=2))
    assert len(voice.asked) == 1


def test_the_second_call_that_is_answered_ends_it_all(
    owe: Owe, office: Office, control_room: Contact, voice: GatewayServer, sms: GatewayServer, monday: datetime
) -> None:
    sms.manner = Manner(status=503)
    text, message = owe((control_room, "sms"), (control_room, "voice"))
    deliver(office, monday)
    hear(message, "no_answer", at=monday + seconds(20))
    deliver(office, monday + seconds(80), "voice")
    (redial,) = [one for one in about(message) if one.turn]
    hear(redial, "answered", at=monday + seconds(90))
    ring(office, monday + seconds(90), 3600, "voice", step=60)
    assert len(voice.asked) == 2
    assert now(text).state == "queued"  # nobody was owed the call in place of this SMS: it has its own way to go


def test_a_matter_that_is_in_hand_rings_nobody_any_more(
    owe: Owe, office: Office, control_room: Contact, voice: GatewayServer, sms: GatewayServer, monday: datetime
) -> None:
    (message,) = owe((control_room, "voice"))
    (other,) = owe((control_room, "voice"), group="forwarding:2")
    deliver(office, monday)
    hear(message, "no_answer", at=monday + seconds(10))
    hear(other, "no_answer", at=monday + seconds(10))
    with reach_of(CLOCK):
        # The SMS that was owed as nobody answered; and the next call is not made.
        assert outbox.cancel(group=message.group, at=monday + seconds(20)) == 1
    assert sorted((one.state, one.call_again_at) for one in about(message)) == [("cancelled", None), ("failed", None)]
    ring(office, monday + seconds(20), 900, step=30)
    assert {str(one.pk) for one in about(message)} & set(voice.ids) == {str(message.pk)}
    # Whom it does not concern is called on.
    assert len({str(one.pk) for one in about(other)} & set(voice.ids)) > 2


def test_a_call_on_its_way_while_the_matter_is_taken_in_hand_is_the_last_one(
    owe: Owe, office: Office, control_room: Contact, voice: GatewayServer, sms: GatewayServer, monday: datetime
) -> None:
    (message,) = owe((control_room, "voice"))
    deliver(office, monday)
    with reach_of(CLOCK):
        outbox.cancel(group=message.group, at=monday + seconds(5))
    hear(message, "no_answer", at=monday + seconds(30))
    ring(office, monday, 900, step=30)
    assert len(voice.asked) == 1
    assert len(about(message)) == 1


def test_a_receipt_for_one_call_says_nothing_of_another(
    owe: Owe, office: Office, control_room: Contact, voice: GatewayServer, sms: GatewayServer, monday: datetime
) -> None:
    (message,) = owe((control_room, "voice"))
    deliver(office, monday)
    hear(message, "no_answer", at=monday)
    deliver(office, monday + seconds(60))
    (redial,) = [one for one in about(message) if one.turn]
    forged = Message(pk=message.pk, token=redial.token)
    with pytest.raises(Unknown):
        hear(forged, "answered", at=monday + seconds(61))
    hear(message, "no_answer", at=monday + seconds(62))  # twice
    assert now(redial).state == "accepted"
    assert len([one for one in about(message) if one.turn]) == 1


# ---- dead ends ----------------------------------------------------------------------------------------------


def dead(at: datetime) -> list[tuple[str, str]]:
    with reach_of(CLOCK):
        return [(one.to_ref.rpartition("/")[2], one.dead_end) for one in queries.dead_ends_open(at=at)]


def without_mail(contact: Contact) -> Contact:
    Contact.objects.filter(pk=contact.pk).update(email="")
    contact.refresh_from_db()
    return contact


def test_a_post_with_no_number_and_no_address_is_a_dead_end(
    owe: Owe, control_room: Contact, sp: Contact, monday: datetime
) -> None:
    control_room.phone = control_room.email = ""
    owe((control_room, "sms"), (control_room, "voice"), (sp, "sms"))
    assert dead(monday) == [("control_room", "no_address")]


def test_when_all_say_no_it_is_a_dead_end_and_the_first_one_that_gets_through_ends_it(
    owe: Owe, office: Office, control_room: Contact, sp: Contact, sms: GatewayServer, voice: GatewayServer,
    monday: datetime,
) -> None:  # fmt: skip
    without_mail(control_room)
    owe((sp, "sms"))
    deliver(office, monday)
    sms.manner = voice.manner = Manner(status=400)
    text, call = owe((control_room, "sms"), (control_room, "voice"))
    deliver(office, monday)
    assert dead(monday) == [("control_room", "exhausted")]
    with reach_of(CLOCK):
        assert list(queries.dead_ends_open(at=monday, units=["RJ-KOTA"])) == []
    # A gateway that had said no and brings it after all: the record must not deny it.
    for one in (text, call):
        with pytest.raises(Unknown):
            hear(one, "delivered", at=monday)
    assert {now(text).state, now(call).state} == {"failed"}


def test_while_nothing_gets_through_the_cell_knows_it_before_it_is_given_up(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, voice: GatewayServer, monday: datetime
) -> None:
    without_mail(control_room)
    sms.manner = voice.manner = Manner(status=503)
    owe((control_room, "sms"), (control_room, "voice"))
    ring(office, monday, 60)
    assert dead(monday + seconds(60)) == [("control_room", "waiting")]

    sms.manner = Manner()
    deliver(office, monday + timedelta(minutes=5))
    assert dead(monday + timedelta(minutes=5)) == []


def test_who_never_answers_is_a_dead_end_only_when_nothing_else_reached_them(
    owe: Owe, office: Office, control_room: Contact, sp: Contact, sms: GatewayServer, voice: GatewayServer,
    monday: datetime,
) -> None:  # fmt: skip
    without_mail(control_room)
    owe((sp, "voice"))
    sms.then(Manner(status=400))
    owe((control_room, "sms"), (control_room, "voice"))
    at = monday
    for _ in range(3):
        deliver(office, at)
        with reach_of(CLOCK):
            rung = list(Message.objects.filter(channel="voice", state="accepted"))
        for one in rung:
            hear(one, "no_answer", at=at)
        at += seconds(120)
    assert dead(at) == [("control_room", "unanswered")]  # the SP has the SMS that was owed in the call's place


def test_a_dead_end_of_a_matter_in_hand_is_nobodys_worry(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, voice: GatewayServer, monday: datetime
) -> None:
    without_mail(control_room)
    sms.manner = voice.manner = Manner(status=400)
    (message,) = owe((control_room, "sms"))
    deliver(office, monday)
    assert len(dead(monday)) == 1
    with reach_of(CLOCK):
        outbox.cancel(group=message.group, at=monday)
    assert dead(monday) == []
    assert dead(monday + timedelta(days=1)) == []


def test_a_message_that_is_given_up_after_hours_says_so(
    owe: Owe, office: Office, control_room: Contact, settings: Settings, monday: datetime
) -> None:
    settings.SMS_GATEWAY_URL = settings.VOICE_GATEWAY_URL = NOBODY
    without_mail(control_room)
    owe((control_room, "sms"), (control_room, "voice"))
    ring(office, monday, HORIZON.total_seconds() + 600, step=120)
    with reach_of(CLOCK):
        assert set(Message.objects.values_list("state", flat=True)) == {"failed"}
        ends = set(Message.objects.exclude(dead_end="").values_list("dead_end", flat=True))
    assert ends == {"given_up"}


def test_dead_ends_are_found_by_their_own_index(owe: Owe, control_room: Contact, monday: datetime) -> None:
    with reach_of(CLOCK), connection.cursor() as cursor:
        # Else a table with two rows is read from end to end.
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = queries.dead_ends_open(at=monday).select_related(None).explain()
    assert "message_dead_end_open" in plan


def test_two_workers_count_a_silent_call_once(
    owe: Owe, control_room: Contact, voice: GatewayServer, sms: GatewayServer, monday: datetime
) -> None:
    (message,) = owe((control_room, "voice"))
    offices = [Office(), Office()]
    deliver(offices[0], monday)
    for office in offices:
        deliver(office, monday + seconds(95))
    for office in offices:
        deliver(office, monday + seconds(160))
    assert [one.turn for one in about(message) if one.channel == "voice"] == [0, 1]
    assert len(voice.asked) == 2
    assert claim_due(channel="voice", at=monday + seconds(170), limit=5) == []


def test_a_call_that_was_answered_late_ends_the_calls_of_other_steps_as_well(
    owe: Owe, office: Office, control_room: Contact, sp: Contact, voice: GatewayServer, sms: GatewayServer,
    monday: datetime,
) -> None:  # fmt: skip
    """The post has picked up: it is not rung again for the same matter. Another post is."""
    first, second, other = owe((control_room, "voice")) + owe((control_room, "voice")) + owe((sp, "voice"))
    deliver(office, monday)
    for one in (first, second, other):
        hear(one, "no_answer", at=monday)
    hear(second, "answered", at=monday + seconds(5))
    assert [now(one).call_again_at is None for one in (first, second, other)] == [True, True, False]
    deliver(office, monday + seconds(60))
    assert [one.body["to"] for one in voice.asked].count(control_room.phone) == 2


def test_an_acknowledgement_at_the_moment_of_the_next_call_leaves_no_call_behind(
    owe: Owe, control_room: Contact, voice: GatewayServer, sms: GatewayServer, monday: datetime
) -> None:
    messages = [owe((control_room, "voice"), group=f"forwarding:{number}")[0] for number in range(40)]
    office = Office()
    deliver(office, monday)
    for message in messages:
        hear(message, "no_answer", at=monday)

    def acknowledge() -> None:
        for message in messages:
            with reach_of(CLOCK):
                outbox.cancel(group=message.group, at=monday + seconds(60))
        connection.close()

    thread = threading.Thread(target=acknowledge)
    thread.start()
    deliver(office, monday + seconds(60))
    thread.join()
    known = len(voice.asked)
    ring(office, monday + seconds(60), 900, step=60)
    assert len(voice.asked) == known
    with reach_of(CLOCK):
        assert not Message.objects.filter(call_again_at__isnull=False).exists()
        assert not Message.objects.filter(state__in=["queued", "sending"]).exists()
