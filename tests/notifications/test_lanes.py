"""A channel that hangs holds up no other; many workers send each message once; what is cancelled stays at home."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper

from districts.actors import CLOCK
from districts.models import Contact
from districts.reach import reach_of
from notifications import outbox, tasks
from notifications.lanes import Office
from notifications.models import Attempt, Message
from tests.notifications.conftest import Owe, now
from tests.notifications.gateways import GatewayServer, Manner


def clock() -> datetime:
    return datetime.now(UTC)


def _reconnect(to: dict[str, object]) -> None:
    database = connections["default"]
    assert isinstance(database, DatabaseWrapper)
    database.close()
    database.close_pool()
    database.settings_dict.update(to)


def in_threads(*work: Callable[[], object]) -> None:
    def run(one: Callable[[], object]) -> None:
        try:
            one()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        for done in [pool.submit(run, one) for one in work]:
            done.result()


def test_a_hanging_sms_gateway_does_not_delay_a_call(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, voice: GatewayServer
) -> None:
    sms.manner = Manner(after_s=30)
    for _ in range(40):
        owe((control_room, "sms"), at=clock())
    called = owe((control_room, "voice"), at=clock())
    office.deliver(clock=clock, for_s=3)
    assert now(called[0]).state == "accepted"

    later = owe((control_room, "voice"), at=clock())
    office.deliver(clock=clock, for_s=3)
    assert now(later[0]).state == "accepted"
    with reach_of(CLOCK):
        assert not Message.objects.filter(channel="sms", state="accepted").exists()


def test_a_dead_gateway_is_knocked_at_and_not_stormed(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    sms.manner = Manner(status=503)
    for _ in range(60):
        owe((control_room, "sms"))
    for _ in range(3):
        for lane in office.lanes.values():
            lane.step(lambda: monday)
        while office.lanes["sms"].flights and not all(f.done() for f in office.lanes["sms"].flights):
            time.sleep(0.01)
    assert len(sms.asked) <= 18

    sms.manner = Manner()
    # One message tries the gateway, and with its answer the others go.
    office.deliver(clock=lambda: monday + timedelta(seconds=10), for_s=10)
    with reach_of(CLOCK):
        assert Message.objects.filter(state="accepted").count() >= 40


def test_a_burst_of_five_hundred_goes_out_side_by_side(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer
) -> None:
    for _ in range(500):
        owe((control_room, "sms"), at=clock())
    sms.manner = Manner(after_s=0.05)
    began = time.monotonic()
    office.deliver(clock=clock, for_s=30)
    assert len(set(sms.ids)) == len(sms.ids) == 500
    # One after the other they would take the gateway alone twenty-five seconds. The budget is judged by the bench.
    assert sms.asked[-1].at - began < 20


def test_four_workers_send_each_message_once(
    owe: Owe, control_room: Contact, sms: GatewayServer, voice: GatewayServer
) -> None:
    for _ in range(100):
        owe((control_room, "sms"), (control_room, "voice"), at=clock())
    offices = [Office() for _ in range(4)]
    in_threads(*[lambda office=office: office.deliver(clock=clock, for_s=30) for office in offices])
    assert len(sms.ids) == len(set(sms.ids)) == 100
    assert len(voice.ids) == len(set(voice.ids)) == 100
    with reach_of(CLOCK):
        assert set(Message.objects.values_list("state", "attempts")) == {("accepted", 1)}


def test_one_thread_works_while_others_ask_and_nothing_is_left_over(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer
) -> None:
    """Each asks right after it has owed, as a nudge does; whoever finds the office busy must not be forgotten."""

    def owe_and_ask() -> None:
        for _ in range(20):
            owe((control_room, "sms"), at=clock())
            office.deliver(clock=clock, for_s=5)

    in_threads(*[owe_and_ask] * 4)
    assert len(sms.ids) == len(set(sms.ids)) == 80


def test_what_hangs_when_the_time_is_over_is_met_the_next_time(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    (message,) = owe((control_room, "sms"))
    sms.then(Manner(after_s=0.6))
    office.deliver(clock=lambda: monday, for_s=0.1)
    assert now(message).state == "sending"
    office.deliver(clock=lambda: monday, for_s=5)
    assert now(message).state == "accepted"
    assert len(sms.asked) == 1


def test_an_answer_that_could_not_be_written_down_is_written_down_later(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime, monkeypatch
) -> None:
    (message,) = owe((control_room, "sms"))
    sms.then(Manner(after_s=0.3))
    office.deliver(clock=lambda: monday, for_s=0.1)
    time.sleep(0.5)
    there = dict(connection.settings_dict)
    elsewhere = {"PORT": "9", "OPTIONS": {"pool": {"timeout": 0.3}}}
    _reconnect(there | elsewhere)
    with pytest.raises(OperationalError):
        office.deliver(clock=lambda: monday, for_s=0.1)
    _reconnect(there)

    office.deliver(clock=lambda: monday, for_s=5)
    assert now(message).state == "accepted"
    assert len(sms.asked) == 1


def test_a_wire_that_never_comes_back_is_given_up(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime, monkeypatch
) -> None:
    (message,) = owe((control_room, "sms"))
    monkeypatch.setattr("notifications.lanes.PATIENCE_S", 0.3)
    sms.then(Manner(after_s=4))
    office.deliver(clock=lambda: monday, for_s=2)
    assert (now(message).state, now(message).last_error) == ("queued", "no answer in time")
    office.deliver(clock=lambda: monday + timedelta(seconds=2), for_s=2)
    assert now(message).state == "accepted"


def test_acknowledging_while_the_wires_hum_leaves_nobody_in_doubt(
    owe: Owe, control_room: Contact, sms: GatewayServer, voice: GatewayServer
) -> None:
    """
    Each of sixty groups is cancelled at some moment while two workers deliver.

    What was cancelled before anybody took it never reaches a gateway, now or later; what a gateway took is accepted.
    """
    sms.manner = voice.manner = Manner(after_s=0.02)
    groups = [f"forwarding:{number}" for number in range(60)]
    for group in groups:
        owe((control_room, "sms"), (control_room, "voice"), group=group, at=clock())
    committed: dict[str, float] = {}

    def cancel() -> None:
        for group in groups[1:]:  # the first is left alone: one is accepted however the threads are woken
            with reach_of(CLOCK):
                outbox.cancel(group=group, at=clock())
            committed[group] = time.monotonic()
            time.sleep(0.003)

    with reach_of(CLOCK):  # and the last is cancelled before anybody can take it
        outbox.cancel(group=groups[-1], at=clock())
    offices = [Office(), Office()]
    in_threads(cancel, *[lambda office=office: office.deliver(clock=clock, for_s=20) for office in offices])
    for office in offices:
        office.deliver(clock=lambda: clock() + timedelta(seconds=60), for_s=5)

    asked = {one.id: one.at for one in sms.asked + voice.asked}
    assert len(asked) == len(sms.asked) + len(voice.asked)
    with reach_of(CLOCK):
        messages = list(Message.objects.all())
    assert {m.state for m in messages} == {"accepted", "cancelled"}
    assert {str(m.pk) for m in messages if m.state == "accepted"} == set(asked)
    raced = [m for m in messages if m.group in committed and str(m.pk) in asked]
    # Those on their way at that very moment may arrive a moment later; none sets out afterwards.
    assert max((asked[str(m.pk)] - committed[m.group] for m in raced), default=0) < 5


def test_a_stand_in_that_is_being_added_does_not_escape_the_cancellation(
    owe: Owe, control_room: Contact, sms: GatewayServer
) -> None:
    """Every SMS is refused, and a call is owed instead, while its group is being cancelled."""
    sms.manner = Manner(status=400)
    groups = [f"forwarding:{number}" for number in range(80)]
    for group in groups:
        owe((control_room, "sms"), group=group, at=clock())
    office = Office()

    def cancel() -> None:
        for group in groups:
            with reach_of(CLOCK):
                outbox.cancel(group=group, at=clock())

    in_threads(lambda: office.deliver(clock=clock, for_s=20, channels=["sms"]), cancel)
    with reach_of(CLOCK):
        left = Message.objects.filter(state__in=["queued", "sending"]).values_list("group", "channel")
        assert list(left) == []
        assert Attempt.objects.filter(ended_at=None).count() == 0


def test_watch_delivers_everything_when_celery_is_silent(
    owe: Owe, control_room: Contact, sms: GatewayServer, voice: GatewayServer
) -> None:
    owe((control_room, "sms"), (control_room, "voice"), (control_room, "email"), at=clock())
    tasks.deliver_everything_due(at=clock())
    with reach_of(CLOCK):
        assert set(Message.objects.values_list("channel", "state")) == {
            ("sms", "accepted"), ("voice", "accepted"), ("email", "delivered"),
        }  # fmt: skip


def test_the_tasks_deliver(owe: Owe, control_room: Contact, sms: GatewayServer, voice: GatewayServer) -> None:
    first, second, third = [
        *owe((control_room, "sms"), (control_room, "voice"), at=clock()),
        *owe((control_room, "voice"), at=clock()),
    ]
    tasks.deliver(message=str(third.pk))
    tasks.deliver(message=str(third.pk))
    assert (sms.ids, voice.ids) == ([], [str(third.pk)])
    tasks.deliver_due(channel="sms", a_later_argument=1)
    assert (sms.ids, voice.ids) == ([str(first.pk)], [str(third.pk)])
    tasks.deliver_due()
    assert voice.ids == [str(third.pk), str(second.pk)]


def test_a_lane_leaves_no_thread_waiting_for_it(office: Office, transactional_db: None) -> None:
    before = threading.active_count()
    office.deliver(clock=clock, for_s=5)
    assert threading.active_count() == before
