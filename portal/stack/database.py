"""A portal's database on whatever server: made with its roles, seen to have them, and asked whether it is new."""

from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from portal.stack.trouble import Trouble

ROLES_SQL = Path(__file__).with_name("roles.sql")
ROLES = (
    "portal_owner", "portal_app", "portal_backup", "portal_ops",
    "portal_ground", "portal_unit", "portal_cell", "portal_partner", "portal_engine",
)  # fmt: skip


def make_portal_database(superuser_url: str, name: str, *, passwords: Mapping[str, str], template: str = "") -> None:
    """Make the database ``name`` if it is not there, and in it all that ``roles.sql`` says. Safe to run twice."""
    with psycopg.connect(superuser_url, autocommit=True) as server:
        there = server.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
        if there is None:
            make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            server.execute(make.format(sql.Identifier(name), sql.Identifier(template or "template0")))
    with psycopg.connect(superuser_url, dbname=name, autocommit=True) as database:
        database.execute(ROLES_SQL.read_bytes())
        for role, password in passwords.items():
            # The server is given the scrambled form: its log never holds a password.
            scrambled = database.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
            change = sql.SQL("ALTER ROLE {} PASSWORD {}")
            database.execute(change.format(sql.Identifier(role), sql.Literal(scrambled)))


def see_roles(owner_url: str) -> None:
    """
    See that the roles are there.

    :raises Trouble: if the server does not let the owner in, or somebody must run roles.sql first
    """
    try:
        with psycopg.connect(owner_url, connect_timeout=10) as database:
            found = database.execute("SELECT count(*) FROM pg_roles WHERE rolname = ANY (%s)", [list(ROLES)]).fetchone()
    except psycopg.OperationalError as problem:
        why = str(problem).strip().splitlines()[-1]
        raise Trouble(
            f"PostgreSQL does not let portal_owner in at DATABASE_OWNER_URL ({why}). If the roles are not there yet, "
            "have a superuser run portal/stack/roles.sql in that database and give them passwords."
        ) from problem
    if found != (len(ROLES),):
        raise Trouble(
            "The portal's roles are not all there: have a superuser run portal/stack/roles.sql in that database."
        )


def holds_no_state(owner_url: str) -> bool:
    """Say whether the database was never seeded: there is not one state in it."""
    with psycopg.connect(owner_url) as database:
        return database.execute("SELECT FROM districts_state LIMIT 1").fetchone() is None
