"""
Kinds: what a further alert on a known person is, so that history says it and nobody has to guess.

The rule, in this order:

1. The earlier case has closed: a *repeat*. It opens a linked case, one step more urgent.
2. The door knows that it adds to a report made before (a supplement, the answer to a mail): a *follow-up*.
3. It has the platform's reference of an alert in the case: a *follow-up* if that reference came through the same door
   before, else a *duplicate*: one report, told a second time through another door.
4. It has the address of a post in the case: a *duplicate*.
5. It has only the account in common: a *repeat*, a new post of the same person.

Each of them joins the open case and alarms whoever has it; none is dropped. Where it belongs to two open cases they are
brought together (``merging``).
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from cases.intake.arrival import Arrival
from cases.models import Alert, Case


class Again(StrEnum):
    """What a further alert on the same person is."""

    DUPLICATE = "duplicate"
    FOLLOW_UP = "follow_up"
    REPEAT = "repeat"


def kind_of(arrival: Arrival, case: Case, shared: Collection[str]) -> Again:
    """Return what an alert is to the open case with which it shares some hard keys."""
    if arrival.follow_up:
        return Again.FOLLOW_UP
    facts = {key.partition(":")[0] for key in shared}
    if "reference" in facts:
        before = Alert.objects.filter(links__case=case, links__ended_at=None, door=arrival.door)
        known = before.filter(platform=arrival.platform, partner_reference=arrival.partner_reference).exists()
        return Again.FOLLOW_UP if known else Again.DUPLICATE
    return Again.DUPLICATE if "url" in facts else Again.REPEAT
