"""The reference: a bare DRF view that does one INSERT, on the same database, server program and pool as the portal."""

import os
from typing import Any

import django
import environ
from django.conf import settings

settings.configure(
    SECRET_KEY="bare" * 12,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    DATABASES={
        "default": environ.Env.db_url_config(os.environ["BARE_DATABASE_URL"])
        | {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"pool": {"min_size": 1, "max_size": 24}}}
    },
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
    USE_TZ=True,
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402 - Django first needs its settings
from django.db import models  # noqa: E402 - likewise
from django.urls import path  # noqa: E402 - likewise
from rest_framework.request import Request  # noqa: E402 - likewise
from rest_framework.response import Response  # noqa: E402 - likewise
from rest_framework.views import APIView  # noqa: E402 - likewise


class Row(models.Model):
    """One row, as a tutorial would write it."""

    body = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "bare"
        db_table = "bench_bare"

    def __str__(self) -> str:
        return str(self.pk)


class Bare(APIView):
    """Takes anything and keeps it."""

    def post(self, request: Request, **_: Any) -> Response:
        """Insert one row."""
        return Response({"id": Row.objects.create(body=request.data).pk}, status=201)


urlpatterns = [path("alerts", Bare.as_view())]
application = get_asgi_application()
