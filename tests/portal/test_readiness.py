"""The readiness board: who could be reached tonight, said by word and shape, to those whose units they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from districts import onboarding
from districts.actors import CLOCK
from districts.models import Contact, Officer
from districts.onboarding import SEED
from districts.reach import reach_of
from notifications import contact_tests
from notifications.models import Message
from notifications.tasks import deliver_everything_due
from tests.portal.conftest import JSON, signed_in


def board(username: str) -> dict[str, dict[str, Any]]:
    answer = signed_in(username).get("/readiness", headers=JSON)
    assert answer.status_code == 200, answer.content
    return {unit["code"]: unit for unit in answer.json()["units"]}


def post_of(unit: str, name: str) -> Contact:
    return Contact.objects.select_related("unit__state").get(unit__code=unit, post=name)


def verify(contact: Contact, *, phone: str = "") -> None:
    """Let a test of the number have arrived: of the post's own, or of another by which it is reached."""
    at = timezone.now() - timedelta(minutes=5)
    for message in contact_tests.send(contact, by=CLOCK, at=at, phone=phone):
        with reach_of(CLOCK):
            row = Message.objects.get(pk=message.pk)
            row.state, row.final_at = "delivered", at
            row.save(update_fields=["state", "final_at"])


@pytest.mark.parametrize(
    ("who", "units"),
    [
        ("op1", {"RJ-CELL", "RJ-RANGE", "RJ-NORTH", "RJ-SOUTH", "RJ-EAST"}),
        ("dig", {"RJ-RANGE", "RJ-NORTH", "RJ-SOUTH"}),
        ("north", {"RJ-NORTH"}),
        ("admin", {"RJ-CELL", "RJ-RANGE", "RJ-NORTH", "RJ-SOUTH", "RJ-EAST"}),
        ("up-op1", {"UP-CELL", "UP-AGRA"}),
        ("agra", {"UP-AGRA"}),
    ],
)
def test_each_sees_their_own_units_and_no_others(land, who, units):
    assert set(board(who)) == units


@pytest.mark.parametrize("stranger", ["reviewer", "auditor", "nobody"])
def test_strangers_see_no_board(land, stranger):
    for headers in (JSON, {"Accept": "text/html"}):
        assert signed_in(stranger).get("/readiness", headers=headers).status_code == 403


def test_a_unit_is_ready_by_what_is_known_of_its_posts(land):
    assert board("north")["RJ-NORTH"]["level"] == "amber"
    verify(post_of("RJ-NORTH", "SP"))
    unit = board("north")["RJ-NORTH"]
    assert (unit["level"], unit["percent"]) == ("green", 50)
    sp = next(post for post in unit["posts"] if post["post"] == "SP")
    assert (sp["level"], sp["why"], sp["last_test"]["state"]) == ("green", "", "delivered")
    assert sp["verified_at"] is not None
    # The neighbour's is its own.
    assert board("south")["RJ-SOUTH"]["percent"] == 0


def test_where_nobody_can_be_reached_is_red_and_says_why(land):
    now = timezone.now()
    room, sp = post_of("RJ-NORTH", "control_room"), post_of("RJ-NORTH", "SP")
    for contact in (room, sp):
        verify(contact)
    onboarding.change_contact(room, {"vacant": True}, by=SEED, at=now)
    onboarding.add_duty(sp, kind="leave", begins=now, ends=now + timedelta(days=2), by=SEED, at=now)
    unit = board("op1")["RJ-NORTH"]
    assert (unit["level"], unit["word"]) == ("red", "nobody can be reached")
    assert {post["post"]: post["why"] for post in unit["posts"]} == {"control_room": "vacant", "SP": "on_leave"}
    # The worst comes first; on the page it is said in words.
    assert next(iter(board("op1"))) == "RJ-NORTH"
    page = signed_in("op1").get("/readiness").content.decode()
    assert "nobody can be reached" in page
    onboarding.add_duty(
        sp, kind="charge", begins=now, ends=now + timedelta(days=2), phone="+915550007777", by=SEED, at=now
    )
    # Of the number that would be told now nobody knows anything yet, whatever is known of the post's own.
    assert board("op1")["RJ-NORTH"]["level"] == "amber"
    verify(sp, phone="+915550007777")
    assert board("op1")["RJ-NORTH"]["level"] == "green"


