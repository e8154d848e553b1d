"""The ladder: who is told when a promise is missed, rung by rung, and what they are told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings

from cases.models import Case, Deadline, Forwarding
from cases.rungs import Rungs
from cases.states import Promise
from districts.models import Contact, State, Unit, UnitKind
from notifications import outbox
from notifications.outbox import Addressee, Owing

#: What follows one another within this time rings once: files of one alert, a burst of alerts on one person.
ONE_RING_S = 300


def owing(step: Deadline, posts: list[Contact], *, links: Mapping[int, str], call_back: str) -> Owing:
    """Return the message of a step, for everybody who stands on its rung; ``links`` has a link for each of them."""
    forwarded = step.kind == Promise.ACKNOWLEDGE and step.due_at <= step.started_at
    facts = message_facts(step.case, step.unit, call_back=call_back)
    if not forwarded:
        facts["deadline"] = str(step.kind)
    return Owing(
        topic="case_forwarded" if forwarded else "deadline_missed",
        to=[Addressee(contact, channel, links[contact.pk]) for contact in posts for channel in step.channels],
        about=step.case.reference,
        about_id=step.case_id,
        group=group_of(step.case, step.forwarding, step.kind, step.number),
        once=f"step:{step.pk}",
        practice=step.case.practice,
        facts=facts,
    )


def tell_again(
    case: Case, forwarding: Forwarding, *, topic: str, to: list[Addressee], once: str, at: datetime, link: str = ""
) -> None:
    """Owe something about a forwarding that is no step of a ladder: a withdrawal, or that the matter has grown."""
    outbox.owe(
        topic=topic,
        to=to,
        about=case.reference,
        about_id=case.pk,
        # Not the forwarding's own group: what is owed from now on must outlive the taking back of what was owed before.
        group=f"{topic}:{forwarding.pk}",
        once=once,
        at=at,
        practice=case.practice,
        facts=message_facts(case, forwarding.unit) | ({"link": link} if link else {}),
    )


def tell_range(case: Case, above: Unit, *, once: str, at: datetime) -> list[Addressee]:
    """Owe the range the word that units send a case to and fro; return who is told, empty when nobody is there."""
    posts = [post for post in Contact.objects.filter(unit=above).select_related("unit") if not post.vacant]
    lowest = min((post.rung for post in posts), default=0)
    to = [Addressee(post, channel) for post in posts if post.rung == lowest for channel in ("sms", "voice")]
    facts = message_facts(case, above)
    # Between two units it is in the sight of neither: whoever is told calls the cell.
    del facts["link"]
    outbox.owe(
        topic="case_to_and_fro",
        to=to,
        about=case.reference,
        about_id=case.pk,
        group=f"case_to_and_fro:{case.pk}",
        once=once,
        at=at,
        practice=case.practice,
        facts=facts,
    )
    return to


def range_above(unit: Unit) -> Unit | None:
    """Return the nearest range or zone above a unit, which decides between its units."""
    here = unit.parent
    while here is not None and here.kind not in {UnitKind.RANGE, UnitKind.ZONE}:
        here = here.parent
    return here


def alarm(case: Case, *, cell: Unit, once: str, at: datetime, desk: bool = False) -> None:
    """
    Ring whoever has the case because there is more to it: its units, where none has it the desk of the state cell.

    ``desk`` rings the cell in any case: what has come is for it to decide.
    """
    legs = list(case.forwardings.filter(ended_at=None).select_related("unit"))
    for leg in legs:
        tell_again(case, leg, topic="case_raised", to=first_rung(leg.unit, at=at), once=f"added:{leg.pk}:{once}", at=at)
    if legs and not desk:
        return
    outbox.owe(
        topic="case_raised",
        to=first_rung(cell, at=at),
        about=case.reference,
        about_id=case.pk,
        group=f"added:{case.pk}",
        once=f"added:{case.pk}:{once}",
        at=at,
        practice=case.practice,
        facts=message_facts(case, cell),
    )


def first_rung(unit: Unit, *, at: datetime, channels: tuple[str, ...] = ("sms", "voice")) -> list[Addressee]:
    """Return the posts that are told first at a unit."""
    return [Addressee(contact, channel) for contact in contacts_on(unit, 1, at=at) for channel in channels]


def group_of(case: Case, forwarding: Forwarding | None, kind: str, number: int = 0) -> str:
    """Return the name under which a promise's messages are taken back together."""
    if forwarding and kind == Promise.RECALL:
        # It is owed because the forwarding has ended, and is not taken back with what was owed before.
        return f"recalled:{forwarding.pk}"
    if forwarding:
        return f"forwarding:{forwarding.pk}"
    return f"case:{case.pk}:{kind}:{number}" if number else f"case:{case.pk}:{kind}"


def contacts_on(unit: Unit, rung: int, *, at: datetime) -> list[Contact]:
    """Return who is told on a rung at that moment."""
    return Rungs(at=at).standing_on(unit, rung).posts


def message_facts(case: Case, unit: Unit, *, call_back: str | None = None) -> dict[str, str]:
    """Return all that a message may say about a case: its reference and urgency, the unit, whom to call, a link."""
    facts = {
        "reference": case.reference,
        "urgency": str(case.urgency),
        "unit": unit.code,
        "link": f"{settings.PUBLIC_URL}/cases/{case.reference}",
    }
    if number := cell_number(case.state_id) if call_back is None else call_back:
        facts["call_back"] = number
    return facts


def tell_the_cell(case: Case, cell: Unit, *, topic: str, about: Unit, once: str, at: datetime) -> None:
    """Owe the desk of the state cell something that a unit has said."""
    outbox.owe(
        topic=topic,
        to=first_rung(cell, at=at),
        about=case.reference,
        about_id=case.pk,
        group=f"{topic}:{case.pk}",
        once=once,
        at=at,
        practice=case.practice,
        facts=message_facts(case, about),
    )


def cell_numbers() -> list[tuple[str, str]]:
    """Return each state of the portal with the telephone of its cell's desk, for somebody of whom we know nothing."""
    numbers = [(state.name, cell_number(state.pk)) for state in State.objects.order_by("code")]
    return [(name, number) for name, number in numbers if number]


def cell_number(state_id: int) -> str:
    """Return the telephone of the state cell's desk, empty when nobody has entered one."""
    desk = Contact.objects.filter(unit__state_id=state_id, unit__kind=UnitKind.STATE_CELL).exclude(phone="")
    found = desk.order_by("rung", "pk").first()
    return found.phone if found else ""
