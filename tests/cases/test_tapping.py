"""A post answers by one tap or by a key: once, for its own unit, and with all that an officer's answer brings about."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from cases import claiming, forwarding, history, outcome, response, tapping, taps
from cases.models import Case, CaseEvent, Deadline, Forwarding, Tap
from cases.refusals import LinkSpent, OfficerNamed
from districts.actors import CLOCK
from districts.models import Contact
from districts.reach import reach_of
from notifications.channels.wire import Sent
from notifications.delivery import Answer, claim_due, record
from notifications.models import Attempt, Message
from notifications.receipts import Receipt, Status, Unknown
from tests.cases.conftest import Territory, as_engine, ring

MINUTE = timedelta(minutes=1)


def message_to(post: str, *, channel: str = "sms", nth: int = 0) -> Message:
    with as_engine():
        return list(Message.objects.filter(to_ref=post, channel=channel).order_by("created_at", "pk"))[nth]


def token_of(message: Message) -> str:
    return str(message.facts["link"]).rpartition("/")[2]


def tap_of(post: str = "RJ-JHUNJHUNU/control_room", *, at: datetime) -> Tap:
    tap = tapping.answerable(token_of(message_to(post)), at=at)
    assert tap is not None
    return tap


def leg_of(case: Case) -> Forwarding:
    with as_engine():
        return Forwarding.objects.select_related("post").get(case=case)


def actions_of(case: Case) -> list[str]:
    with as_engine():
        assert history.verify(case) == []
        return list(CaseEvent.objects.filter(case=case).order_by("seq").values_list("action", flat=True))


def test_a_tap_settles_cancels_and_starts_what_an_officers_answer_does(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    at = monday + MINUTE
    tapping.acknowledge(tap_of(at=at), eta_minutes=15, at=at)
    leg = leg_of(forwarded)
    assert (leg.status, str(leg.post), leg.eta_minutes) == ("acknowledged", "RJ-JHUNJHUNU/control_room", 15)
    # The post is known, a person is not.
    assert (leg.officer_name, leg.officer_phone) == ("", "")
    with as_engine():
        assert not Message.objects.filter(about_id=forwarded.pk, state__in=["queued", "sending"]).exists()
        settled = Deadline.objects.filter(case=forwarded, kind="ACKNOWLEDGE")
        assert {row.settled_as for row in settled if row.level > 1} == {"lifted"}
        assert [row.settled_as for row in settled if row.level == 0] == ["met"]
        assert Deadline.objects.get(case=forwarded, kind="MOVE", level=0).due_at == at + timedelta(seconds=600)
        line = CaseEvent.objects.get(case=forwarded, action="acknowledged")
        assert (line.actor, line.facts["post"], line.facts["how"]) == (
            "post:RJ-JHUNJHUNU/control_room", "RJ-JHUNJHUNU/control_room", "tap",
        )  # fmt: skip
        forwarded.refresh_from_db()
        assert (forwarded.status, forwarded.acknowledged_at) == ("acknowledged", at)
    assert ring(monday + timedelta(seconds=400)) == []


def test_a_link_answers_once(land: Territory, forwarded: Case, monday: datetime) -> None:
    tap = tap_of(at=monday)
    tapping.acknowledge(tap, eta_minutes=None, at=monday)
    with pytest.raises(LinkSpent):
        tapping.acknowledge(tap, eta_minutes=None, at=monday)
    with pytest.raises(LinkSpent):
        tapping.disown(tap, at=monday)
    assert tapping.answerable(token_of(message_to("RJ-JHUNJHUNU/control_room")), at=monday) is None
    assert actions_of(forwarded).count("acknowledged") == 1


@pytest.mark.django_db(transaction=True)
def test_ten_thumbs_at_once_acknowledge_once(land: Territory, forwarded: Case, monday: datetime) -> None:
    tap, together = tap_of(at=monday), Barrier(10)

    def thumb(number: int) -> str:
        together.wait()
        try:
            if number % 3 == 0:
                tapping.disown(tap, at=monday)
                return "disowned"
            tapping.acknowledge(tap, eta_minutes=number, at=monday)
            return "acknowledged"
        except LinkSpent:
            return "spent"
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as thumbs:
        said = list(thumbs.map(thumb, range(10)))
    assert said.count("spent") == 9
    done = next(word for word in said if word != "spent")
    assert [action for action in actions_of(forwarded) if action in {"acknowledged", "disowned"}] == [done]


@pytest.mark.parametrize("minutes", [15, 16, 600])
def test_a_link_runs_out(land: Territory, forwarded: Case, monday: datetime, minutes: int) -> None:
    tap, late = tap_of(at=monday + timedelta(minutes=14, seconds=59)), monday + timedelta(minutes=minutes)
    assert tapping.answerable(token_of(message_to("RJ-JHUNJHUNU/control_room")), at=late) is None
    with pytest.raises(LinkSpent):
        tapping.acknowledge(tap, eta_minutes=None, at=late)
    assert leg_of(forwarded).status == "forwarded"


def test_a_link_ends_with_its_forwarding_and_does_not_open_the_next(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    tap = tap_of(at=monday)
    with reach_of(land.rj_op1):
        forwarding.recall(forwarded, unit=land.jhunjhunu, reason="wrong", by=land.rj_op1, at=monday)
        forwarding.forward(forwarded, to=land.jhunjhunu, part="lead", by=land.rj_op1, at=monday)
    with pytest.raises(LinkSpent):
        tapping.acknowledge(tap, eta_minutes=None, at=monday)
    with pytest.raises(LinkSpent):
        tapping.disown(tap, at=monday)
    with as_engine():
        assert not Forwarding.objects.filter(case=forwarded, status="acknowledged").exists()


def test_only_a_post_of_the_unit_itself_gets_a_link(land: Territory, forwarded: Case, monday: datetime) -> None:
    ring(monday + timedelta(seconds=600))
    assert "/a/" in message_to("RJ-JHUNJHUNU/SP").facts["link"]
    assert message_to("RJ-RANGE-JAIPUR/IG").facts["link"].endswith(f"/cases/{forwarded.reference}")
    with as_engine():
        assert {str(tap.contact) for tap in Tap.objects.all()} == {"RJ-JHUNJHUNU/control_room", "RJ-JHUNJHUNU/SP"}
        # Who reads the table cannot tap: it holds no link.
        digest = hashlib.sha256(token_of(message_to("RJ-JHUNJHUNU/SP")).encode()).hexdigest()
        assert Tap.objects.filter(digest=digest).count() == 1


def test_what_is_no_answer_to_a_forwarding_leads_to_the_sign_in(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    tapping.acknowledge(tap_of(at=monday), eta_minutes=15, at=monday)
    ring(monday + timedelta(seconds=601))
    moved = message_to("RJ-JHUNJHUNU/control_room", nth=-1)
    assert (moved.topic, moved.facts["deadline"]) == ("deadline_missed", "MOVE")
    assert "/a/" not in moved.text


def test_not_ours_rings_the_cell_and_keeps_the_ladder_running(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    tapping.disown(tap_of(at=monday), at=monday)
    told = message_to("RJ-CELL/desk")
    assert (told.topic, told.state) == ("case_disowned", "queued")
    assert leg_of(forwarded).status == "forwarded"
    assert actions_of(forwarded)[-1] == "disowned"
    with as_engine():
        assert Deadline.objects.filter(case=forwarded, kind="ACKNOWLEDGE", settled_at=None).count() == 4
    # Nobody lives on rung 2: the next one up is told at its time, with a link of its own that works.
    assert ("ACKNOWLEDGE", 2) in ring(monday + timedelta(seconds=180))
    tapping.acknowledge(tap_of("RJ-JHUNJHUNU/SP", at=monday + 4 * MINUTE), eta_minutes=None, at=monday + 4 * MINUTE)
    assert leg_of(forwarded).status == "acknowledged"


def test_somebody_who_signs_in_later_names_the_officer_and_no_clock_starts_again(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    tapping.acknowledge(tap_of(at=monday), eta_minutes=None, at=monday)
    desk, named = land.jhunjhunu_desk, {"officer_name": "SI Mohan", "officer_phone": "+915550007", "eta_minutes": 9}
    with reach_of(desk):
        response.acknowledge(forwarded, **named, by=desk, at=monday + MINUTE)
    leg = leg_of(forwarded)
    assert (leg.officer_name, leg.eta_minutes, leg.acknowledged_at) == ("SI Mohan", 9, monday)
    assert str(leg.post) == "RJ-JHUNJHUNU/control_room"
    with as_engine():
        assert Deadline.objects.get(case=forwarded, kind="MOVE", level=0).due_at == monday + timedelta(seconds=600)
    with reach_of(desk), pytest.raises(OfficerNamed):
        response.name_officer(forwarded, **named, by=desk, at=monday + MINUTE)
    assert actions_of(forwarded).count("officer_named") == 1


def test_the_database_refuses_an_answer_by_nobody(land: Territory, forwarded: Case, monday: datetime) -> None:
    leg = leg_of(forwarded)
    leg.acknowledged_at = monday
    with as_engine(), pytest.raises(IntegrityError, match="names_an_officer_or_a_post"), transaction.atomic():
        leg.save(update_fields=["acknowledged_at"])


def test_nobody_but_the_engine_uses_a_link_and_no_unit_sees_one(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    tap = tap_of(at=monday)
    for who in (land.jhunjhunu_desk, land.sikar_desk, land.dig):
        with pytest.raises(ProgrammingError, match="permission denied"), reach_of(who):
            list(Tap.objects.all())
    with reach_of(land.up_op1):
        assert not Tap.objects.exists()
    with pytest.raises(ProgrammingError, match="permission denied"), reach_of(land.rj_op1):
        tap.used_at, tap.used_as = monday, "acknowledged"
        tap.save(update_fields=["used_at", "used_as"])


# ---- the telephone ---------------------------------------------------------------------------------------------


@pytest.fixture
def called(land: Territory, forwarded: Case, monday: datetime) -> Message:
    """The control room's telephone has been rung, and the gateway has taken the call."""
    taken = claim_due(channel="voice", at=monday, limit=10)
    record([Answer(message.pk, message.attempts, Sent(f"p-{message.pk}")) for message in taken], at=monday)
    return message_to("RJ-JHUNJHUNU/control_room", channel="voice")


