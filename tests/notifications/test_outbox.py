"""A message is owed once, in the words of the moment, and can be taken back until somebody has it."""

import threading
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from districts.actors import CLOCK, Actor, Kind, Sight
from districts.models import Contact, Unit
from districts.reach import reach_of
from notifications import outbox, queries
from notifications.channels.wire import Sent
from notifications.delivery import Answer, claim_due, record
from notifications.lanes import Office
from notifications.models import Attempt, Message, Ring
from notifications.wording import Unspeakable
from tests.notifications.conftest import Owe, now
from tests.notifications.gateways import GatewayServer, Manner


def test_each_post_is_told_in_its_own_language(owe: Owe, control_room: Contact, sp: Contact) -> None:
    hindi, english = owe((control_room, "sms"), (sp, "sms"), facts={
        "reference": "RJ-4829-1736", "urgency": "P0", "unit": "RJ-JHUNJHUNU",
    })  # fmt: skip
    assert hindi.text == "RJ-4829-1736 अभी तुरंत: संकट में व्यक्ति। झुंझुनूं के लिए।"
    assert english.text == "RJ-4829-1736 AT ONCE: person in distress. For Jhunjhunu."
    assert (hindi.to_ref, english.to_ref) == ("RJ-JHUNJHUNU/control_room", "RJ-JHUNJHUNU/SP")
    assert {now(hindi).state, now(english).state} == {"queued"}


def test_the_same_occasion_is_owed_once_to_a_post_and_channel(owe: Owe, control_room: Contact, sp: Contact) -> None:
    assert len(owe((control_room, "sms"), (control_room, "sms"), once="forwarding:7")) == 1
    assert owe((control_room, "sms"), once="forwarding:7") == []
    assert len(owe((control_room, "sms"), (control_room, "voice"), (sp, "sms"), once="forwarding:7")) == 2
    assert len(owe((control_room, "sms"), once="forwarding:8")) == 1


def test_what_is_rolled_back_was_never_owed(owe: Owe, control_room: Contact) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        owe((control_room, "sms"))
        _ = 1 / 0
    with reach_of(CLOCK):
        assert not Message.objects.exists()


def test_a_post_without_a_number_is_told_another_way_and_it_is_said(owe: Owe, control_room: Contact) -> None:
    control_room.phone = ""
    control_room.save(update_fields=["phone"])
    failed, mail = owe((control_room, "sms"))
    assert (now(failed).state, now(failed).last_error) == ("failed", "no address on record")
    assert (mail.channel, mail.to, now(mail).instead_of_id) == ("email", "cr@police.example", failed.pk)
    assert owe((control_room, "sms"), once=failed.once.removesuffix(f":{control_room.pk}:sms")) == []


@pytest.mark.parametrize(
    "fact",
    [
        {"link": "https://elsewhere.example/a/x"},
        {"link": "http://127.0.0.1:8000.elsewhere.example/a/x"},
        {"call_back": "+919829012345"},
        {"unit": "RJ-NOWHERE"},
        {"name": "Ramesh"},
    ],
)
def test_what_is_not_ours_cannot_be_said(owe: Owe, control_room: Contact, fact: dict[str, str]) -> None:
    with pytest.raises(Unspeakable):
        owe((control_room, "sms"), facts={"reference": "RJ-4829-1736", "urgency": "P1"} | fact)
    with reach_of(CLOCK):
        assert not Message.objects.exists()


def test_our_own_link_and_the_number_of_a_post_can_be_said(
    owe: Owe, control_room: Contact, sp: Contact, settings
) -> None:
    facts = {
        "reference": "RJ-4829-1736",
        "urgency": "P1",
        "call_back": sp.phone,
        "link": f"{settings.PUBLIC_URL}/a/x_Y-1",
    }
    (message,) = owe((control_room, "sms"), facts=facts)
    assert facts["link"] in message.text
    assert sp.phone in message.text


@pytest.mark.parametrize(
    ("column", "value"),
    [("text", "'else'"), ('"to"', "'+919829012345'"), ("about", "'RJ-0000-0000'"), ("practice", "true"),
     ("token", "'x'"), ("created_at", "now()"), ('"group"', "'x'"), ("contact_id", "null")],
)  # fmt: skip
def test_what_a_message_says_and_to_whom_is_frozen(owe: Owe, control_room: Contact, column: str, value: str) -> None:
    owe((control_room, "sms"))
    for sight in (Sight.ENGINE, Sight.CELL, Sight.UNIT):
        with pytest.raises(DatabaseError, match="permission denied"):
            _as(sight, f"UPDATE notifications_message SET {column} = {value}")


