"""Lines: of which kind each line of a timeline is, and which kind somebody wants to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from portal.views.answers import is_htmx
from portal.views.lists import wishes_in

ALL = "all"
#: What can be asked for, in the order of the page.
KINDS: Mapping[str, Any] = {
    "alert": gettext_lazy("Alerts"),
    "step": gettext_lazy("Steps"),
    "talk": gettext_lazy("Messages and calls"),
    "note": gettext_lazy("Notes and places"),
    "look": gettext_lazy("Looks"),
    "time": gettext_lazy("Deadlines"),
}
#: The kind of each action; tests/portal holds that none is forgotten.
KIND_OF: Mapping[str, str] = {
    action: kind
    for kind, actions in {
        "alert": (
            "received", "alert_joined", "mail_unreadable", "joined", "joined_into", "unjoined", "put_back",
            "supplemented", "retracted", "file_received",
        ),
        "step": (
            "claimed", "released", "urgency_changed", "forwarded", "recalled", "returned", "acknowledged",
            "officer_named", "disowned", "key_pressed", "team_moving", "contact_made", "reported", "closed",
            "set_aside", "reopened", "crossing_confirmed", "to_and_fro", "receipt_acknowledged", "handover_signed",
            "handover_taken",
        ),
        "talk": (
            "outreach", "handed_to_helpline", "information_requested", "inquiry_asked", "inquiry_answered",
            "help_wanted", "rung_told", "alarm_silenced", "parcel_arrived", "parcel_failed", "portal_told_more",
            "portal_said", "portal_asks",
        ),
        "note": ("noted", "sighting_added", "sighting_struck", "looked_back", "family"),
        "look": ("revealed", "evidence_exported"),
        "time": ("deadline_missed", "rung_empty", "nobody_left_to_tell", "escalated", "paused", "resumed"),
    }.items()
    for action in actions
}  # fmt: skip


def wanted_in(request: HttpRequest) -> str:
    """Return the kind that the address of the page asks for; a part of the page asks for what its page does."""
    asked = request.META.get("QUERY_STRING", "")
    if is_htmx(request):
        asked = urlsplit(request.headers.get("HX-Current-URL", "")).query or asked
    kind = wishes_in(asked).get("lines", ALL)
    return kind if kind in KINDS else ALL


def choices_of(timeline: Iterable[Mapping[str, Any]], *, wanted: str) -> list[dict[str, Any]]:
    """Return what can be chosen, with how many lines each has; what has none is left out unless chosen."""
    counts = Counter(str(line["kind"]) for line in timeline)
    every = {"name": ALL, "label": str(gettext_lazy("All")), "count": counts.total(), "chosen": wanted == ALL}
    kinds = [
        {"name": kind, "label": str(label), "count": counts[kind], "chosen": wanted == kind}
        for kind, label in KINDS.items()
        if counts[kind] or wanted == kind
    ]
    return [every, *kinds]
