"""A request is answered in one thread, as Django's own handler would have answered it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.http import Http404, HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from portal.handler import OneThreadHandler

SEEN: list[int] = []


class Noting:
    """Middleware that notes where it works, before and beside the view."""

    def __init__(self, get_response: Any) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        SEEN.append(threading.get_ident())
        response: HttpResponse = self._get_response(request)
        response["X-Seen"] = "yes"
        return response

    def process_view(self, *_: Any) -> None:
        SEEN.append(threading.get_ident())


def well(_request: HttpRequest) -> HttpResponse:
    SEEN.append(threading.get_ident())
    return HttpResponse("well")


def absent(_request: HttpRequest) -> HttpResponse:
    raise Http404


def broken(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("nobody may read this")


urlpatterns = [path("well", well), path("absent", absent), path("broken", broken)]


@pytest.fixture(autouse=True)
def small() -> Iterator[None]:
    SEEN.clear()
    noting = [f"{__name__}.Noting", "django.middleware.common.CommonMiddleware"]
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=noting, DEBUG=False):
        yield


def ask(handler: ASGIHandler, address: str) -> tuple[int, bytes, dict[bytes, bytes]]:
    """Return status, body and headers of an answer."""
    said: list[MutableMapping[str, Any]] = []
    sent = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if sent:
            return sent.pop()
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        said.append(message)

    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": "GET", "path": address, "query_string": b"", "headers": headers}
    asyncio.run(handler(scope, receive, send))
    start, *parts = said
    return start["status"], b"".join(part["body"] for part in parts), dict(start["headers"])


def test_a_request_is_answered_in_one_thread() -> None:
    assert ask(OneThreadHandler(), "/well")[:2] == (200, b"well")
    assert len(SEEN) == 3
    assert len(set(SEEN)) == 1
    assert threading.get_ident() not in SEEN


@pytest.mark.parametrize("address", ["/well", "/absent", "/broken", "/nowhere"])
def test_the_answer_is_that_of_django(address: str) -> None:
    answer = ask(OneThreadHandler(), address)
    assert answer == ask(ASGIHandler(), address)
    assert answer[2][b"X-Seen"] == b"yes"
    assert b"nobody may read this" not in answer[1]
