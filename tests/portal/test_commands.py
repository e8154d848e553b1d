"""The commands that look at the portal: routes, invariants, verify_audit, and the views of schema ops."""

import json
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cases import evidence
from tests.portal.conftest import do
from tests.servers import url_for


def run(*words: str) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    try:
        call_command(*words, "--json", stdout=out)
    except SystemExit as end:
        return int(str(end.code)), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def broken(report: dict[str, Any]) -> dict[str, list[str]]:
    return {found["name"]: found["broken_by"] for found in report["invariants"] if not found["ok"]}


def test_routes_names_every_address_with_its_methods():
    status, report = run("routes")
    routes = {route["path"]: route["methods"] for route in report["routes"]}
    assert status == 0
    assert routes["/cases/<reference:reference>"] == ["GET", "HEAD"]
    assert routes["/cases/<reference:reference>/claim"] == ["POST"]
    assert routes["/cases/<reference:reference>/set-aside"] == ["POST"]
    assert routes["/gateway/receipts/<str:token>"] == ["POST"]
    assert routes["/api/v1/alerts"] == ["GET", "HEAD", "POST", "OPTIONS"]
    assert "/accounts/login/" in routes
    assert routes["/cases/<reference:reference>/suggestions"] == ["GET", "HEAD"]
    assert routes["/cases/<reference:reference>/sightings"] == ["POST"]
    assert all(methods for methods in routes.values())


def test_invariants_hold_through_a_life(post, desk, settings, tmp_path):
    settings.FILES_DIR = str(tmp_path)
    content = b"what the partner sent"
    case = post(sha256=evidence.seal(content))
    op1, north = desk("op1"), desk("north")
    steps: list[tuple[Any, str, dict[str, Any]]] = [
        (op1, "claim", {}),
        (op1, "forward", {"unit": "RJ-NORTH", "role": "lead"}),
        (north, "acknowledge", {"officer_name": "SI", "officer_phone": "112", "eta_minutes": 3}),
        (north, "move", {}),
        (north, "return", {"reason": "not ours"}),
        (op1, "forward", {"unit": "RJ-SOUTH", "role": "lead"}),
        (op1, "recall", {"unit": "RJ-SOUTH", "reason": "wrong"}),
        (op1, "close", {"outcome": "N2"}),
        (op1, "reopen", {"reason": "a new post"}),
    ]
    for client, verb, fields in steps:
        assert broken(run("invariants")[1]) == {}, verb
        assert do(client, case, verb, **fields).status_code == 200, verb
    assert broken(run("invariants")[1]) == {}


