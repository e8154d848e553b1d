"""Requests for information, and cases that another state takes over."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import Error, connection, transaction

from cases import crossings, forwarding, inquiries, outcome, sightings
from cases.inquiries import Question
from cases.models import Case, CaseEvent, Crossing, Deadline, Inquiry
from cases.refusals import NoCallRecords, NoRequest, NotWithUnit, NotYours, WrongCode, WrongMoment
from cases.sightings import Place
from districts.models import Unit
from districts.reach import reach_of
from notifications.models import Message
from tests.cases.conftest import Territory, as_engine, make_unit, ring

ASKED = Question(
    kind="telecom",
    addressee="Nodal officer, Example Telecom",
    basis="dpdp_7f",
    purpose="to reach a person in danger",
    subject="+915550001234",
    officer_name="Insp. Rao",
)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def test_a_request_has_a_number_a_clock_and_ninety_days(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        first = inquiries.ask(forwarded, ASKED, by=land.rj_op1, at=monday)
        second = inquiries.ask(forwarded, replace(ASKED, kind="emergency_112"), by=land.rj_op1, at=monday)
        assert [inquiries.number_of(row) for row in (first, second)] == [
            f"{forwarded.reference}/1", f"{forwarded.reference}/2",
        ]  # fmt: skip
        assert first.preserve_until == monday + timedelta(days=90)
        assert second.preserve_until is None
    with as_engine():
        rows = Deadline.objects.filter(case=forwarded, kind="INFORMATION", level=0)
        assert {(row.number, row.due_at - monday) for row in rows} == {(1, minutes(60)), (2, minutes(60))}


@pytest.mark.parametrize("words", ["CDR of the number", "call detail records", "कॉल डिटेल", "call logs of last week"])
def test_call_records_are_never_asked_for(land: Territory, forwarded: Case, monday: datetime, words: str) -> None:
    with reach_of(land.rj_op1), pytest.raises(NoCallRecords):
        inquiries.ask(forwarded, replace(ASKED, purpose=words), by=land.rj_op1, at=monday)


def test_an_answer_keeps_the_promise_and_becomes_a_sighting(land: Territory, forwarded: Case, monday: datetime) -> None:
    where = Place(source="address", lat=22.3039, lon=70.8022, radius_m=900)
    with reach_of(land.rj_op1):
        inquiries.ask(forwarded, ASKED, by=land.rj_op1, at=monday)
        inquiries.ask(forwarded, ASKED, by=land.rj_op1, at=monday)
        inquiries.answer(forwarded, number=2, text="tower", place=where, by=land.rj_op1, at=monday + minutes(9))
        with pytest.raises(NoRequest):
            inquiries.answer(forwarded, number=2, text="again", by=land.rj_op1, at=monday + minutes(10))
        seen = sightings.of(forwarded).get()
        assert (seen.source, seen.trust, seen.radius_m) == ("telecom", 6, 900)
        assert Inquiry.objects.get(number=2).sighting_id == seen.pk
    with as_engine():
        settled = dict(Deadline.objects.filter(kind="INFORMATION", level=0).values_list("number", "settled_as"))
    assert settled == {1: "", 2: "met"}
    # The first one is still owed, and says so when its hour is over.
    assert ("INFORMATION", 0) in ring(monday + minutes(60))


def test_no_unit_and_no_other_state_reads_a_request(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        inquiries.ask(forwarded, ASKED, by=land.rj_op1, at=monday)
    with reach_of(land.jhunjhunu_desk):
        with pytest.raises(Error, match="permission denied"), transaction.atomic():
            Inquiry.objects.exists()
        assert not CaseEvent.objects.filter(action="inquiry_asked").exists()
        with pytest.raises(NotYours):
            inquiries.ask(forwarded, ASKED, by=land.jhunjhunu_desk, at=monday)
    with reach_of(land.up_op1):
        assert not Inquiry.objects.exists()
        with pytest.raises(NotWithUnit):
            inquiries.ask(forwarded, ASKED, by=land.up_op1, at=monday)


def test_a_request_is_written_once(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        inquiries.ask(forwarded, ASKED, by=land.rj_op1, at=monday)
        with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE cases_inquiry SET purpose = 'x'")


@pytest.fixture
def gujarat(land: Territory) -> Unit:
    """The control room of Gujarat, as Rajasthan's directory has it."""
    return make_unit(land.rj_cell.state, "RJ-OUT-GJ", "other_state", land.rj_cell, {1: "control_room"})


