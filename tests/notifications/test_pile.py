"""What waited through an outage: the newest of each matter, or one digest of many; no storm, and nothing silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from districts.actors import CLOCK
from districts.models import Contact
from districts.reach import reach_of
from notifications import outbox
from notifications.lanes import Office
from notifications.models import Message
from notifications.pile import ONE_BY_ONE
from tests.notifications.conftest import Owe, deliver, hear, now
from tests.notifications.gateways import GatewayServer, Manner

BACK = timedelta(minutes=10)


def case(number: int, urgency: str = "P1", **more: str) -> dict[str, str]:
    return {"reference": f"RJ-0000-{number:04}", "urgency": urgency, "unit": "RJ-JHUNJHUNU"} | more


@pytest.fixture
def cases() -> list[UUID]:
    return [uuid4() for _ in range(40)]


@pytest.fixture
def outage(office: Office, sms: GatewayServer, monday: datetime) -> GatewayServer:
    """The SMS gateway is out when it all happens, and answers again ten minutes later."""
    sms.manner = Manner(status=429)
    return sms


def end_of(outage: GatewayServer, office: Office, monday: datetime) -> list[dict[str, str]]:
    """Let the clock go on through the outage, bring the gateway back, and return what it got."""
    for second in range(0, 60, 10):
        deliver(office, monday + timedelta(seconds=second), "sms")
    outage.manner = Manner()
    outage.asked.clear()
    for second in range(0, 60, 6):
        deliver(office, monday + BACK + timedelta(seconds=second), "sms")
    return [asked.body for asked in outage.asked]


def owed_of(owe: Owe, contact: Contact, about_id: UUID, number: int, minute: float, monday: datetime) -> Message:
    at = monday + timedelta(seconds=minute)
    (message,) = owe((contact, "sms"), about_id=about_id, group=f"case:{number}", facts=case(number), at=at)
    return message


def test_of_each_case_the_post_hears_the_newest_only(
    owe: Owe, office: Office, control_room: Contact, outage: GatewayServer, cases: list[UUID], monday: datetime
) -> None:
    old = [owed_of(owe, control_room, cases[n], n, 0, monday) for n in range(3)]
    new = [owed_of(owe, control_room, cases[n], n, 5, monday) for n in range(2)]
    got = end_of(outage, office, monday)
    assert {body["id"] for body in got} == {str(new[0].pk), str(new[1].pk), str(old[2].pk)}
    assert len(got) == 3
    for before, after in zip(old[:2], new, strict=True):
        ended = now(before)
        assert (ended.state, ended.replaced_by_id) == ("replaced", after.pk)
        assert ended.final_at is not None


def test_two_units_of_one_case_do_not_hide_each_other(
    owe: Owe, office: Office, control_room: Contact, outage: GatewayServer, cases: list[UUID], monday: datetime
) -> None:
    first = owed_of(owe, control_room, cases[0], 0, 0, monday)
    other = {"reference": "RJ-0000-0000", "urgency": "P1"}
    (second,) = owe((control_room, "sms"), about_id=cases[0], facts=other, at=monday)
    assert {body["id"] for body in end_of(outage, office, monday)} == {str(first.pk), str(second.pk)}


def test_of_many_matters_one_digest_tells_how_many_and_nothing_of_any(
    owe: Owe, office: Office, control_room: Contact, sp: Contact, outage: GatewayServer, cases: list[UUID],
    settings, monday: datetime,
) -> None:  # fmt: skip
    waiting = [owed_of(owe, control_room, cases[n], n, 0, monday) for n in range(12)]
    waiting += [owed_of(owe, control_room, cases[n], n, 5, monday) for n in range(12)]
    stranger = owed_of(owe, sp, cases[0], 0, 0, monday)
    got = end_of(outage, office, monday)

    (digest,) = [body for body in got if body["to"] == control_room.phone]
    assert digest["text"] == (f"12 मामले प्रतीक्षा में। सबसे आवश्यक: अति आवश्यक। पोर्टल खोलें। {settings.PUBLIC_URL}/inbox")
    assert not [n for n in range(12) if f"RJ-0000-{n:04}" in digest["text"]]
    with reach_of(CLOCK):
        row = Message.objects.get(pk=digest["id"])
    assert (row.topic, row.state, row.about_id in cases) == ("digest", "accepted", True)
    assert {(now(one).state, now(one).replaced_by_id) for one in waiting} == {("replaced", row.pk)}
    # Who has one matter hears of that one.
    assert [body["id"] for body in got if body["to"] == sp.phone] == [str(stranger.pk)]


def test_at_the_threshold_each_is_told_for_itself(
    owe: Owe, office: Office, control_room: Contact, outage: GatewayServer, cases: list[UUID], monday: datetime
) -> None:
    waiting = [owed_of(owe, control_room, cases[n], n, 0, monday) for n in range(ONE_BY_ONE)]
    got = end_of(outage, office, monday)
    assert sorted(body["id"] for body in got) == sorted(str(one.pk) for one in waiting)


def test_without_an_outage_a_busy_minute_is_told_in_full(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, cases: list[UUID], monday: datetime
) -> None:
    for number in range(20):
        for _ in range(2):
            owed_of(owe, control_room, cases[number], number, 0, monday)
    deliver(office, monday + timedelta(seconds=90), "sms")
    assert len(sms.asked) == 40


def test_practice_and_what_is_real_are_never_counted_together(
    owe: Owe, office: Office, control_room: Contact, outage: GatewayServer, cases: list[UUID], monday: datetime
) -> None:
    Contact.objects.filter(pk=control_room.pk).update(practice=True)
    control_room.refresh_from_db()
    for number in range(8):
        owed_of(owe, control_room, cases[number], number, 0, monday)
        owe((control_room, "sms"), about_id=cases[number], facts=case(number), practice=True)
    got = end_of(outage, office, monday)
    assert sorted(body["text"][:7] for body in got) == ["8 मामले", "अभ्यास।"]


def test_a_matter_in_hand_is_not_counted_and_a_digest_of_nothing_is_not_sent(
    owe: Owe, office: Office, control_room: Contact, outage: GatewayServer, cases: list[UUID], monday: datetime
) -> None:
    waiting = [owed_of(owe, control_room, cases[n], n, 0, monday) for n in range(9)]
    for second in range(0, 60, 10):
        deliver(office, monday + timedelta(seconds=second), "sms")
    with reach_of(CLOCK):
        outbox.cancel(group="case:8", at=monday)
    # The gateway is still out when the pile is settled for the first time.
    for second in range(180, 200, 6):
        deliver(office, monday + timedelta(seconds=second), "sms")
    with reach_of(CLOCK):
        digest = Message.objects.get(topic="digest", channel="sms")
    assert (digest.facts["count"], digest.state) == ("8", "queued")
    with reach_of(CLOCK):
        for number in range(7):
            outbox.cancel(group=f"case:{number}", at=monday + BACK)
    assert now(digest).state == "queued"
    with reach_of(CLOCK):
        outbox.cancel(group="case:7", at=monday + BACK)
    assert now(digest).state == "cancelled"
    outage.manner = Manner()
    outage.asked.clear()
    deliver(office, monday + BACK, "sms")
    assert outage.asked == []
    assert {now(one).state for one in waiting[:8]} == {"replaced"}


def test_what_was_replaced_and_got_out_after_all_is_not_denied(
    owe: Owe, office: Office, control_room: Contact, outage: GatewayServer, cases: list[UUID], monday: datetime
) -> None:
    outage.manner = Manner(drop=True)
    old = owed_of(owe, control_room, cases[0], 0, 0, monday)
    new = owed_of(owe, control_room, cases[0], 0, 5, monday)
    end_of(outage, office, monday)
    assert now(old).state == "replaced"
    hear(old, "delivered", at=monday + BACK)
    assert (now(old).state, now(old).replaced_by_id) == ("delivered", new.pk)


def test_a_second_outage_adds_to_the_digest_of_the_first(
    owe: Owe, office: Office, control_room: Contact, outage: GatewayServer, cases: list[UUID], monday: datetime
) -> None:
    for number in range(8):
        owed_of(owe, control_room, cases[number], number, 0, monday)
    for second in (0, 10, 20, 180, 186):
        deliver(office, monday + timedelta(seconds=second), "sms")
    for number in range(8, 15):
        owed_of(owe, control_room, cases[number], number, 200, monday)
    got = end_of(outage, office, monday)
    assert [body["text"].split()[0] for body in got] == ["15"]
    with reach_of(CLOCK):
        assert set(Message.objects.filter(channel="sms").values_list("state", flat=True)) == {"replaced", "accepted"}
