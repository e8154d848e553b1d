"""What rings in a cell: new cases until somebody claims, news until somebody answers, and at which desks."""

import pytest

from districts.models import Officer
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
