"""Portals that end with the tests that kill them."""

from tests.stack.conftest import new_portal, open_folder

__all__ = ["new_portal", "open_folder"]