def press(message: Message, key: str, at: datetime, **changes: object) -> None:
    receipt = Receipt(message.pk, f"p-{message.pk}", Status.KEY, key)
    tapping.heard(message.token, replace(receipt, **changes), at=at)  # type: ignore[arg-type]  # a table


def test_the_call_says_which_key_and_no_other_message_does(land: Territory, called: Message) -> None:
    assert "एक दबाएँ" in called.text
    assert "दबाएँ" not in message_to("RJ-JHUNJHUNU/control_room").text


def test_key_one_takes_charge_as_the_post_once(
    land: Territory, forwarded: Case, called: Message, monday: datetime
) -> None:
    for second in (30, 31, 90):
        press(called, "1", monday + timedelta(seconds=second))
    leg = leg_of(forwarded)
    assert (leg.status, str(leg.post), leg.eta_minutes) == ("acknowledged", "RJ-JHUNJHUNU/control_room", None)
    assert leg.acknowledged_at == monday + timedelta(seconds=30)
    assert actions_of(forwarded).count("acknowledged") == 1
    assert "key_pressed" not in actions_of(forwarded)
    with pytest.raises(LinkSpent):
        tapping.acknowledge(_any_tap(), eta_minutes=1, at=monday + MINUTE)


@pytest.mark.django_db(transaction=True)
def test_key_one_reported_by_eight_at_once_takes_charge_once(
    land: Territory, forwarded: Case, called: Message, monday: datetime
) -> None:
    together = Barrier(8)

    def report(_: int) -> None:
        together.wait()
        press(called, "1", monday)
        connection.close()

    with ThreadPoolExecutor(8) as gateway:
        list(gateway.map(report, range(8)))
    assert actions_of(forwarded).count("acknowledged") == 1
    assert "key_pressed" not in actions_of(forwarded)


