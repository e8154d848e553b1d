"""The rules of onboarding: what they store, what they register, what they refuse, and the stranger before each."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group

from districts import onboarding
from districts.models import Contact, Officer, Partner, PartnerKey, Policy, Posting, RegisterEntry, State, Unit
from districts.refusals import (
    AlreadyEnded,
    AlreadyPosted,
    EndsBeforeItBegins,
    FieldNotSound,
    LadderNotSound,
    NotOnYourself,
    NotYourDesk,
    OtherStatesUnit,
    PostingNeeded,
    RoleNotThere,
    SecondCell,
    Taken,
    TwoKeysLive,
    TwoStates,
    UnitBelowItself,
    UnitClosed,
    UnitsBelow,
)
from tests.districts.conftest import PASSWORD, actor, unit

pytestmark = pytest.mark.django_db
LADDER = [{"after_s": 0, "rung": 1, "channels": ["sms", "voice"]}, {"after_s": 180, "rung": 2, "channels": ["email"]}]


@pytest.fixture
def admin(home, now):
    return actor("aa.admin", now)


def officer(name: str) -> Officer:
    return Officer.objects.get(username=name)


def newest() -> RegisterEntry:
    return RegisterEntry.objects.order_by("-pk")[0]


# ---- the territory ---------------------------------------------------------------------------------------------


def test_a_unit_is_added_with_its_group_and_registered_with_all_its_values(home, admin, now):
    added = onboarding.add_unit(
        home,
        code="AA-WEST",
        kind="district",
        name_en="West",
        name_hi="पश्चिम",
        parent=unit("AA-RANGE"),
        by=admin,
        at=now,
    )
    assert added.group.name == "AA-WEST"
    entry = newest()
    assert (entry.act, entry.subject, entry.actor, entry.at) == ("unit_added", "unit:AA-WEST", "officer:aa.admin", now)
    assert entry.before is None
    assert entry.after is not None
    assert (entry.after["parent"], entry.after["name_hi"]) == ("AA-RANGE", "पश्चिम")


@pytest.mark.parametrize("stranger", ["bb.admin", "aa.local", "aa.op", "aa.desk"])
def test_nobody_else_adds_a_unit_and_no_group_is_left_behind(home, abroad, now, stranger):
    with pytest.raises(NotYourDesk):
        onboarding.add_unit(
            home, code="AA-WEST", kind="district", name_en="W", name_hi="प", by=actor(stranger, now), at=now
        )
    assert not Group.objects.filter(name="AA-WEST").exists()
    assert not Unit.objects.filter(code="AA-WEST").exists()


def test_a_change_is_registered_with_before_and_after_and_no_change_is_not(admin, now):
    onboarding.change_unit(unit("AA-NORTH"), {"rural": True, "name_en": "North of AA"}, by=admin, at=now)
    assert (newest().before, newest().after) == ({"rural": False}, {"rural": True})
    acts = RegisterEntry.objects.count()
    onboarding.change_unit(unit("AA-NORTH"), {"rural": True}, by=admin, at=now)
    assert RegisterEntry.objects.count() == acts


def test_a_code_is_taken_once_in_the_whole_portal(home, abroad, admin, now):
    with pytest.raises(Taken, match="BB-NORTH"):
        onboarding.add_unit(home, code="BB-NORTH", kind="district", name_en="N", name_hi="उ", by=admin, at=now)


def test_a_state_has_one_cell_until_it_is_closed(home, admin, now):
    with pytest.raises(SecondCell):
        onboarding.add_unit(home, code="AA-CELL-2", kind="state_cell", name_en="C", name_hi="प", by=admin, at=now)


def test_a_unit_is_not_placed_below_itself_nor_below_another_state(home, abroad, admin, now):
    with pytest.raises(UnitBelowItself):
        onboarding.change_unit(unit("AA-CELL"), {"parent": unit("AA-NORTH")}, by=admin, at=now)
    with pytest.raises(OtherStatesUnit):
        onboarding.change_unit(unit("AA-NORTH"), {"parent": unit("BB-RANGE")}, by=admin, at=now)
    assert unit("AA-CELL").parent is None


def test_closing_a_unit_ends_what_its_officers_see_and_deletes_nothing(admin, now):
    with pytest.raises(UnitsBelow, match="AA-NORTH, AA-SOUTH"):
        onboarding.close_unit(unit("AA-RANGE"), by=admin, at=now)
    assert actor("aa.desk", now).unit_ids == (unit("AA-NORTH").pk,)
    onboarding.close_unit(unit("AA-NORTH"), by=admin, at=now)
    assert actor("aa.desk", now).unit_ids == ()
    assert newest().act == "unit_closed"
    with pytest.raises(AlreadyEnded):
        onboarding.close_unit(unit("AA-NORTH"), by=admin, at=now + timedelta(seconds=1))
    with pytest.raises(UnitClosed):
        onboarding.change_unit(unit("AA-SOUTH"), {"parent": unit("AA-NORTH")}, by=admin, at=now + timedelta(seconds=1))


@pytest.mark.parametrize("code", ["", "AA WEST", "../AA", "उत्तर", "AA/WEST", "-AA"])
def test_a_code_that_could_not_stand_in_an_address_is_refused(home, admin, now, code):
    with pytest.raises(FieldNotSound):
        onboarding.add_unit(home, code=code, kind="district", name_en="W", name_hi="प", by=admin, at=now)


def test_only_a_seed_file_adds_a_state(admin, now):
    with pytest.raises(NotYourDesk):
        onboarding.add_state(code="CC", name_en="C", name_hi="ग", languages=["hi"], by=admin, at=now)
    assert not State.objects.filter(code="CC").exists()


# ---- contacts --------------------------------------------------------------------------------------------------


def test_a_contact_is_stored_with_its_number_in_one_form(admin, now):
    added = onboarding.add_contact(unit("AA-NORTH"), post="SP", rung=3, phone="+91 55500-00103", by=admin, at=now)
    assert Contact.objects.get(pk=added.pk).phone == "+915550000103"


@pytest.mark.parametrize(
    "values", [{}, {"phone": "0744 123"}, {"phone": "five"}, {"email": "nobody"}, {"rung": 0, "phone": "112"}]
)
def test_a_contact_nobody_could_reach_is_refused(admin, now, values):
    with pytest.raises(FieldNotSound):
        onboarding.add_contact(unit("AA-NORTH"), **{"post": "SP", "rung": 3} | values, by=admin, at=now)


def test_the_administrator_of_a_unit_changes_its_contacts_and_no_others(home, now):
    local = actor("aa.local", now)
    onboarding.add_contact(unit("AA-NORTH"), post="SHO", rung=1, phone="112", by=local, at=now)
    assert newest().unit == unit("AA-NORTH")
    with pytest.raises(NotYourDesk):
        onboarding.add_contact(unit("AA-SOUTH"), post="SHO", rung=1, phone="112", by=local, at=now)
    with pytest.raises(NotYourDesk):
        onboarding.change_contact(Contact.objects.get(unit__code="AA-SOUTH"), {"vacant": True}, by=local, at=now)


def test_the_last_number_of_a_post_is_not_taken_away(admin, now):
    with pytest.raises(FieldNotSound):
        onboarding.change_contact(Contact.objects.get(unit__code="AA-NORTH"), {"email": ""}, by=admin, at=now)


# ---- people ----------------------------------------------------------------------------------------------------


def new_officer(by, at, **values):
    given: dict[str, Any] = {
        "username": "aa.new",
        "name": "New",
        "password": PASSWORD,
        "unit": unit("AA-NORTH"),
        "role": "district_desk",
    }
    return onboarding.add_officer(**given | values, by=by, at=at)


def test_an_officer_comes_with_a_posting_and_a_hashed_password(admin, now):
    added = new_officer(admin, now)
    assert added.check_password(PASSWORD)
    assert PASSWORD not in added.password
    assert actor("aa.new", now).unit_ids == (unit("AA-NORTH").pk,)
    with pytest.raises(PostingNeeded):
        new_officer(admin, now, username="aa.newer", unit=None)
    with pytest.raises(Taken):
        new_officer(admin, now)


def test_a_role_that_makes_no_sense_there_is_refused_in_words_and_no_officer_is_left_behind(admin, now):
    with pytest.raises(RoleNotThere, match=r"AA-CELL|Cell of AA|AA CELL") as refused:
        new_officer(admin, now, unit=unit("AA-CELL"))
    assert refused.value.code == "role_not_there"
    assert not Officer.objects.filter(username="aa.new").exists()


@pytest.mark.parametrize("stranger", ["bb.admin", "aa.desk", "aa.op"])
def test_nobody_else_posts_an_officer(home, abroad, now, stranger):
    with pytest.raises(NotYourDesk):
        onboarding.post_officer(
            officer("aa.desk"), unit=unit("AA-SOUTH"), role="district_desk", by=actor(stranger, now), at=now
        )


def test_a_unit_administrator_gets_no_hold_on_somebody_of_the_state_cell(home, now):
    local = actor("aa.local", now)
    for attempt in (
        lambda: onboarding.post_officer(
            officer("aa.admin"), unit=unit("AA-NORTH"), role="field_officer", by=local, at=now
        ),
        lambda: onboarding.set_password(officer("aa.admin"), password="another one", by=local, at=now),
        lambda: onboarding.set_second_factor(officer("aa.admin"), secret="", by=local, at=now),
        lambda: onboarding.change_officer(officer("aa.admin"), {"is_active": False}, by=local, at=now),
    ):
        with pytest.raises(NotYourDesk):
            attempt()
    assert officer("aa.admin").check_password(PASSWORD)


def test_who_is_also_posted_in_the_cell_is_no_longer_the_units_own(home, admin, now):
    onboarding.post_officer(officer("aa.desk"), unit=unit("AA-CELL"), role="operator", by=admin, at=now)
    with pytest.raises(NotYourDesk):
        onboarding.set_password(officer("aa.desk"), password="another one", by=actor("aa.local", now), at=now)


def test_nobody_posts_themselves_nor_ends_their_own_posting(admin, now):
    with pytest.raises(NotOnYourself):
        onboarding.post_officer(officer("aa.admin"), unit=unit("AA-CELL"), role="operator", by=admin, at=now)
    with pytest.raises(NotOnYourself):
        onboarding.end_posting(Posting.objects.get(officer__username="aa.admin"), by=admin, at=now)


def test_a_posting_ends_at_once_and_once(admin, now):
    posting = Posting.objects.get(officer__username="aa.desk")
    onboarding.end_posting(posting, by=admin, at=now)
    assert actor("aa.desk", now).sight == ""
    assert (newest().act, newest().subject) == ("posting_ended", "posting:aa.desk/AA-NORTH/district_desk")
    with pytest.raises(AlreadyEnded):
        onboarding.end_posting(Posting.objects.get(pk=posting.pk), by=admin, at=now)


def test_the_same_posting_twice_at_a_time_is_refused_and_after_each_other_is_not(admin, now):
    desk: Officer = officer("aa.desk")
    there: dict[str, Any] = {"unit": unit("AA-NORTH"), "role": "district_desk"}
    with pytest.raises(AlreadyPosted):
        onboarding.post_officer(desk, **there, by=admin, at=now)
    onboarding.end_posting(Posting.objects.get(officer=desk), by=admin, at=now)
    onboarding.post_officer(desk, **there, by=admin, at=now + timedelta(hours=1))
    with pytest.raises(EndsBeforeItBegins):
        onboarding.post_officer(desk, unit=unit("AA-NORTH"), role="field_officer", valid_to=now, by=admin, at=now)


def test_an_officer_serves_in_one_state_at_a_time(home, abroad, now):
    with pytest.raises(TwoStates):
        onboarding.post_officer(
            officer("aa.desk"), unit=unit("BB-NORTH"), role="district_desk", by=onboarding.SEED, at=now
        )


# ---- partners --------------------------------------------------------------------------------------------------


def test_a_key_is_returned_once_and_only_its_digest_is_stored(home, admin, now):
    partner = Partner.objects.get(code="meta")
    plain = onboarding.issue_key(partner, by=admin, at=now)
    key = PartnerKey.objects.get(sha256=onboarding.digest(plain))
    assert plain.startswith(key.prefix)
    assert len(key.prefix) < len(plain) / 3
    with pytest.raises(TwoKeysLive, match="Meta"):
        onboarding.issue_key(partner, by=admin, at=now)
    onboarding.revoke_key(key, by=admin, at=now)
    with pytest.raises(AlreadyEnded):
        onboarding.revoke_key(key, by=admin, at=now)
    assert onboarding.issue_key(partner, by=admin, at=now) != plain


@pytest.mark.parametrize("stranger", ["bb.admin", "aa.local", "aa.op"])
def test_nobody_else_issues_or_revokes_a_key(home, abroad, now, stranger):
    partner = Partner.objects.get(code="meta", state=home)
    with pytest.raises(NotYourDesk):
        onboarding.issue_key(partner, by=actor(stranger, now), at=now)
    with pytest.raises(NotYourDesk):
        onboarding.revoke_key(partner.keys.get(), by=actor(stranger, now), at=now)


def test_a_partner_whose_signature_could_not_be_checked_is_refused(home, admin, now):
    for values in ({"require_signature": True}, {"signing_secret": "whsec_%"}, {"mail_domains": ["no domain"]}):
        with pytest.raises(FieldNotSound):
            onboarding.add_partner(home, code="new", name="New", by=admin, at=now, **values)


# ---- policies --------------------------------------------------------------------------------------------------


def test_a_policy_is_changed_with_its_ladder_in_one_form(admin, now):
    policy = Policy.objects.get()
    onboarding.change_policy(policy, {"ladder": LADDER, "claim_s": 30}, by=admin, at=now)
    assert Policy.objects.get().ladder == LADDER
    assert newest().before == {"ladder": [{"after_s": 0, "rung": 1, "channels": ["sms"]}], "claim_s": 60}


@pytest.mark.parametrize(
    "ladder",
    [
        None, [], {}, [1], [{}], [{"after_s": 0, "rung": 1}],
        [{"after_s": -1, "rung": 1, "channels": ["sms"]}], [{"after_s": True, "rung": 1, "channels": ["sms"]}],
        [{"after_s": 0, "rung": 0, "channels": ["sms"]}], [{"after_s": 0, "rung": 1, "channels": []}],
        [{"after_s": 0, "rung": 1, "channels": ["pigeon"]}], [{"after_s": 0, "rung": 1, "channels": "sms"}],
        [LADDER[1], LADDER[0]], [LADDER[0], LADDER[0]], [{**LADDER[0], "post": "SP"}],
    ],
)  # fmt: skip
def test_a_ladder_that_could_not_be_climbed_is_refused(admin, now, ladder):
    with pytest.raises(LadderNotSound):
        onboarding.change_policy(Policy.objects.get(), {"ladder": ladder}, by=admin, at=now)


@pytest.mark.parametrize("seconds", [0, -1, True, 1.5, "60", 10**9])
def test_a_promise_is_a_whole_number_of_seconds(home, admin, now, seconds):
    with pytest.raises(FieldNotSound, match="claim_s"):
        onboarding.add_policy(home, name="x", urgency="P0", ladder=LADDER, claim_s=seconds, by=admin, at=now)


def test_a_policy_of_a_unit_stands_beside_the_states_and_neither_twice(home, abroad, admin, now):
    onboarding.add_policy(home, name="n", urgency="P1", ladder=LADDER, unit=unit("AA-NORTH"), by=admin, at=now)
    with pytest.raises(Taken):
        onboarding.add_policy(home, name="n", urgency="P1", ladder=LADDER, by=admin, at=now)
    with pytest.raises(OtherStatesUnit):
        onboarding.add_policy(home, name="n", urgency="P1", ladder=LADDER, unit=unit("BB-NORTH"), by=admin, at=now)


# ---- the register ----------------------------------------------------------------------------------------------


def test_no_secret_ever_stands_in_the_register(home, admin, now):
    secret, base32 = "whsec_c2VjcmV0LW9mLW1ldGE=", "JBSWY3DPEHPK3PXP"
    partner = onboarding.add_partner(home, code="new", name="New", signing_secret=secret, by=admin, at=now)
    plain = onboarding.issue_key(partner, by=admin, at=now)
    added = new_officer(admin, now)
    onboarding.set_password(added, password="a second password", by=admin, at=now)
    onboarding.set_second_factor(added, secret=base32, by=admin, at=now)
    written = json.dumps(list(RegisterEntry.objects.values("before", "after", "subject", "act")))
    hashes = [*Officer.objects.values_list("password", flat=True), *PartnerKey.objects.values_list("sha256", flat=True)]
    for hidden in (secret, secret[6:], base32, plain, PASSWORD, "a second password", "key-of-meta-in-aa-0001", *hashes):
        assert hidden not in written
    assert "(set)" in written


def test_an_act_and_its_entry_are_stored_together_or_not_at_all(home, admin, now, monkeypatch):
    def broken(**_):
        raise RuntimeError

    monkeypatch.setattr(RegisterEntry.objects, "create", broken)
    with pytest.raises(RuntimeError):
        onboarding.change_unit(unit("AA-NORTH"), {"rural": True}, by=admin, at=now)
    assert not unit("AA-NORTH").rural
