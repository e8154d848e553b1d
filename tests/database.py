"""
The test database: migrated once as ``portal_owner``, copied for each worker, used as ``portal_app``.

It has the rights of the real one and not one more. It is emptied by the cluster's superuser on a connection of its own,
so that a test which proves that nobody may TRUNCATE proves it on rights that hold in production.

A ground that many tests begin on is planted once and stands, committed, until a test wants another one or none. Each
test works on it in a transaction that is rolled back; one that commits has the database emptied after it.
"""

import fcntl
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import environ
import psycopg
from django.core.management import call_command
from django.db import connection, transaction
from psycopg import sql

from portal.stack.database import make_portal_database
from tests.servers import FOLDER, PASSWORDS, SUPERUSER, url_for

TEMPLATE = "portal_test_template"
#: Written by ``migrate``; the code relies on them.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}

#: What plants each ground, by the name of the fixture that gives it to a test.
GROUNDS: dict[str, Callable[[], object]] = {}
_standing: tuple[str, ...] = ()


def make() -> str:
    """Make this worker's database, connect Django to it as ``portal_app``, and return its name."""
    name = os.environ["DATABASE_URL"].rpartition("/")[2]
    copy_template(name)
    _connect(os.environ["DATABASE_URL"])
    return name


def copy_template(name: str) -> None:
    """Make a database that is migrated; one at a time, for PostgreSQL copies nothing that somebody else looks at."""
    with _template_to_ourselves():
        make_portal_database(os.environ[SUPERUSER], name, passwords={}, template=TEMPLATE)


def make_template() -> None:
    """Migrate the database that all others are copied from, if nobody has yet."""
    with _template_to_ourselves():
        pass


def let_go() -> None:
    """Close what this process holds of the database."""
    _disconnect()
    _superuser.cache_clear()


def ground(plant: Callable[[], object]) -> Callable[[], object]:
    """Register what plants the ground of the fixture called as the function is, without the word before it."""
    GROUNDS[plant.__name__.removeprefix("plant_")] = plant
    return plant


def stand(name: str, wanted: Collection[str]) -> None:
    """Have these grounds in the database and nothing else."""
    global _standing  # noqa: PLW0603 - there is one database, and this is what is in it
    grounds = tuple(ground for ground in GROUNDS if ground in wanted)
    if grounds == _standing:
        return
    if not set(_standing) <= set(grounds):
        empty(name)
    for each in grounds:
        if each not in _standing:
            with transaction.atomic():
                GROUNDS[each]()
    _standing = grounds


def empty(name: str) -> None:
    """Take every row out of the database, in one transaction, whatever its triggers say of deleting."""
    global _standing  # noqa: PLW0603 - likewise
    _standing = ()
    # DELETE, because tests leave few rows, and TRUNCATE makes each table anew. Into most tables no test of this
    # worker ever wrote: they have no page yet.
    tables = _superuser(name).execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND pg_relation_size(oid) > 0"
    )
    emptying = [sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for (table,) in tables if table not in KEPT]
    _superuser(name).execute(sql.SQL("; ").join(emptying))


@contextmanager
def believed_to_hold(rows: Mapping[str, int]) -> Iterator[None]:
    """
    Let the planner believe that tables and indexes hold so many rows.

    In a small table all ways cost the same, and which one it takes is chance.
    """
    server = _superuser(connection.settings_dict["NAME"])
    asked = "SELECT relname, reltuples, relpages FROM pg_class WHERE relname = ANY(%s)"
    before = server.execute(asked, [list(rows)]).fetchall()
    told = "UPDATE pg_class SET reltuples = %s, relpages = %s WHERE relname = %s"
    for name, count in rows.items():
        server.execute(told, [count, 1, name])
    try:
        yield
    finally:
        for name, count, pages in before:
            server.execute(told, [count, pages, name])


@cache
def _superuser(name: str) -> psycopg.Connection:
    database = psycopg.connect(os.environ[SUPERUSER], dbname=name, autocommit=True)
    # No triggers and no foreign-key checks: the order of the tables does not matter.
    database.execute("SET session_replication_role = replica")
    return database


@contextmanager
def _template_to_ourselves() -> Iterator[None]:
    with (Path(os.environ[FOLDER]) / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _exists(TEMPLATE):
            _migrate_template()
        yield


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
