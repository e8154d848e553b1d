"""A portal as watch sees it: parts that were last seen some time ago, and what is found of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from cases import deadlines
from districts.actors import CLOCK, officer_actor
from districts.models import Officer
from districts.reach import reach_of
from portal.lookout import parts
from portal.lookout.findings import Finding
from portal.lookout.rounds import Lookout
from portal.models import Pulse
from tests.portal.conftest import JSON, signed_in


def alarms(username: str) -> list[dict[str, Any]]:
    """What the console of somebody shows, watch's own silence apart."""
    answer = signed_in(username).get("/console", headers=JSON)
    assert answer.status_code == 200
    return [alarm for alarm in answer.json()["alarms"] if alarm["code"] != "watch_silent"]


def found(look: Any) -> list[Finding]:
    with reach_of(CLOCK):
        return list(look)


def ring(at: datetime) -> None:
    while True:
        with reach_of(CLOCK):
            if deadlines.miss_next(at=at) is None:
                return


def actor(username: str) -> Any:
    return officer_actor(Officer.objects.get(username=username), at=timezone.now())


def age(name: str, seconds: float, *, began: float | None = None) -> None:
    """Let a part have been seen last so long ago; a process has also begun at some time."""
    now = timezone.now()
    begun = None if began is None else now - timedelta(seconds=began)
    at = now - timedelta(seconds=seconds)
    Pulse.objects.update_or_create(name=name, defaults={"at": at, "began_at": begun})


def all_is_well() -> None:
    """Let every part have been seen just now."""
    for name in ("sweep", "delivery", "webhooks", "watch", "lookout"):
        age(name, 0)
    for kind in parts.KINDS:
        age(f"{kind}@here:1", 0, began=60)


def old_lookout() -> Lookout:
    """A lookout that has been up for an hour."""
    lookout = Lookout()
    lookout._began -= 3600
    return lookout
