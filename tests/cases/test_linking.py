"""Two cases of one person: joined and parted again, three kinds of a second alert, and twins that only suggest."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from cases import claiming, forwarding, history, linking, outcome, refusals
from cases.intake import Pointer, receive
from cases.models import Alert, Case, CaseLink, Deadline
from districts.actors import Actor, Sight, partner_actor
from districts.reach import reach_of
from notifications.models import Message
from tests import database
from tests.cases.conftest import Territory, arrival, as_engine

Post = Callable[..., Case]
PHONE = "+915550004242"
WORDS = "Main ab thak gaya hoon, sabko alvida, Talwandi ke hostel ki chhat par hoon"


def person(number: int = 7, phone: str = PHONE, text: str = "", **changes: Any) -> dict[str, Any]:
    """Return what an alert says when its door has read it."""
    handle, account, post = f"aarav.{number}", f"1784{number}", f"https://www.instagram.com/p/Post{number}/"
    facts: dict[str, Any] = {
        "pointers": (
            Pointer("handle", handle, "instagram"),
            Pointer("account", account, "instagram"),
            Pointer("phone", phone),
        ),
        "content_urls": (post,),
        "parsed": {
            "platform": "instagram", "handle": handle, "platform_user_id": account, "display_name": "Aarav Kalpanik",
            "phones": [phone], "emails": [], "urls": [post], "content_text": text or None,
        },
    }  # fmt: skip
    return facts | changes


def joined(land: Territory, case: Case, other: Case, at: datetime, by: Actor | None = None) -> Case:
    by = by or land.rj_op1
    with reach_of(by):
        return linking.join(case, other, by=by, at=at)


def parted(land: Territory, case: Case, alert: Alert, at: datetime) -> Case:
    with reach_of(land.rj_op1):
        return linking.unjoin(case, alert, by=land.rj_op1, at=at)


def alerts_of(case: Case) -> list[Alert]:
    with as_engine():
        return [link.alert for link in CaseLink.objects.filter(case=case, ended_at=None).select_related("alert")]


def lines(case: Case) -> list[str]:
    with as_engine():
        assert history.verify(case) == []
        return list(case.events.order_by("seq").values_list("action", flat=True))


@pytest.fixture
def two(land: Territory, post: Post) -> tuple[Case, Case]:
    return post(**person(1), urgency="P1"), post(**person(2), urgency="P0")


# ---- join ---------------------------------------------------------------------------------------------------


def test_a_join_moves_the_alerts_and_closes_the_emptied_case_with_a_line_on_both_sides(
    land: Territory, two: tuple[Case, Case], monday: datetime
) -> None:
    case, other = two
    alert = alerts_of(other)[0]
    joined(land, case, other, monday)
    with as_engine():
        case.refresh_from_db()
        other.refresh_from_db()
        assert (case.status, case.urgency) == ("received", "P0")
        assert (other.status, other.outcome) == ("closed", "DUP")
        assert [(link.case_id, link.why, bool(link.ended_at)) for link in alert.links.order_by("pk")] == [
            (other.pk, "opened it", True),
            (case.pk, "joined", False),
        ]
        assert not Deadline.objects.filter(case=other, settled_at=None).exists()
        assert Deadline.objects.filter(case=case, settled_at=None, kind="CLAIM").exists()
        assert set(case.identifiers.values_list("value", flat=True)) >= {"aarav.1", "aarav.2"}
        assert case.events.get(action="joined").facts["other"] == other.reference
        assert other.events.get(action="joined_into").facts["into"] == case.reference
    assert len(alerts_of(case)) == 2
    assert lines(case) == ["received", "joined"]
    assert lines(other) == ["received", "joined_into"]


def test_after_a_join_the_next_alert_of_either_comes_to_the_one_case(
    land: Territory, two: tuple[Case, Case], post: Post, monday: datetime
) -> None:
    case, other = two
    joined(land, case, other, monday)
    assert post(**person(2)).pk == post(**person(1)).pk == case.pk


def test_a_unit_that_has_the_case_is_told_that_it_has_grown_and_reads_the_joined_alert(
    land: Territory, forwarded: Case, post: Post, monday: datetime
) -> None:
    other = post(**person(2), urgency="P0")
    joined(land, forwarded, other, monday)
    with as_engine():
        rung = Message.objects.filter(about_id=forwarded.pk, topic="case_raised")
        assert {message.to_ref for message in rung} == {"RJ-JHUNJHUNU/control_room"}
    with reach_of(land.jhunjhunu_desk):
        assert Alert.objects.count() == 2
    with reach_of(land.sikar_desk):
        assert Alert.objects.count() == 0


def test_a_case_that_was_closed_before_keeps_its_outcome(
    land: Territory, two: tuple[Case, Case], monday: datetime
) -> None:
    case, other = two
    with reach_of(land.rj_op1):
        claiming.claim(other, by=land.rj_op1, at=monday)
        outcome.close(other, outcome="M", by=land.rj_op1, at=monday)
    joined(land, case, other, monday)
    with as_engine():
        other.refresh_from_db()
        case.refresh_from_db()
    assert (other.outcome, case.urgency) == ("M", "P1")
    assert len(alerts_of(case)) == 2


REFUSED = ["itself", "closed", "with a unit", "somebody else's", "practice", "emptied", "a unit's officer"]


@pytest.mark.parametrize("what", REFUSED)
def test_a_join_that_may_not_be_changes_nothing(
    land: Territory, two: tuple[Case, Case], post: Post, monday: datetime, what: str
) -> None:
    (case, other), by, at = two, land.rj_op1, monday
    refusal: type[Exception] = refusals.WrongMoment
    with reach_of(land.rj_op2):
        if what == "closed":
            claiming.claim(case, by=land.rj_op2, at=monday)
            outcome.close(case, outcome="M", by=land.rj_op2, at=monday)
        elif what in {"with a unit", "somebody else's"}:
            claiming.claim(other, by=land.rj_op2, at=monday)
            refusal = refusals.AlreadyClaimed
        if what == "with a unit":
            forwarding.forward(other, to=land.sikar, part="lead", by=land.rj_op2, at=monday)
            refusal, at = refusals.StillWithUnits, monday + timedelta(minutes=5)
    if what == "itself":
        other, refusal = case, refusals.SameCase
    if what == "practice":
        other, refusal = post(**person(3), practice=True), refusals.PracticeAndReal
    if what == "emptied":
        joined(land, post(), other, monday)
        refusal = refusals.NothingToJoin
    if what == "a unit's officer":
        by, refusal = land.jhunjhunu_desk, refusals.Refusal
    before = (lines(case), lines(other), alerts_of(case), alerts_of(other))
    with pytest.raises(refusal):
        joined(land, case, other, at, by=by)
    assert (lines(case), lines(other), alerts_of(case), alerts_of(other)) == before


# ---- unjoin -------------------------------------------------------------------------------------------------


def test_a_join_undone_is_as_if_it_had_not_been_but_for_the_history(
    land: Territory, two: tuple[Case, Case], post: Post, monday: datetime
) -> None:
    case, other = two
    alert, later = alerts_of(other)[0], monday + timedelta(minutes=1)
    with as_engine():
        pointers = {each.pk: set(each.identifiers.values_list("kind", "value")) for each in two}
    joined(land, case, other, monday)
    assert parted(land, case, alert, later).pk == other.pk
    with as_engine():
        for each in two:
            each.refresh_from_db()
            # The number is the same for both; it stays where it was, and points to neither more than before.
            assert set(each.identifiers.values_list("kind", "value")) == pointers[each.pk]
        assert (other.status, other.outcome, other.closed_at) == ("received", "", None)
        claim = Deadline.objects.get(case=other, kind="CLAIM", settled_at=None)
        assert claim.started_at == later
    assert [len(alerts_of(each)) for each in two] == [1, 1]
    assert (lines(case), lines(other)) == (
        ["received", "joined", "unjoined"],
        ["received", "joined_into", "put_back"],
    )
    assert post(**person(2)).pk == other.pk
    assert post(**person(1)).pk == case.pk


def test_an_alert_that_joined_by_itself_gets_a_case_of_its_own(land: Territory, post: Post, monday: datetime) -> None:
    case = post(**person(1))
    stranger = person(5, phone="+915550009999")
    post(**stranger | {"content_urls": person(1)["content_urls"]})
    alert = alerts_of(case)[1]
    home = parted(land, case, alert, monday)
    assert home.pk != case.pk
    with as_engine():
        assert home.status == "received"
        assert {"aarav.5", "+915550009999"} <= set(home.identifiers.values_list("value", flat=True))
        assert not {"aarav.5", "+915550009999"} & set(case.identifiers.values_list("value", flat=True))
        assert Deadline.objects.filter(case=home, kind="CLAIM", settled_at=None).count() == 1
    assert lines(home) == ["received"]
    assert alerts_of(home) == [alert]
    assert post(**person(5)).pk == home.pk


def test_one_that_was_closed_for_a_reason_of_its_own_stays_closed(
    land: Territory, two: tuple[Case, Case], monday: datetime
) -> None:
    case, other = two
    with reach_of(land.rj_op1):
        claiming.claim(other, by=land.rj_op1, at=monday)
        outcome.close(other, outcome="M", by=land.rj_op1, at=monday)
    alert = alerts_of(other)[0]
    joined(land, case, other, monday)
    home = parted(land, case, alert, monday)
    assert home.pk not in {case.pk, other.pk}
    with as_engine():
        other.refresh_from_db()
        assert (other.status, home.earlier_id) == ("closed", other.pk)


def test_the_last_alert_stays_and_a_foreign_one_is_not_there(
    land: Territory, two: tuple[Case, Case], monday: datetime
) -> None:
    case, other = two
    with pytest.raises(refusals.OnlyAlert):
        parted(land, case, alerts_of(case)[0], monday)
    joined(land, case, other, monday)
    foreign = Alert(state=case.state)
    with pytest.raises(refusals.NotInThisCase):
        parted(land, case, foreign, monday)


def test_joined_parted_and_joined_again(land: Territory, two: tuple[Case, Case], monday: datetime) -> None:
    case, other = two
    alert = alerts_of(other)[0]
    for minute in range(3):
        joined(land, case, other, monday + timedelta(minutes=minute))
        parted(land, case, alert, monday + timedelta(minutes=minute, seconds=30))
    joined(land, other, case, monday + timedelta(minutes=9))
    assert [len(alerts_of(case)), len(alerts_of(other))] == [0, 2]
    assert lines(other).count("put_back") == 3


# ---- at the same moment -------------------------------------------------------------------------------------


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    start = Barrier(len(deeds))

    def go(deed: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return deed()
        except refusals.Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(go, deeds))


@pytest.mark.django_db(transaction=True)
def test_two_operators_who_join_the_same_two_cases_both_ways_do_not_wait_for_ever(
    land: Territory, two: tuple[Case, Case], monday: datetime
) -> None:
    case, other = two
    answers = at_once(
        lambda: joined(land, case, other, monday, by=land.rj_op1),
        lambda: joined(land, other, case, monday, by=land.rj_op2),
    )
    assert sorted(isinstance(answer, refusals.Refusal) for answer in answers) == [False, True]
    assert sorted(len(alerts_of(each)) for each in two) == [0, 2]


@pytest.mark.django_db(transaction=True)
def test_an_alert_that_arrives_during_a_join_comes_to_the_case_that_stays(
    land: Territory, post: Post, monday: datetime
) -> None:
    for number in range(10, 40, 3):
        case, other = post(**person(number)), post(**person(number + 1))
        at_once(lambda: joined(land, case, other, monday), lambda: post(**person(number + 1)))  # noqa: B023 - ends here
        assert [len(alerts_of(case)), len(alerts_of(other))] == [3, 0]


# ---- three kinds of a second alert ----------------------------------------------------------------------------

MAIL = {"door": "email", "partner_reference": "MSI-1"}
KINDS = [
    ("the same report by another door", {"partner_reference": "MSI-1", "door": "email"}, "duplicate"),
    ("the same post by telephone", {"door": "phone", "partner": None, "partner_reference": ""}, "duplicate"),
    ("the same post with another reference", {"partner_reference": "MSI-2"}, "duplicate"),
    ("what the door knows to be an answer", {"door": "email", "follow_up": True, **MAIL}, "follow_up"),
    ("a new post of the same account", {"content_urls": ("https://www.instagram.com/p/New/",)}, "repeat"),
]


@pytest.mark.parametrize(("what", "changes", "kind"), KINDS)
def test_a_second_alert_is_recorded_as_what_it_is(
    land: Territory, post: Post, monday: datetime, what: str, changes: dict[str, Any], kind: str
) -> None:
    case = post(**person(1), partner_reference="MSI-1")
    report = replace(arrival(land.rj_meta, **person(1)), **changes)
    by = partner_actor(land.rj_meta, sight=Sight.ENGINE)
    with reach_of(by):
        assert receive(report, by=by, at=monday).case.pk == case.pk
        assert case.events.get(action="alert_joined").facts["as"] == kind
        assert case.links.order_by("-pk").first().why == kind


def test_a_second_mail_with_the_same_reference_is_a_follow_up(land: Territory, post: Post) -> None:
    case = post(**person(1), **MAIL)
    assert post(**person(1), **MAIL).pk == case.pk
    with as_engine():
        assert case.events.get(action="alert_joined").facts["as"] == "follow_up"


def test_after_closing_it_is_a_repeat(land: Territory, post: Post, monday: datetime) -> None:
    first = post(**person(1))
    with reach_of(land.rj_op1):
        claiming.claim(first, by=land.rj_op1, at=monday)
        outcome.close(first, outcome="M", by=land.rj_op1, at=monday)
    second = post(**person(1))
    with as_engine():
        facts = second.events.get(action="received").facts
    assert (facts["as"], facts["earlier_outcome"], second.urgency) == ("repeat", "M", "P0")


# ---- twins --------------------------------------------------------------------------------------------------


def twins(land: Territory, case: Case, by: Actor | None = None) -> list[tuple[str, tuple[str, ...]]]:
    by = by or land.rj_op1
    with reach_of(by):
        return [(twin.case.reference, twin.why) for twin in linking.twins(case, by=by)]


LIKE = [
    ({"pointers": (Pointer("phone", PHONE),)}, ("phone",)),
    ({"pointers": (Pointer("handle", "Aarav.1", "x"),)}, ("handle",)),
    ({"pointers": (), "parsed": {"content_text": WORDS[:50]}}, ("text",)),
    ({"pointers": (), "parsed": {"content_text": f"kal raat ki post: {WORDS} "}}, ("text",)),
    ({"pointers": (), "name": "Arav Kalpanik"}, ("name",)),
    ({"pointers": (Pointer("phone", PHONE),), "name": "AARAV KALPANIK"}, ("phone", "name")),
]


@pytest.mark.parametrize(("changes", "why"), LIKE)
def test_a_likely_twin_is_shown_with_the_reason_and_does_not_join(
    land: Territory, post: Post, changes: dict[str, Any], why: tuple[str, ...]
) -> None:
    first = post(**person(1, text=WORDS))
    second = post(**{"name": "", "content_urls": ()} | changes)
    assert second.pk != first.pk
    assert twins(land, second) == [(first.reference, why)]
    assert twins(land, second, by=land.up_op1) == twins(land, second, by=land.jhunjhunu_desk) == []


def test_other_states_practice_and_what_is_old_are_no_twins(land: Territory, post: Post, monday: datetime) -> None:
    same = {"pointers": (Pointer("phone", PHONE),), "name": ""}
    case = post(**same)
    post(partner=land.up_meta, **same)
    post(practice=True, **same)
    post(at=monday - timedelta(hours=73), **same)
    assert twins(land, case) == []
    near = post(at=monday - timedelta(hours=71), **same)
    assert twins(land, case) == [(near.reference, ("phone",))]


def test_a_case_emptied_by_a_join_is_no_twin(land: Territory, post: Post, monday: datetime) -> None:
    same = {"pointers": (Pointer("phone", PHONE),), "name": ""}
    case, other, third = post(**same), post(**same), post(**same)
    joined(land, other, third, monday)
    assert [reference for reference, _ in twins(land, case)] == [other.reference]


def test_pointers_are_found_through_their_index_behind_the_wall(land: Territory, post: Post) -> None:
    post(**person(1))
    many = {"cases_identifier": 10**6, "an_identifier_once_per_case": 10**6, "cases_case": 10**6}
    with database.believed_to_hold(many), reach_of(land.rj_op1), connection.cursor() as cursor:
        # Which of two small tables a planner begins with is its own business; that the wall leaves the index usable,
        # equality being leakproof, is ours.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT case_id FROM cases_identifier WHERE kind = 'phone' AND value IN (%s, '')", [PHONE]
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "identifier_value" in plan
