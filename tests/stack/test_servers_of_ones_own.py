"""With DATABASE_URL and REDIS_URL set, the stack uses those servers and brings none."""

import os
import secrets
from collections.abc import Callable, Generator
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from portal.stack.database import make_portal_database
from tests import database
from tests.servers import PASSWORDS, SUPERUSER, url_for
from tests.stack.portal import PROCESSES, Portal

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]
NAME = "portal_elsewhere"


@pytest.fixture
def migrated(django_db_setup: None) -> None:
    """Have their database migrated already, before the portal makes one."""
    database.copy_template(NAME)


@pytest.fixture
def elsewhere(new_portal: Callable[..., Portal], django_db_setup: None) -> Generator[Portal]:
    """A portal that is told to use the servers of the tests, when the roles are there: only one can make them."""
    make_portal_database(os.environ[SUPERUSER], NAME, passwords=PASSWORDS)
    portal = new_portal("elsewhere")
    portal.more |= {
        "DATABASE_URL": url_for("portal_app", NAME),
        "DATABASE_OWNER_URL": url_for("portal_owner", NAME),
        "REDIS_URL": f"{os.environ['REDIS_URL'].rpartition('/')[0]}/15",
    }
    yield portal
    portal.end()
    with psycopg.connect(os.environ[SUPERUSER], autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NAME)))


def test_it_starts_no_server_and_moves(elsewhere: Portal) -> None:
    elsewhere.start()
    assert elsewhere.living().keys() == PROCESSES
    assert elsewhere.record()["database_url"] == elsewhere.more["DATABASE_URL"]
    assert elsewhere.ask("SELECT current_database()::text, current_user::text") == [(NAME, "portal_app")]
    assert not list(elsewhere.data.glob("postgres*"))
    assert elsewhere.stop() == 0
    assert elsewhere.marked() == []


def test_without_the_owners_address_it_says_so(elsewhere: Portal) -> None:
    del elsewhere.more["DATABASE_OWNER_URL"]
    status, said = elsewhere.try_to_start()
    assert status != 0
    assert "set DATABASE_OWNER_URL too" in said
    assert "Traceback" not in said


def test_without_the_roles_it_says_to_run_roles_sql(elsewhere: Portal) -> None:
    elsewhere.more["DATABASE_OWNER_URL"] = elsewhere.more["DATABASE_OWNER_URL"].replace(
        f":{quote(PASSWORDS['portal_owner'])}@", ":wrong@"
    )
    status, said = elsewhere.try_to_start()
    assert status != 0
    assert "portal/stack/roles.sql" in said
    assert "Traceback" not in said


def test_no_process_works_as_a_role_that_is_too_strong(migrated: None, elsewhere: Portal) -> None:
    elsewhere.more |= {"SECRET_KEY": secrets.token_urlsafe(48)}
    elsewhere.more["DATABASE_URL"] = elsewhere.more["DATABASE_OWNER_URL"]
    for process in ("web", "worker", "watch"):
        refused = elsewhere.command(process)
        assert refused.returncode != 0
        assert "signed in as portal_owner, who owns tables" in refused.stderr