def hand_over(case: Case, land: Territory, to: Unit, at: datetime) -> Crossing:
    with reach_of(land.rj_op1):
        leg = forwarding.forward(case, to=to, part="other_state", by=land.rj_op1, at=at)
        return Crossing.objects.get(forwarding=leg)


NAMED: dict[str, Any] = {"officer_name": "PI Patel", "officer_phone": "+915550000999"}


def test_another_state_has_fifteen_minutes_and_the_cell_is_waked_if_it_does_not_confirm(
    land: Territory, forwarded: Case, gujarat: Unit, monday: datetime
) -> None:
    hand_over(forwarded, land, gujarat, monday)
    with as_engine():
        rung = Message.objects.filter(contact__unit=gujarat)
        assert {message.channel for message in rung} == {"sms", "voice"}
        # They cannot sign in here: no link, but a number to ring.
        assert not any("/cases/" in message.text for message in rung)
        owed = Deadline.objects.get(kind="OTHER_STATE", level=0)
        assert (owed.due_at - monday, owed.unit.code) == (minutes(15), "RJ-CELL")
        assert not Deadline.objects.filter(forwarding__unit=gujarat, kind="ACKNOWLEDGE").exists()
    with reach_of(land.rj_op1):
        forwarding.recall(forwarded, unit=land.jhunjhunu, reason="is in Gujarat", by=land.rj_op1, at=monday)
    # Jhunjhunu has not said that it knows, either.
    assert [kind for kind, _ in ring(monday + minutes(15))] == ["RECALL", "OTHER_STATE"]
    with as_engine():
        assert Message.objects.filter(contact__unit=land.rj_cell, topic="deadline_missed").exists()


def test_only_the_code_of_the_sheet_confirms(land: Territory, forwarded: Case, gujarat: Unit, monday: datetime) -> None:
    crossing = hand_over(forwarded, land, gujarat, monday)
    wrong = f"{(int(crossing.code) + 1) % 10**6:06}"
    with reach_of(land.rj_op1):
        said: dict[str, Any] = {**NAMED, "by": land.rj_op1, "at": monday + minutes(5)}
        with pytest.raises(WrongCode):
            crossings.confirm(forwarded, unit=gujarat, code=wrong, **said)
        with pytest.raises(NotWithUnit):
            crossings.confirm(forwarded, unit=land.jhunjhunu, code=crossing.code, **said)
        spoken = " ".join(crossing.code)
        crossings.confirm(forwarded, unit=gujarat, code=spoken, their_reference="GJ-7", **said)
        with pytest.raises(WrongMoment):
            crossings.confirm(forwarded, unit=gujarat, code=crossing.code, **said)
        forwarded.refresh_from_db()
        assert forwarded.status == "acknowledged"
        outcome.close(forwarded, outcome="X", by=land.rj_op1, at=monday + minutes(9))
    with as_engine():
        assert Deadline.objects.get(kind="OTHER_STATE", level=0).settled_as == "met"
        assert crossing.code not in str(list(CaseEvent.objects.values_list("facts", flat=True)))


def test_the_code_is_read_by_nobody_but_the_cell(
    land: Territory, forwarded: Case, gujarat: Unit, monday: datetime
) -> None:
    hand_over(forwarded, land, gujarat, monday)
    for stranger in (land.jhunjhunu_desk, land.sikar_desk):
        with reach_of(stranger), pytest.raises(Error, match="permission denied"), transaction.atomic():
            Crossing.objects.exists()
    with reach_of(land.up_op1):
        assert not Crossing.objects.exists()
