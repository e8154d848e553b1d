"""What ``/events`` says where no stream is: nobody is signed in, this process holds enough, or its server has none."""

from __future__ import annotations

from django.http import HttpResponse

from portal.doors import OfficerRequest
from portal.live.hub import REFETCH
from portal.views.answers import answers

#: Then the browser asks again, and the page is as old as this at most.
RETRY = b"retry: 10000\n\n"


@answers("GET")
def events(_request: OfficerRequest) -> HttpResponse:
    """Tell the page to fetch itself, and the browser to come back; ``portal.live`` answers where it can stream."""
    return HttpResponse(RETRY + REFETCH, content_type="text/event-stream; charset=utf-8")
