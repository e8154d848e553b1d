"""Two providers of a channel: what the first does not take the second gets, and nobody gets it twice for nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from districts.actors import CLOCK
from districts.models import Contact
from districts.reach import reach_of
from notifications import breaker, queries
from notifications.delivery import claim_due
from notifications.lanes import Office, deliver_one
from notifications.models import Attempt, Message, Provider
from notifications.receipts import Receipt, Status, take
from tests.notifications.conftest import Owe, about, deliver, hear, now, tries
from tests.notifications.gateways import GatewayServer, Manner

NOBODY = "http://127.0.0.1:9/nobody"


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("manner", "outcome"),
    [
        (Manner(status=400), "refused"),
        (Manner(status=401), "refused"),
        (Manner(status=404), "refused"),
        (Manner(status=429, headers={"Retry-After": "600"}), "unreachable"),
        (Manner(status=302), "unreachable"),
    ],
)
def test_what_the_first_provider_certainly_did_not_take_the_second_gets_at_once_under_the_same_id(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, sms_2: GatewayServer, voice: GatewayServer,
    monday: datetime, manner: Manner, outcome: str,
) -> None:  # fmt: skip
    sms.manner = manner
    (message,) = owe((control_room, "sms"))
    deliver(office, monday)
    assert (sms.ids, sms_2.ids) == ([str(message.pk)], [str(message.pk)])
    assert tries(message) == [("sms", outcome), ("sms-2", "accepted")]
    assert (now(message).state, now(message).provider) == ("accepted", "sms-2")
    # The next channel is not troubled while this one still has a provider.
    deliver(office, monday + timedelta(minutes=5))
    assert voice.asked == []
    assert len(about(message)) == 1


def test_a_provider_that_is_not_there_costs_no_time(
    owe: Owe, office: Office, control_room: Contact, settings: Settings, sms_2: GatewayServer, monday: datetime
) -> None:
    settings.SMS_GATEWAY_URL = NOBODY
    (message,) = owe((control_room, "sms"))
    deliver(office, monday)
    assert tries(message) == [("sms", "unreachable"), ("sms-2", "accepted")]
    assert now(message).first_try_at == monday


@pytest.mark.parametrize("manner", [Manner(status=500), Manner(drop=True), Manner(after_s=2), Manner(body=b"yes")])
def test_who_may_have_taken_it_is_asked_again_before_anybody_else_could_send_it_twice(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, sms_2: GatewayServer, in_haste: None,
    monday: datetime, manner: Manner,
) -> None:  # fmt: skip
    sms.then(manner)
    (message,) = owe((control_room, "sms"))
    deliver(office, monday)
    assert sms_2.asked == []
    deliver(office, monday + seconds(2))
    assert sms.ids == [str(message.pk)] * 2
    assert sms_2.asked == []
    assert now(message).state == "accepted"


def test_who_stays_unclear_is_not_waited_for_when_it_is_urgent(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, sms_2: GatewayServer, in_haste: None,
    monday: datetime,
) -> None:  # fmt: skip
    """A message too many does less harm than silence."""
    sms.manner = Manner(after_s=2)
    (message,) = owe((control_room, "sms"))
    deliver(office, monday)
    deliver(office, monday + seconds(2))
    assert tries(message) == [("sms", "unanswered"), ("sms", "unanswered"), ("sms-2", "accepted")]
    assert sms_2.ids == [str(message.pk)]


def test_what_is_not_urgent_waits_longer_for_a_clear_word(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, sms_2: GatewayServer, monday: datetime
) -> None:
    sms.manner = Manner(status=503)
    (message,) = owe((control_room, "sms"), facts={"reference": "RJ-4829-1736", "urgency": "P2"})
    for second in (0, 2, 6):
        deliver(office, monday + seconds(second))
    assert (len(sms.asked), sms_2.asked) == (3, [])
    deliver(office, monday + seconds(14))
    assert sms_2.ids == [str(message.pk)]


def test_when_both_refuse_it_for_good_the_next_channel_is_told_at_once(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, sms_2: GatewayServer, voice: GatewayServer,
    monday: datetime,
) -> None:  # fmt: skip
    sms.manner = sms_2.manner = Manner(status=400)
    (message,) = owe((control_room, "sms"))
    deliver(office, monday)
    assert [len(server.asked) for server in (sms, sms_2, voice)] == [1, 1, 1]
    assert [(one.channel, one.state) for one in about(message)] == [("sms", "failed"), ("voice", "accepted")]


def test_whom_it_was_given_to_is_written_down_before_the_call(
    owe: Owe, control_room: Contact, sms: GatewayServer, sms_2: GatewayServer, monday: datetime
) -> None:
    """Its sender is killed now: whoever takes it over must know who may have it."""
    (message,) = owe((control_room, "sms"))
    (claimed,) = claim_due(channel="sms", at=monday, limit=1)
    assert tries(message) == [("sms", "")]
    assert sms.asked == []
    assert now(claimed).state == "sending"
    (again,) = claim_due(channel="sms", at=monday + seconds(30), limit=1)
    deliver_one(again, clock=lambda: monday + seconds(30))
    assert tries(message) == [("sms", "abandoned"), ("sms", "accepted")]
    assert sms_2.asked == []


def test_what_a_provider_took_and_did_not_bring_another_one_brings(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, sms_2: GatewayServer, voice: GatewayServer,
    monday: datetime,
) -> None:  # fmt: skip
    (message,) = owe((control_room, "sms"))
    deliver(office, monday)
    hear(message, "failed", at=monday + seconds(9))
    deliver(office, monday + seconds(9))
    assert sms_2.ids == [str(message.pk)]
    assert voice.asked == []
    assert now(message).state == "accepted"


def test_after_five_failures_in_a_row_nothing_more_is_given_to_a_provider(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, sms_2: GatewayServer, monday: datetime
) -> None:
    sms.manner = Manner(status=429)
    for _ in range(5):
        owe((control_room, "sms"))
    deliver(office, monday)
    with reach_of(CLOCK):
        shut, fine = queries.providers()
        assert (shut.name, shut.failures, shut.opened_at, shut.last_error) == (
            "sms", 5, monday, "the gateway answered 429",
        )  # fmt: skip
        assert (fine.name, fine.failures, fine.opened_at, fine.last_ok_at) == ("sms-2", 0, None, monday)

    for _ in range(10):
        owe((control_room, "sms"))
    deliver(office, monday + seconds(1))
    assert (len(sms.asked), len(sms_2.asked)) == (5, 15)


def test_four_failures_and_a_yes_are_no_outage(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, sms_2: GatewayServer, monday: datetime
) -> None:
    for round_ in range(3):
        sms.then(*[Manner(status=429)] * 4)
        for _ in range(5):
            owe((control_room, "sms"))
            deliver(office, monday + seconds(round_))
    with reach_of(CLOCK):
        assert [row.opened_at for row in queries.providers()] == [None, None]


def test_a_shut_provider_is_tried_by_one_message_at_a_time_until_it_answers(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, sms_2: GatewayServer, monday: datetime
) -> None:
    sms.manner = Manner(status=429)
    for _ in range(5):
        owe((control_room, "sms"))
    deliver(office, monday)
    for _ in range(10):
        owe((control_room, "sms"))
    deliver(office, monday + seconds(6))
    assert len(sms.asked) == 6
    assert len(sms_2.asked) == 15

    sms.manner = Manner()
    for second in (12, 13):
        owe((control_room, "sms"))
        deliver(office, monday + seconds(second))
    assert len(sms.asked) == 8
    with reach_of(CLOCK):
        assert [row.opened_at for row in queries.providers()] == [None, None]


def test_two_processes_make_one_trial(control_room: Contact, sms: GatewayServer, monday: datetime) -> None:
    with reach_of(CLOCK):
        Provider.objects.create(name="sms", channel="sms", failures=9, opened_at=monday, probe_at=monday)
    won: list[bool] = []

    def try_it() -> None:
        with reach_of(CLOCK):
            won.append(breaker.take_trial("sms", at=monday))
        connection.close()

    _together(*[try_it] * 6)
    assert sorted(won) == [False] * 5 + [True]


def test_behind_a_dead_channel_nobody_waits_in_line_until_it_is_too_late(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, voice: GatewayServer, in_haste: None,
    monday: datetime,
) -> None:  # fmt: skip
    """Both of a channel hang, sixty matters wait, and one at a time would keep the last of them for minutes."""
    sms.manner = Manner(after_s=2)
    owed = [message for _ in range(60) for message in owe((control_room, "sms"))]
    for second in range(0, 60, 2):
        deliver(office, monday + seconds(second))
    called = {asked.body["id"] for asked in voice.asked}
    with reach_of(CLOCK):
        stand_ins = list(Message.objects.filter(channel="voice"))
    assert {one.instead_of_id for one in stand_ins} == {message.pk for message in owed}
    assert {str(one.pk) for one in stand_ins} == called
    assert max(one.created_at for one in stand_ins) <= monday + seconds(60)
    # Sixteen set out before anybody knew, then one each five seconds.
    assert len(sms.asked) <= 16 + 12 + 1


def test_what_waited_for_a_dead_channel_goes_as_soon_as_it_answers(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    sms.manner = Manner(status=429)
    messages = [message for _ in range(20) for message in owe((control_room, "sms"))]
    for second in range(20):
        deliver(office, monday + seconds(second), "sms")
    assert len(sms.asked) < 30
    sms.manner = Manner()
    deliver(office, monday + seconds(26), "sms")
    with reach_of(CLOCK):
        assert Message.objects.filter(pk__in=[m.pk for m in messages]).exclude(state="accepted").count() == 0


def test_practice_rings_the_demo_telephones_while_the_gateway_is_out(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    sms.manner = Manner(status=429)
    for _ in range(5):
        owe((control_room, "sms"))
    deliver(office, monday)
    (practice,) = owe((control_room, "sms"), practice=True)
    deliver(office, monday + seconds(1))
    assert now(practice).state == "delivered"
    assert len(sms.asked) == 5


def test_a_wrong_number_says_nothing_of_the_provider_and_a_wrong_key_does(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, sms_2: GatewayServer, monday: datetime
) -> None:
    sms.manner = Manner(status=400)
    for _ in range(8):
        owe((control_room, "sms"))
    deliver(office, monday)
    with reach_of(CLOCK):
        assert queries.providers()[0].opened_at is None
    sms.manner = Manner(status=403)
    for _ in range(5):
        owe((control_room, "sms"))
    deliver(office, monday)
    with reach_of(CLOCK):
        assert queries.providers()[0].opened_at == monday


def test_an_answer_of_the_first_that_comes_after_the_second_took_it_changes_nothing(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, sms_2: GatewayServer, monday: datetime
) -> None:
    """Its receipt may say what it likes: the present try is the other one's."""
    sms.then(Manner(drop=True), Manner(drop=True))
    (message,) = owe((control_room, "sms"))
    deliver(office, monday)
    deliver(office, monday + seconds(2))
    assert [name for name, _ in tries(message)] == ["sms", "sms", "sms-2"]
    take(message.token, Receipt(message.pk, "of-the-first", Status.FAILED), at=monday + seconds(3))
    assert now(message).state == "accepted"
    with reach_of(CLOCK):
        assert [one.heard for one in Attempt.objects.filter(message=message).order_by("number")] == ["", "failed", ""]


def _together(*work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
