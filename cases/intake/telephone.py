"""The telephone door: what an operator writes down during a call is sealed, received and claimed at once."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from cases import claiming, evidence
from cases.intake import pasted
from cases.intake.arrival import Arrival, Pointer
from cases.intake.pasted import Clues
from cases.intake.receive import receive
from cases.models import Alert, Case, CaseLink, Door, Identifier
from cases.refusals import AlreadyClaimed, NotYours
from cases.states import Verb
from districts.actors import Actor
from districts.models import State
from districts.models.policy import Urgency

# The same form sent twice, by a second tap or a second try, waits for the first.
WAIT_FOR_FORM = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 3))"
KINDS = Identifier.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call as it was written down, word for word."""

    said: str
    source: str = ""
    caller_phone: str = ""
    place: str = ""
    urgency: str = Urgency.P1
    pasted: str = ""
    subject_phone: str = ""
    subject_handle: str = ""
    url: str = ""
    practice: bool = False

    @property
    def clues(self) -> Clues:
        """What points to the person. The caller's own number does not, wherever it was written."""
        found = pasted.read(self.pasted, words=True)
        found |= pasted.read(self.subject_phone) | pasted.read(self.subject_handle, words=True)
        found |= pasted.page(self.url.strip()) if self.url.strip() else Clues()
        # Of a number that somebody says in the middle of a call nobody knows whose it is.
        found |= pasted.read(self.said).without(KINDS.PHONE, KINDS.ACCOUNT)
        found |= Clues(pins=pasted.read(self.place).pins)
        raw = self.subject_phone.strip()
        if raw and not found.of(KINDS.PHONE):
            found |= Clues((Pointer(KINDS.PHONE, raw),))
        own = pasted.e164(self.caller_phone)
        pointers = tuple(p for p in found.pointers if p.kind != KINDS.PHONE or p.value != own or raw)
        return Clues(pointers, found.posts, found.pins).settled()


class Taken(NamedTuple):
    """What became of a call."""

    case: Case
    joined: bool
    claimed: bool


@transaction.atomic
def take(call: Call, *, by: Actor, at: datetime, alert_id: UUID | None = None) -> Taken:
    """
    Seal a call, receive it as an alert, and claim its case for whoever took it, in one transaction.

    The same ``alert_id`` again is the same form: the case it made is returned. Where the person's case is in somebody
    else's hands the alert joins it all the same, and stays with them.

    :raises NotYours: if the actor is not in the state cell
    :raises OSError: if the bytes can not be kept; nothing is received then
    """
    if not by.in_state_cell:
        raise NotYours(reference="–", verb=Verb.CLAIM, who="the state cell")
    if alert_id and (known := _taken_before(alert_id)):
        return Taken(known, joined=False, claimed=known.claimed_by_id == by.officer_id)
    arrival = arrival_of(call, by=by, at=at)
    _alert, case, joined = receive(arrival, by=by, at=at, alert_id=alert_id)
    try:
        case = claiming.claim(case, by=by, at=at)
    except AlreadyClaimed:
        return Taken(case, joined, claimed=False)
    return Taken(case, joined, claimed=True)


def arrival_of(call: Call, *, by: Actor, at: datetime) -> Arrival:
    """Seal what was written down, and return it as intake takes it."""
    state, clues = State.objects.get(pk=by.state_id or 0), call.clues
    sealed = {"door": str(Door.PHONE), "taken_by": by.label, "taken_at": at.isoformat(), "call": asdict(call)}
    content = json.dumps(sealed, ensure_ascii=False, sort_keys=True, indent=1).encode()
    return Arrival(
        door=Door.PHONE,
        state=state,
        partner=None,
        sha256=evidence.seal(content),
        size=len(content),
        practice=call.practice,
        platform=clues.platform,
        urgency=call.urgency,
        pointers=clues.pointers,
        content_urls=clues.posts,
        parsed=_parsed(call, clues),
        body={
            "call": {"source": call.source, "caller_phone": pasted.e164(call.caller_phone)},
            "locations": _places(call, clues),
        },
    )


def _parsed(call: Call, clues: Clues) -> dict[str, Any]:
    """Return what was read, in the shape every door has."""
    return {
        "platform": clues.platform or None,
        "partner_reference": None,
        "handle": next(iter(clues.of(KINDS.HANDLE)), None),
        "platform_user_id": next(iter(clues.of(KINDS.ACCOUNT)), None),
        "display_name": None,
        "phones": clues.of(KINDS.PHONE),
        "emails": clues.of(KINDS.EMAIL),
        "ip_events": [],
        "content_text": call.said or None,
        "posted_at": None,
        "urls": clues.of(KINDS.URL),
    }


def _places(call: Call, clues: Clues) -> list[dict[str, Any]]:
    """Return where the caller says that the person is; a PIN that is not said with the place stands for itself."""
    own = list(pasted.read(call.place).pins)
    told = [{"source": "text", "text": call.place} | ({"pin": own[0]} if own else {})] if call.place else []
    return [*told, *({"source": "text", "pin": pin} for pin in clues.pins if pin not in own[:1])]


def _taken_before(alert_id: UUID) -> Case | None:
    """Return the case that the same form made before, if it did."""
    with connection.cursor() as cursor:
        cursor.execute(WAIT_FOR_FORM, [str(alert_id)])
    if not Alert.objects.filter(pk=alert_id, door=Door.PHONE).exists():
        return None
    return CaseLink.objects.select_related("case").get(alert=alert_id, ended_at=None).case