@pytest.mark.parametrize("table", ["notifications_message", "notifications_attempt", "notifications_ring"])
def test_nobody_deletes_and_the_bare_login_sees_nothing(
    owe: Owe, office: Office, control_room, monday, table: str
) -> None:
    owe((control_room, "sms"))
    office.deliver(clock=lambda: monday, for_s=5)
    for sight in Sight:
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
                _as(sight, statement)
    for sight in (Sight.GROUND, Sight.PARTNER):
        with pytest.raises(DatabaseError, match="permission denied"):
            _as(sight, f"SELECT count(*) FROM {table}")


def test_a_stranger_of_the_cell_or_a_unit_sees_no_message(owe: Owe, office: Office, control_room, monday) -> None:
    """What it is about does not exist for them, so neither does the message, its attempts or its ring."""
    (message,) = owe((control_room, "sms"))
    office.deliver(clock=lambda: monday, for_s=5)
    for sight in (Sight.CELL, Sight.UNIT):
        with reach_of(_stranger(sight)):
            assert list(queries.about(message.about_id)) == []
            assert not Attempt.objects.exists()
            assert not Ring.objects.exists()
            assert outbox.told(message.group) == []
    with reach_of(_stranger(Sight.CELL)):
        assert outbox.cancel(group=message.group, at=monday) == 0
    with pytest.raises(DatabaseError, match="permission denied"), reach_of(_stranger(Sight.UNIT)):
        outbox.cancel(group=message.group, at=monday)


@pytest.mark.parametrize(
    "changes",
    [{"state": "delivered"}, {"state": "failed"}, {"state": "sending"}, {"final_at": "at"}, {"state": "lost"},
     {"lease_until": "at"}, {"attempts": 1}, {"channel": "pigeon"}, {"text": ""}, {"to": ""}],
)  # fmt: skip
def test_the_database_refuses_the_impossible(control_room: Contact, monday: datetime, changes) -> None:
    fields = {
        "topic": "case_forwarded", "channel": "sms", "contact": control_room, "to": "+91", "to_ref": "x/y",
        "language": "hi", "text": "x", "template_id": "x", "about": "RJ-4829-1736", "about_id": uuid4(), "group": "g",
        "once": str(uuid4()), "practice": False, "created_at": monday, "due_at": monday,
        "token": str(uuid4()),
    }  # fmt: skip
    with reach_of(CLOCK):
        Message.objects.create(**fields | {"once": "sound", "token": "sound"})
    timed = {name: monday if value == "at" else value for name, value in changes.items()}
    with pytest.raises(IntegrityError), reach_of(CLOCK):
        Message.objects.create(**fields | timed)


def test_cancelling_takes_back_what_nobody_has(
    owe: Owe,
    office: Office,
    control_room: Contact,
    sp: Contact,
    sms: GatewayServer,
    voice: GatewayServer,
    monday: datetime,
) -> None:
    voice.manner = Manner(status=503)
    other = owe((sp, "email"), group="forwarding:2")
    sent, waiting = owe((control_room, "sms"), (control_room, "voice"))
    office.deliver(clock=lambda: monday, for_s=5, channels=["sms", "voice"])
    with reach_of(CLOCK):
        assert outbox.cancel(group="forwarding:1", at=monday) == 1
        assert outbox.cancel(group="forwarding:1", at=monday) == 0
    assert [now(m).state for m in (sent, waiting, *other)] == ["accepted", "cancelled", "queued"]
    assert now(waiting).final_at == monday
    office.deliver(clock=lambda: monday + timedelta(hours=1), for_s=5)
    assert len(voice.asked) == 1