def test_a_number_that_changes_is_verified_no_more(land):
    sp = post_of("RJ-NORTH", "SP")
    verify(sp)
    assert board("north")["RJ-NORTH"]["percent"] == 50
    onboarding.change_contact(sp, {"phone": "+915550008888"}, by=SEED, at=timezone.now())
    assert board("north")["RJ-NORTH"]["percent"] == 0


def test_the_next_seven_days_show_who_has_duty(land):
    now = timezone.now()
    sp = post_of("RJ-NORTH", "SP")
    begins = now + timedelta(days=2)
    onboarding.add_duty(
        sp, kind="turn", shift="night", officer=Officer.objects.get(username="north"), begins=begins,
        ends=begins + timedelta(hours=1), by=SEED, at=now,
    )  # fmt: skip
    days = next(post for post in board("north")["RJ-NORTH"]["posts"] if post["post"] == "SP")["duty"]
    assert len(days) == 7
    filled = [day for day in days if day["entries"]]
    assert {day["day"] for day in filled} >= {timezone.localdate(begins).isoformat()}
    assert filled[0]["entries"][0]["officer"] == "Officer north"
    assert filled[0]["entries"][0]["shift"] == "night"


def test_more_posts_duties_and_tests_ask_no_more_questions(land):
    client = signed_in("op1")

    def questions(headers: dict[str, str]) -> int:
        client.get("/readiness", headers=headers)
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/readiness", headers=headers).status_code == 200
        return len(asked)

    html = {"Accept": "text/html"}
    few = questions(JSON), questions(html)
    now = timezone.now()
    for number in range(4):
        contact = onboarding.add_contact(
            post_of("RJ-NORTH", "SP").unit,
            post=f"extra{number}",
            rung=2,
            phone=f"+9155500088{number:02d}",
            by=SEED,
            at=now,
        )
        onboarding.add_duty(
            contact, kind="turn", officer=Officer.objects.get(username="north"), begins=now,
            ends=now + timedelta(hours=8), by=SEED, at=now,
        )  # fmt: skip
        verify(Contact.objects.select_related("unit__state").get(pk=contact.pk))
    assert (questions(JSON), questions(html)) == few


# ---- the test button -----------------------------------------------------------------------------------------


def press(username: str, **fields: Any) -> Any:
    return signed_in(username).post("/readiness/test", fields, headers=JSON)


@pytest.mark.django_db(transaction=True)
def test_an_officer_tests_the_alerts_of_their_unit_and_the_board_shows_it(land, settings):
    settings.SMS_GATEWAY_URL = settings.VOICE_GATEWAY_URL = ""
    answer = press("north", mine="1")
    assert answer.json() == {"tested": ["RJ-NORTH/control_room", "RJ-NORTH/SP"], "messages": 4}
    # Without a gateway the demo telephones ring, and say so at once.
    deliver_everything_due(at=timezone.now(), for_s=5)
    unit = board("north")["RJ-NORTH"]
    assert (unit["level"], unit["percent"]) == ("green", 100)
    again = press("north", mine="1")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/tested_just_now")


def test_the_cell_tests_a_post_of_its_state_and_a_page_takes_one_back_to_the_board(land):
    contact = post_of("RJ-NORTH", "SP")
    answer = signed_in("op1").post("/readiness/test", {"contact": contact.pk})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/readiness")
    with reach_of(CLOCK):
        assert set(Message.objects.values_list("to_ref", "topic")) == {("RJ-NORTH/SP", "contact_test")}


