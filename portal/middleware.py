"""Middleware: who asks, in which language, how far they see, and that nothing of it stays in a browser's cache."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from districts.actors import officer_actor
from districts.models import Officer
from districts.reach import reach_of

Next = Callable[[HttpRequest], HttpResponse]

#: Where nobody is signed in: partners, gateways, posts that answer by one tap, and probes. They open reaches of their
#: own, where they need one.
OUTSIDE = ("/api/", "/gateway/", "/a/", "/healthz", "/readyz", "/metrics", settings.STATIC_URL)
LANGUAGES = dict(settings.LANGUAGES)
LANGUAGE_COOKIE = settings.LANGUAGE_COOKIE_NAME


def is_outside(request: HttpRequest) -> bool:
    """Tell whether the address is one where no officer signs in."""
    return request.path_info.startswith(OUTSIDE)


class NoStoreMiddleware:
    """Tells browsers and proxies to keep nothing but static files: a desk is shared, and so is its disk."""

    def __init__(self, get_response: Next) -> None:
        """Take what answers next."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and forbid keeping the answer."""
        response = self._get_response(request)
        if not request.path_info.startswith(settings.STATIC_URL):
            response.headers["Cache-Control"] = "no-store"
        return response


class OfficerLanguageMiddleware:
    """Speaks the officer's language. Never the browser's: the computers of offices ask for English."""

    def __init__(self, get_response: Next) -> None:
        """Take what answers next."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the language of whoever asks."""
        language = self._language_of(request)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self._get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    @staticmethod
    def _language_of(request: HttpRequest) -> str:
        if is_outside(request):
            return "en"
        if isinstance(request.user, Officer):
            wanted = request.user.language
        else:
            wanted = request.GET.get("lang") or request.COOKIES.get(LANGUAGE_COOKIE) or ""
        return wanted if wanted in LANGUAGES else settings.LANGUAGE_CODE


class ReachMiddleware:
    """
    Owns the transaction of a request, in the reach of the officer who asks. It is the last one.

    ``ATOMIC_REQUESTS`` would open too late and end before a template is rendered. What streams must fetch first or
    open a reach of its own: once this has ended, a case table answers "permission denied".
    """

    def __init__(self, get_response: Next) -> None:
        """Take what answers next."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with what the officer's postings of this moment let them see; undo everything if it failed."""
        if is_outside(request) or not isinstance(request.user, Officer):
            return self._get_response(request)
        actor = officer_actor(request.user, at=timezone.now())
        request.actor = actor  # type: ignore[attr-defined]  # what makes it an OfficerRequest
        with reach_of(actor):
            response = self._get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response
