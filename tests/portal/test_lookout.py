"""The lookout: what is wrong becomes an alarm for those it concerns, ends by itself, and stops the call outside."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from cases.models import Deadline
from districts.actors import CLOCK
from districts.models import Officer, Unit
from districts.reach import reach_of
from notifications import delivery
from notifications.models import Message, Provider
from portal import pulse
from portal.lookout import book, work
from portal.lookout.findings import Code, Finding
from portal.models import Alarm
from tests import database
from tests.portal.conftest import JSON, arrive, do, signed_in
from tests.portal.watched import actor, age, alarms, all_is_well, found, old_lookout, ring

MINUTE = timedelta(minutes=1)


# ---- the book ----------------------------------------------------------------------------------------------


def test_a_finding_is_one_alarm_until_it_is_found_no_more_and_then_a_new_one(land):
    now = timezone.now()
    finding = Finding(Code.PROCESS_SILENT, "worker")
    book.write([finding], at=now)
    book.write([finding], at=now + MINUTE)
    with reach_of(CLOCK):
        alarm = Alarm.objects.get()
        assert (alarm.since, alarm.last_seen_at, alarm.ended_at) == (now, now + MINUTE, None)
    book.write([], at=now + 2 * MINUTE)
    book.write([finding], at=now + 3 * MINUTE)
    with reach_of(CLOCK):
        ends = list(Alarm.objects.order_by("pk").values_list("ended_at", flat=True))
    assert ends == [now + 2 * MINUTE, None]


def test_what_could_not_be_looked_at_stays_as_it_was(land):
    book.write([Finding(Code.DEADLINE_LATE)], at=timezone.now())
    book.write([], unseen=["deadline_late"], at=timezone.now())
    with reach_of(CLOCK):
        assert [alarm.code for alarm in book.standing()] == ["deadline_late"]


def test_each_cell_sees_the_alarms_of_its_state_and_of_the_portal_and_nobody_else_any(land):
    rj = Unit.objects.get(code="RJ-CELL").state_id
    book.write(
        [Finding(Code.PARTNER_SILENT, "Meta", state_id=rj), Finding(Code.PROCESS_SILENT, "worker")], at=timezone.now()
    )
    assert [alarm["code"] for alarm in alarms("op1")] == ["partner_silent", "process_silent"]
    assert [alarm["code"] for alarm in alarms("up-op1")] == ["process_silent"]
    for stranger in ("north", "dig", "admin", "nobody"):
        with reach_of(actor(stranger)), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Alarm.objects.exists()


def test_the_cell_cannot_write_alarms_and_nobody_can_take_them_away(land):
    book.write([Finding(Code.PROCESS_SILENT, "worker")], at=timezone.now())
    for who in (actor("op1"), CLOCK):
        with reach_of(who), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Alarm.objects.all().delete()
    with reach_of(actor("op1")), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Alarm.objects.update(ended_at=timezone.now())


def test_the_page_says_it_with_a_word_and_the_reader_reads_it_in_hindi(land):
    book.write([Finding(Code.CASE_UNWATCHED, state_id=Unit.objects.get(code="RJ-CELL").state_id, count=2,
                        examples=("RJ-2026-0001",))], at=timezone.now())  # fmt: skip
    pulse.beat("lookout")
    page = signed_in("op1").get("/console").content.decode()
    assert "Open cases for which no deadline runs: 2" in page
    assert "RJ-2026-0001" in page
    officer = Officer.objects.get(username="op1")
    officer.language = "hi"
    officer.save(update_fields=["language"])
    strip = re.search(r'<ul class="alarms".*?</ul>', signed_in("op1").get("/console").content.decode(), re.DOTALL)
    assert "खुले" in strip.group()


def test_more_alarms_ask_no_more_questions(land, django_assert_num_queries):
    client = signed_in("op1")
    from django.test.utils import CaptureQueriesContext

    def questions() -> int:
        client.get("/console", headers=JSON)
        with CaptureQueriesContext(connection) as asked:
            client.get("/console", headers=JSON)
        return len(asked)

    book.write([Finding(Code.PROCESS_SILENT, "worker")], at=timezone.now())
    one = questions()
    book.write([Finding(Code.PROCESS_SILENT, kind) for kind in ("worker", "web", "beat")], at=timezone.now())
    assert questions() == one


# ---- work --------------------------------------------------------------------------------------------------


def test_a_deadline_that_does_not_fire_is_found_and_one_that_does_is_not(land):
    case = arrive()
    with reach_of(CLOCK):
        due = Deadline.objects.get(case=case).due_at
    assert found(work.late_deadlines(at=due + timedelta(seconds=7))) == []
    (late,) = found(work.late_deadlines(at=due + timedelta(seconds=9)))
    assert (late.code, late.count, late.since, late.state_id) == (Code.DEADLINE_LATE, 1, due, case.state_id)
    ring(due + timedelta(seconds=9))
    assert found(work.late_deadlines(at=due + timedelta(seconds=9))) == []


def test_a_message_that_does_not_get_out_is_found_by_channel_and_state(land, forwarded):
    now = timezone.now()
    assert found(work.stuck_messages(at=now + timedelta(seconds=20))) == []
    stuck = found(work.stuck_messages(at=now + timedelta(seconds=60)))
    assert {(one.subject, one.state_id) for one in stuck} == {
        ("sms", forwarded.state_id),
        ("voice", forwarded.state_id),
    }


def test_a_channel_of_which_no_provider_answers_is_found_and_one_of_which_one_does_is_not(land, settings):
    settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_URL_2 = "http://127.0.0.1:9/a", "http://127.0.0.1:9/b"
    now = timezone.now()
    # Voice has no gateway here: what an earlier one was is nobody's worry.
    for name, channel in (("voice", "voice"), ("sms", "sms"), ("sms-2", "sms")):
        assert found(work.dead_channels(at=now + timedelta(seconds=60))) == []
        with reach_of(CLOCK):
            Provider.objects.create(name=name, channel=channel, failures=5, opened_at=now, probe_at=now)
    assert found(work.dead_channels(at=now + timedelta(seconds=20))) == []
    (out,) = found(work.dead_channels(at=now + timedelta(seconds=60)))
    assert (out.code, out.subject, out.since, out.state_id) == (Code.GATEWAY_OUT, "sms", now, None)


def test_a_post_that_no_way_leads_to_is_found_before_it_is_given_up(land, forwarded):
    now = timezone.now()
    with reach_of(CLOCK):
        sms = Message.objects.get(about_id=forwarded.pk, channel="sms")
        sms.dead_end, sms.dead_end_at = "waiting", now
        sms.save(update_fields=["dead_end", "dead_end_at"])
    (dead,) = found(work.unreached_posts(at=now))
    assert (dead.examples, dead.since) == (("RJ-NORTH/control_room",), now)


def test_a_post_that_one_channel_reached_is_no_dead_end_and_one_that_none_did_is(land, forwarded):
    now = timezone.now()
    with reach_of(CLOCK):
        sms = Message.objects.get(about_id=forwarded.pk, channel="sms")
        sms.state, sms.final_at = "failed", now
        sms.save(update_fields=["state", "final_at"])
    assert found(work.unreached_posts(at=now)) == []
    with reach_of(CLOCK):
        voice = Message.objects.get(about_id=forwarded.pk, channel="voice")
        delivery.fail(voice, why="refused", at=now)
    (dead,) = found(work.unreached_posts(at=now))
    assert (dead.examples, dead.count, dead.state_id) == (("RJ-NORTH/control_room",), 1, forwarded.state_id)
    assert found(work.unreached_posts(at=now + timedelta(hours=25))) == []


# ---- in every open case somebody is waited for -------------------------------------------------------------


def unwaited(at: datetime) -> list[tuple[str, tuple[str, ...]]]:
    return [(str(one.code), one.examples) for one in found(work.OpenCases().look(at=at))]


def test_through_its_whole_life_a_case_is_waited_for(land):
    op1, north, case = signed_in("op1"), signed_in("north"), arrive()
    named = {"officer_name": "SI Rao", "officer_phone": "+915550007777", "eta_minutes": 9}
    acts = [
        (op1, "claim", {}), (op1, "release", {}), (op1, "claim", {}),
        (op1, "forward", {"unit": "RJ-NORTH", "role": "lead"}), (op1, "recall", {"unit": "RJ-NORTH", "reason": "x"}),
        # Released and taken again after a recall: the way on which nobody was waited for.
        (op1, "release", {}), (op1, "claim", {}),
        (op1, "forward", {"unit": "RJ-NORTH", "role": "lead"}), (north, "return", {"reason": "not ours"}),
        (op1, "release", {}), (op1, "claim", {}), (op1, "forward", {"unit": "RJ-NORTH", "role": "lead"}),
        (north, "acknowledge", named), (north, "move", {}),
        (north, "contact", {"confirmed": "person", "condition": "safe"}),
        (north, "report", {"kind": "flash", "outcome": "S2", "text": "safe"}),
    ]  # fmt: skip
    for client, verb, fields in acts:
        answer = do(client, case, verb, **fields)
        assert answer.status_code == 200, (verb, answer.content)
        with reach_of(CLOCK):
            assert Deadline.objects.filter(case=case, settled_at=None).exists(), verb
        assert unwaited(timezone.now()) == [], verb
    assert do(north, case, "report", kind="detailed", outcome="S2", text="safe").status_code == 200
    # The units' last word: the cell decides, within a day, and is reminded then.
    assert unwaited(timezone.now()) == []
    assert unwaited(timezone.now() + timedelta(hours=25)) == [("case_unclosed", (case.reference,))]
    assert do(op1, case, "close", outcome="S2").status_code == 200
    assert unwaited(timezone.now() + timedelta(hours=25)) == []


def test_a_ladder_at_its_end_is_told_to_the_cell_as_that_and_is_no_fault(land):
    case = arrive()
    ring(timezone.now() + timedelta(days=1))
    with reach_of(CLOCK):
        assert not Deadline.objects.filter(case=case, settled_at=None).exists()
    assert unwaited(timezone.now()) == [("ladder_ended", (case.reference,))]
    do(signed_in("op1"), case, "claim")
    assert unwaited(timezone.now()) == []


@pytest.mark.parametrize("stage", ["received", "in_triage", "forwarded", "acknowledged"])
def test_a_case_whose_deadline_vanished_is_a_fault_at_every_stage(land, stage):
    op1, case = signed_in("op1"), arrive()
    if stage != "received":
        do(op1, case, "claim")
    if stage in {"forwarded", "acknowledged"}:
        do(op1, case, "forward", unit="RJ-NORTH", role="lead")
    if stage == "acknowledged":
        named = {"officer_name": "SI Rao", "officer_phone": "+915550007777", "eta_minutes": 9}
        assert do(signed_in("north"), case, "acknowledge", **named).status_code == 200
    assert unwaited(timezone.now()) == []
    with reach_of(CLOCK):
        for deadline in Deadline.objects.filter(case=case, settled_at=None):
            deadline.settled_at, deadline.settled_as = timezone.now(), "lifted"
            deadline.save(update_fields=["settled_at", "settled_as"])
    assert unwaited(timezone.now()) == [("case_unwatched", (case.reference,))]


def test_one_unit_that_is_waited_for_does_not_hide_another_that_is_not(land, forwarded):
    do(signed_in("op1"), forwarded, "forward", unit="RJ-SOUTH", role="support")
    with reach_of(CLOCK):
        for deadline in Deadline.objects.filter(case=forwarded, settled_at=None, unit__code="RJ-SOUTH"):
            deadline.settled_at, deadline.settled_as = timezone.now(), "lifted"
            deadline.save(update_fields=["settled_at", "settled_as"])
    assert unwaited(timezone.now()) == [("case_unwatched", (forwarded.reference,))]


def test_slices_find_what_one_look_finds_and_keep_it_in_sight(land, monkeypatch):
    cases = sorted((arrive() for _ in range(5)), key=lambda case: case.pk)
    with reach_of(CLOCK):
        for deadline in Deadline.objects.filter(case=cases[1]):
            deadline.settled_at, deadline.settled_as = timezone.now(), "lifted"
            deadline.save(update_fields=["settled_at", "settled_as"])
    monkeypatch.setattr(work, "SLICE", 2)
    lookout = work.OpenCases()
    for _ in range(7):
        (one,) = found(lookout.look(at=timezone.now()))
        assert one.examples == (cases[1].reference,)
    assert do(signed_in("op1"), cases[1], "claim").status_code == 200
    assert found(lookout.look(at=timezone.now())) == []


@pytest.fixture
def many_closed_cases(db):
    with database.believed_to_hold({"cases_case": 10**6, "cases_case_pkey": 10**6, "case_open_in_order": 100}):
        yield


@pytest.mark.parametrize(
    ("question", "values", "index"),
    [
        (work.BOUND, {"after": work.NOBODY, "size": 4999}, "case_open_in_order"),
        (
            work.UNWAITED.format(chosen=work.IN_THE_SLICE),
            {"after": work.NOBODY, "upto": work.NOBODY},
            "case_open_in_order",
        ),
        (
            work.LATE,
            {"before": datetime(2026, 1, 1, tzinfo=timezone.get_current_timezone()), "many": 10},
            "deadline_due",
        ),
    ],
)
def test_no_look_reads_a_table_from_end_to_end(land, question, values, index, many_closed_cases):
    """On few rows a scan is cheaper; forbidden to scan, the planner shows that it has an index for each."""
    with reach_of(CLOCK), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {question}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert index in plan
    assert "Seq Scan" not in plan


# ---- the rounds --------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_look_at_a_portal_that_is_well_finds_nothing_and_says_that_somebody_looked(land):
    all_is_well()
    lookout = old_lookout()
    assert lookout.look() == []
    assert lookout.is_well()
    assert not lookout.is_well(within=-1)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["alarms"]) == (200, [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("hurt", "code", "status"),
    [
        (lambda: age("worker@here:1", 40, began=60), "process_silent", 503),
        (lambda: age("sweep", 40), "celery_silent", 200),
    ],
)
def test_what_is_wrong_is_in_the_console_in_readyz_and_in_the_figures_and_is_over_when_it_is(land, hurt, code, status):
    all_is_well()
    hurt()
    lookout = old_lookout()
    lookout.look()
    assert not lookout.is_well()
    assert [alarm["code"] for alarm in alarms("op1")] == [code]
    answer = Client().get("/readyz")
    assert (answer.status_code, [alarm["code"] for alarm in answer.json()["alarms"]]) == (status, [code])
    assert any(code in reason for reason in answer.json()["reasons"]) == (status == 503)
    assert f'portal_alarms_standing{{code="{code}"}} 1.0' in Client().get("/metrics").content.decode()
    all_is_well()
    lookout.look()
    assert lookout.is_well()
    assert alarms("op1") == []
    assert Client().get("/readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_what_only_officers_can_do_something_about_calls_nobody_outside(land):
    all_is_well()
    arrive()
    ring(timezone.now() + timedelta(days=1))
    lookout = old_lookout()
    lookout.look()
    assert [(alarm["code"], alarm["grave"]) for alarm in alarms("op1")] == [("ladder_ended", False)]
    assert alarms("up-op1") == []
    assert lookout.is_well()
    assert Client().get("/readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_look_that_fails_is_a_finding_and_blinds_no_other(land, monkeypatch):
    all_is_well()
    age("worker@here:1", 40, began=60)

    def broken(**_: Any) -> list[Finding]:
        raise ZeroDivisionError

    monkeypatch.setattr(work, "late_deadlines", broken)
    lookout = old_lookout()
    assert {str(one.code) for one in lookout.look()} == {"check_failed", "process_silent"}
    assert not lookout.is_well()


def test_a_watch_that_nobody_hears_is_said_by_web(land):
    all_is_well()
    age("lookout", 21)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert any("watch_silent" in reason for reason in answer.json()["reasons"])
    console = signed_in("op1").get("/console", headers=JSON).json()
    assert [alarm["code"] for alarm in console["alarms"]] == ["watch_silent"]


def test_readyz_names_no_partner_no_case_and_no_post(land):
    all_is_well()
    rj = Unit.objects.get(code="RJ-CELL").state_id
    book.write(
        [
            Finding(Code.PARTNER_SILENT, "Meta", state_id=rj),
            Finding(Code.CASE_UNWATCHED, state_id=rj, examples=("RJ-2026-0001",)),
            Finding(Code.POST_UNREACHABLE, state_id=rj, examples=("RJ-NORTH/SP",)),
        ],
        at=timezone.now(),
    )
    text = Client().get("/readyz").content.decode()
    assert "partner_silent" in text
    assert not any(word in text for word in ("Meta", "RJ-", "SP"))