#: What somebody with all rights breaks, and which invariant says so.
PLANTED = [
    ("UPDATE cases_case SET status = 'in_triage'", "a_state_is_derived"),
    ("DELETE FROM cases_deadline", "a_case_is_always_waited_for"),
    ("UPDATE cases_deadline SET due_at = now() - interval '2 minutes'", "no_deadline_sleeps"),
    ("DELETE FROM cases_caselink", "an_alert_is_in_one_case"),
    ("DELETE FROM cases_casegroupgrant", "a_grant_follows_the_forwarding"),
    ("UPDATE cases_forwarding SET status = 'returned', ended_at = now()", "a_grant_follows_the_forwarding"),
    ("UPDATE cases_case SET status = 'closed', closed_at = now(), outcome = 'M'", "nothing_fires_after_the_end"),
    ("DELETE FROM notifications_message", "a_step_tells_somebody"),
    ("UPDATE notifications_message SET due_at = now() - interval '2 minutes'", "no_message_sleeps"),
    ("DELETE FROM cases_caseevent WHERE seq = 2", "a_history_is_whole"),
    ("UPDATE cases_chainhead SET seq = 1", "a_history_is_whole"),
    (
        """UPDATE cases_forwarding SET status = 'acknowledged', acknowledged_at = now() + interval '1 minute',
           officer_name = 'x', officer_phone = '1', eta_minutes = 1""",
        "an_acknowledgement_silences",
    ),
    ("UPDATE cases_alert SET sha256 = repeat('0', 64)", "sealed_bytes_are_kept"),
    ("ALTER TABLE cases_report NO FORCE ROW LEVEL SECURITY", "every_table_is_walled"),
    ("CREATE TABLE public.sightings (id int, case_id uuid)", "every_table_is_walled"),
    ("GRANT SELECT ON cases_person TO portal_app", "nobody_sees_without_reach"),
    ("GRANT UPDATE (facts) ON cases_caseevent TO portal_cell", "history_cannot_be_rewritten"),
]
MENDED = """
    ALTER TABLE cases_report FORCE ROW LEVEL SECURITY;
    DROP TABLE IF EXISTS public.sightings;
    REVOKE SELECT ON cases_person FROM portal_app;
    REVOKE UPDATE (facts) ON cases_caseevent FROM portal_cell;
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("fault", "name"), PLANTED)
def test_a_planted_fault_breaks_an_invariant(committed, superuser, settings, tmp_path, fault, name):
    settings.FILES_DIR = str(tmp_path)
    committed(sha256=evidence.seal(b"sealed"))
    assert broken(run("invariants")[1]) == {}
    superuser.execute("SET session_replication_role = replica")
    try:
        superuser.execute(fault)
        status, report = run("invariants")
        assert status == 1
        assert name in broken(report)
    finally:
        superuser.execute(MENDED)


@pytest.mark.django_db(transaction=True)
def test_verify_audit_finds_the_line_that_was_changed(committed, superuser):
    case = committed()
    assert run("verify_audit")[1]["ok"] is True
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("UPDATE cases_caseevent SET actor = 'officer:somebody-else' WHERE seq = 2")
    status, report = run("verify_audit", "--case", case.reference)
    assert (status, report["faults"]) == (1, [{"case": case.reference, "faults": ["line 2 was changed"]}])


def test_verify_audit_says_which_case_it_cannot_find(land):
    with pytest.raises(CommandError, match="There is no case RJ-0000-0000"):
        call_command("verify_audit", "--case", "RJ-0000-0000")


COLUMNS = {
    "receipt": "id partner idempotency_key partner_reference sha256 received_at door",
    "case_link": "receipt_id case_id reference state unit_codes",
    "deadline": "id case_id kind level due_at settled_at settled_as",
    "message": "id case_id channel to_ref state attempts created_at first_try_at final_at",
    "audit": "case_id seq prev_hash hash at actor action",
    "file": "id case_id sha256 size",
    "read_log": "at actor object kind",
}


@pytest.mark.django_db(transaction=True)
def test_operations_read_what_happened_and_not_what_was_said(committed):
    case = committed()
    with psycopg.connect(url_for("portal_ops", connection.settings_dict["NAME"])) as ops:
        for view, columns in COLUMNS.items():
            found = ops.execute(f"SELECT * FROM ops.{view}")
            assert [column.name for column in found.description or []] == columns.split(), view
        link = ops.execute("SELECT reference, state, unit_codes FROM ops.case_link").fetchone()
        assert link == (case.reference, "forwarded", ["RJ-NORTH"])
        kinds = ops.execute("SELECT kind, settled_as FROM ops.deadline WHERE level = 0 ORDER BY due_at").fetchall()
        assert sorted(kinds) == [("ACKNOWLEDGE", None), ("CLAIM", "met"), ("FORWARD", "met")]
        assert len(ops.execute("SELECT * FROM ops.message").fetchall()) > 0
        assert len(ops.execute("SELECT * FROM ops.audit").fetchall()) >= 4
        reads = ops.execute("SELECT DISTINCT actor, object, kind FROM ops.read_log").fetchall()
        assert reads == [("officer:op1", case.reference, "case")]
        for table in ("cases_case", "cases_person", "notifications_message", "districts_officer"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), ops.transaction():
                ops.execute(f"SELECT * FROM public.{table}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ops.execute("DELETE FROM ops.audit")
