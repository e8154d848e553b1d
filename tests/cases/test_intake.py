"""One post, one case: replays, the same person again, and five at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from cases import claiming, outcome
from cases.intake import Answer, Arrival, KeyBusy, KeyReused, Pointer, receive_once
from cases.intake.replay import TRY_KEY
from cases.models import Alert, Case, CaseLink
from districts.actors import Sight, partner_actor
from districts.reach import reach_of
from notifications.models import Message
from tests.cases.conftest import Territory, arrival, as_engine


def answer(alert: UUID, case: Case) -> dict[str, Any]:
    return {"id": str(alert), "reference": case.reference}


def send(report: Arrival, key: str, at: datetime) -> Answer:
    assert report.partner is not None
    by = partner_actor(report.partner, sight=Sight.ENGINE)
    with reach_of(by):
        return receive_once(report, key=key, by=by, at=at, answer=answer)


def test_the_same_key_and_body_get_the_stored_answer(land: Territory, monday: datetime) -> None:
    report = arrival(land.rj_meta)
    first, second = send(report, "k1", monday), send(report, "k1", monday)
    assert (first.created, first.replayed) == (True, False)
    assert (second.created, second.replayed) == (False, True)
    assert first.body == second.body
    with as_engine():
        assert Alert.objects.count() == Case.objects.count() == 1


def test_the_same_key_never_means_two_bodies(land: Territory, monday: datetime) -> None:
    send(arrival(land.rj_meta), "k1", monday)
    with pytest.raises(KeyReused):
        send(arrival(land.rj_meta), "k1", monday)
    # Another partner may use the same word for its own key.
    assert send(arrival(land.up_meta), "k1", monday).created


def test_the_same_reference_is_the_first_alert_whatever_the_key(land: Territory, monday: datetime) -> None:
    report = arrival(land.rj_meta)
    first = send(report, "k1", monday)
    second = send(replace(report, sha256="0" * 64), "k2", monday)
    assert (second.created, second.replayed, second.body) == (False, False, first.body)
    with pytest.raises(KeyReused):
        send(replace(report, sha256="1" * 64), "k2", monday)


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_at_work_says_so(land: Territory, monday: datetime) -> None:
    report = arrival(land.rj_meta)

    def meanwhile() -> str:
        try:
            send(report, "k1", monday)
        except KeyBusy as busy:
            return busy.code
        finally:
            connection.close()
        return "accepted"

    with as_engine(), connection.cursor() as cursor, ThreadPoolExecutor() as others:
        cursor.execute(TRY_KEY, [f"{land.rj_meta.pk}:k1"])
        assert others.submit(meanwhile).result(timeout=20) == "idempotency_key_in_use"


@pytest.mark.django_db(transaction=True)
def test_five_at_the_same_moment_are_one_alert_and_twenty_of_one_account_one_case(
    land: Territory, monday: datetime
) -> None:
    report = arrival(land.rj_meta)

    def deliver(number: int) -> bool:
        try:
            return send(replace(report, sha256=f"{number:064d}"), f"k{number}", monday).created
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as doors:
        assert sorted(doors.map(deliver, range(5))) == [False] * 4 + [True]

    def other_post(number: int) -> None:
        try:
            send(replace(report, partner_reference=f"again-{number}", sha256=f"{number:064d}"), f"a{number}", monday)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as doors:
        list(doors.map(other_post, range(20)))
    with as_engine():
        assert (Case.objects.count(), Alert.objects.count(), CaseLink.objects.count()) == (1, 21, 21)


def test_a_second_alert_on_the_same_account_joins_raises_and_rings_again(
    land: Territory, forwarded: Case, monday: datetime, post: Callable[..., Case]
) -> None:
    with as_engine():
        pointers = tuple(
            Pointer(known.kind, known.value, known.platform) for known in forwarded.identifiers.filter(kind="account")
        )
        before = Message.objects.filter(about_id=forwarded.pk).count()
    again = post(pointers=pointers, urgency="P0")
    assert (again.pk, again.urgency) == (forwarded.pk, "P0")
    with as_engine():
        rung = Message.objects.filter(about_id=forwarded.pk, topic="case_raised")
        assert {message.to_ref for message in rung} == {"RJ-JHUNJHUNU/control_room"}
        assert Message.objects.filter(about_id=forwarded.pk).count() == before + rung.count()
        assert forwarded.events.filter(action="alert_joined").count() == 1


def test_while_no_unit_has_the_case_a_burst_of_alerts_rings_the_desk_once(
    land: Territory, monday: datetime, post: Callable[..., Case]
) -> None:
    account = (Pointer("account", "17849", "instagram"),)
    case = post(pointers=account)
    with as_engine():
        assert not Message.objects.filter(about_id=case.pk).exists()
    for second in range(4):
        post(pointers=account, at=monday + timedelta(seconds=second))
    with as_engine():
        rung = Message.objects.filter(about_id=case.pk, topic="case_raised")
        assert sorted((message.to_ref, message.channel) for message in rung) == [
            ("RJ-CELL/desk", "sms"),
            ("RJ-CELL/desk", "voice"),
        ]
    post(pointers=account, at=monday + timedelta(minutes=6))
    with as_engine():
        assert Message.objects.filter(about_id=case.pk, topic="case_raised").count() == 4


def test_the_same_telephone_alone_never_joins(land: Territory, post: Callable[..., Case]) -> None:
    first = post(pointers=(Pointer("phone", "+915550001234"),))
    assert post(pointers=(Pointer("phone", "+915550001234"),)).pk != first.pk


def test_practice_never_joins_what_is_real_and_a_state_never_joins_another(
    land: Territory, post: Callable[..., Case]
) -> None:
    account = (Pointer("account", "42", "instagram"),)
    ours = post(pointers=account)
    assert post(pointers=account, practice=True).pk != ours.pk
    assert post(partner=land.up_meta, pointers=account).pk != ours.pk
    assert post(pointers=account).pk == ours.pk


def test_after_closing_the_same_person_opens_a_linked_case_one_step_more_urgent(
    land: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    account = (Pointer("account", "42", "instagram"),)
    first = post(pointers=account)
    with reach_of(land.rj_op1):
        claiming.claim(first, by=land.rj_op1, at=monday)
        outcome.close(first, outcome="M", by=land.rj_op1, at=monday)
    second = post(pointers=account)
    assert (second.earlier_id, second.urgency) == (first.pk, "P0")
