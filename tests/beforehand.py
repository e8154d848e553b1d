"""
What the tests would wait for, made beside something else: the migrated database, and portals that have started once.

Nothing depends on it. Whoever needs one of them first makes it, or waits for whoever makes it now.
"""

import os

import django

from tests import database, servers
from tests.stack import first_start, portal


def main() -> None:
    """Make them with the servers of ``python -m tests.servers``."""
    os.environ[servers.RUN] = "beforehand"
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    servers._address()
    django.setup()
    database.make_template()
    for kind in first_start.KINDS:
        first_start.started_once(kind, portal.start_once)


if __name__ == "__main__":
    main()