def test_a_cancellation_that_is_rolled_back_cancels_nothing(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    (message,) = owe((control_room, "sms"))
    with pytest.raises(ZeroDivisionError), reach_of(CLOCK):
        outbox.cancel(group=message.group, at=monday)
        _ = 1 / 0
    office.deliver(clock=lambda: monday, for_s=5)
    assert now(message).state == "accepted"


def test_a_dead_senders_message_is_cancelled_and_not_sent_again(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    (message,) = owe((control_room, "sms"))
    claim_due(channel="sms", at=monday, limit=1)
    with reach_of(CLOCK):
        assert outbox.cancel(group=message.group, at=monday) == 1
    office.deliver(clock=lambda: monday + timedelta(hours=1), for_s=5)
    assert sms.asked == []


def test_those_who_may_have_been_told_are_named(
    owe: Owe,
    office: Office,
    control_room: Contact,
    sp: Contact,
    sms: GatewayServer,
    voice: GatewayServer,
    monday: datetime,
) -> None:
    """Taken, or perhaps taken: a withdrawal to somebody who never heard does less harm than none."""
    owe((control_room, "sms"), (control_room, "voice"), (sp, "voice"))
    owe((sp, "sms"), at=monday + timedelta(days=1))
    voice.then(Manner(status=500), Manner(status=429))
    office.deliver(clock=lambda: monday, for_s=5)
    with reach_of(CLOCK):
        outbox.cancel(group="forwarding:1", at=monday)
        told = {(one.contact.post, one.channel) for one in outbox.told("forwarding:1")}
    perhaps = {
        (m.to_ref.rpartition("/")[2], "voice") for m in _messages() if m.last_error == "the gateway answered 500"
    }
    assert len(perhaps) == 1
    assert told == {("control_room", "sms")} | perhaps


def test_after_a_cancellation_no_bad_news_brings_another_message(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    """The SMS had been taken; that it fails later must not make a telephone ring for a case that is in hand."""
    (message,) = owe((control_room, "sms"))
    office.deliver(clock=lambda: monday, for_s=5)
    with reach_of(CLOCK):
        outbox.cancel(group=message.group, at=monday)
    _receipt(message, "failed", at=monday)
    assert now(message).state == "failed"
    assert len(_messages()) == 1


def test_the_age_of_the_outbox_and_the_dead_ends_can_be_asked(
    owe: Owe, office: Office, control_room, sms, monday
) -> None:
    Contact.objects.filter(pk=control_room.pk).update(email="")
    control_room.refresh_from_db()
    sms.manner = Manner(status=400)
    with reach_of(CLOCK):
        assert queries.oldest_due(monday) is None
    (message,) = owe((control_room, "sms"))
    with reach_of(CLOCK):
        assert queries.oldest_due(monday - timedelta(seconds=1)) is None
        assert queries.oldest_due(monday + timedelta(seconds=9)) == monday
    office.deliver(clock=lambda: monday, for_s=5)
    with reach_of(CLOCK):
        assert [m.pk for m in queries.dead_ends(message.about_id)] == [message.pk]
        assert [ring.channel for ring in queries.rings(units=["RJ-JHUNJHUNU"])] == ["voice"]
        assert list(queries.rings(units=["RJ-KOTA"])) == []


def _messages() -> list[Message]:
    with reach_of(CLOCK):
        return list(Message.objects.all())


def _receipt(message: Message, status: str, *, at: datetime) -> None:
    from notifications.receipts import Receipt, Status, take

    take(message.token, Receipt(message.pk, f"p-{message.pk}", Status(status)), at=at)


def _stranger(sight: Sight) -> Actor:
    unit = Unit.objects.get()
    return Actor(
        kind=Kind.OFFICER, label="officer:stranger", name="A Stranger", sight=sight, state_id=unit.state_id,
        unit_ids=(unit.pk,), group_ids=(unit.group_id,),
    )  # fmt: skip


def _as(sight: Sight, statement: str) -> None:
    with reach_of(_stranger(sight)), connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_officer_who_cancels_two_groups_is_never_the_victim_of_a_deadlock(
    owe: Owe, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    """Delivery holds many rows at once, in an order that an officer does not know."""
    first, second = owe((control_room, "sms"), group="a") + owe((control_room, "sms"), group="b")
    flying = claim_due(channel="sms", at=monday, limit=2)
    answers = [Answer(m.pk, m.attempts, Sent("p-1", status_code=200)) for m in flying]
    written: list[set[object]] = []

    def deliver() -> None:
        written.append(set(record(answers, at=monday)))
        connection.close()

    with reach_of(CLOCK):
        outbox.cancel(group="b", at=monday)
        thread = threading.Thread(target=deliver)
        thread.start()
        thread.join(timeout=5)
        assert written == [{first.pk}]
        outbox.cancel(group="a", at=monday)
    of_second = [answer for answer in answers if answer.message_id == second.pk]
    assert record(of_second, at=monday) == {second.pk}
    assert (now(first).state, now(second).state) == ("accepted", "accepted")
