"""
The references: bare DRF views on the same database, server program and pool as the portal.

``/alerts`` does what a tutorial would: one INSERT. ``/six`` does what intake must, as one would write it without care
for trips: a token, a serializer, and six rows by the ORM in one transaction, one of them a version by simple-history.
"""

import hashlib
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
import environ
from django.apps import AppConfig
from django.conf import settings


class BareApp(AppConfig):
    """simple-history looks for the app of each model."""

    label = "bare"
    path = str(Path(__file__).parent)


settings.configure(
    SECRET_KEY="bare" * 12,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "rest_framework",
        "simple_history",
        BareApp("bare", sys.modules[__name__]),
    ],
    DATABASES={
        "default": environ.Env.db_url_config(os.environ["BARE_DATABASE_URL"])
        | {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"pool": {"min_size": 1, "max_size": 24}}}
    },
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
    USE_TZ=True,
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402 - Django first needs its settings
from django.db import connection, models, transaction  # noqa: E402 - likewise
from django.urls import path  # noqa: E402 - likewise
from django.utils import timezone  # noqa: E402 - likewise
from rest_framework import serializers  # noqa: E402 - likewise
from rest_framework.authentication import BaseAuthentication  # noqa: E402 - likewise
from rest_framework.exceptions import AuthenticationFailed  # noqa: E402 - likewise
from rest_framework.request import Request  # noqa: E402 - likewise
from rest_framework.response import Response  # noqa: E402 - likewise
from rest_framework.views import APIView  # noqa: E402 - likewise
from simple_history.models import HistoricalRecords  # noqa: E402 - likewise


class Row(models.Model):
    """One row, as a tutorial would write it."""

    body = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "bare"
        db_table = "bench_bare"

    def __str__(self) -> str:
        return str(self.pk)


class Token(models.Model):
    """A partner's key."""

    sha256 = models.CharField(max_length=64, unique=True)
    partner = models.CharField(max_length=40)

    class Meta:
        app_label = "bare"
        db_table = "bench_token"

    def __str__(self) -> str:
        return self.partner


class Case(models.Model):
    """A case, with its versions."""

    reference = models.CharField(max_length=40, unique=True)
    status = models.CharField(max_length=12, default="received")
    urgency = models.CharField(max_length=2, default="P1")
    name = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField()
    history = HistoricalRecords(
        history_user_id_field=models.CharField(max_length=80, null=True),
        history_user_getter=lambda record: record.history_user_id,
        history_user_setter=lambda record, user: None,  # noqa: ARG005 - the library's names
        get_user=lambda **_: "meta",
    )

    class Meta:
        app_label = "bare"
        db_table = "bench_case"

    def __str__(self) -> str:
        return self.reference


class Alert(models.Model):
    """What came, and with which key; the same key is the same alert."""

    case = models.ForeignKey(Case, models.PROTECT)
    key = models.CharField(max_length=255, unique=True)
    sha256 = models.CharField(max_length=64)
    body = models.JSONField()
    received_at = models.DateTimeField()

    class Meta:
        app_label = "bare"
        db_table = "bench_alert"

    def __str__(self) -> str:
        return self.key


class Identifier(models.Model):
    """What points to the person."""

    case = models.ForeignKey(Case, models.PROTECT)
    value = models.CharField(max_length=500, db_index=True)

    class Meta:
        app_label = "bare"
        db_table = "bench_identifier"

    def __str__(self) -> str:
        return self.value


class Deadline(models.Model):
    """A promise with a due time."""

    case = models.ForeignKey(Case, models.PROTECT)
    kind = models.CharField(max_length=12)
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "bare"
        db_table = "bench_deadline"

    def __str__(self) -> str:
        return self.kind


class Event(models.Model):
    """A line of history."""

    case = models.ForeignKey(Case, models.PROTECT)
    action = models.CharField(max_length=40)
    at = models.DateTimeField()
    facts = models.JSONField()

    class Meta:
        app_label = "bare"
        db_table = "bench_event"

    def __str__(self) -> str:
        return self.action


TABLES = (Row, Token, Case, Case.history.model, Alert, Identifier, Deadline, Event)


class Subject(serializers.Serializer[Any]):
    """Who it is about."""

    platform_user_id = serializers.CharField(max_length=200)
    handle = serializers.CharField(max_length=200)
    display_names = serializers.ListField(child=serializers.CharField(max_length=200))


class Content(serializers.Serializer[Any]):
    """What was posted."""

    text = serializers.CharField()
    urls = serializers.ListField(child=serializers.URLField())


class Report(serializers.Serializer[Any]):
    """The form of an alert, as far as the measurement sends it."""

    partner_reference = serializers.CharField(max_length=200)
    platform = serializers.CharField(max_length=40)
    sent_at = serializers.DateTimeField()
    subject = Subject()
    content = Content()
    ip_events = serializers.ListField(child=serializers.DictField())
    locations = serializers.ListField(child=serializers.DictField())


class TokenAuthentication(BaseAuthentication):
    """Finds a token by its digest."""

    def authenticate(self, request: Request) -> tuple[Token, None]:
        """Return whose it is."""
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = Token.objects.filter(sha256=hashlib.sha256(key.encode()).hexdigest()).first()
        if token is None:
            raise AuthenticationFailed
        return token, None


class Bare(APIView):
    """Takes anything and keeps it."""

    def post(self, request: Request, **_: Any) -> Response:
        """Insert one row."""
        return Response({"id": Row.objects.create(body=request.data).pk}, status=201)


class Six(APIView):
    """Writes six rows: a case and its version, the alert, who it points to, a deadline and a line of history."""

    authentication_classes = (TokenAuthentication,)

    def post(self, request: Request, **_: Any) -> Response:
        """Check, and write."""
        key, at = request.headers["Idempotency-Key"], timezone.now()
        raw = request.body
        form = Report(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        with transaction.atomic():
            if known := Alert.objects.filter(key=key).first():
                return Response({"id": known.pk}, status=200)
            names = said["subject"]["display_names"]
            case = Case.objects.create(reference=said["partner_reference"], name=names[0], opened_at=at)
            alert = Alert.objects.create(
                case=case, key=key, sha256=hashlib.sha256(raw).hexdigest(), body=request.data, received_at=at
            )
            Identifier.objects.create(case=case, value=said["subject"]["handle"])
            Deadline.objects.create(case=case, kind="CLAIM", due_at=at + timedelta(seconds=60))
            Event.objects.create(case=case, action="received", at=at, facts={"alert": alert.pk})
        return Response({"id": alert.pk, "reference": case.reference, "received_at": at}, status=201)


def lay_out(key: str) -> None:
    """Make the tables as their owner, and let the portal's login use them."""
    with connection.schema_editor() as editor:
        for model in TABLES:
            editor.create_model(model)
    Token.objects.create(sha256=hashlib.sha256(key.encode()).hexdigest(), partner="meta")
    with connection.cursor() as cursor:
        for model in TABLES:
            cursor.execute(f"GRANT SELECT, INSERT ON {model._meta.db_table} TO portal_app")


urlpatterns = [path("alerts", Bare.as_view()), path("six", Six.as_view())]
application = get_asgi_application()

if __name__ == "__main__":
    lay_out(sys.argv[1])