def test_another_key_is_written_down_and_the_right_one_still_counts(
    land: Territory, forwarded: Case, called: Message, monday: datetime
) -> None:
    press(called, "7", monday)
    press(called, "7", monday)
    assert leg_of(forwarded).status == "forwarded"
    press(called, "1", monday + MINUTE)
    assert leg_of(forwarded).status == "acknowledged"
    press(called, "3", monday + MINUTE)
    assert actions_of(forwarded)[-3:] == ["key_pressed", "acknowledged", "key_pressed"]


def test_a_key_after_the_recall_is_written_down_and_does_nothing(
    land: Territory, forwarded: Case, called: Message, monday: datetime
) -> None:
    with reach_of(land.rj_op1):
        forwarding.recall(forwarded, unit=land.jhunjhunu, reason="wrong", by=land.rj_op1, at=monday)
    press(called, "1", monday + MINUTE)
    assert leg_of(forwarded).status == "recalled"
    assert actions_of(forwarded)[-1] == "key_pressed"
    with as_engine():
        assert Attempt.objects.get(message=called).key == "1"


def test_a_key_after_somebody_answered_or_the_case_was_closed_does_nothing(
    land: Territory, forwarded: Case, called: Message, monday: datetime
) -> None:
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        response.acknowledge(forwarded, officer_name="SI", officer_phone="1", eta_minutes=5, by=desk, at=monday)
    press(called, "1", monday)
    assert (leg_of(forwarded).officer_name, leg_of(forwarded).post) == ("SI", None)
    with reach_of(land.rj_op1):
        outcome.close(forwarded, outcome="N1", by=land.rj_op1, at=monday)
    press(called, "9", monday)
    assert actions_of(forwarded)[-1] == "key_pressed"
    with as_engine():
        forwarded.refresh_from_db()
        assert forwarded.status == "closed"


