"""Places: the ledger of a case as its page, its map and a script are shown it, and what it suggests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cases import locating, sightings
from cases.models import Case, Person, Sighting
from districts.actors import Actor
from districts.jurisdiction import Reason
from portal.views import masking
from portal.views.frame import side_of
from portal.views.rows import words_of

PLAIN = (
    "id", "source", "whose", "text", "pin", "city", "region", "country", "lat", "lon", "radius_m", "seen_at",
    "entered_at", "entered", "by", "trust", "verified", "port",
)  # fmt: skip
OFFERED = locating.OFFERED
#: What hides words of a place from whoever does not hold the case.
Veil = Callable[[str], str]
PIN = re.compile(r"[1-9][0-9]{2} ?[0-9]{3}")


def veil_of(case: Case, *, actor: Actor) -> Veil:
    """
    Return what hides in words of a place whatever points to the person; whoever holds the case reads them as they are.

    Whoever watches over units need not read what the person wrote, and reads PINs and names of places only.
    """
    if actor.in_state_cell and case.claimed_by_id == actor.officer_id:
        return str
    if side_of(actor) == "supervisor":
        return lambda words: words if PIN.fullmatch(words) else masking.anything(words)
    person: Person | None = getattr(case, "person", None)
    known = [person.name if person else "", *(pointer.value for pointer in case.identifiers.all())]
    return lambda words: words if PIN.fullmatch(words) else masking.text(words, known)


def ledger_of(case: Case, *, actor: Actor, unmasked: bool) -> list[dict[str, Any]]:
    """Return every sighting of a case, struck ones included; numbers and addresses masked like everywhere."""
    veil = veil_of(case, actor=actor)
    return [
        _sighting(seen, unmasked=unmasked, veil=veil)
        | {"may_strike": actor.in_state_cell or seen.unit_id in actor.unit_ids}
        for seen in sightings.of(case)
    ]


def suggestion_of(case: Case, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return which units the ledger points to, in the words of the contract. All three keys are always there."""
    said, veil = locating.suggestion(case, at=now), veil_of(case, actor=actor)
    return {
        "verdict": str(said.verdict),
        "units": [
            {
                "code": found.unit.code,
                "name": found.unit.name,
                "reasons": [_reason(reason, veil) for reason in found.reasons],
                "border_km": found.border_km,
            }
            for found in said.units
        ],
        "other_state": said.other_state,
    }


def sheet_of(case: Case, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return what the forward sheet shows: the first unit with its reasons in a sentence, and two others."""
    said = suggestion_of(case, actor=actor, now=now)
    units = [
        found | {"rank": rank, "sentence": sentence_of(found["reasons"])}
        for rank, found in enumerate(said["units"][:OFFERED], start=1)
    ]
    return said | {
        "first": units[0] if units else None,
        "others": units[1:],
        "decided": said["verdict"] == "decided",
        "case": words_of(case),
    }


def _reason(reason: Reason, veil: Veil) -> dict[str, str]:
    """Return a reason; where its evidence is hidden it is hidden in the sentence too."""
    evidence, text = str(reason.evidence), str(reason.text)
    hidden = veil(evidence)
    return {"text": text.replace(evidence, hidden) if evidence else text, "evidence": hidden}


def sentence_of(reasons: Iterable[dict[str, Any]]) -> str:
    """Return reasons as one sentence: each with what it stands on."""
    said = [
        _("%(reason)s (“%(evidence)s”)") % {"reason": reason["text"], "evidence": reason["evidence"]}
        if reason["evidence"] and str(reason["evidence"]) not in str(reason["text"])
        else str(reason["text"])
        for reason in reasons
    ]
    return " ".join(said)


def _sighting(seen: Sighting, *, unmasked: bool, veil: Veil) -> dict[str, Any]:
    strike = getattr(seen, "strike", None)
    return {name: getattr(seen, name) for name in PLAIN} | {
        "source_label": str(Sighting.Source(seen.source).label),
        "whose_label": str(Sighting.Whose(seen.whose).label),
        "entered_label": str(Sighting.Entered(seen.entered).label),
        "phone": seen.phone if unmasked else masking.phone(seen.phone),
        "ip": seen.ip if unmasked else masking.anything(seen.ip),
        "text": veil(seen.text) if seen.entered == Sighting.Entered.ALERT else seen.text,
        "corrects": seen.corrects_id,
        "struck": {"at": strike.at, "by": strike.by, "reason": strike.reason} if strike else None,
    }
