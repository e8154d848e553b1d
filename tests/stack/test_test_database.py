"""The tests themselves run as the row-secured role, or they would prove nothing."""

import os

import psycopg
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


def ask(question: str) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        row: tuple[object, ...] = cursor.fetchone()
        return row


def test_the_tests_run_as_portal_app_which_is_no_superuser_and_passes_no_row_security() -> None:
    assert ask("SELECT current_user::text, session_user::text") == ("portal_app", "portal_app")
    assert ask(
        "SELECT rolsuper, rolbypassrls, rolinherit, rolcreaterole, rolcreatedb"
        " FROM pg_roles WHERE rolname = current_user"
    ) == (False, False, False, False, False)


def test_portal_app_owns_nothing() -> None:
    assert ask("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = 'portal_app'") == (0,)
    assert ask("SELECT count(*) FROM pg_proc WHERE pg_get_userbyid(proowner) = 'portal_app'") == (0,)
    assert ask("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()") == (
        "portal_owner",
    )


def test_portal_app_may_truncate_no_table() -> None:
    assert ask(
        "SELECT coalesce(string_agg(relname, ' '), '') FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind = 'r' AND has_table_privilege('portal_app', oid, 'TRUNCATE')"
    ) == ("",)


def test_a_reach_is_taken_by_name_and_its_rights_are_not_there_before() -> None:
    assert ask(
        "SELECT bool_or(inherit_option), bool_and(set_option) FROM pg_auth_members"
        " WHERE member = 'portal_app'::regrole AND roleid::regrole::text IN"
        " ('portal_unit', 'portal_cell', 'portal_partner', 'portal_engine')"
    ) == (False, True)
    assert ask("SELECT set_config('role', 'portal_cell', true), current_user::text") == ("portal_cell", "portal_cell")


@pytest.mark.parametrize("role", ["portal_owner", "portal_backup", "postgres"])
def test_portal_app_can_not_become_a_stronger_role(role: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as database, pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.execute(f"SET ROLE {role}")


def test_hindi_is_matched_by_letter() -> None:
    assert ask("SELECT lower('Č'), 'कोटा' ~ '^\\w+$'") == ("č", True)
