"""Hand-overs between two portals at the door: whose word is taken, and whose is only kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from cases import claiming, forwarding
from cases.models import Case, Forwarding, Parcel, Passage
from districts.actors import CLOCK, officer_actor
from districts.models import Counterpart, Officer, Posting, State, Unit
from districts.reach import reach_of
from portal.models import SignedRequest
from tests.portal.api.conftest import Caller, case_of, kept, make_partner, report
from tests.portal.api.test_signatures import SECRET, sign

THEIRS = "01999999-0000-7000-8000-000000000001"
NEWS = "/api/v1/handed-over/RJ-OUT-GJ"
TRAIL = [{"portal": "GJ", "reference": "GJ-1234-5678"}]
HANDED_OVER: dict[str, Any] = {
    "trail": TRAIL, "family_not_told": "beaten at home",
    "sources": [{"sha256": "a" * 64, "size": 3, "name": "alert.json"}],
}  # fmt: skip


@pytest.fixture
def gujarat(rajasthan: State) -> Caller:
    """Gujarat's portal, which is a partner here as we are one there."""
    caller = make_partner(rajasthan, "gj")
    room = Unit.objects.create(
        state=rajasthan, code="RJ-OUT-GJ", kind="other_state", name_en="Gujarat", name_hi="गुजरात",
        group=Group.objects.create(name="RJ-OUT-GJ"),
    )  # fmt: skip
    reached = {"address": "http://127.0.0.1:9", "key": "key-of-rajasthan-0001", "signing_secret": SECRET}
    Counterpart.objects.create(unit=room, partner=caller.partner, **reached)
    return caller


@pytest.fixture
def handed_over(gujarat: Caller, meta: Caller) -> Case:
    """A case that Gujarat has received by API, and that nobody there has claimed yet."""
    case = case_of(kept(meta.send(report())))
    officer = Officer.objects.create(username="op", name="Op", password="!")
    now = timezone.now()
    Posting.objects.create(officer=officer, unit=Unit.objects.get(code="RJ-CELL"), role="operator", valid_from=now)
    op = officer_actor(officer, at=timezone.now())
    with reach_of(op):
        claiming.claim(case, by=op, at=now)
        forwarding.forward(case, to=Unit.objects.get(code="RJ-OUT-GJ"), part="other_state", by=op, at=now)
    with reach_of(CLOCK):
        for passage in Passage.objects.all():
            passage.their_alert = THEIRS  # type: ignore[assignment]  # as the database reads it
            passage.save(update_fields=["their_alert"])
        for parcel in Parcel.objects.all():
            parcel.stage, parcel.final_at = "delivered", now
            parcel.save(update_fields=["stage", "final_at"])
    return case


def news(**changes: Any) -> bytes:
    data = {"id": THEIRS, "partner_reference": "RJ-1", "state": "in_triage", "outcome": None}
    said = {"type": "alert.state_changed", "timestamp": datetime.now(UTC).isoformat(), "data": data | changes}
    return json.dumps(said).encode()


def tell(raw: bytes, address: str = NEWS, **headers: str) -> Any:
    signed = headers or sign(raw)
    return Client().post(address, data=raw, content_type="application/json", headers=signed)


def leg_of(case: Case) -> str:
    with reach_of(CLOCK):
        return str(Forwarding.objects.get(case=case).status)


def test_their_yes_is_taken_once_and_again_without_harm(handed_over: Case) -> None:
    raw = news()
    assert [tell(raw).status_code for _time in range(2)] == [204, 204]
    assert leg_of(handed_over) == "acknowledged"
    # A webhook that comes again is good however often: its id is not used up.
    assert not SignedRequest.objects.exists()


FORGED = {
    "unsigned": lambda _raw: {"webhook-id": "msg_1"},
    "by somebody else": lambda raw: sign(raw, key=b"a secret of somebody else"),
    "of other words": lambda _raw: sign(news(state="closed", outcome="S1")),
    "of yesterday": lambda raw: sign(raw, age=86_400),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_yes_is_none(handed_over: Case, how: str) -> None:
    raw = news()
    answer = tell(raw, **FORGED[how](raw))
    assert answer.status_code == 401
    assert leg_of(handed_over) == "forwarded"


def test_a_portal_nobody_knows_and_one_that_is_not_active_are_answered_like_a_forger(
    handed_over: Case, gujarat: Caller
) -> None:
    raw = news()
    forged = tell(raw, **sign(raw, key=b"a secret of somebody else"))
    unknown = tell(raw, "/api/v1/handed-over/RJ-OUT-MP")
    Counterpart.objects.update(active=False)
    switched_off = tell(raw)
    assert {answer.status_code for answer in (forged, unknown, switched_off)} == {401}
    kinds = [answer.json()["type"] for answer in (forged, unknown, switched_off)]
    assert len(set(kinds)) == 1
    assert leg_of(handed_over) == "forwarded"


def test_a_partners_key_opens_nothing_here(handed_over: Case, gujarat: Caller, stranger: Caller) -> None:
    raw = news()
    for caller in (gujarat, stranger):
        answer = caller.ask("post", NEWS, data=raw, content_type="application/json")
        assert answer.status_code == 401
    assert leg_of(handed_over) == "forwarded"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (news(id="01999999-0000-7000-8000-00000000dead"), 404),
        (news(id="nothing"), 422),
        (news(state="arrested"), 422),
        (news(outcome="SAVED"), 422),
        (b"[]", 422),
        (b"{", 400),
    ],
)
def test_what_is_no_news_of_ours_is_refused(handed_over: Case, raw: bytes, status: int) -> None:
    assert tell(raw).status_code == status
    assert leg_of(handed_over) == "forwarded"


def test_what_another_state_hands_over_keeps_its_way_and_its_warning(gujarat: Caller) -> None:
    answer = gujarat.send(report(handed_over=HANDED_OVER))
    assert answer.status_code == 201
    assert answer.json()["warnings"] == []
    alert = kept(answer)
    assert alert.parsed["handed_over"]["trail"] == TRAIL
    assert case_of(alert).family_not_told == "beaten at home"
    # The same case by way of a third state is the same case.
    again = gujarat.send(report(handed_over=HANDED_OVER))
    assert again.json()["reference"] == answer.json()["reference"]


def test_from_a_stranger_it_is_kept_and_means_nothing(gujarat: Caller, stranger: Caller) -> None:
    ours = gujarat.send(report(handed_over=HANDED_OVER))
    answer = stranger.send(report(handed_over=HANDED_OVER))
    assert answer.json()["warnings"] == ["/handed_over"]
    assert answer.json()["reference"] != ours.json()["reference"]
    alert = kept(answer)
    assert "handed_over" not in alert.parsed
    assert alert.body["handed_over"] == HANDED_OVER
    assert case_of(alert).family_not_told == ""


@pytest.mark.parametrize("said", ["a word", [1], {"trail": "x", "sources": [{"sha256": "z"}]}, {"trail": [{}] * 99}])
def test_a_way_that_nobody_can_read_is_no_reason_to_refuse(gujarat: Caller, said: Any) -> None:
    answer = gujarat.send(report(handed_over=said))
    assert answer.status_code == 201
    assert (kept(answer).parsed.get("handed_over") or {"trail": []})["trail"] == []
