"""The page of a telephone without a network: kept by the browser beforehand, it says so and whom to call."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.views import frame
from portal.views.answers import answers


@answers("GET", signed_in=False)
def page(request: HttpRequest) -> HttpResponse:
    """Show the page (offline.html), in both languages. Nothing of a case is on it: the browser keeps it."""
    return render(
        request,
        "offline.html",
        {"control_room": frame.control_room(request), "theme": request.COOKIES.get("theme", "")},
    )
