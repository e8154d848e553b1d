"""A backup holds every row, and a restored portal has its walls: docs/operations.md, done on real servers."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from cases.models import Case
from districts.actors import CLOCK
from districts.models import State
from districts.reach import reach_of
from portal.stack.database import ROLES_SQL
from portal.stack.postgres import find_programs
from tests.servers import SUPERUSER, url_for

AT = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
WALLS = {
    "forced tables": "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity",
    "policies": "SELECT tablename, policyname, roles, qual, with_check FROM pg_policies",
    "triggers": "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal",
    "rights": "SELECT relname, relacl::text, pg_get_userbyid(relowner) FROM pg_class"
    " WHERE relnamespace IN ('public'::regnamespace, to_regnamespace('ops')) AND relkind IN ('r', 'v', 'S')",
    "constraints": "SELECT conrelid::regclass::text, conname, contype, convalidated FROM pg_constraint",
    "who may connect": "SELECT datacl::text FROM pg_database WHERE datname = current_database()",
}


def run(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's own programs, in the version of the server."""
    found = find_programs(None) / program
    return subprocess.run([str(found), *words], capture_output=True, text=True, check=False)


def make_roles(database: str) -> None:
    """Do what ``psql -f portal/stack/roles.sql`` does."""
    with psycopg.connect(os.environ[SUPERUSER], dbname=database, autocommit=True) as server:
        server.execute(ROLES_SQL.read_bytes())


@pytest.fixture
def another_server() -> Iterator[str]:
    """Offer a new database with the roles in it, as on the machine one restores to; yields its name."""
    name = f"portal_restored_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with psycopg.connect(os.environ[SUPERUSER], autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    make_roles(name)
    yield name
    with psycopg.connect(os.environ[SUPERUSER], autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def one_case(transactional_db: None) -> Case:
    with reach_of(CLOCK):
        rajasthan = State.objects.create(code="RJ", name_en="Rajasthan", name_hi="राजस्थान", languages=["hi", "en"])
        return Case.objects.create(reference="RJ-4829-1736", state=rajasthan, opened_at=AT, last_activity_at=AT)


def walls_of(database: str) -> dict[str, list[tuple[object, ...]]]:
    with psycopg.connect(os.environ[SUPERUSER], dbname=database) as server:
        return {what: sorted(server.execute(asked).fetchall(), key=repr) for what, asked in WALLS.items()}


def test_a_backup_restores_every_row_behind_the_same_walls(one_case: Case, another_server: str, tmp_path: Path):
    here = connection.settings_dict["NAME"]
    dump = str(tmp_path / "portal.dump")

    dumped = run("pg_dump", "--format=custom", f"--file={dump}", url_for("portal_backup", here))
    assert dumped.returncode == 0, dumped.stderr
    there = os.environ[SUPERUSER].rpartition("/")[0] + "/" + another_server
    restored = run("pg_restore", "--clean", "--if-exists", "--exit-on-error", f"--dbname={there}", dump)
    assert restored.returncode == 0, restored.stderr
    make_roles(another_server)

    assert walls_of(another_server) == walls_of(here)
    with psycopg.connect(url_for("portal_backup", another_server)) as server:
        assert server.execute("SELECT id, reference FROM cases_case").fetchall() == [(one_case.pk, "RJ-4829-1736")]
    with (
        psycopg.connect(url_for("portal_app", another_server)) as server,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        server.execute("SELECT FROM cases_case")


def test_whoever_is_bound_by_the_walls_cannot_make_a_backup(one_case: Case, tmp_path: Path):
    here = connection.settings_dict["NAME"]
    for bound in ("portal_app", "portal_ops"):
        dumped = run("pg_dump", "--format=custom", f"--file={tmp_path / bound}", url_for(bound, here))
        assert dumped.returncode != 0
        assert "permission denied" in dumped.stderr
    owned = run("pg_dump", "--format=custom", f"--file={tmp_path / 'owner'}", url_for("portal_owner", here))
    assert owned.returncode != 0
    assert "row-level security" in owned.stderr
