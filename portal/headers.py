"""What answers say besides their bytes: static files, and the desk of the administrators."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping

from django.http import HttpRequest, HttpResponse

WORKER = "/js/offline.js"
DESK = "/admin/"
#: The package behind the desk writes scripts and styles into its pages and evaluates words: they may, but nothing of
#: it is fetched from, or sent to, another host. No case is shown there.
OF_THE_DESK = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class DeskPolicyMiddleware:
    """Gives the pages of the desk a content policy of their own; every other page has the strict one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set it on what is below ``/admin/``."""
        response = self._get_response(request)
        if request.path.startswith(DESK):
            response.headers["Content-Security-Policy"] = OF_THE_DESK
        return response


def of_static_file(headers: MutableMapping[str, str], _path: str, url: str) -> None:
    """Let the service worker, which lies among the static files, speak for every page; it is asked for afresh."""
    if url.endswith(WORKER):
        headers["Service-Worker-Allowed"] = "/"
        headers["Cache-Control"] = "no-cache"
