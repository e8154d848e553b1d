"""The handler: how Django answers what uvicorn hands it."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class OneThreadHandler(ASGIHandler):
    """
    Answers a request in one thread from its first middleware to its last.

    All of our middleware and views are plain functions. Django's own handler would go back to the event loop between
    them, once for the view and once more for each middleware that looks at it, and wait there for its turn each time.
    """

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - Django's signature
        """Chain the middleware as plain functions."""
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the thread of the request."""
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)
