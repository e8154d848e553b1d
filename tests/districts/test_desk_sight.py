"""The onboarding desk over HTTP: who may come in, and how far they see."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from districts import onboarding
from districts.models import Officer, Posting, RegisterEntry, Unit
from tests.districts.conftest import ADDABLE, PASSWORD, SECTIONS, actor, faults, new_unit, page, signed_in, unit

pytestmark = pytest.mark.django_db
OF_THE_STATE = ["state", "district", "unit", "partner", "partnerkey", "policy"]


# ---- who may come in -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", SECTIONS)
def test_every_list_and_every_row_opens_and_no_page_touches_a_case(admin, section):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert admin.get("/admin/").status_code == 200
        answer = admin.get(page(section))
        assert answer.status_code == 200
        row = answer.context["cl"].result_list[0]
        assert admin.get(page(section, "change", row.pk)).status_code == 200
        if section in ADDABLE:
            assert admin.get(page(section, "add")).status_code == 200
    assert [query["sql"] for query in asked if "cases_" in query["sql"] or "notifications_" in query["sql"]] == []


def test_nobody_is_sent_to_the_one_door_and_a_colleague_is_told_no(home):
    answer = Client().get(page("unit"))
    assert answer.status_code == 302
    at_the_desk = Client().get(answer.headers["Location"])
    assert at_the_desk.headers["Location"].startswith("/accounts/login/?next=")
    for colleague in ("aa.op", "aa.desk"):
        client = signed_in(colleague)
        for address in ("/admin/", page("unit"), page("officer", "add")):
            assert client.get(address, follow=True).status_code == 403


def test_the_desk_has_no_sign_in_of_its_own_that_would_forget_the_second_factor(home):
    answer = Client().post("/admin/login/", {"username": "aa.admin", "password": PASSWORD})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in Client().session


def test_access_ends_with_the_posting_at_the_next_page(admin, now):
    assert admin.get(page("unit")).status_code == 200
    onboarding.end_posting(Posting.objects.get(officer__username="aa.admin"), by=onboarding.SEED, at=now)
    assert admin.get(page("unit"), follow=True).status_code == 403
    assert admin.post(page("unit", "add"), new_unit(), follow=True).status_code == 403
    assert not Unit.objects.filter(code="AA-WEST").exists()


def test_access_ends_with_the_account(admin, now):
    onboarding.change_officer(
        Officer.objects.get(username="aa.admin"), {"is_active": False}, by=onboarding.SEED, at=now
    )
    assert admin.get(page("unit")).status_code == 302


# ---- how far they see ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", SECTIONS)
def test_another_state_is_not_there_at_all(admin, abroad, section):
    ours = admin.get(page(section)).context["cl"].result_list
    theirs = signed_in("bb.admin").get(page(section)).context["cl"].result_list
    assert {row.pk for row in ours}.isdisjoint(row.pk for row in theirs)
    foreign, absent = admin.get(page(section, "change", theirs[0].pk)), admin.get(page(section, "change", 10**9))
    assert (
        (foreign.status_code, foreign.headers["Location"])
        == (absent.status_code, absent.headers["Location"])
        == (302, "/admin/")
    )
    for act in ("history", "delete"):
        assert admin.get(page(section, act, theirs[0].pk)).status_code in {302, 403, 404}


@pytest.mark.parametrize("section", ADDABLE)
def test_no_form_offers_or_takes_anything_of_another_state(admin, abroad, section):
    shown = admin.get(page(section, "add")).content.decode()
    assert "BB-" not in shown
    assert "of BB" not in shown
    assert "State BB" not in shown


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("unit", {"code": "AA-WEST", "kind": "district", "name_en": "W", "name_hi": "प", "parent": "BB-RANGE"}),
        ("contact", {"unit": "BB-NORTH", "post": "SP", "rung": 3, "phone": "112", "language": "hi"}),
        ("posting", {"officer": "bb.desk", "unit": "AA-NORTH", "role": "field_officer"}),
        ("posting", {"officer": "aa.desk", "unit": "BB-NORTH", "role": "field_officer"}),
    ],
)  # fmt: skip
def test_what_is_not_offered_is_not_taken_either(admin, home, abroad, section, values):
    before = RegisterEntry.objects.count()
    forged = {"state": home.pk, "valid_from_0": "2026-01-01", "valid_from_1": "00:00"} | values
    if section == "unit":
        del forged["valid_from_0"], forged["valid_from_1"]
    for name in ("unit", "parent"):
        if name in forged:
            forged[name] = unit(str(forged[name])).pk
    if "officer" in forged:
        forged["officer"] = Officer.objects.get(username=forged["officer"]).pk
    answer = admin.post(page(section, "add"), forged)
    assert answer.status_code == 200
    assert "not one of the available choices" in faults(answer)
    assert RegisterEntry.objects.count() == before


def test_the_administrator_of_a_unit_sees_its_contacts_and_officers_and_nothing_else(home, abroad):
    local = signed_in("aa.local")
    assert {row.unit.code for row in local.get(page("contact")).context["cl"].result_list} == {"AA-NORTH"}
    officers = {row.username for row in local.get(page("officer")).context["cl"].result_list}
    assert officers == {"aa.desk", "aa.local"}
    assert {row.unit.code for row in local.get(page("posting")).context["cl"].result_list} == {"AA-NORTH"}
    assert "AA-SOUTH" not in local.get(page("contact", "add")).content.decode()
    for section in OF_THE_STATE:
        assert local.get(page(section)).status_code == 403
    assert local.get(page("officer", "change", Officer.objects.get(username="aa.south").pk)).status_code == 302


def test_an_officer_who_also_serves_elsewhere_is_seen_and_not_changed(home, now):
    desk = Officer.objects.get(username="aa.desk")
    onboarding.post_officer(desk, unit=unit("AA-CELL"), role="operator", by=actor("aa.admin", now), at=now)
    local = signed_in("aa.local")
    shown = local.get(page("officer", "change", desk.pk))
    assert shown.status_code == 200
    assert "North of AA" in shown.content.decode()
    assert "Cell of AA" not in shown.content.decode()
    assert local.post(page("officer", "change", desk.pk), {"name": "Other"}).status_code == 403
    assert local.get(f"/admin/districts/officer/{desk.pk}/password/").status_code == 403
    assert (
        local.post(f"/admin/districts/officer/{desk.pk}/password/", {"password": "given by another"}).status_code == 403
    )
