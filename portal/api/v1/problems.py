"""Problems: every "no" of the API as RFC 9457 ``application/problem+json``, in English, never with content in it."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, UnreadablePostError
from django.utils import translation
from rest_framework import exceptions, status
from rest_framework.response import Response

from cases.intake import KeyBusy, KeyReused
from cases.supplements import NoSuchAlert
from districts.refusals import Refusal
from portal.api.v1 import telephone

MEDIA_TYPE = "application/problem+json"
#: How long to wait before the next try, when nothing better is known.
PATIENCE_S = 5
ERRORS_MAX = 50
UNKNOWN_LINE = "the state cell"

log = logging.getLogger(__name__)


class Problem(exceptions.APIException):
    """A "no" of the API itself: a code, a title that never changes, a sentence, and how to go on."""

    title = "The request can not be answered"
    wait: float | None = None
    extra: dict[str, Any] = {}

    def __init__(self, code: str | None = None, detail: str | None = None) -> None:
        self.code = code or str(self.default_code)
        super().__init__(detail or self.default_detail, self.code)


class BadJSON(Problem):
    """The body can not be read."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "bad_json"
    title = "The body can not be read"


class NoKey(Problem):
    """There is no Idempotency-Key, or one that is no key."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "idempotency_key_missing"
    title = "An Idempotency-Key is needed"
    default_detail = (
        "Send an Idempotency-Key header: 1 to 255 printable ASCII characters, new for each alert, "
        "the same for each repetition of it."
    )


class BadParameter(Problem):
    """A parameter of the query can not be read."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "bad_parameter"
    title = "A parameter can not be read"


class NotSigned(exceptions.AuthenticationFailed):
    """The partner has asked that nothing be taken without a signature, and there is none."""

    default_code = "signature_required"
    default_detail = (
        "Requests of this partner must be signed by Standard Webhooks: send webhook-id, webhook-timestamp and "
        "webhook-signature."
    )


class BodyTooLarge(Problem):
    """The body is longer than an alert may be."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"
    title = "The body is too large"
    default_detail = "An alert has 1048576 bytes at most. Send what matters most and leave the rest out."


class WrongMediaType(Problem):
    """The body is something else than JSON."""

    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    default_code = "unsupported_media_type"
    title = "The body must be JSON"
    default_detail = "Send Content-Type: application/json in UTF-8, without a Content-Encoding."


class Fault(NamedTuple):
    """One field that is wrong."""

    pointer: str
    code: str
    detail: str

    def told(self) -> dict[str, str]:
        """Return it as the partner reads it."""
        return {"pointer": self.pointer, "code": self.code, "detail": self.detail}


class Invalid(Problem):
    """Fields are missing or wrong."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "invalid_alert"
    title = "The alert has fields that are missing or wrong"

    def __init__(self, faults: list[Fault]) -> None:
        names = ", ".join(fault.pointer or "the body" for fault in faults[:3])
        more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
        super().__init__(detail=f"Nothing was stored. Correct {names}{more}, and send it again with a new key.")
        self.extra = {"errors": [fault.told() for fault in faults[:ERRORS_MAX]]}
        self.faults = faults


class InvalidAddition(Invalid):
    """Fields of what is added to an alert are missing or wrong."""

    default_code = "invalid_addition"
    title = "The request has fields that are missing or wrong"


class FileTooLarge(BodyTooLarge):
    """The file is longer than a file may be."""

    default_detail = "A file has 26214400 bytes at most. Send what matters most, or a link to it in a supplement."


class NotAForm(WrongMediaType):
    """The body is something else than a form with a file in it."""

    title = "The body must be a form"
    default_detail = "Send Content-Type: multipart/form-data with one part named file, and sha256 if you have it."


class Busy(Problem):
    """The partner sends more at once than its share."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = "too_many_requests"
    title = "Too many requests at once"
    default_detail = "Too many requests with this key are waiting. Send this one again with the same Idempotency-Key."
    wait = PATIENCE_S


class Unavailable(Problem):
    """A part that keeps alerts does not answer: nothing was stored, or nobody can say."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"
    title = "Alerts can not be kept at this moment"
    default_detail = (
        "Nothing is confirmed. Send the same alert again with the same Idempotency-Key: it will be received once."
    )
    wait = PATIENCE_S


class Unexpected(Problem):
    """Something that nobody has thought of."""

    status_code = status.HTTP_500_INTERNAL_SERVER_ERROR
    default_code = "unexpected"
    title = "Something went wrong here"
    default_detail = (
        "Nothing is confirmed. Send the same alert again with the same Idempotency-Key: it will be received once."
    )


