"""The shapes of answers, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from cases.states import Outcome, Status
from portal.api.v1.serializers import Alert, Retraction, Supplement


class Links(serializers.Serializer[Any]):
    """Where to go from here."""

    self = serializers.CharField()


class Completeness(serializers.Serializer[Any]):
    """How much of what helps to find a person the alert holds."""

    score = serializers.IntegerField(min_value=0, max_value=100)
    missing = serializers.ListField(child=serializers.CharField(), help_text="The most helpful first.")


class Received(serializers.Serializer[Any]):
    """The alert is written down."""

    id = serializers.UUIDField()
    reference = serializers.CharField(help_text="The cell's number for the case; say it on the telephone.")
    state = serializers.ChoiceField(choices=Status.values)
    received_at = serializers.DateTimeField()
    sha256 = serializers.CharField(help_text="Of the body, byte for byte as it came.")
    practice = serializers.BooleanField()
    completeness = Completeness()
    warnings = serializers.ListField(
        child=serializers.CharField(),
        help_text="JSON pointers of fields that are kept and were not, or not wholly, understood.",
    )
    links = Links()


class Stages(serializers.Serializer[Any]):
    """When each stage was reached; null where it was not."""

    received_at = serializers.DateTimeField()
    claimed_at = serializers.DateTimeField(allow_null=True)
    forwarded_at = serializers.DateTimeField(allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    moving_at = serializers.DateTimeField(allow_null=True)
    contact_at = serializers.DateTimeField(allow_null=True)
    reported_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class Standing(serializers.Serializer[Any]):
    """Where an alert stands."""

    id = serializers.UUIDField()
    reference = serializers.CharField()
    partner_reference = serializers.CharField()
    practice = serializers.BooleanField()
    state = serializers.ChoiceField(choices=Status.values)
    outcome = serializers.ChoiceField(choices=Outcome.values, allow_null=True)
    received_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    stages = Stages()
    needs = serializers.ListField(
        child=serializers.CharField(), help_text="What the cell has asked for, then what would still help."
    )
    supplements = serializers.IntegerField(min_value=0, help_text="How many were received.")
    files = serializers.IntegerField(min_value=0, help_text="How many were received.")
    retracted_at = serializers.DateTimeField(allow_null=True, help_text="When you said that it was a mistake.")


class Page(serializers.Serializer[Any]):
    """Some of your alerts."""

    alerts = Standing(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null on the last one.")


class Added(serializers.Serializer[Any]):
    """It is written down beside the alert."""

    id = serializers.UUIDField()
    alert_id = serializers.UUIDField()
    reference = serializers.CharField()
    state = serializers.ChoiceField(choices=Status.values)
    received_at = serializers.DateTimeField()
    sha256 = serializers.CharField(help_text="Of the body, byte for byte as it came.")


class Supplemented(Added):
    """The supplement is written down beside the alert."""

    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="JSON pointers of fields that are kept and were not understood."
    )


class FileForm(serializers.Serializer[Any]):
    """A file."""

    file = serializers.FileField(help_text="Kept as it is, up to 25 MiB.")
    sha256 = serializers.CharField(required=False, help_text="Of the file, as 64 hex digits.")


class FileKept(serializers.Serializer[Any]):
    """The file is sealed."""

    file_id = serializers.UUIDField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField(min_value=0)
    media_type = serializers.CharField(help_text="By its bytes; what it was called or said to be decides nothing.")


class FaultShape(serializers.Serializer[Any]):
    """One field that is wrong."""

    pointer = serializers.CharField(help_text="A JSON pointer (RFC 6901) into the body.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemShape(serializers.Serializer[Any]):
    """A problem (RFC 9457). `type` ends in a code that does not change; nothing that was sent is repeated in it."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    errors = FaultShape(many=True, required=False)  # type: ignore[assignment]  # taken away from the class
    telephone = serializers.CharField(required=False, help_text="Of the cell, with 429, 500 and 503.")


SENTENCES = {
    400: "The body is not JSON, a parameter can not be read, or there is no Idempotency-Key.",
    401: "No live key.",
    403: "The key does not allow this.",
    404: "There is no such alert, or it is somebody else's.",
    409: "The same key is being worked on at this moment; see `Retry-After`.",
    413: "The body is too long.",
    415: "The body is not what the call takes.",
    422: "Fields are missing or wrong (`errors` says which), or the key came before with another body.",
    429: "Too many requests at once; see `Retry-After` and `telephone`.",
    503: "Alerts can not be kept at this moment; see `Retry-After` and `telephone`.",
}


def _problems(*numbers: int) -> dict[Any, OpenApiResponse]:
    return {
        (number, "application/problem+json"): OpenApiResponse(ProblemShape, SENTENCES[number]) for number in numbers
    }


ALWAYS = (401, 403, 429, 503)

POST_ALERT: dict[str, Any] = {
    "operation_id": "send_alert",
    "request": Alert,
    "parameters": [
        OpenApiParameter(
            "Idempotency-Key",
            OpenApiTypes.STR,
            OpenApiParameter.HEADER,
            required=True,
            description="1 to 255 printable ASCII characters, new for each alert, the same for each repetition of it.",
        )
    ],
    "responses": {
        201: OpenApiResponse(Received, "It is written down for good."),
        200: OpenApiResponse(
            Received,
            "It was written down before: the stored answer. `Idempotency-Replayed: true` if the key is the same too.",
        ),
        **_problems(400, 409, 413, 415, 422, *ALWAYS),
    },
}
LIST_ALERTS: dict[str, Any] = {
    "operation_id": "list_alerts",
    "parameters": [
        OpenApiParameter("updated_since", OpenApiTypes.DATETIME, description="Changed then or later."),
        OpenApiParameter("partner_reference", OpenApiTypes.STR, description="Your reference, exactly."),
        OpenApiParameter("cursor", OpenApiTypes.STR, description="The `next` of an earlier answer."),
    ],
    "responses": {200: Page, **_problems(400, *ALWAYS)},
}
GET_ALERT: dict[str, Any] = {
    "operation_id": "get_alert",
    "parameters": [OpenApiParameter("alert_id", OpenApiTypes.UUID, OpenApiParameter.PATH)],
    "responses": {200: Standing, **_problems(404, *ALWAYS)},
}
POST_HEARTBEAT: dict[str, Any] = {
    "operation_id": "heartbeat",
    "request": None,
    "responses": {204: None, **_problems(*ALWAYS)},
}
OF_AN_ALERT = OpenApiParameter("alert_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
MAYBE_A_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=False,
    description="If it is given, the same again is the stored answer.",
)


def _adding(operation: str, request: object, shape: object, status: int) -> dict[str, Any]:
    return {
        "operation_id": operation,
        "request": request,
        "parameters": [OF_AN_ALERT, MAYBE_A_KEY],
        "responses": {
            status: OpenApiResponse(shape, "It is written down for good."),
            200: OpenApiResponse(shape, "The key came before with the same: the stored answer."),
            **_problems(400, 404, 409, 413, 415, 422, *ALWAYS),
        },
    }


POST_SUPPLEMENT = _adding("send_supplement", Supplement, Supplemented, 201)
POST_FILE = _adding("send_file", {"multipart/form-data": FileForm}, FileKept, 201)
POST_RETRACTION = _adding("retract_alert", Retraction, Added, 202)