@pytest.mark.parametrize("who", ["south", "east", "agra", "up-op1", "nobody", "reviewer"])
def test_a_post_of_others_and_no_post_are_the_same_answer(land, who):
    contact = post_of("RJ-NORTH", "SP")
    foreign = press(who, contact=contact.pk)
    absent = [press(who, contact=value) for value in ("0", "x", "9" * 30, "")]
    assert {answer.status_code for answer in (foreign, *absent)} == {404}
    assert {answer.content for answer in (foreign, *absent)} == {foreign.content}
    with reach_of(CLOCK):
        assert not Message.objects.exists()


@pytest.mark.parametrize("who", ["dig", "admin", "nobody"])
def test_who_works_in_no_unit_has_no_alerts_to_test(land, who):
    assert press(who, mine="1").status_code == 404


def test_the_administrator_tests_a_number_at_the_desk(land):
    contact = post_of("RJ-NORTH", "SP")
    admin, change = signed_in("admin"), reverse("admin:districts_contact_change", args=[contact.pk])
    assert "Test this number" in admin.get(change).content.decode()
    address = change.removesuffix("change/") + "test/"
    assert admin.get(address).status_code == 200
    assert admin.post(address).status_code == 302
    with reach_of(CLOCK):
        assert Message.objects.filter(contact=contact, topic="contact_test").count() == 2
    assert admin.post(address).status_code == 409
    foreign = post_of("UP-AGRA", "control_room")
    stranger = reverse("admin:districts_contact_change", args=[foreign.pk]).removesuffix("change/") + "test/"
    assert admin.post(stranger).status_code in {302, 404}
    with reach_of(CLOCK):
        assert not Message.objects.filter(contact=foreign).exists()


def test_the_menu_leads_there(land):
    for who, shown in (("op1", True), ("north", True), ("dig", True), ("admin", True), ("reviewer", False)):
        page = signed_in(who).get("/readiness" if shown else "/")
        assert ('href="/readiness"' in page.content.decode()) == shown


def test_a_post_is_ready_by_the_number_it_would_be_told_by_now_and_shows_the_others(land):
    now, sp = timezone.now(), post_of("RJ-NORTH", "SP")
    verify(sp)
    onboarding.add_duty(
        sp, kind="turn", phone="+915550007001", begins=now - timedelta(hours=1), ends=now + timedelta(hours=1),
        by=SEED, at=now,
    )  # fmt: skip
    onboarding.add_duty(
        sp, kind="turn", phone="+915550007002", begins=now + timedelta(days=2), ends=now + timedelta(days=3),
        by=SEED, at=now,
    )  # fmt: skip
    row = next(post for post in board("north")["RJ-NORTH"]["posts"] if post["post"] == "SP")
    assert (row["phone"], row["on_duty_phone"], row["level"]) == ("+915550007001", True, "amber")
    assert [(one["phone"], one["own"], one["level"]) for one in row["telephones"]] == [
        (sp.phone, True, "green"), ("+915550007002", False, "amber"),
    ]  # fmt: skip
    page = signed_in("north").get("/readiness").content.decode()
    assert "+915550007002" in page
    answer = signed_in("north").post("/readiness/test", {"contact": sp.pk, "phone": "+915550007002"}, headers=JSON)
    assert answer.json()["messages"] == 2
    with reach_of(CLOCK):
        assert set(Message.objects.filter(created_at__gte=now).values_list("to", flat=True)) == {"+915550007002"}
    # Who tests their own alerts rings what would ring now.
    assert signed_in("north").post("/readiness/test", {"mine": "1"}, headers=JSON).status_code == 200
    with reach_of(CLOCK):
        assert Message.objects.filter(created_at__gte=now, to="+915550007001").count() == 2
    # A stranger rings nobody.
    refused = signed_in("agra").post("/readiness/test", {"contact": sp.pk, "phone": "+915550007002"}, headers=JSON)
    assert refused.status_code == 404
