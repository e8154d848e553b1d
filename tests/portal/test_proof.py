"""The proof of a case: what was due, who was told, what came of it, to the second; each reads their own part."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases import deadlines
from cases.models import ReadEntry
from districts.actors import CLOCK
from districts.reach import reach_of
from notifications.channels.wire import Sent
from notifications.delivery import Answer, claim_due, record
from tests.portal.conftest import JSON, PHONE, STRANGERS, do

NEVER_SAID = ("Aarav", "Kalpanik", PHONE, "at the lake", "aarav@mail.example", "the hostel of Aarav")


@pytest.fixture
def lived(forwarded, desk):
    """A case that was told to two units, missed by one and answered by a key of the other."""
    do(desk("op1"), forwarded, "forward", unit="RJ-SOUTH", role="family", note="the hostel of Aarav")
    now = timezone.now()
    taken = claim_due(channel="voice", at=now, limit=9)
    record([Answer(message.pk, message.attempts, Sent(f"p-{message.pk}")) for message in taken], at=now)
    south = next(message for message in taken if message.to_ref == "RJ-SOUTH/control_room")
    receipt = {"id": str(south.pk), "provider_id": f"p-{south.pk}", "status": "key", "key": "1"}
    answer = desk("op1").post(f"/gateway/receipts/{south.token}", receipt, content_type="application/json")
    assert answer.status_code == 204
    later = now + timedelta(seconds=200)
    for _ in range(9):
        with reach_of(CLOCK):
            if deadlines.miss_next(at=later) is None:
                break
    return forwarded


def test_it_says_what_was_due_who_was_told_and_what_came_of_it(lived, desk):
    proof = desk("op1").get(f"/cases/{lived.reference}/proof", headers=JSON).json()
    north, south = (
        next(one for one in proof["promises"] if (one["kind"], one["unit"]) == ("ACKNOWLEDGE", unit))
        for unit in ("RJ-NORTH", "RJ-SOUTH")
    )
    assert (north["settled_as"], south["settled_as"]) == ("missed", "met")
    assert north["late_s"] > 0
    first, second, third = north["steps"]
    assert [one["settled_as"] for one in north["steps"]] == ["missed", "missed", None]
    assert {(one["channel"], one["to_ref"]) for one in first["messages"]} == {
        ("sms", "RJ-NORTH/control_room"), ("voice", "RJ-NORTH/control_room"),
    }  # fmt: skip
    assert [one["to_ref"] for one in second["messages"]] == ["RJ-NORTH/SP"]
    assert third["messages"] == []
    (call,) = [one for one in south["steps"][0]["messages"] if one["channel"] == "voice"]
    assert call["accepted_at"]
    assert [(one["heard"], one["key"]) for one in call["tries"]] == [("key", "1")]
    assert {(one["unit"], one["how"], one["post"]) for one in proof["answers"]} == {
        ("RJ-NORTH", None, None), ("RJ-SOUTH", "key", "RJ-SOUTH/control_room"),
    }  # fmt: skip
    assert proof["faults_of_the_history"] == []
    assert [line["seq"] for line in proof["lines"]] == list(range(1, len(proof["lines"]) + 1))


def test_nothing_of_the_person_is_in_it(lived, desk):
    for headers in (JSON, {}):
        text = desk("op1").get(f"/cases/{lived.reference}/proof", headers=headers).content.decode()
        assert not [word for word in NEVER_SAID if word in text]
    # Posts and officers are named, not their numbers; the page's frame says the cell's own.
    assert "+91555" not in desk("op1").get(f"/cases/{lived.reference}/proof", headers=JSON).content.decode()


def test_a_unit_reads_its_own_part(lived, desk):
    for who, own, other in (("north", "RJ-NORTH", "RJ-SOUTH"), ("south", "RJ-SOUTH", "RJ-NORTH")):
        answer = desk(who).get(f"/cases/{lived.reference}/proof", headers=JSON)
        assert other not in answer.content.decode()
        proof = answer.json()
        assert {one["unit"] for one in proof["promises"]} == {one["unit"] for one in proof["answers"]} == {own}
        assert (proof["faults_of_the_history"], proof["pauses"], proof["whole_case"]) == (None, [], False)
        assert other not in desk(who).get(f"/cases/{lived.reference}/proof").content.decode()


@pytest.mark.parametrize("who", [who for who in STRANGERS if who != "south"])
def test_a_stranger_learns_nothing(lived, desk, who):
    foreign = desk(who).get(f"/cases/{lived.reference}/proof", headers=JSON)
    absent = desk(who).get("/cases/RJ-0000-0000/proof", headers=JSON)
    assert (foreign.status_code, foreign.content) == (404, absent.content)


def test_whoever_looks_is_written_down(lived, desk):
    desk("op2").get(f"/cases/{lived.reference}/proof")
    with reach_of(CLOCK):
        assert ReadEntry.objects.filter(case=lived, actor="officer:op2", kind="proof").count() == 1


def test_what_was_held_is_in_it_and_on_the_pages(forwarded, desk):
    op1 = desk("op1")
    held = do(op1, forwarded, "pause", unit="RJ-NORTH", minutes="5", reason="they are talking to Aarav")
    assert held.status_code == 200
    shown = held.json()
    assert shown["paused"] is True
    assert shown["due"]["paused_until"] is not None
    assert "resume" in shown["allowed"]
    for who in ("op1", "north"):
        assert 'class="mark">held until' in desk(who).get(f"/cases/{forwarded.reference}").content.decode()
    proof = op1.get(f"/cases/{forwarded.reference}/proof", headers=JSON).json()
    assert [(one["unit"], one["ended_at"]) for one in proof["pauses"]] == [("RJ-NORTH", None)]
    assert "Aarav" not in op1.get(f"/cases/{forwarded.reference}/proof").content.decode()
    gone_on = do(op1, forwarded, "resume", unit="RJ-NORTH").json()
    assert (gone_on["paused"], "resume" in gone_on["allowed"]) == (False, False)


def test_help_is_one_press_away_for_cell_and_unit(forwarded, desk):
    op1, north = desk("op1"), desk("north")
    for client in (op1, north):
        assert f"/cases/{forwarded.reference}/escalate" in client.get(f"/cases/{forwarded.reference}").content.decode()
    after = do(north, forwarded, "escalate").json()
    assert [one["to_ref"] for one in after["messages"]][-1] == "RJ-NORTH/SP"
    assert "escalated" in [line["action"] for line in after["timeline"]]
