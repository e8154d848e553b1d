"""Problems: what is answered when no view could answer."""

from __future__ import annotations

import sys
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from psycopg_pool import PoolTimeout

from portal.views import frame
from portal.views.answers import problem

log = structlog.get_logger("portal.problems")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Answer a request that Django could not read."""
    return problem(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Answer somebody whose post does not include the page."""
    return problem(request, 403, control_room=frame.control_room(request))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without its token: a page that was open too long, or one that is not ours."""
    log.info("a form came without its token", path=request.path, reason=reason)
    return problem(
        request,
        403,
        code="csrf",
        title=_("This form has expired."),
        detail=_("Nothing was changed. Open the page again and repeat what you did."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Answer alike for what does not exist and for what is not in reach."""
    return problem(request, 404, control_room=frame.control_room(request))


def broken(request: HttpRequest, *_args: Any) -> HttpResponse:
    """Answer when something went wrong on our side; nothing here may ask the database."""
    failure = sys.exc_info()[1]
    away = isinstance(failure, OperationalError | InterfaceError | PoolTimeout)
    # The language middleware may not have run, or may have been what failed.
    with translation.override(getattr(request, "LANGUAGE_CODE", None) or "hi"):
        return problem(request, 503 if away else 500)
