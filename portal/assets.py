"""Assets: scripts and styles carry their content's mark in their address, so that a browser may keep them for long."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class MarkedStorage(StaticFilesStorage):
    """
    Gives each file's address a mark of what is in it: ``/static/js/live.js?v=1f0c9a2b``.

    A telephone on one bar of signal asks once for each; the page of a new version names another address.
    """

    def url(self, name: str | None) -> str:
        """Return the address of a file, marked if there is such a file."""
        address = super().url(name)
        mark = _mark_of(name) if name else ""
        return f"{address}?v={mark}" if mark else address


@cache
def _mark_of(name: str) -> str:
    found = finders.find(name.partition("#")[0])
    return hashlib.sha256(Path(str(found)).read_bytes()).hexdigest()[:8] if found else ""