@pytest.mark.parametrize("forged", [{"provider_id": "another"}, {"message_id": uuid4()}])
def test_a_forged_receipt_acknowledges_nothing(
    land: Territory, forwarded: Case, called: Message, monday: datetime, forged: dict[str, object]
) -> None:
    with pytest.raises(Unknown):
        press(called, "1", monday, **forged)
    with pytest.raises(Unknown):
        tapping.heard("x" * 43, Receipt(called.pk, f"p-{called.pk}", Status.KEY, "1"), at=monday)
    assert leg_of(forwarded).status == "forwarded"


def test_a_key_of_a_post_above_the_unit_takes_charge_of_nothing(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    """The range is told of the district's silence. It wakes somebody; it is not the district."""
    Contact.objects.filter(unit=land.range).update(rung=3)
    Contact.objects.filter(unit=land.jhunjhunu, rung=3).update(vacant=True)
    case = post()
    with reach_of(land.rj_op1):
        claiming.claim(case, by=land.rj_op1, at=monday)
        forwarding.forward(case, to=land.jhunjhunu, part="lead", by=land.rj_op1, at=monday)
    late = monday + timedelta(seconds=400)
    ring(late)
    taken = claim_due(channel="voice", at=late, limit=10)
    record([Answer(message.pk, message.attempts, Sent(f"p-{message.pk}")) for message in taken], at=late)
    press(message_to("RJ-RANGE-JAIPUR/IG", channel="voice"), "1", late)
    assert leg_of(case).status == "forwarded"
    assert actions_of(case)[-1] == "key_pressed"


def _any_tap() -> Tap:
    with reach_of(CLOCK):
        tap = Tap.objects.select_related("case__state", "forwarding__unit", "contact__unit__group").first()
    assert tap is not None
    return tap


def test_a_token_that_cannot_be_one_is_not_looked_for(land: Territory, forwarded: Case) -> None:
    with as_engine():
        for token in ("", "x", "'; DROP", "a" * 21, "a" * 23, "é" * 22, "a" * 22):
            assert taps.find(token) is None
