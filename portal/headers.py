"""What static files say of themselves besides their bytes."""

from __future__ import annotations

from collections.abc import MutableMapping

WORKER = "/js/offline.js"


def of_static_file(headers: MutableMapping[str, str], _path: str, url: str) -> None:
    """Let the service worker, which lies among the static files, speak for every page; it is asked for afresh."""
    if url.endswith(WORKER):
        headers["Service-Worker-Allowed"] = "/"
        headers["Cache-Control"] = "no-cache"
