"""What rings in a cell: new cases until somebody claims, news until somebody answers, and at which desks."""

import pytest

from districts.actors import CLOCK
from districts.models import Officer
from districts.reach import reach_of
from notifications.models import Message
from portal.models import Desk
from tests.portal.conftest import JSON, arrive, do

STRANGERS = ("north", "dig", "reviewer", "admin", "nobody", "up-op1")


def ringing(client):
    answer = client.get("/ringing", headers=JSON)
    assert answer.status_code == 200, answer.content
    return answer.json()


def keys(client):
    return [(one["reference"], one["why"]) for one in ringing(client)["ringing"]]


def test_a_new_case_rings_at_every_desk_of_its_cell_until_it_is_claimed(post, desk):
    case, op1, op2 = post(), desk("op1"), desk("op2")
    assert keys(op1) == keys(op2) == [(case.reference, "new")]
    assert [keys(desk(stranger)) for stranger in STRANGERS] == [[]] * len(STRANGERS)
    do(op1, case, "silence", desk="4f2a")
    assert keys(op2) == [(case.reference, "new")]
    do(op1, case, "claim")
    assert keys(op1) == keys(op2) == []


def test_the_most_urgent_rings_first_and_no_name_is_in_any_of_it(post, desk):
    calm, dire = post(urgency="P1"), post(urgency="P0")
    told = ringing(desk("op1"))
    assert [one["reference"] for one in told["ringing"]] == [dire.reference, calm.reference]
    assert {"Aarav", "aarav", "5550001234"} & set(told["html"].split()) == set()
    assert "Aarav" not in told["html"]


def test_a_released_case_rings_anew_also_where_it_was_silenced(post, desk):
    case, op1 = post(), desk("op1")
    before = ringing(op1)["ringing"][0]["key"]
    do(op1, case, "claim")
    do(op1, case, "release")
    after = ringing(op1)["ringing"][0]["key"]
    assert before != after


def test_a_second_alert_on_a_claimed_case_rings_until_its_holder_answers(post, desk):
    case, op1, op2 = post(), desk("op1"), desk("op2")
    do(op1, case, "claim")
    assert keys(op1) == []
    arrive(pointers=_pointers_of(case), partner_reference="AGAIN-1", sha256="b" * 64)
    assert keys(op1) == keys(op2) == [(case.reference, "again")]
    # A colleague who silences it at another desk has not answered for the holder.
    do(op2, case, "silence", desk="9999")
    assert keys(op1) == [(case.reference, "again")]
    do(op1, case, "notes", text="read it")
    assert keys(op1) == []


def test_a_case_that_a_unit_returns_rings_until_it_is_forwarded_again(forwarded, desk):
    op1 = desk("op1")
    assert keys(op1) == []
    do(desk("north"), forwarded, "return", reason="not ours")
    assert keys(op1) == [(forwarded.reference, "returned")]
    do(op1, forwarded, "forward", unit="RJ-SOUTH", role="lead")
    assert keys(op1) == []


def test_a_unit_that_needs_help_rings_until_whoever_holds_the_case_answers(forwarded, desk):
    op1, op2, north = desk("op1"), desk("op2"), desk("north")
    assert "help" in north.get(f"/cases/{forwarded.reference}", headers=JSON).json()["allowed"]
    do(north, forwarded, "help", text="the door is locked")
    assert keys(op1) == keys(op2) == [(forwarded.reference, "help")]
    assert "the door is locked" not in ringing(op1)["html"]
    first = ringing(op1)["ringing"][0]["key"]
    assert [keys(desk(stranger)) for stranger in STRANGERS] == [[]] * len(STRANGERS)
    # Neither what the unit does next nor a colleague at another desk is an answer to it.
    do(north, forwarded, "notes", text="we wait")
    do(op2, forwarded, "notes", text="not mine")
    do(op2, forwarded, "silence", desk="9999")
    assert keys(op1) == [(forwarded.reference, "help")]
    do(op1, forwarded, "notes", text="112 sends a ladder")
    assert keys(op1) == keys(op2) == []
    do(north, forwarded, "help")
    assert keys(op1) == [(forwarded.reference, "help")]
    assert ringing(op1)["ringing"][0]["key"] != first


def test_the_desk_of_the_cell_is_told_that_help_is_needed_and_nobody_else(forwarded, desk):
    do(desk("north"), forwarded, "help", text="the door is locked")
    do(desk("north"), forwarded, "help")
    with reach_of(CLOCK):
        told = list(Message.objects.filter(topic="help_wanted").order_by("pk"))
    assert {message.to_ref for message in told} == {"RJ-CELL/desk"}
    assert sorted(message.channel for message in told) == ["sms", "sms", "voice", "voice"]
    assert not any("door" in str(message.facts) for message in told)


@pytest.mark.parametrize(
    ("who", "status"), [("south", 404), ("up-op1", 404), ("reviewer", 404), ("dig", 409), ("op1", 409)]
)
def test_help_is_asked_for_by_whoever_is_on_the_spot(forwarded, desk, who, status):
    answer = desk(who).post(f"/cases/{forwarded.reference}/help", {}, headers=JSON)
    assert answer.status_code == status
    assert keys(desk("op1")) == []


def test_a_desk_that_is_armed_is_counted_in_its_own_state_alone(land, desk):
    op1, op2, other = desk("op1"), desk("op2"), desk("up-op1")
    assert op1.post("/desk", {"desk": "4f2a", "armed": "1"}, headers=JSON).json() == {"desks": 1}
    assert op2.post("/desk", {"desk": "77aa", "armed": "1"}, headers=JSON).json() == {"desks": 2}
    assert other.post("/desk", {"desk": "4f2a", "armed": "1"}, headers=JSON).json() == {"desks": 1}
    assert ringing(op1)["desks"] == 2
    assert op1.post("/desk", {"desk": "4f2a", "armed": "0"}, headers=JSON).json() == {"desks": 1}


def test_a_desk_that_says_nothing_any_more_is_off(land, desk):
    op1 = desk("op1")
    op1.post("/desk", {"desk": "4f2a", "armed": "1"}, headers=JSON)
    armed = Desk.objects.get()
    Desk.objects.filter(pk=armed.pk).update(until=armed.armed_at)
    assert ringing(op1)["desks"] == 0
    op1.post("/desk", {"desk": "4f2a", "armed": "1"}, headers=JSON)
    assert Desk.objects.get().armed_at > armed.armed_at


@pytest.mark.parametrize("stranger", ["north", "dig", "admin", "nobody"])
def test_who_sits_at_no_desk_of_a_cell_arms_none(land, desk, stranger):
    assert desk(stranger).post("/desk", {"desk": "4f2a", "armed": "1"}, headers=JSON).json() == {"desks": 0}
    assert not Desk.objects.exists()


def test_a_stranger_to_the_portal_is_sent_to_sign_in(land, client):
    assert client.get("/ringing", headers=JSON).status_code == 401
    assert client.post("/desk", {"desk": "4f2a", "armed": "1"}, headers=JSON).status_code == 401
    assert Officer.objects.count() > 0


def _pointers_of(case):
    from cases.intake import Pointer
    from cases.models import Identifier
    from districts.actors import CLOCK
    from districts.reach import reach_of

    with reach_of(CLOCK):
        known = list(Identifier.objects.filter(case=case))
    return tuple(Pointer(one.kind, one.value, one.platform, verified=one.verified) for one in known)
