"""The end of a shift: what is open goes to the next desk by name, and nothing most urgent is left to nobody."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Case, Handover
from districts.actors import CLOCK
from districts.models import Contact, Unit
from districts.reach import reach_of
from notifications.models import Provider
from tests.portal.conftest import JSON, STRANGERS, do, read


def sheet(client: Client) -> dict[str, Any]:
    answer = client.get("/shift", headers=JSON)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def sign(client: Client, *cases: Case, **notes: str) -> Any:
    steps = {f"step-{case.reference}": "ring the family at seven" for case in cases}
    return client.post("/shift/sign", steps | notes, headers=JSON)


def take(client: Client, sheet_id: str, *cases: Case) -> Any:
    return client.post(f"/shift/{sheet_id}/take", {"read": [case.reference for case in cases]}, headers=JSON)


@pytest.fixture
def held(post: Any, desk: Any) -> Case:
    """A case that the first operator holds."""
    case: Case = post()
    assert do(desk("op1"), case, "claim").status_code == 200
    return case


def test_a_shift_goes_to_the_next_desk_line_by_line(held: Case, desk: Any):
    op1, op2 = desk("op1"), desk("op2")
    assert [row["reference"] for row in sheet(op1)["rows"]] == [held.reference]
    assert sheet(op2)["rows"] == []
    assert sign(op1, held, risks="heavy rain, slow roads").status_code == 200

    assert read(op2, held)["claimed_by"] == "op1", "the case stays where it is until somebody takes it"
    (waiting,) = sheet(op2)["waiting"]
    assert waiting["lines"][0]["next_step"] == "ring the family at seven"
    assert waiting["notes"] == [{"label": "Risks", "text": "heavy rain, slow roads"}]
    assert take(op2, waiting["id"], held).status_code == 200

    case = read(op2, held)
    assert case["claimed_by"] == "op2"
    assert [line["action"] for line in case["timeline"]][-2:] == ["handover_signed", "handover_taken"]
    assert sheet(op1)["rows"] == []
    assert sheet(op1)["taken"][0]["taken_by"] == "Officer op2"


def test_a_shift_cannot_end_while_the_most_urgent_is_held_by_nobody(held: Case, post: Any, desk: Any):
    op1 = desk("op1")
    urgent: Case = post(urgency="P0")
    no = sign(op1, held)
    assert (no.status_code, no.json()["type"]) == (409, "/problems/urgent_and_nobodys")
    assert urgent.reference in no.json()["title"]
    with reach_of(CLOCK):
        assert Handover.objects.count() == 0
    assert do(op1, urgent, "claim").status_code == 200
    assert sign(op1, held, urgent).status_code == 200


def test_nor_can_it_be_taken_then(held: Case, post: Any, desk: Any):
    op1, op2 = desk("op1"), desk("op2")
    assert sign(op1, held).status_code == 200
    post(urgency="P0")
    no = take(op2, sheet(op2)["waiting"][0]["id"], held)
    assert (no.status_code, no.json()["type"]) == (409, "/problems/urgent_and_nobodys")
    assert read(op2, held)["claimed_by"] == "op1"


def test_practice_that_nobody_holds_keeps_nobody_from_going_home(held: Case, post: Any, desk: Any):
    post(urgency="P0", practice=True)
    assert sign(desk("op1"), held).status_code == 200


def test_every_case_needs_its_next_step_and_every_line_is_ticked(held: Case, desk: Any):
    op1, op2 = desk("op1"), desk("op2")
    no = sign(op1)
    assert (no.status_code, no.json()["type"]) == (409, "/problems/next_step_needed")
    assert sign(op1, held).status_code == 200
    waiting = sheet(op2)["waiting"][0]["id"]
    no = take(op2, waiting)
    assert (no.status_code, no.json()["type"]) == (409, "/problems/not_read_out")
    assert read(op2, held)["claimed_by"] == "op1"


def test_nobody_takes_over_from_themselves_and_nobody_twice(held: Case, desk: Any):
    op1, op2 = desk("op1"), desk("op2")
    assert sign(op1, held).status_code == 200
    waiting = sheet(op1)["own"]["id"]
    assert take(op1, waiting, held).json()["type"] == "/problems/not_from_yourself"
    assert sign(op1, held).json()["type"] == "/problems/already_handed_over"
    assert take(op2, waiting, held).status_code == 200
    assert take(op2, waiting, held).json()["type"] == "/problems/already_handed_over"


def test_a_case_that_somebody_took_meanwhile_stays_with_them(held: Case, desk: Any):
    op1, op2 = desk("op1"), desk("op2")
    assert sign(op1, held).status_code == 200
    assert do(op2, held, "claim", reason="he rings back at my desk").status_code == 200
    before = len(read(op2, held)["timeline"])
    assert take(op2, sheet(op2)["waiting"][0]["id"], held).status_code == 200
    case = read(op2, held)
    assert case["claimed_by"] == "op2"
    assert len(case["timeline"]) == before


def test_what_was_closed_meanwhile_needs_no_tick(held: Case, desk: Any):
    op1, op2 = desk("op1"), desk("op2")
    assert sign(op1, held).status_code == 200
    assert do(op1, held, "set-aside", reason="an old song").status_code == 200
    assert take(op2, sheet(op2)["waiting"][0]["id"]).status_code == 200


@pytest.mark.parametrize("stranger", [name for name in STRANGERS if name != "up-op1"])
def test_a_stranger_has_no_shift_here(stranger: str, held: Case, desk: Any):
    assert sign(desk("op1"), held).status_code == 200
    waiting = sheet(desk("op1"))["own"]["id"]
    client = desk(stranger)
    assert client.get("/shift", headers=JSON).status_code == 403
    assert sign(client, held).status_code == 403
    assert take(client, waiting, held).status_code == 403
    assert client.get("/shift/diary", headers=JSON).status_code == 403


def test_the_cell_of_another_state_sees_and_takes_nothing_of_it(held: Case, desk: Any):
    assert sign(desk("op1"), held).status_code == 200
    waiting = sheet(desk("op1"))["own"]["id"]
    other = desk("up-op1")
    assert (sheet(other)["waiting"], sheet(other)["taken"]) == ([], [])
    assert take(other, waiting, held).status_code == 404
    assert other.get("/shift/diary", headers=JSON).json()["lines"] == []


def test_the_diary_of_the_day_names_cases_and_officers_and_no_person(held: Case, desk: Any):
    op1 = desk("op1")
    lines = op1.get("/shift/diary", headers=JSON).json()["lines"]
    assert [(line["action"], line["actor"]) for line in lines] == [("received", "Meta"), ("claimed", "Officer op1")]
    page = op1.get("/shift/diary").content.decode()
    assert held.reference in page
    assert "Aarav" not in page
    assert op1.get("/shift/diary?day=2020-01-01", headers=JSON).json()["lines"] == []
    assert op1.get("/shift/diary?day=no-day", headers=JSON).status_code == 200


def test_the_page_keeps_what_was_written_when_it_is_refused(held: Case, desk: Any):
    answer = desk("op1").post("/shift/sign", {"situation": "one is still awake", f"step-{held.reference}": ""})
    assert answer.status_code == 409
    assert "one is still awake" in answer.content.decode()


def test_the_next_desk_sees_whether_an_alarm_would_be_heard_and_a_message_would_get_out(
    held: Case, desk: Any, settings: Any
):
    settings.SMS_GATEWAY_URL = "http://127.0.0.1:9/"
    op1 = desk("op1")
    standing = sheet(op1)["standing"]
    assert (standing["desks"], standing["providers_out"], standing["tests_failed"]) == (0, [], 0)
    op1.post("/desk", {"desk": "4f2a", "armed": "1"}, headers=JSON)
    with reach_of(CLOCK):
        Provider.objects.create(
            name="sms", channel="sms", failures=5, opened_at=timezone.now(), probe_at=timezone.now()
        )
        Contact.objects.filter(unit__code="RJ-EAST").update(vacant=True)
    standing = sheet(op1)["standing"]
    assert standing["desks"] == 1
    assert standing["providers_out"] == ["sms"]
    assert standing["units_out"] == [Unit.objects.get(code="RJ-EAST").name_en]
    assert "sms" in op1.get("/shift").content.decode()


def test_the_page_asks_the_same_number_of_questions_for_three_cases_as_for_one(
    held: Case, post: Any, desk: Any, django_assert_num_queries: Any
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    op1 = desk("op1")
    with CaptureQueriesContext(connection) as one:
        sheet(op1)
    for _ in range(2):
        assert do(op1, post(), "claim").status_code == 200
    with CaptureQueriesContext(connection) as three:
        assert len(sheet(op1)["rows"]) == 3
    assert len(three) == len(one)
