#!/usr/bin/env python
"""Runs the portal's commands; ``python manage.py help`` lists them."""

import os
import sys

if sys.version_info < (3, 11):
    sys.exit("Jeevan Setu needs Python 3.11 or newer; this is %d.%d." % sys.version_info[:2])  # noqa: UP031 - read by old ones

#: Commands about the shape of the database sign in as its owner; everything else as the row-secured portal_app.
OWNERS = {"migrate", "makemigrations", "showmigrations", "sqlmigrate"}
#: Commands that need no model run without loading any: that halves what they take of the memory.
LEAN = {"stack", "beat"}


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    try:
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError as missing:
        sys.exit(f"{missing.name} is not installed for {sys.executable}. Run `make run`, or use .venv/bin/python.")
    command = "".join(sys.argv[1:2])
    if command in LEAN:
        run_lean(command)
        return
    if command in OWNERS:
        sign_in_as_owner()
    execute_from_command_line(sys.argv)


def run_lean(command: str) -> None:
    """Run a command of the portal's own without ``django.setup()``."""
    import warnings
    from importlib import import_module

    # There are no apps to wait for, and a heartbeat is SQL of our own.
    warnings.filterwarnings("ignore", message="Accessing the database during app initialization")
    import_module(f"portal.management.commands.{command}").Command().run_from_argv(sys.argv)


def sign_in_as_owner() -> None:
    """Use DATABASE_OWNER_URL, or the owner's address of the running portal, where the settings read DATABASE_URL."""
    from portal import environment

    if owner := environment.text("DATABASE_OWNER_URL") or environment.running().get("owner_url"):
        os.environ["DATABASE_URL"] = str(owner)


if __name__ == "__main__":
    main()
