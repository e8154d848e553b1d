"""Who stands at a post when: turns, charges, leaves, the rota and the roster, and who may enter them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from districts import duty, onboarding
from districts.duty import Why
from districts.models import Contact, Duty, Officer, RegisterEntry, State
from districts.onboarding.roster import import_roster
from districts.refusals import (
    AlreadyEnded,
    AlreadyOnDuty,
    EndsBeforeItBegins,
    FieldNotSound,
    NotYourDesk,
    OtherStatesUnit,
    RosterFaulty,
)
from tests.districts.conftest import actor, page, signed_in, unit

INDIA = ZoneInfo("Asia/Kolkata")
NIGHT = datetime(2030, 1, 7, 23, 0, tzinfo=INDIA)
HOUR = timedelta(hours=1)
NUMBER = "+915550009999"


@pytest.fixture
def posts(home: State, long_ago: datetime) -> dict[str, Contact]:
    """The first rung of the north: its control room and its SHO."""
    by = actor("aa.admin", long_ago)
    north = unit("AA-NORTH")
    onboarding.change_contact(Contact.objects.get(unit=north), {"phone": "+915550000001"}, by=by, at=long_ago)
    onboarding.add_contact(north, post="SHO", rung=1, phone="+915550000002", by=by, at=long_ago)
    return {contact.post: contact for contact in Contact.objects.filter(unit=north).select_related("unit__state")}


def officer(name: str) -> Officer:
    return Officer.objects.get(username=name)


def enter(contact: Contact, kind: str = "turn", *, by: str = "aa.admin", **values: Any) -> Duty:
    given: dict[str, Any] = {"begins": NIGHT, "ends": NIGHT + 8 * HOUR} | values
    at = given.pop("at", NIGHT - 24 * HOUR)
    return onboarding.add_duty(contact, kind=kind, by=actor(by, at), at=at, **given)


def told(at: datetime) -> list[tuple[str, str]]:
    """Who of the first rung of the north is told, and at which number."""
    return [(contact.post, contact.phone) for contact in standing(at).posts]


def standing(at: datetime) -> duty.Standing:
    rung = list(Contact.objects.filter(unit__code="AA-NORTH", rung=1).order_by("post"))
    return duty.standing_on(rung, duty.duties_of(rung, at=at))


ALL = [("SHO", "+915550000002"), ("control_room", "+915550000001")]


def test_without_duties_every_post_of_the_rung_is_told(posts):
    assert told(NIGHT) == ALL


def test_while_a_turn_runs_its_post_is_told_and_no_other_by_its_duty_telephone(posts):
    enter(posts["SHO"], phone="+91 5550 009999")
    assert told(NIGHT - HOUR) == ALL
    assert told(NIGHT) == [("SHO", NUMBER)]
    assert told(NIGHT + 8 * HOUR) == ALL
    # What is told is a copy: the number of the post itself has not changed.
    assert Contact.objects.get(pk=posts["SHO"].pk).phone == "+915550000002"


def test_a_turn_without_a_telephone_rings_the_post(posts):
    enter(posts["control_room"], officer=officer("aa.desk"))
    assert told(NIGHT) == [("control_room", "+915550000001")]


def test_a_duty_that_is_called_off_counts_no_more_and_one_that_ends_early_ends(posts):
    turn, at = enter(posts["SHO"]), NIGHT + HOUR
    onboarding.end_duty(turn, ends=NIGHT + 2 * HOUR, by=actor("aa.admin", at), at=at)
    assert [told(NIGHT + HOUR), told(NIGHT + 2 * HOUR)] == [[("SHO", "+915550000002")], ALL]
    onboarding.call_off(turn, by=actor("aa.admin", at), at=at)
    assert told(NIGHT + HOUR) == ALL
    with pytest.raises(AlreadyEnded):
        onboarding.call_off(turn, by=actor("aa.admin", at), at=at)


def test_a_post_on_leave_is_passed_over_and_said_so(posts):
    enter(posts["SHO"], "leave")
    found = standing(NIGHT)
    assert [contact.post for contact in found.posts] == ["control_room"]
    assert [(contact.post, why) for contact, why in found.passed_over] == [("SHO", Why.ON_LEAVE)]


def test_a_charge_is_told_in_place_of_whoever_is_on_leave_by_the_holders_number(posts):
    holder = officer("aa.south")
    onboarding.change_officer(holder, {"phone": NUMBER}, by=actor("aa.admin", NIGHT), at=NIGHT)
    enter(posts["SHO"], "leave")
    enter(posts["SHO"], "charge", officer=holder)
    assert told(NIGHT) == [("SHO", NUMBER), ("control_room", "+915550000001")]
    assert standing(NIGHT).passed_over == []
    assert standing(NIGHT + 9 * HOUR).passed_over == []


def test_a_vacant_post_is_passed_over_unless_somebody_holds_its_charge(posts):
    at = NIGHT - HOUR
    onboarding.change_contact(posts["SHO"], {"vacant": True}, by=actor("aa.admin", at), at=at)
    assert [why for _, why in standing(NIGHT).passed_over] == [Why.VACANT]
    enter(posts["SHO"], "charge", phone=NUMBER)
    assert ("SHO", NUMBER) in told(NIGHT)


def test_somebody_on_leave_has_no_turn_and_a_turn_of_somebody_else_stands(posts):
    away, there = officer("aa.desk"), officer("aa.local")
    enter(posts["SHO"], "leave", officer=away)
    enter(posts["SHO"], officer=away)
    assert [contact.post for contact in standing(NIGHT).posts] == ["control_room"]
    enter(posts["SHO"], officer=there)
    assert [contact.post for contact in standing(NIGHT).posts] == ["SHO"]


def test_a_turn_of_a_post_that_is_passed_over_silences_nobody(posts):
    enter(posts["SHO"], officer=officer("aa.desk"))
    enter(posts["SHO"], "leave", officer=officer("aa.desk"))
    assert [contact.post for contact in standing(NIGHT).posts] == ["control_room"]


def test_many_posts_take_one_question(posts):
    everybody = list(Contact.objects.all())
    with CaptureQueriesContext(connection) as asked:
        duty.duties_of(everybody, at=NIGHT)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"ends": NIGHT}, EndsBeforeItBegins),
        ({"at": NIGHT + 9 * HOUR}, FieldNotSound),
        ({"kind": "charge"}, FieldNotSound),
        ({"phone": "12"}, FieldNotSound),
    ],
)
def test_what_cannot_be_is_refused(posts, values, refusal):
    with pytest.raises(refusal):
        enter(posts["SHO"], values.pop("kind", "turn"), **values)
    assert not Duty.objects.exists()


def test_the_same_officer_is_not_entered_twice_for_one_time(posts):
    enter(posts["SHO"], officer=officer("aa.desk"))
    with pytest.raises(AlreadyOnDuty), transaction.atomic():
        enter(posts["SHO"], officer=officer("aa.desk"), begins=NIGHT + HOUR)
    enter(posts["SHO"], officer=officer("aa.local"), begins=NIGHT + HOUR)


def test_strangers_enter_nothing_and_no_officer_of_another_state_is_taken(posts, abroad):
    for stranger in ("aa.op", "aa.desk", "bb.admin"):
        with pytest.raises(NotYourDesk):
            enter(posts["SHO"], by=stranger)
    with pytest.raises(OtherStatesUnit):
        enter(posts["SHO"], officer=officer("bb.desk"))
    south = Contact.objects.select_related("unit__state").get(unit__code="AA-SOUTH")
    with pytest.raises(NotYourDesk):
        enter(south, by="aa.local")
    enter(posts["SHO"], by="aa.local")


def test_every_act_is_in_the_register(posts):
    turn = enter(posts["SHO"], phone=NUMBER)
    onboarding.call_off(turn, by=actor("aa.admin", NIGHT), at=NIGHT)
    acts = RegisterEntry.objects.filter(subject="duty:AA-NORTH/SHO/turn/2030-01-07T23:00").order_by("pk")
    assert list(acts.values_list("act", flat=True)) == ["duty_added", "duty_called_off"]
    assert {entry.unit.code for entry in acts} == {"AA-NORTH"}


def test_what_was_entered_is_not_rewritten_and_not_deleted(posts):
    turn = enter(posts["SHO"])
    for attempt in (turn.delete, lambda: Duty.objects.update(phone=NUMBER), lambda: Duty.objects.update(begins=NIGHT)):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            attempt()


# ---- the rota of the state cell ------------------------------------------------------------------------------


def rota(contact: Contact, **values: Any) -> list[Duty]:
    at = datetime(2030, 1, 1, 0, 0, tzinfo=INDIA)
    teams = [[officer("aa.op")], [officer("aa.desk")], [officer("aa.south")]]
    given = {"first": date(2030, 1, 7), "days": 14, "teams": teams} | values
    return onboarding.plan_rota(contact, by=actor("aa.admin", at), at=at, **given)


def on_duty(contact: Contact, at: datetime) -> list[str]:
    return [row.officer.username for row in duty.duties_of([contact], at=at).get(contact.pk, [])]


def test_three_teams_share_the_day_and_move_on_after_a_week(posts):
    desk = Contact.objects.select_related("unit__state").get(unit__code="AA-CELL")
    assert len(rota(desk)) == 14 * 3
    monday = datetime(2030, 1, 7, tzinfo=INDIA)
    for hour, first, second in ((6, "aa.op", "aa.south"), (14, "aa.desk", "aa.op"), (22, "aa.south", "aa.desk")):
        begins = monday + hour * HOUR
        assert on_duty(desk, begins) == [first]
        assert on_duty(desk, begins + 8 * HOUR - timedelta(seconds=1)) == [first]
        assert on_duty(desk, begins + timedelta(days=7)) == [second]
    assert on_duty(desk, monday + 5 * HOUR) == []


def test_a_rota_is_entered_whole_or_not_at_all(posts):
    desk = Contact.objects.select_related("unit__state").get(unit__code="AA-CELL")
    rota(desk, days=1, first=date(2030, 1, 9))
    with pytest.raises(AlreadyOnDuty), transaction.atomic():
        rota(desk)
    assert Duty.objects.count() == 3
    with pytest.raises(FieldNotSound):
        rota(desk, teams=[[officer("aa.op")], [], []])


# ---- rosters as tables ---------------------------------------------------------------------------------------

ROSTER = """unit,post,kind,officer,phone,shift,from,to
AA-NORTH,SHO,,aa.desk,,night,2030-01-07,
AA-NORTH,control_room,turn,,+915550009999,,2030-01-07 06:00,2030-01-07 14:00
AA-NORTH,SHO,leave,,,,2030-02-01,2030-02-07
"""


def enter_roster(text: str, *, by: str = "aa.admin", dry_run: bool = False) -> list[str]:
    at = datetime(2030, 1, 1, tzinfo=INDIA)
    return [line.outcome for line in import_roster(text, by=actor(by, at), at=at, dry_run=dry_run)]


def test_a_roster_is_tried_first_then_stored_and_the_same_again_enters_nothing(posts):
    assert enter_roster(ROSTER, dry_run=True) == ["entered"] * 3
    assert not Duty.objects.exists()
    assert enter_roster(ROSTER) == ["entered"] * 3
    assert enter_roster(ROSTER) == ["known"] * 3
    night = Duty.objects.get(shift="night")
    assert (night.begins, night.ends) == (
        datetime(2030, 1, 7, 22, tzinfo=INDIA),
        datetime(2030, 1, 8, 6, tzinfo=INDIA),
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("AA-NORTH,SP,,,,night,2030-01-07,", "no such post"),
        ("BB-NORTH,control_room,,,,night,2030-01-07,", "no such post"),
        ("AA-NORTH,SHO,,nobody,,night,2030-01-07,", "nobody"),
        ("AA-NORTH,SHO,,bb.desk,,night,2030-01-07,", "belongs to another state"),
        ("AA-NORTH,SHO,dance,,,night,2030-01-07,", "use one of"),
        ("AA-NORTH,SHO,,,,noon,2030-01-07,", "use one of"),
        ("AA-NORTH,SHO,,,,,7 January,8 January", "2026-11-24"),
        ("AA-NORTH,SHO,,,12,night,2030-01-07,", "country code"),
        ("AA-NORTH,SHO,turn,aa.desk,,,2030-01-07 23:00,2030-01-08 01:00", "already"),
    ],
)
def test_a_fault_in_one_line_is_named_and_nothing_is_stored(posts, abroad, line, said):
    at = datetime(2030, 1, 1, tzinfo=INDIA)
    lines = import_roster(ROSTER + line + "\n", by=actor("aa.admin", at), at=at, dry_run=True)
    assert [found.outcome for found in lines] == ["entered"] * 3 + ["fault"]
    assert lines[-1].number == 5
    with translation.override("en"):
        (fault,) = [
            f.said
            for f in import_roster(ROSTER + line, by=actor("aa.admin", at), at=at, dry_run=True)
            if f.outcome == "fault"
        ]
    assert said in fault
    with pytest.raises(RosterFaulty):
        enter_roster(ROSTER + line + "\n")
    assert not Duty.objects.exists()


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "unit,post\nAA-NORTH,SHO\n", "unit,post,from,secret\n"])
def test_what_is_no_roster_is_refused(posts, text):
    with pytest.raises(FieldNotSound):
        enter_roster(text)


def test_a_stranger_cannot_tell_a_post_of_others_from_one_that_is_not_there(posts, abroad):
    others = enter_roster("unit,post,shift,from\nAA-NORTH,SHO,night,2030-01-07\n", by="bb.admin", dry_run=True)
    nothing = enter_roster("unit,post,shift,from\nAA-NOWHERE,SHO,night,2030-01-07\n", by="bb.admin", dry_run=True)
    assert others == nothing == ["fault"]


# ---- the desk ------------------------------------------------------------------------------------------------


def test_an_administrator_enters_ends_and_calls_off_at_the_desk(posts, admin):
    form = {
        "contact": posts["SHO"].pk, "kind": "turn", "officer": "", "phone": NUMBER, "shift": "",
        "begins_0": "2030-01-07", "begins_1": "22:00", "ends_0": "2030-01-08", "ends_1": "06:00",
    }  # fmt: skip
    assert admin.post(page("duty", "add"), form).status_code == 302
    turn = Duty.objects.get()
    assert turn.phone == NUMBER
    assert admin.get(page("duty")).status_code == 200
    assert admin.get(page("duty", "change", turn.pk)).status_code == 200
    later = {"ends_0": "2030-01-08", "ends_1": "07:00"}
    assert admin.post(page("duty", "change", turn.pk), later).status_code == 302
    turn.refresh_from_db()
    assert turn.ends == datetime(2030, 1, 8, 7, tzinfo=INDIA)
    assert admin.post(f"{page('duty', 'change', turn.pk).removesuffix('change/')}call-off/").status_code == 302
    turn.refresh_from_db()
    assert turn.called_off_at is not None


def test_a_roster_is_shown_before_it_is_stored(posts, admin):
    address = reverse("admin:districts_duty_changelist") + "roster/"
    assert admin.get(address).status_code == 200
    file = SimpleUploadedFile("roster.csv", ROSTER.encode("utf-8-sig"))
    shown = admin.post(address, {"file": file, "text": ""})
    assert [line.outcome for line in shown.context["lines"]] == ["entered"] * 3
    assert not Duty.objects.exists()
    assert admin.post(address, {"text": ROSTER, "store": ""}).status_code == 302
    assert Duty.objects.count() == 3
    assert admin.post(address, {"text": "nothing", "store": ""}).status_code == 409


def test_the_three_shifts_are_planned_at_the_desk(posts, admin):
    address = reverse("admin:districts_duty_changelist") + "rota/"
    assert admin.get(address).status_code == 200
    team = {"morning": officer("aa.op").pk, "evening": officer("aa.desk").pk, "night": officer("aa.south").pk}
    form = {"contact": posts["SHO"].pk, "first": "2030-01-07", "days": "7", "change_every": "7", "phone": ""} | team
    assert admin.post(address, form).status_code == 302
    assert Duty.objects.count() == 21
    assert admin.post(address, form).status_code == 409


def test_the_desk_of_another_state_sees_no_duty_and_enters_none(posts, abroad):
    turn = enter(posts["SHO"], officer=officer("aa.desk"))
    stranger = signed_in("bb.admin")
    assert "AA-NORTH" not in stranger.get(page("duty")).content.decode()
    assert stranger.get(page("duty", "change", turn.pk)).status_code == 302
    form = {"contact": posts["SHO"].pk, "kind": "turn", "begins_0": "2030-01-07", "begins_1": "22:00",
            "ends_0": "2030-01-08", "ends_1": "06:00"}  # fmt: skip
    assert stranger.post(page("duty", "add"), form).status_code == 200
    assert Duty.objects.count() == 1
    for nobody in ("aa.op", "aa.desk"):
        address = reverse("admin:districts_duty_changelist") + "roster/"
        assert signed_in(nobody).get(address).status_code in {302, 403}
