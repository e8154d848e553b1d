"""The onboarding desk over HTTP: what an administrator does there, and what stays undone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from districts import onboarding
from districts.models import Contact, District, Officer, Partner, PartnerKey, Policy, Posting, RegisterEntry, Unit
from tests.districts.conftest import PASSWORD, SECTIONS, actor, faults, new_unit, page, signed_in, unit

pytestmark = pytest.mark.django_db


def test_a_unit_is_added_and_stands_in_the_register(admin):
    answer = admin.post(page("unit", "add"), new_unit(parent=unit("AA-RANGE").pk))
    assert answer.status_code == 302
    added = unit("AA-WEST")
    assert (added.parent.code, added.group.name) == ("AA-RANGE", "AA-WEST")
    entry = RegisterEntry.objects.first()
    assert (entry.act, entry.actor, entry.subject) == ("unit_added", "officer:aa.admin", "unit:AA-WEST")
    shown = admin.get(page("unit", "history", added.pk), follow=True)
    assert [row.subject for row in shown.context["cl"].result_list] == ["unit:AA-WEST"]


def test_a_refusal_is_a_sentence_beside_the_fields_and_nothing_is_stored(admin):
    before = RegisterEntry.objects.count()
    answer = admin.post(page("unit", "add"), new_unit(kind="state_cell"))
    assert answer.status_code == 200
    assert "has its cell already" in faults(answer)
    assert answer.context["adminform"].form["name_en"].value() == "West"
    assert RegisterEntry.objects.count() == before
    assert not Unit.objects.filter(code="AA-WEST").exists()


def test_code_and_state_of_a_unit_stay_whatever_is_sent(admin, abroad):
    north = unit("AA-NORTH")
    sent: dict[str, object] = {
        "code": "AA-OTHER",
        "state": abroad.pk,
        "kind": "range",
        "name_en": "Far North",
        "name_hi": "सुदूर उत्तर",
    }
    assert admin.post(page("unit", "change", north.pk), sent).status_code == 302
    north.refresh_from_db()
    assert (north.code, north.state_id, north.kind, north.name_en) == (
        "AA-NORTH",
        unit("AA-CELL").state_id,
        "district",
        "Far North",
    )


def test_a_district_a_contact_and_a_state_are_changed(admin, home):
    district = District.objects.get()
    sent: dict[str, object] = {"name_en": "Northern", "name_hi": "उत्तरी", "aliases": "Uttari\nउत्तर\n\n"}
    assert admin.post(page("district", "change", district.pk), sent).status_code == 302
    assert District.objects.get().aliases == ["Uttari", "उत्तर"]
    contact = Contact.objects.get(unit__code="AA-NORTH")
    sent = {"post": "control_room", "rung": 1, "phone": "+91 55500 00101", "email": "", "language": "hi"}
    assert admin.post(page("contact", "change", contact.pk), sent).status_code == 302
    assert Contact.objects.get(pk=contact.pk).phone == "+915550000101"
    sent = {"name_en": "State AA", "name_hi": "राज्य", "languages": "en\nhi"}
    assert admin.post(page("state", "change", home.pk), sent).status_code == 302
    home.refresh_from_db()
    assert home.languages == ["en", "hi"]
    assert list(RegisterEntry.objects.values_list("act", flat=True)[:3]) == [
        "state_changed", "contact_changed", "district_changed",
    ]  # fmt: skip


def test_an_officer_is_added_signs_in_and_is_sent_home_when_the_posting_ends(admin, now):
    sent: dict[str, object] = {
        "username": "aa.new", "name": "नया अधिकारी", "language": "hi", "password": "sunrise over the lake",
        "unit": unit("AA-NORTH").pk, "role": "district_desk",
    }  # fmt: skip
    assert admin.post(page("officer", "add"), sent).status_code == 302
    client = Client()
    assert client.post("/accounts/login/", {"login": "aa.new", "password": "sunrise over the lake"}).status_code == 302
    assert actor("aa.new", timezone.now()).unit_ids == (unit("AA-NORTH").pk,)
    posting = Posting.objects.get(officer__username="aa.new")
    past = timezone.localtime(timezone.now() + timedelta(minutes=1))
    ends = {"valid_to_0": past.strftime("%Y-%m-%d"), "valid_to_1": past.strftime("%H:%M:%S")}
    assert admin.post(page("posting", "change", posting.pk), ends).status_code == 302
    assert actor("aa.new", past + timedelta(seconds=1)).unit_ids == ()
    assert RegisterEntry.objects.first().act == "posting_ended"


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"password": "short"}, "too short"),
        ({"role": "operator"}, "operator is no role at"),
        ({"username": "aa.desk"}, "exists already"),
        ({"unit": ""}, "required"),
    ],
)
def test_an_officer_who_does_not_fit_is_refused_in_words(admin, values, fault):
    sent: dict[str, object] = {
        "username": "aa.new", "name": "New", "language": "hi", "password": "sunrise over the lake",
        "unit": unit("AA-NORTH").pk, "role": "district_desk",
    }  # fmt: skip
    answer = admin.post(page("officer", "add"), sent | values)
    assert answer.status_code == 200
    assert fault in faults(answer)
    assert not Officer.objects.filter(username="aa.new").exists()


def test_a_new_password_ends_the_sessions_and_stands_in_no_page(admin, home):
    desk, client = Officer.objects.get(username="aa.desk"), signed_in("aa.desk")
    address = f"/admin/districts/officer/{desk.pk}/password/"
    assert "too short" in admin.post(address, {"password": "short"}).content.decode()
    answer = admin.post(address, {"password": "sunrise over the lake"}, follow=True)
    assert "sunrise" not in answer.content.decode()
    assert Officer.objects.get(pk=desk.pk).check_password("sunrise over the lake")
    assert client.get("/admin/").status_code == 302
    assert RegisterEntry.objects.first().act == "officer_password_set"


def test_a_posting_is_added_and_one_that_makes_no_sense_is_not(admin):
    sent: dict[str, object] = {
        "officer": Officer.objects.get(username="aa.desk").pk, "unit": unit("AA-RANGE").pk, "role": "supervisor",
        "valid_from_0": "2026-11-01", "valid_from_1": "09:00",
    }  # fmt: skip
    assert "is no role at" in faults(admin.post(page("posting", "add"), sent | {"role": "operator"}))
    assert admin.post(page("posting", "add"), sent).status_code == 302
    own = {"officer": Officer.objects.get(username="aa.admin").pk, "unit": unit("AA-CELL").pk, "role": "operator"}
    assert "posting of their own" in faults(admin.post(page("posting", "add"), sent | own))


def test_a_key_is_shown_in_one_answer_and_never_again(admin):
    partner = Partner.objects.get()
    address = f"/admin/districts/partner/{partner.pk}/issue-key/"
    assert admin.get(address).status_code == 200
    assert PartnerKey.objects.count() == 1
    answer = admin.post(address)
    plain = answer.context["secret"]
    assert plain in answer.content.decode()
    assert PartnerKey.objects.filter(sha256=onboarding.digest(plain), partner=partner).exists()
    for later in (address, page("partner", "change", partner.pk), page("registerentry"), "/admin/"):
        assert plain not in admin.get(later).content.decode()
    third = admin.post(address)
    assert third.status_code == 409
    assert "Revoke one of them first" in third.content.decode()
    key = PartnerKey.objects.get(sha256=onboarding.digest(plain))
    assert admin.post(f"/admin/districts/partnerkey/{key.pk}/revoke/").status_code == 302
    assert "has ended already" in admin.post(f"/admin/districts/partnerkey/{key.pk}/revoke/").content.decode()


@pytest.mark.parametrize("stranger", ["bb.admin", "aa.local", "aa.op"])
def test_no_stranger_issues_or_revokes_a_key(home, abroad, stranger):
    partner, client = Partner.objects.get(state=home), signed_in(stranger)
    for address in (f"partner/{partner.pk}/issue-key/", f"partnerkey/{partner.keys.get().pk}/revoke/"):
        assert client.post(f"/admin/districts/{address}", follow=True).status_code in {403, 404}
    assert PartnerKey.objects.filter(partner=partner, revoked_at=None).count() == 1


def test_a_signing_secret_is_kept_when_the_field_is_left_empty_and_never_shown(admin):
    partner, secret = Partner.objects.get(), "whsec_c2VjcmV0LW9mLW1ldGE="
    sent: dict[str, object] = {
        "name": "Meta",
        "active": "on",
        "require_signature": "on",
        "mail_domains": "meta.example",
    }
    assert "there must be a secret" in faults(admin.post(page("partner", "change", partner.pk), sent))
    changed = admin.post(page("partner", "change", partner.pk), sent | {"signing_secret": secret})
    assert changed.status_code == 302, faults(changed)
    assert admin.post(page("partner", "change", partner.pk), sent | {"name": "Meta India"}).status_code == 302
    partner.refresh_from_db()
    assert (partner.name, partner.signing_secret) == ("Meta India", secret)
    assert secret not in admin.get(page("partner", "change", partner.pk)).content.decode()


def test_a_ladder_is_written_one_step_on_a_line(admin):
    policy = Policy.objects.get()
    times = {name: getattr(policy, name) for name in onboarding.policies.TIMES}
    assert "0 1 sms" in admin.get(page("policy", "change", policy.pk)).content.decode()
    sent: dict[str, object] = {"name": "default", "ladder": "0 1 sms, voice\n\n180 2 voice\n"} | times
    assert admin.post(page("policy", "change", policy.pk), sent).status_code == 302
    assert Policy.objects.get().ladder == [
        {"after_s": 0, "rung": 1, "channels": ["sms", "voice"]}, {"after_s": 180, "rung": 2, "channels": ["voice"]},
    ]  # fmt: skip
    for ladder, fault in (
        ("0 1", "Line 1"),
        ("180 1 sms\n0 2 sms", "step 2"),
        ("0 1 pigeon", "step 1"),
        ("", "at least one step"),
    ):
        assert fault in faults(admin.post(page("policy", "change", policy.pk), sent | {"ladder": ladder}))


@pytest.mark.parametrize("section", SECTIONS)
def test_nothing_can_be_deleted_and_nothing_done_in_bulk(admin, section):
    row = admin.get(page(section)).context["cl"].result_list[0]
    assert admin.post(page(section, "delete", row.pk), {"post": "yes"}).status_code == 403
    sent: dict[str, object] = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    admin.post(page(section), sent)
    assert type(row).objects.filter(pk=row.pk).exists()


def test_the_register_is_read_and_not_written(admin):
    entry = RegisterEntry.objects.first()
    assert admin.get(page("registerentry", "add")).status_code == 403
    assert admin.post(page("registerentry", "change", entry.pk), {"actor": "nobody"}).status_code == 403


@pytest.mark.parametrize("section", SECTIONS)
def test_a_list_asks_as_much_for_three_rows_as_for_one(admin, home, now, section):
    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert admin.get(page(section)).status_code == 200
        return len(asked)

    by = actor("aa.admin", now)
    questions()
    few = questions()
    for number in range(3):
        there = onboarding.add_unit(
            home,
            code=f"AA-U{number}",
            kind="district",
            name_en="U",
            name_hi="य",
            parent=unit("AA-RANGE"),
            by=by,
            at=now,
        )
        onboarding.add_contact(there, post="SP", rung=3, phone="112", by=by, at=now)
        onboarding.add_officer(
            username=f"aa.u{number}", name="U", password=PASSWORD, unit=there, role="district_desk", by=by, at=now
        )
        onboarding.add_district(home, code=f"9{number}", name_en="D", name_hi="ज", by=by, at=now)
        partner = onboarding.add_partner(home, code=f"p{number}", name="P", by=by, at=now)
        onboarding.issue_key(partner, by=by, at=now)
        onboarding.add_policy(
            home, name="p", urgency=f"P{number}", unit=there, ladder=[{"after_s": 0, "rung": 1, "channels": ["sms"]}],
            by=by, at=now,
        )  # fmt: skip
    assert questions() == few
