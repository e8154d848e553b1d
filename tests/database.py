"""
The test database: migrated once as ``portal_owner``, copied for each worker, used as ``portal_app``.

It has the rights of the real one and not one more. It is emptied by the cluster's superuser on a connection of its own,
so that a test which proves that nobody may TRUNCATE proves it on rights that hold in production.
"""

import fcntl
import os
from pathlib import Path

import environ
import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from portal.stack.database import make_portal_database
from tests.servers import FOLDER, PASSWORDS, SUPERUSER, url_for

TEMPLATE = "portal_test_template"
#: Written by ``migrate``; the code relies on them.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def make() -> str:
    """Make this worker's database, connect Django to it as ``portal_app``, and return its name."""
    name = os.environ["DATABASE_URL"].rpartition("/")[2]
    with (Path(os.environ[FOLDER]) / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _exists(TEMPLATE):
            _migrate_template()
        make_portal_database(os.environ[SUPERUSER], name, passwords={}, template=TEMPLATE)
    _connect(os.environ["DATABASE_URL"])
    return name


def let_go() -> None:
    """Close what this process holds of the database."""
    _disconnect()


def empty(name: str) -> None:
    """Take every row out of the database, whatever its triggers say of deleting."""
    with psycopg.connect(os.environ[SUPERUSER], dbname=name) as database:
        # No triggers and no foreign-key checks: the order of the tables does not matter. DELETE, because tests
        # leave few rows, and TRUNCATE makes each table anew.
        database.execute("SET session_replication_role = replica")
        tables = database.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition"
        ).fetchall()
        emptying = [sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for (table,) in tables if table not in KEPT]
        database.execute(sql.SQL("; ").join(emptying))


def _migrate_template() -> None:
    half = f"{TEMPLATE}_half"
    make_portal_database(os.environ[SUPERUSER], half, passwords=PASSWORDS)
    _connect(url_for("portal_owner", half))
    call_command("migrate", verbosity=0)
    _disconnect()
    with psycopg.connect(os.environ[SUPERUSER], autocommit=True) as server:
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        server.execute(rename.format(sql.Identifier(half), sql.Identifier(TEMPLATE)))


def _exists(name: str) -> bool:
    with psycopg.connect(os.environ[SUPERUSER]) as server:
        return server.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _connect(url: str) -> None:
    _disconnect()
    wanted = environ.Env.db_url_config(url)
    connection.settings_dict.update({key: wanted[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})


def _disconnect() -> None:
    connection.close()
    connection.close_pool()
