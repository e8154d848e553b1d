"""The address at which the SMS and voice gateways tell what came of a message (CONTRACT 6)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from cases import tapping
from notifications import receipts

LARGEST_RECEIPT: Final = 4096
LONGEST_ID: Final = 120


class Malformed(ValueError):
    """A receipt that says nothing we understand."""


@csrf_exempt
@require_POST
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """Take a receipt; the token in the address is what proves the sender."""
    body = request.read(LARGEST_RECEIPT + 1)
    if len(body) > LARGEST_RECEIPT:
        return _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "A receipt is not that long.")
    try:
        tapping.heard(token, _receipt(body), at=timezone.now())
    except Malformed as problem:
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "malformed", str(problem))
    except receipts.Unknown:
        return _problem(HTTPStatus.NOT_FOUND, "not_found", "There is no message with this address.")
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _receipt(body: bytes) -> receipts.Receipt:
    """Return what the body says, as far as it has the shape of a receipt."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Malformed("The body is not a JSON object.")
    try:
        message_id = UUID(said.get("id"))
    except (ValueError, TypeError, AttributeError):
        raise Malformed("`id` is not the id of a message.") from None
    try:
        status = receipts.Status(str(said.get("status")))
    except ValueError:
        raise Malformed(f"`status` is none of {', '.join(receipts.Status)}.") from None
    given = said.get("provider_id")
    provider_id = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if not 0 < len(provider_id) <= LONGEST_ID or not provider_id.isprintable():
        raise Malformed("`provider_id` is not the number under which the message was taken.")
    key = said.get("key")
    if key is not None and not isinstance(key, str):
        raise Malformed("`key` is not a string.")
    return receipts.Receipt(message_id, provider_id, status, key or "")


def _problem(status: HTTPStatus, kind: str, title: str) -> JsonResponse:
    """Return a problem document (RFC 9457)."""
    return JsonResponse(
        {"type": f"/problems/{kind}", "title": title, "status": int(status)},
        status=status,
        content_type="application/problem+json",
    )
