"""What every test stands on: the row-secured database. And the order in which the files are begun."""

import gc
import os
from collections.abc import Generator

import pytest
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker
from whitenoise.middleware import WhiteNoiseMiddleware

from districts.jurisdiction import local
from tests import database

#: The files that take minutes, the longest first: whoever begins one last leaves the other workers without work.
LONGEST = (
    "tests/faults/test_storm.py",
    "tests/browser/test_screens.py",
    "tests/mail/test_mailbox.py",
    "tests/stack/test_servers_of_ones_own.py",
    "tests/stack/test_life.py",
    "tests/stack/test_lookout.py",
    "tests/stack/test_two_portals.py",
    "tests/browser/test_live.py",
    "tests/browser/test_desk.py",
    "tests/mail/test_hostile.py",
    "tests/browser/test_journey.py",
    "tests/stack/test_ordinary_user.py",
    "tests/cases/test_race.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files; all others stay in their order behind them."""
    places = {file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


def pytest_collection_finish() -> None:
    """
    Let the collector of garbage pass over what was imported: it stays until the end.

    It looked at all of it again and again.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Generator[None]:
    """Make the test database as its owner, and use it as ``portal_app``."""
    with django_db_blocker.unblock():
        name = database.make()
    # Django would flush as portal_app, which may not TRUNCATE: the fixtures empty the database themselves.
    flush = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda _: database.empty(name)  # type: ignore[method-assign]  # Django offers no hook
    yield
    TransactionTestCase._fixture_teardown = flush  # type: ignore[method-assign]  # Django offers no hook
    with django_db_blocker.unblock():
        # The database goes with its server, when the last worker is done.
        database.let_go()


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_found_once() -> Generator[None]:
    """
    Let the handlers of all test clients share what WhiteNoise has found.

    Each client has a handler of its own, which looked at three hundred files before its first request.
    """
    find, found = WhiteNoiseMiddleware.add_files_from_finders, dict[tuple[object, ...], dict[str, object]]()

    def find_once(self: WhiteNoiseMiddleware) -> None:
        settings = (self.static_prefix, self.static_root, self.max_age, self.allow_all_origins, self.charset)
        if settings not in found:
            find(self)
            found[settings] = dict(self.files)
        self.files.update(found[settings])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", find_once)
        yield


@pytest.fixture
def standing_ground(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Have the ground of the test in the database before its transaction begins, and nothing else."""
    local._learnt.clear()  # what was learnt of it by a test whose rows are gone
    with django_db_blocker.unblock():
        database.stand(os.environ["DATABASE_URL"].rpartition("/")[2], request.fixturenames)


@pytest.fixture
def _django_db_helper(standing_ground: None, _django_db_helper: None) -> None:
    """Begin the transaction of the test: pytest-django's own, after the ground stands."""
