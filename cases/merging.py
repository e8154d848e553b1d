"""Merging: the alerts of one case move to another with all that leads to the person, as links that can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cases import history, outcome, transitions
from cases.models import Case, CaseLink, HardKey, Identifier, Person
from cases.states import Outcome
from cases.urgency import hasten, rouse
from districts.actors import Actor

JOINED = "joined"


def absorb(case: Case, other: Case, links: Iterable[CaseLink], *, by: Actor, at: datetime, **claim: Any) -> Case:
    """
    Move alerts of ``other`` to ``case``, both locked; an open case that is emptied so is closed as a duplicate.

    A case that was closed before keeps its outcome: what happened then has happened.
    """
    was, before, urgency = other.status, case.urgency, case.urgency
    moved = []
    for link in links:
        move(link, to=case, why=JOINED, by=by, at=at)
        moved.append(str(link.alert_id))
    hand_over(case, keys=other.hard_keys.all(), pointers=other.identifiers.all())
    if other.closed_at is None:
        urgency = min(urgency, other.urgency)
        outcome.end(other, at=at, outcome=Outcome.DUP)
    else:
        transitions.land(other, at=at)
    case = transitions.land(case, at=at, urgency=urgency, minor=case.minor or other.minor, **claim)
    name_the_person(case)
    rouse(case, at=at)
    shortened = hasten(case, before=before, at=at)
    facts = {"other": other.reference, "alerts": moved, "from": before, "to": urgency, "shortened": shortened}
    history.record(case, "joined", by=by, at=at, facts=facts)
    history.record(other, "joined_into", by=by, at=at, facts={"into": case.reference, "alerts": moved, "status": was})
    return case


def move(link: CaseLink, *, to: Case, why: str, by: Actor, at: datetime) -> None:
    """End a link and make the next; the old row stays, and with it the way back."""
    link.ended_at = at
    link.ended_by = by.label
    link.save(update_fields=["ended_at", "ended_by"])
    CaseLink.objects.create(alert=link.alert, case=to, joined_at=at, joined_by=by.label, why=why)


def hand_over(to: Case, *, keys: Iterable[HardKey], pointers: Iterable[Identifier]) -> None:
    """Move hard keys and pointers; what the other case has already stays where it is."""
    held = {key.key: key for key in to.hard_keys.all()}
    for key in sorted(keys, key=lambda key: key.key):
        if own := held.get(key.key):
            _open_instead(own, key)
            continue
        others = HardKey.objects.filter(state=key.state_id, practice=key.practice, key=key.key, open=True)
        key.case = to
        key.open = key.open or not others.exclude(pk=key.pk).exists()
        key.save(update_fields=["case", "open"])
    known = set(to.identifiers.values_list("kind", "platform", "value"))
    for pointer in pointers:
        if (pointer.kind, pointer.platform, pointer.value) not in known:
            pointer.case = to
            pointer.save(update_fields=["case"])


def _open_instead(own: HardKey, key: HardKey) -> None:
    """Let the key lead to the case that has the alert now; only one of two may."""
    if key.open:
        key.open = False
        key.save(update_fields=["open"])
        own.open = True
        own.save(update_fields=["open"])


def name_the_person(case: Case) -> None:
    """Let the person be called as the alerts of the case call them, where the name came with an alert."""
    person = Person.objects.filter(case=case).first()
    if person is None:
        return
    links = list(CaseLink.objects.filter(alert__links__case=case).select_related("alert").order_by("pk"))
    here = [link.alert for link in links if link.case_id == case.pk and link.ended_at is None]
    names = [name for alert in here if (name := alert.parsed.get("display_name"))]
    gone = {link.alert.parsed.get("display_name") for link in links} - set(names)
    if person.name and person.name not in gone:
        return
    name = names[0] if names else ""
    if name != person.name:
        person.name = name
        person.save(update_fields=["name"])
