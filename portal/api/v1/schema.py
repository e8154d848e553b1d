"""The OpenAPI document, and pages that make it readable. All is served from here: no network is needed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import translation
from django.views import View
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView

NAME = "partner-key"
#: What whoever opens the pages reads first.
FIRST_ALERT = Path(__file__).with_name("first_alert.md")


class PartnerKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers its subclasses
    """How the document describes a partner's key."""

    target_class = "portal.api.v1.authentication.PartnerKeyAuthentication"
    name = NAME

    def get_security_definition(self, _auto_schema: object) -> dict[str, Any]:
        """Return the scheme."""
        return {"type": "http", "scheme": "bearer", "description": "The key that the state cell has given you."}


@cache
def schema() -> dict[str, Any]:
    """Return the document. It changes only with the code."""
    # Here, because these addresses are among the ones it describes.
    from portal.api.v1.urls import PREFIX, calls  # noqa: PLC0415 - see above

    with translation.override("en"):
        generator = SchemaGenerator(patterns=[calls(f"{PREFIX}/")])  # type: ignore[no-untyped-call]  # the library
        found: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # the library
    found["info"]["description"] = FIRST_ALERT.read_text(encoding="utf-8")
    return found


class SchemaView(View):
    """The document."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Return it to everybody: it describes, and tells nothing."""
        return JsonResponse(schema(), json_dumps_params={"ensure_ascii": False, "indent": 2})


class DocsView(SpectacularSwaggerSplitView):
    """The document as pages, with its script in a file of its own, as the content security policy asks."""

    authentication_classes = ()
    permission_classes = ()
    url_name = "api-v1:schema"
    template_name = "api/docs.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer in English."""
        with translation.override("en"):
            return super().dispatch(request, *args, **kwargs)
