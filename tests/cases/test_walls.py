"""The walls of the database, climbed as an officer of another district, another state, nobody, and a partner."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.db import Error, connection, transaction

from cases import access, claiming, forwarding, notes, response
from cases.models import Alert, Case, CaseEvent, CaseGroupGrant, Deadline, Forwarding, Person, ReadEntry
from cases.refusals import NotYours
from districts.actors import Actor, Sight, partner_actor
from districts.reach import reach_of
from notifications.models import Message
from tests.cases.conftest import Territory, as_engine

CASE_TABLES = """
    SELECT DISTINCT c.relname, c.relrowsecurity AND c.relforcerowsecurity
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
      AND (c.relname LIKE 'cases\\_%%' OR c.relname LIKE 'notifications\\_%%')
"""
READABLE = [Case, Alert, Person, Forwarding, Deadline, CaseEvent, CaseGroupGrant, Message]


def seen(actor: Actor, case: Case) -> set[str]:
    """Return the kinds of record about the case that the actor can read, asking the database for everything."""
    with reach_of(actor):
        found = {
            "Case": Case.objects.filter(pk=case.pk),
            "Person": Person.objects.filter(case_id=case.pk),
            "Forwarding": Forwarding.objects.filter(case_id=case.pk),
            "Deadline": Deadline.objects.filter(case_id=case.pk),
            "CaseEvent": CaseEvent.objects.filter(case_id=case.pk),
            "Grant": CaseGroupGrant.objects.filter(content_object_id=case.pk),
            "Alert": Alert.objects.filter(links__case_id=case.pk),
            "Message": Message.objects.filter(about_id=case.pk),
        }
        return {name for name, rows in found.items() if rows.exists()}


EVERYTHING = {"Case", "Person", "Forwarding", "Deadline", "CaseEvent", "Grant", "Alert", "Message"}


def test_every_table_of_the_two_floors_is_forced(land: Territory) -> None:
    with connection.cursor() as cursor:
        cursor.execute(CASE_TABLES)
        rows = dict(cursor.fetchall())
    assert len(rows) >= 22
    assert [name for name, forced in rows.items() if not forced] == []


def test_a_unit_sees_the_case_it_was_sent_and_its_neighbour_and_the_other_state_see_nothing(
    land: Territory, forwarded: Case
) -> None:
    assert seen(land.jhunjhunu_desk, forwarded) == EVERYTHING
    assert seen(land.rj_op1, forwarded) == EVERYTHING
    for stranger in (land.sikar_desk, land.agra_desk, land.up_op1):
        assert seen(stranger, forwarded) == set()
        with reach_of(stranger):
            assert not access.cases_for(stranger).filter(pk=forwarded.pk).exists()


def test_the_range_watches_its_districts_and_may_not_act_in_them(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    assert "Case" in seen(land.dig, forwarded)
    with reach_of(land.dig), pytest.raises(NotYours):
        response.acknowledge(forwarded, officer_name="x", officer_phone="1", eta_minutes=1, by=land.dig, at=monday)


def test_a_recall_takes_the_case_out_of_sight_with_everything_that_hangs_on_it(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    with reach_of(land.rj_op1):
        forwarding.recall(forwarded, unit=land.jhunjhunu, reason="wrong district", by=land.rj_op1, at=monday)
    # Its own forwarding stays with the unit as a receipt of what it was sent and when.
    assert seen(land.jhunjhunu_desk, forwarded) == {"Forwarding"}


def test_a_return_takes_the_case_out_of_the_sight_of_whoever_returned_it(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        forwarding.return_case(forwarded, reason="lives in Sikar", suggested_unit=land.sikar, by=desk, at=monday)
        assert not Case.objects.filter(pk=forwarded.pk).exists()
    assert seen(desk, forwarded) == {"Forwarding"}
    with as_engine():
        forwarded.refresh_from_db()
        assert forwarded.status == "in_triage"


def test_a_unit_reads_no_line_about_another_unit(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        forwarding.forward(forwarded, to=land.sikar, part="support", by=land.rj_op1, at=monday)
    with reach_of(land.jhunjhunu_desk):
        legs = list(Forwarding.objects.filter(case=forwarded).values_list("unit__code", flat=True))
        lines = CaseEvent.objects.filter(case=forwarded)
        assert legs == ["RJ-JHUNJHUNU"]
        assert "SIKAR" not in str([line.facts for line in lines])
        assert set(Message.objects.values_list("contact__unit__code", flat=True)) == {"RJ-JHUNJHUNU"}


def refused(statement: str, *values: Any) -> str:
    """Return what the database says to a statement it must refuse."""
    with pytest.raises(Error) as said, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return str(said.value)


def test_without_a_reach_the_login_itself_may_not_touch_a_case(land: Territory, forwarded: Case) -> None:
    assert "permission denied" in refused("SELECT * FROM cases_case")
    assert "permission denied" in refused("DELETE FROM cases_caseevent")
    with reach_of(land.admin):
        assert "permission denied" in refused("SELECT * FROM cases_case")


@pytest.mark.parametrize("who", ["jhunjhunu_desk", "rj_op1"])
@pytest.mark.parametrize("table", ["cases_caseevent", "cases_alert", "cases_readentry", "cases_historicalcase"])
def test_nobody_rewrites_history(land: Territory, forwarded: Case, who: str, table: str) -> None:
    with reach_of(getattr(land, who)):
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE", f"UPDATE {table} SET id = id"):
            assert "permission denied" in refused(statement)


def test_a_unit_can_not_change_a_case_even_by_hand(land: Territory, forwarded: Case) -> None:
    with reach_of(land.jhunjhunu_desk):
        assert "permission denied" in refused("UPDATE cases_case SET urgency = 'P3'")
        assert "permission denied" in refused("DELETE FROM cases_casegroupgrant")
        assert "permission denied" in refused("UPDATE cases_deadline SET settled_at = now()")
        assert "permission denied" in refused("INSERT INTO cases_casegroupgrant VALUES (DEFAULT)")


def test_the_cell_can_not_hand_a_case_to_another_state(land: Territory, forwarded: Case) -> None:
    with reach_of(land.rj_op1):
        said = refused("UPDATE cases_case SET state_id = %s WHERE id = %s", land.up_cell.state_id, forwarded.pk)
        assert "row-level security" in said


def test_a_write_that_nobody_has_put_a_name_to_is_refused(land: Territory, forwarded: Case) -> None:
    nobody = replace(land.rj_op1, label="")
    with reach_of(nobody):
        assert "somebody's name" in refused("UPDATE cases_case SET urgency = 'P0'")


def test_a_partner_reads_its_own_alerts_and_no_story(
    land: Territory, forwarded: Case, post: Callable[..., Case]
) -> None:
    ours, theirs = partner_actor(land.rj_meta), partner_actor(land.up_meta)
    with reach_of(ours):
        assert Case.objects.values("status").get(pk=forwarded.pk) == {"status": "forwarded"}
        assert "permission denied" in refused("SELECT urgency FROM cases_case")
        assert "permission denied" in refused("SELECT * FROM cases_person")
        assert "permission denied" in refused("SELECT * FROM cases_forwarding")
    with reach_of(theirs):
        assert not Case.objects.values("status").filter(pk=forwarded.pk).exists()
        assert not Alert.objects.exists()


def test_an_inner_reach_is_forgotten_when_it_ends(land: Territory, forwarded: Case) -> None:
    with reach_of(land.sikar_desk):
        with reach_of(land.rj_op1):
            assert Case.objects.filter(pk=forwarded.pk).exists()
        assert not Case.objects.filter(pk=forwarded.pk).exists()
        with pytest.raises(ValueError, match="broken"), reach_of(land.rj_op1):
            raise ValueError("broken")
        assert not Case.objects.filter(pk=forwarded.pk).exists()


def test_who_looks_is_written_down(land: Territory, forwarded: Case, monday: datetime) -> None:
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        access.look(forwarded, by=desk, at=monday)
        assert notes.reveal(forwarded, field="phone", reason="to call", by=desk, at=monday) == "+915550001234"
    with as_engine():
        looks = ReadEntry.objects.filter(case=forwarded).order_by("pk").values_list("actor", "kind")
        assert list(looks) == [("officer:desk-jhunjhunu", "case"), ("officer:desk-jhunjhunu", "reveal")]
    with reach_of(land.sikar_desk), pytest.raises(Error), transaction.atomic():
        access.look(forwarded, by=land.sikar_desk, at=monday)


def test_guardian_and_row_security_say_the_same(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.jhunjhunu_desk):
        assert access.may_work(forwarded, land.jhunjhunu)
    with reach_of(land.rj_op1):
        assert not access.may_work(forwarded, land.sikar)
        claiming.claim(forwarded, by=land.rj_op1, at=monday)
        forwarding.recall(forwarded, unit=land.jhunjhunu, reason="x", by=land.rj_op1, at=monday)
        assert not access.may_work(forwarded, land.jhunjhunu)


def test_row_security_alone_keeps_the_stranger_out_when_python_forgets(land: Territory, forwarded: Case) -> None:
    """Plant the fault: an actor whose Python filter lets everything through, as if ``cases_for`` had a hole."""
    with reach_of(replace(land.sikar_desk, sight=Sight.UNIT)):
        assert [rows.objects.count() for rows in (Case, Alert, Person, CaseEvent, Deadline, Message)] == [0] * 6
