"""Passages: what is owed to the portal of another state, by the transaction that made it so."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Max

from cases import evidence, history, transitions
from cases.crossings import packing
from cases.models import Case, Crossing, Forwarding, HardKey, Parcel, Passage
from districts.actors import CLOCK
from districts.models import Counterpart
from notifications import nudge

CARRY: Final = "cases.carry_over"
#: How long a portal that does not answer is tried. The sheet and the telephone do not wait for it.
HORIZON: Final = timedelta(hours=24)
Kind, Stage = Parcel.Kind, Parcel.Stage
#: Whose bytes are facts of ours, and not a source.
OF_OURS = (Kind.ALERT, Kind.SUPPLEMENT)


def begin(case: Case, leg: Forwarding, crossing: Crossing, *, at: datetime) -> Passage | None:
    """Owe the alert and its sealed sources to the other portal; nothing where the other state has none."""
    counterpart = Counterpart.objects.filter(unit=leg.unit, active=True).first()
    if counterpart is None:
        return None
    before = Passage.objects.filter(case=case, counterpart=counterpart).count()
    passage = Passage.objects.create(case=case, crossing=crossing, counterpart=counterpart, packed_at=at)
    cell = transitions.cell_of(case, at=at)
    _owe(passage, Kind.ALERT, packing.alert_of(case, number=before + 1, cell=cell, at=at), at=at)
    _owe_sources(passage, case, at=at)
    # By it an alert is known that leads back here, however many portals lie between.
    key = trail_key(case.state.code, case.reference)
    HardKey.objects.bulk_create(
        [HardKey(state=case.state, case=case, practice=case.practice, key=key)], ignore_conflicts=True
    )
    nudge.after_commit(CARRY)
    return passage


def trail_key(portal: str, reference: str) -> str:
    """Return the hard key of a case that crossed: the portal it stood in, and what it was called there."""
    return f"trail:{portal}:{reference}"[:600]


def withdraw(case: Case, leg: Forwarding, *, at: datetime) -> None:
    """Let what has not set out stay here, and tell the other portal, if it may have the case, that it is taken back."""
    passage = Passage.objects.filter(case=case, crossing__forwarding=leg).first()
    if passage is None:
        return
    rows = passage.parcels.select_for_update(of=("self",), no_key=True).order_by("number")
    waiting = [parcel for parcel in rows if parcel.stage == Stage.OWED]
    alert = next((parcel for parcel in waiting if parcel.kind == Kind.ALERT), None)
    # Once it was tried they may have it, though the answer was lost: then it goes through, and the word follows it.
    perhaps_there = alert is None or alert.attempts > 0
    for parcel in waiting:
        if not (parcel is alert and perhaps_there):
            parcel.stage, parcel.final_at = Stage.LIFTED, at
            parcel.save(update_fields=["stage", "final_at"])
    if perhaps_there:
        # What the cell wrote for its own unit stays here.
        _owe(passage, Kind.WITHDRAWAL, {"reason": f"Withdrawn by {case.state.name_en}. Ring the state cell."}, at=at)
    nudge.after_commit(CARRY)


@transaction.atomic
def grow_next(*, at: datetime) -> Passage | None:
    """
    Owe the other portal what one case has learned since it was packed, and return its passage; None if none has.

    One passage, one transaction, in a reach of the clock. What came is told on, whoever learned it and by which door.
    """
    grown = Passage.objects.filter(
        crossing__forwarding__ended_at=None, case__last_activity_at__gt=F("packed_at"), their_alert__isnull=False
    ).order_by("packed_at")
    passage = grown.select_for_update(of=("self",), no_key=True, skip_locked=True).select_related("case__state").first()
    if passage is None:
        return None
    case = passage.case
    told = [json.loads(evidence.unseal(parcel.sha256)) for parcel in passage.parcels.filter(kind__in=OF_OURS)]
    more = packing.news_in(packing.facts_of(case), told)
    if more:
        _owe(passage, Kind.SUPPLEMENT, more, at=at)
    count = _owe_sources(passage, case, at=at)
    passage.packed_at = case.last_activity_at
    passage.save(update_fields=["packed_at"])
    if more or count:
        unit = passage.crossing.forwarding.unit
        facts = {"unit": unit.code, "facts": bool(more), "sources": count}
        history.record(case, "portal_told_more", by=CLOCK, at=at, facts=facts, unit=unit)
    return passage


def _owe(passage: Passage, kind: str, said: dict[str, Any], *, at: datetime) -> Parcel:
    """Seal what is said and owe it: every try sends the same bytes, and what was said can be shown years later."""
    content = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return _add(passage, kind, sha256=evidence.seal(content), size=len(content), name="", at=at)


def _owe_sources(passage: Passage, case: Case, *, at: datetime) -> int:
    """Owe each sealed source once; return how many are new."""
    known = set(passage.parcels.values_list("sha256", flat=True))
    new = [source for source in packing.sources_of(case) if source.sha256 not in known]
    for source in new:
        _add(passage, Kind.SOURCE, sha256=source.sha256, size=source.size, name=source.name, at=at)
    return len(new)


def _add(passage: Passage, kind: str, *, sha256: str, size: int, name: str, at: datetime) -> Parcel:
    last = passage.parcels.aggregate(last=Max("number"))["last"] or 0
    return Parcel.objects.create(
        case_id=passage.case_id,
        passage=passage,
        number=last + 1,
        kind=kind,
        sha256=sha256,
        size=size,
        name=name,
        created_at=at,
        due_at=at,
        give_up_at=at + HORIZON,
    )