#: DRF's own exceptions: (code, title, sentence). Their wording may repeat what was sent; ours does not.
KNOWN: dict[int, tuple[str, str, str]] = {
    401: (
        "unauthorized",
        "The key is not accepted",
        (
            "Send Authorization: Bearer followed by a live key of your organisation. "
            "If yours was revoked or lost, the state cell issues a new one."
        ),
    ),
    403: ("wrong_scope", "The key does not allow this", "Ask the state cell for a key that does."),
    404: ("not_found", "There is nothing here", "There is no such thing, or it is not yours to see."),
    405: ("method_not_allowed", "The method is not allowed here", "See Allow for the methods of this address."),
    415: ("unsupported_media_type", WrongMediaType.title, str(WrongMediaType.default_detail)),
    429: ("too_many_requests", Busy.title, str(Busy.default_detail)),
}
WITH_TELEPHONE = {429, 500, 503}


def problem_response(raised: Exception, context: dict[str, Any]) -> Response:
    """Turn whatever was raised in a view of the API into its problem, and leave one line in the log."""
    request: HttpRequest = context["request"]._request  # noqa: SLF001 - DRF's own wrapper of Django's request
    with translation.override("en"):
        answer = _answer(raised, request)
    facts: dict[str, Any] = {"code": answer.data["type"].rpartition("/")[2], "status": answer.status_code}
    facts["address"], facts["method"] = request.path, request.method
    if isinstance(raised, Invalid):
        facts["pointers"] = [fault.pointer for fault in raised.faults[:ERRORS_MAX]]
    if answer.status_code >= status.HTTP_500_INTERNAL_SERVER_ERROR:
        log.error("api answered %s", answer.status_code, extra=facts, exc_info=raised)
    else:
        log.info("api refused with %s", answer.status_code, extra=facts)
    return answer


def document(
    request: HttpRequest, *, code: str, title: str, status_code: int, detail: str, **extra: Any
) -> dict[str, Any]:
    """Return the members of a problem; what is special to it never hides the standard ones."""
    return {
        **extra,
        "type": f"/problems/{code}",
        "title": title,
        "status": status_code,
        "detail": detail,
        "instance": request.path,
    }


def _answer(raised: Exception, request: HttpRequest) -> Response:
    if isinstance(raised, NoSuchAlert):
        # The very same answer as for an address that leads nowhere.
        return _answer(exceptions.NotFound(), request)
    if isinstance(raised, Refusal):
        return _refused(raised, request)
    problem = _problem_of(raised)
    number = problem.status_code
    if isinstance(problem, Problem):
        code, title, detail, extra = problem.code, problem.title, str(problem.detail), dict(problem.extra)
    else:
        code, title, detail = KNOWN.get(number, ("refused", "The request was refused", "It can not be answered."))
        extra = {}
        if isinstance(problem, NotSigned):
            code, detail = str(problem.default_code), str(problem.default_detail)
    headers = {"Content-Language": "en"}
    if challenge := getattr(problem, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    wait = getattr(problem, "wait", None)
    if wait is not None or number in {429, 503}:
        headers["Retry-After"] = str(math.ceil(wait or PATIENCE_S))
    if number in WITH_TELEPHONE:
        line = telephone.line_for(request)
        detail = f"{detail} If it can not wait, telephone the state cell{f': {line}' if line else ''}."
        extra["telephone"] = line
    body = document(request, code=code, title=title, status_code=number, detail=detail, **extra)
    return Response(body, status=number, headers=headers, content_type=MEDIA_TYPE)


def _problem_of(raised: Exception) -> exceptions.APIException:
    """Return the problem that stands for what Django, the database or the disk raised."""
    if isinstance(raised, exceptions.APIException):
        return raised
    if isinstance(raised, Http404):
        return exceptions.NotFound()
    if isinstance(raised, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(raised, UnreadablePostError):
        return BadJSON("body_incomplete", "The body ended before it was complete.")
    # The database is gone, or the disk takes no more evidence.
    if isinstance(raised, OperationalError | InterfaceError | OSError):
        return Unavailable()
    return Unexpected()


def _refused(refusal: Refusal, request: HttpRequest) -> Response:
    """Say a rule's refusal: 409, but for the key that came with two bodies."""
    number = status.HTTP_422_UNPROCESSABLE_ENTITY if isinstance(refusal, KeyReused) else status.HTTP_409_CONFLICT
    headers = {"Content-Language": "en"}
    if isinstance(refusal, KeyBusy):
        headers["Retry-After"] = "1"
    facts = {name: str(value) for name, value in refusal.facts.items()}
    body = document(request, code=refusal.code, title=str(refusal), status_code=number, detail=str(refusal), **facts)
    if isinstance(refusal, KeyReused):
        fault = Fault("", "idempotency_key_reused", "The same key came before with another body.")
        body["errors"] = [fault.told()]
    return Response(body, status=number, headers=headers, content_type=MEDIA_TYPE)


def faults_in(detail: object, pointer: str = "") -> Iterator[Fault]:
    """Flatten what DRF found wrong into pointers, codes and sentences."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            here = pointer if key == "non_field_errors" else f"{pointer}/{key}"
            yield from faults_in(inner, here)
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            if isinstance(inner, dict):
                yield from faults_in(inner, f"{pointer}/{number}")
            else:
                yield from faults_in(inner, pointer)
    else:
        yield Fault(pointer, getattr(detail, "code", None) or "invalid", str(detail))
