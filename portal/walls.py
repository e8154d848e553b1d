"""Walls: what the database itself says of who we are and what is locked. System checks and invariants ask here."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import connection

#: What has to do with a case: the tables of the two floors that hold them, and any other that points to one.
GUARDED = """
    c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND (
        c.relname ~ '^(cases|notifications)_'
        OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
                   AND a.attname IN ('case_id', 'about_id', 'alert_id'))
        OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'
                   AND k.confrelid = (SELECT t.oid FROM pg_class t WHERE t.relname = 'cases_case'
                                      AND t.relnamespace = 'public'::regnamespace)))
"""
UNFORCED = f"""
    SELECT c.relname FROM pg_class c
    WHERE {GUARDED} AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1
"""  # noqa: S608 - nothing in it comes from outside
#: What is beside the cases and holds nothing of one: the delivery log of webhooks, which the onboarding desk reads and
#: replays from (codes), the state's own words for messages (checked by the database), and whether a gateway answers.
#: Row security holds on all of them, and says who of those without a reach may write what.
DESK_LOG = "('notifications_webhook', 'notifications_webhooktry', 'notifications_template', 'notifications_provider')"
OPEN_TO_US = f"""
    SELECT c.relname FROM pg_class c
    WHERE {GUARDED} AND c.relname NOT IN {DESK_LOG}
      AND (has_any_column_privilege(session_user, c.oid, 'SELECT, INSERT, UPDATE')
           OR has_table_privilege(session_user, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE'))
    ORDER BY 1
"""  # noqa: S608 - nothing in it comes from outside
WHO = """
    SELECT rolname, rolsuper, rolbypassrls,
           EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid),
           pg_has_role(session_user, 'portal_owner', 'MEMBER')
    FROM pg_roles r WHERE rolname = session_user
"""
#: Written once. The constraint is the trigger of cases/0002; this is the right that must not exist beside it.
REWRITABLE = """
    SELECT r.rolname || ' on ' || c.relname FROM pg_class c
    JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = 'written_once'
    CROSS JOIN pg_roles r
    WHERE r.rolname IN ('portal_app', 'portal_ground', 'portal_unit', 'portal_cell', 'portal_partner', 'portal_engine')
      AND (has_table_privilege(r.oid, c.oid, 'UPDATE, DELETE, TRUNCATE')
           OR has_any_column_privilege(r.oid, c.oid, 'UPDATE'))
    ORDER BY 1
"""
LOCALE = """
    SELECT d.datcollate, d.datctype, d.datlocprovider::text, d.datlocale, pg_encoding_to_char(d.encoding)
    FROM pg_database d WHERE d.datname = current_database()
"""


class Login(NamedTuple):
    """Who the portal is in the database."""

    name: str
    is_superuser: bool
    bypasses: bool
    owns: bool
    is_owner: bool


class Locale(NamedTuple):
    """How the database sorts and what it takes for a letter."""

    collate: str
    ctype: str
    provider: str
    name: str | None
    encoding: str

    @property
    def knows_hindi(self) -> bool:
        """Whether a letter of Devanagari is a letter; with LC_CTYPE C, the likeness of two Hindi names is always 0."""
        spelled = self.name if self.provider != "c" and self.name else self.ctype
        return self.encoding == "UTF8" and spelled not in {"C", "POSIX"}


def login() -> Login:
    """Return who we are signed in as."""
    return Login(*_rows(WHO)[0])


def locale() -> Locale:
    """Return the locale of the database."""
    return Locale(*_rows(LOCALE)[0])


def unforced_tables() -> list[str]:
    """Return the tables with a case that row security does not hold for everybody."""
    return [name for (name,) in _rows(UNFORCED)]


def tables_open_to_us() -> list[str]:
    """Return the tables with a case that the login may touch without taking a reach."""
    return [name for (name,) in _rows(OPEN_TO_US)]


def rewritable_history() -> list[str]:
    """Return which reach may rewrite what is written once."""
    return [name for (name,) in _rows(REWRITABLE)]


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
