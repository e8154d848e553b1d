"""Who is at work on a case, how long a claim lasts under hands that write, and at which desk an alarm was silenced."""

from datetime import timedelta

import pytest
from django.db import Error, transaction

from cases import claiming, watching
from cases.models import Case, CaseEvent, Presence
from cases.refusals import AlreadyClaimed, NotYours, WrongMoment
from districts.actors import CLOCK
from districts.reach import reach_of


@pytest.fixture
def claimed(land, post, monday):
    case = post()
    with reach_of(land.rj_op1):
        return claiming.claim(case, by=land.rj_op1, at=monday)


def held_until(case):
    with reach_of(CLOCK):
        return Case.objects.get(pk=case.pk).claimed_until


def test_colleagues_see_who_writes_until_a_little_after_the_last_word(land, claimed, monday):
    with reach_of(land.rj_op2):
        watching.be_there(claimed, doing="reading", by=land.rj_op2, at=monday)
        watching.be_there(claimed, doing="writing", by=land.rj_op2, at=monday + timedelta(seconds=20))
    with reach_of(land.rj_op1):
        there = watching.present([claimed.pk], at=monday + timedelta(seconds=60))
        assert [(one.officer.username, one.doing) for one in there[claimed.pk]] == [("rj-op2", "writing")]
        assert watching.present([claimed.pk], at=monday + timedelta(seconds=66)) == {}


def test_who_holds_a_case_and_writes_keeps_it(land, claimed, monday):
    with reach_of(land.rj_op1):
        watching.be_there(claimed, doing="writing", by=land.rj_op1, at=monday + timedelta(seconds=20))
    assert held_until(claimed) == monday + timedelta(minutes=2)  # there is still time
    with reach_of(land.rj_op1):
        claimed.refresh_from_db()
        watching.be_there(claimed, doing="writing", by=land.rj_op1, at=monday + timedelta(seconds=60))
    assert held_until(claimed) == monday + timedelta(minutes=3)
    with reach_of(land.rj_op2), pytest.raises(AlreadyClaimed):
        claiming.claim(claimed, by=land.rj_op2, at=monday + timedelta(minutes=2, seconds=30))


@pytest.mark.parametrize(("who", "doing", "after"), [("rj_op1", "reading", 60), ("rj_op2", "writing", 60)])
def test_reading_keeps_nothing_and_nobody_keeps_a_case_for_another(land, claimed, monday, who, doing, after):
    actor = getattr(land, who)
    with reach_of(actor):
        watching.be_there(claimed, doing=doing, by=actor, at=monday + timedelta(seconds=after))
    assert held_until(claimed) == monday + timedelta(minutes=2)


def test_a_claim_that_has_run_out_is_not_brought_back_by_writing(land, claimed, monday):
    late = monday + timedelta(minutes=2, seconds=1)
    with reach_of(land.rj_op1):
        watching.be_there(claimed, doing="writing", by=land.rj_op1, at=late)
    with reach_of(land.rj_op2):
        assert claiming.claim(claimed, by=land.rj_op2, at=late).claimed_by_id == land.rj_op2.officer_id


@pytest.mark.parametrize("stranger", ["jhunjhunu_desk", "sikar_desk", "dig", "up_op1", "admin"])
def test_nobody_outside_the_cell_sees_or_says_who_is_there(land, forwarded, monday, stranger):
    actor = getattr(land, stranger)
    with reach_of(land.rj_op1):
        watching.be_there(forwarded, doing="reading", by=land.rj_op1, at=monday)
    with reach_of(actor), pytest.raises((NotYours, Error)), transaction.atomic():
        watching.be_there(forwarded, doing="writing", by=actor, at=monday)
    try:
        with reach_of(actor):
            seen = Presence.objects.count()
    except Error:
        seen = 0  # permission denied: units have no right to the table at all
    assert seen == 0


def test_silencing_an_alarm_is_written_down_with_the_desk(land, post, monday):
    case = post()
    with reach_of(land.rj_op1):
        watching.silence(case, desk="4f2a", by=land.rj_op1, at=monday)
        line = CaseEvent.objects.get(case=case, action="alarm_silenced")
    assert (line.actor, line.at, line.facts) == ("officer:rj-op1", monday, {"desk": "4f2a"})


def test_a_unit_silences_nothing_and_what_is_closed_does_not_ring(land, forwarded, monday):
    with reach_of(land.jhunjhunu_desk), pytest.raises(NotYours):
        watching.silence(forwarded, desk="4f2a", by=land.jhunjhunu_desk, at=monday)
    from cases import outcome

    with reach_of(land.rj_op1):
        outcome.close(forwarded, outcome="N2", by=land.rj_op1, at=monday)
        with pytest.raises(WrongMoment):
            watching.silence(forwarded, desk="4f2a", by=land.rj_op1, at=monday)
