"""What is due goes out, and whatever a gateway does with it ends in a name."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from districts.actors import CLOCK
from districts.models import Contact
from districts.reach import reach_of
from notifications.delivery import claim_due, claim_one
from notifications.lanes import Office, deliver_one
from notifications.life import HORIZON, LEASE
from notifications.models import Attempt, Message, Ring
from tests.notifications.conftest import Owe, now
from tests.notifications.gateways import GatewayServer, Manner

pytestmark = pytest.mark.usefixtures("control_room")


def deliver(office: Office, at: datetime, for_s: float = 10) -> None:
    office.deliver(clock=lambda: at, for_s=for_s)


def tries(message: Message) -> list[tuple[int, str, int | None]]:
    with reach_of(CLOCK):
        return list(
            Attempt.objects.filter(message=message).order_by("number").values_list("number", "outcome", "status_code")
        )


def test_a_message_reaches_the_gateway_as_the_contract_says(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, settings, monday: datetime
) -> None:
    (message,) = owe((control_room, "sms"))

    deliver(office, monday)

    (asked,) = sms.asked
    assert asked.body == {
        "id": str(message.pk),
        "to": "+915550000101",
        "text": message.text,
        "language": "hi",
        "template_id": message.template_id,
        "callback_url": f"{settings.PUBLIC_URL}/gateway/receipts/{message.token}",
    }
    message = now(message)
    assert (message.state, message.provider_id) == ("accepted", f"p-{message.pk}")
    assert (message.attempts, message.first_try_at, message.final_at) == (1, monday, None)
    assert tries(message) == [(1, "accepted", 200)]


def test_nothing_goes_out_early_or_twice(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    owe((control_room, "sms"))
    deliver(office, monday - timedelta(microseconds=1))
    assert sms.asked == []
    deliver(office, monday)
    deliver(office, monday + timedelta(hours=1))
    assert len(sms.asked) == 1


@pytest.mark.parametrize(
    ("manner", "outcome", "detail"),
    [
        (Manner(status=500), "unanswered", "the gateway answered 500"),
        (Manner(status=503), "unanswered", "the gateway answered 503"),
        (Manner(status=408), "unreachable", "the gateway answered 408"),
        (Manner(status=429), "unreachable", "the gateway answered 429"),
        (Manner(status=302, headers={"Location": "http://127.0.0.1:1/"}), "unreachable", "the gateway answered 302"),
        (Manner(drop=True), "unanswered", "the connection broke"),
        (Manner(body=b"<html>Sign in to the wireless network</html>"), "unanswered", "a yes without a number"),
        (Manner(body=b'{"provider_id": null}'), "unanswered", "a yes without a number"),
        (Manner(body=b'{"provider_id": "a\\u0000b"}'), "unanswered", "a yes without a number"),
        (Manner(body=b'["' + b"x" * 200_000 + b'"]'), "unanswered", "a yes without a number"),
        (Manner(body=b"[" * 60_000), "unanswered", "a yes without a number"),
        (Manner(status=204, body=b""), "unanswered", "a yes without a number"),
        (Manner(after_s=2), "unanswered", "no answer in time"),
        (Manner(drip=True), "unanswered", "no answer in time"),
    ],
    ids=lambda value: "" if isinstance(value, str) else None,
)
def test_a_gateway_that_fails_is_asked_again_with_the_same_id(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, in_haste: None, monday: datetime,
    manner: Manner, outcome: str, detail: str,
) -> None:  # fmt: skip
    (message,) = owe((control_room, "sms"))
    sms.then(manner)

    deliver(office, monday)
    waiting = now(message)
    assert (waiting.state, waiting.last_error) == ("queued", detail)
    assert waiting.due_at == monday + timedelta(seconds=2)

    deliver(office, monday + timedelta(seconds=2))
    assert sms.ids == [str(message.pk)] * 2
    assert now(message).state == "accepted"
    assert [one[1] for one in tries(message)] == [outcome, "accepted"]


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 422])
def test_a_no_is_final_and_the_next_channel_is_tried_at_once(
    owe: Owe,
    office: Office,
    control_room: Contact,
    sms: GatewayServer,
    voice: GatewayServer,
    monday: datetime,
    code: int,
) -> None:
    (message,) = owe((control_room, "sms"))
    sms.then(Manner(status=code))

    deliver(office, monday)

    failed = now(message)
    assert (failed.state, failed.final_at, failed.last_error) == ("failed", monday, f"the gateway answered {code}")
    (call,) = voice.asked
    assert call.body["to"] == control_room.phone
    with reach_of(CLOCK):
        stand_in = Message.objects.get(instead_of=message)
    assert (stand_in.channel, stand_in.state, stand_in.group) == ("voice", "accepted", message.group)


def test_when_every_channel_says_no_each_ends_as_failed(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, voice: GatewayServer, monday: datetime
) -> None:
    Contact.objects.filter(pk=control_room.pk).update(email="")
    control_room.refresh_from_db()
    sms.manner = voice.manner = Manner(status=400)
    (message,) = owe((control_room, "sms"))

    deliver(office, monday)

    with reach_of(CLOCK):
        ends = Message.objects.filter(group=message.group).order_by("created_at", "pk").values_list("channel", "state")
        assert list(ends) == [("sms", "failed"), ("voice", "failed")]


def test_a_channel_that_is_owed_anyway_needs_no_stand_in(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, voice: GatewayServer, monday: datetime
) -> None:
    sms.manner = Manner(status=400)
    owe((control_room, "sms"), (control_room, "voice"))

    deliver(office, monday)

    assert len(voice.asked) == 1
    with reach_of(CLOCK):
        assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("header", "waits"),
    [
        ({"Retry-After": "40"}, 40),
        ({"Retry-After": "1"}, 2),
        ({"Retry-After": "86400"}, 900),
        ({"Retry-After": "soon"}, 2),
        ({"Retry-After": "-5"}, 2),
        ({"Retry-After": "Mon, 23 Nov 2026 22:31:00 GMT", "Date": "Mon, 23 Nov 2026 22:30:00 GMT"}, 60),
    ],
)
def test_a_gateway_that_asks_for_time_gets_it_within_reason(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime, header, waits: int
) -> None:
    (message,) = owe((control_room, "sms"))
    sms.then(Manner(status=429, headers=header))
    deliver(office, monday)
    assert now(message).due_at == monday + timedelta(seconds=waits)


def test_the_pauses_grow_and_after_six_hours_it_is_over(
    owe: Owe, office: Office, control_room: Contact, settings, monday: datetime
) -> None:
    settings.SMS_GATEWAY_URL = settings.VOICE_GATEWAY_URL = "http://127.0.0.1:9/nobody"
    Contact.objects.filter(pk=control_room.pk).update(email="")
    control_room.refresh_from_db()
    (message,) = owe((control_room, "sms"))

    at, pauses = monday, []
    while now(message).state == "queued":
        deliver(office, at)
        pauses.append((now(message).due_at - at).total_seconds())
        at = now(message).due_at

    assert pauses[:9] == [2, 4, 8, 16, 32, 64, 128, 256, 300]
    ended = now(message)
    assert (ended.state, ended.last_error) == ("failed", "given up: no connection")
    assert monday + HORIZON - timedelta(seconds=600) < ended.final_at <= monday + HORIZON
    assert {one[1] for one in tries(message)} == {"unreachable"}


def test_after_half_a_minute_of_silence_the_next_channel_is_told_as_well_and_takes_over(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    """Voice has no gateway here, so the demo telephone answers for it, and says at once that it was delivered."""
    sms.manner = Manner(status=503)
    (message,) = owe((control_room, "sms"))

    for second in (0, 2, 6, 14):
        deliver(office, monday + timedelta(seconds=second))
    assert len(sms.asked) == 4
    with reach_of(CLOCK):
        stand_in = Message.objects.get(instead_of=message)
    assert (stand_in.channel, stand_in.state) == ("voice", "delivered")
    over = now(message)
    assert (over.state, over.final_at) == ("superseded", monday + timedelta(seconds=14))

    deliver(office, monday + timedelta(hours=1))
    assert len(sms.asked) == 4


def test_a_gateway_that_asks_for_minutes_is_not_waited_for(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, voice: GatewayServer, monday: datetime
) -> None:
    sms.manner = Manner(status=429, headers={"Retry-After": "600"})
    (message,) = owe((control_room, "sms"))
    deliver(office, monday)
    assert now(message).due_at == monday + timedelta(minutes=10)
    assert len(voice.asked) == 1


def test_a_wire_that_is_set_up_wrongly_stops_no_other_channel(
    owe: Owe, office: Office, control_room: Contact, settings, voice: GatewayServer, monday: datetime
) -> None:
    settings.EMAIL_URL = "gopher://mail.police.example"
    (text,) = owe((control_room, "email"))
    owe((control_room, "voice"))
    deliver(office, monday)
    assert len(voice.asked) == 1
    assert now(text).state == "queued"
    assert "our wire broke" in now(text).last_error


def test_when_both_gateways_of_one_provider_are_silent_a_mail_goes_out(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, voice: GatewayServer, monday: datetime
) -> None:
    sms.manner = voice.manner = Manner(status=503)
    owe((control_room, "sms"), (control_room, "voice"))
    for second in (0, 2, 6, 14):
        deliver(office, monday + timedelta(seconds=second))
    with reach_of(CLOCK):
        assert Message.objects.get(channel="email").state == "delivered"


def test_a_sender_that_died_loses_nothing(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    (message,) = owe((control_room, "sms"))
    claim_due(channel="sms", at=monday, limit=10)  # and then its worker was killed

    deliver(office, monday + LEASE - timedelta(seconds=1))
    assert sms.asked == []
    deliver(office, monday + LEASE)
    assert sms.ids == [str(message.pk)]
    assert [one[1] for one in tries(message)] == ["abandoned", "accepted"]


def test_a_message_that_kills_every_sender_ends_at_its_horizon(
    owe: Owe, control_room: Contact, monday: datetime
) -> None:
    (message,) = owe((control_room, "sms"))
    claim_due(channel="sms", at=monday, limit=10)
    assert claim_due(channel="sms", at=monday + HORIZON, limit=10) == []
    assert (now(message).state, now(message).last_error) == ("failed", "given up: no answer")


def test_an_answer_that_comes_after_the_lease_still_counts(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, voice: GatewayServer, monday: datetime
) -> None:
    """The sender was slow, not dead; by then another has the message, and is told no."""
    (message,) = owe((control_room, "sms"))
    (slow,) = claim_due(channel="sms", at=monday, limit=1)
    sms.then(Manner(status=503))
    voice.manner = Manner(status=503)
    deliver(office, monday + LEASE)
    assert now(message).state == "queued"

    deliver_one(slow, clock=lambda: monday + LEASE)
    assert now(message).state == "accepted"
    assert [one[1] for one in tries(message)] == ["accepted", "unanswered"]


def test_one_message_can_be_sent_by_itself(
    owe: Owe, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    first, _ = owe((control_room, "sms")) + owe((control_room, "sms"))
    claimed = claim_one(first.pk, at=monday)
    assert claimed is not None
    assert claim_one(first.pk, at=monday) is None
    deliver_one(claimed, clock=lambda: monday)
    assert sms.ids == [str(first.pk)]


def test_without_a_gateway_the_demo_telephone_rings(
    owe: Owe, office: Office, control_room: Contact, sp: Contact, monday: datetime
) -> None:
    messages = owe((control_room, "sms"), (control_room, "voice"), (sp, "email"))
    deliver(office, monday)
    assert {now(message).state for message in messages} == {"delivered"}
    with reach_of(CLOCK):
        rings = {(ring.channel, ring.to): (ring.text, ring.at) for ring in Ring.objects.all()}
    assert set(rings) == {("sms", control_room.phone), ("voice", control_room.phone), ("email", sp.email)}
    assert rings["sms", control_room.phone] == (messages[0].text, monday)


def test_a_practice_message_never_reaches_a_real_gateway(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    (message,) = owe((control_room, "sms"), practice=True)
    deliver(office, monday)
    assert sms.asked == []
    assert now(message).state == "delivered"
    assert message.text.startswith("अभ्यास")


def test_a_practice_post_may_be_rung_for_real(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, monday: datetime
) -> None:
    Contact.objects.filter(pk=control_room.pk).update(practice=True)
    owe((control_room, "sms"), practice=True)
    deliver(office, monday)
    assert len(sms.asked) == 1


def test_from_the_row_to_the_gateway_it_takes_no_time_to_speak_of(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer
) -> None:
    owe((control_room, "sms"))  # warms up
    office.deliver(clock=lambda: datetime.now(UTC), for_s=5)
    owe((control_room, "sms"), at=datetime.now(UTC))
    began = time.monotonic()
    office.deliver(clock=lambda: datetime.now(UTC), for_s=5)
    assert sms.asked[-1].at - began < 0.25
