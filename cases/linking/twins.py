"""Twins: other cases that may be about the same person. They are shown to an operator and never join by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, F, FloatField, Func, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Greatest, Left, Length

from cases import access
from cases.models import Alert, Case, CaseLink, HardKey, Identifier, Person
from districts.actors import Actor

#: One post reaches the cell within minutes, one crisis within days.
WINDOW = timedelta(hours=72)
#: Of these many cases, the newest, texts and names are compared: a night of results may bring hundreds.
COMPARED = 300
SHOWN = 6
TEXT_FROM = 12
TEXT_UP_TO = 600
ALIKE, WITHIN, NAMED_ALIKE = 0.4, 0.72, 0.7
NAME_FROM = 4
#: How much each likeness weighs; the heaviest twin stands first.
WEIGHT: Mapping[str, int] = {
    "post": 100,
    "account": 50,
    "phone": 40,
    "email": 40,
    "handle": 30,
    "url": 30,
    "text": 20,
    "name": 10,
}


class Twin(NamedTuple):
    """A case that may be about the same person, and why: ``post`` means that the next alert would join it by itself."""

    case: Case
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What is compared: pointers as kind and value, hard keys, what was written, and a name."""

    pointers: frozenset[tuple[str, str]] = frozenset()
    keys: tuple[str, ...] = ()
    text: str = ""
    name: str = ""
    practice: bool = False


def twins(case: Case, *, by: Actor) -> list[Twin]:
    """Return the likely twins of a case, received within three days of it. A unit is told of none."""
    if not by.in_state_cell:
        return []
    alerts = Alert.objects.filter(links__case=case, links__ended_at=None)
    texts = alerts.values_list(KT("parsed__content_text"), flat=True)
    like = Likeness(
        pointers=frozenset(case.identifiers.values_list("kind", "value")),
        text=max((text for text in texts if text), key=len, default=""),
        name=Person.objects.filter(case=case).values_list("name", flat=True).first() or "",
        practice=case.practice,
    )
    return alike(like, by=by, around=case.opened_at, but=case)


def alike(like: Likeness, *, by: Actor, around: datetime, but: Case | None = None) -> list[Twin]:
    """Return the cases of the actor's own state that are like it, the likeliest first."""
    if not by.in_state_cell:
        return []
    why: dict[Any, set[str]] = {}
    recent = _recent(by, like, around=around, but=but)
    for case_id, reason in (*_by_pointers(like, recent), *_by_keys(like, recent), *_by_words(like, recent)):
        why.setdefault(case_id, set()).add(reason)
    weights = {case_id: sum(WEIGHT[reason] for reason in reasons) for case_id, reasons in why.items()}
    likeliest = sorted(weights, key=lambda case_id: (-weights[case_id], str(case_id)))[:SHOWN]
    # A case emptied by a join leads nowhere: its alerts are in another one, which is found itself.
    filled = Exists(CaseLink.objects.filter(case=OuterRef("pk"), ended_at=None))
    found = recent.filter(filled, pk__in=likeliest).select_related("person").prefetch_related("identifiers")
    cases = {case.pk: case for case in found}
    order = {reason: place for place, reason in enumerate(WEIGHT)}
    return [
        Twin(cases[case_id], tuple(sorted(why[case_id], key=order.__getitem__)))
        for case_id in likeliest
        if case_id in cases
    ]


def _recent(by: Actor, like: Likeness, *, around: datetime, but: Case | None) -> QuerySet[Case]:
    """Return the cases received within the window; the first condition is the one the index knows."""
    since, until = around - WINDOW, around + WINDOW
    recent = access.cases_for(by).filter(
        last_activity_at__gte=since,
        opened_at__gte=since,
        opened_at__lte=until,
        practice=like.practice,
    )
    return recent.exclude(pk=but.pk) if but else recent


def _by_pointers(like: Likeness, recent: QuerySet[Case]) -> Iterable[tuple[Any, str]]:
    """Find the same number, address, handle, account or page. Plain equality, which the index serves under a policy."""
    wanted = Q()
    for kind in sorted({kind for kind, _ in like.pointers}):
        values = {value for found, value in like.pointers if found == kind and value}
        wanted |= Q(kind=kind, value__in=sorted(values | {value.lower() for value in values}))
    if not wanted:
        return []
    rows = Identifier.objects.filter(wanted, case__in=recent.values("pk"))
    return list(rows.values_list("case_id", "kind")[:COMPARED])


def _by_keys(like: Likeness, recent: QuerySet[Case]) -> Iterable[tuple[Any, str]]:
    """Find the open case that an alert with these hard keys would join."""
    if not like.keys:
        return []
    rows = HardKey.objects.filter(key__in=like.keys, open=True, practice=like.practice, case__in=recent.values("pk"))
    return [(case_id, "post") for case_id in rows.values_list("case_id", flat=True)]


def _by_words(like: Likeness, recent: QuerySet[Case]) -> Iterable[tuple[Any, str]]:
    """Find the same text, or a part of it, and the same name."""
    newest = recent.order_by("-last_activity_at", "-pk").values("pk")[:COMPARED]
    found: list[tuple[Any, str]] = []
    if len(like.text.strip()) >= TEXT_FROM:
        text = Value(" ".join(like.text.split())[:TEXT_UP_TO])
        written = Left(KT("parsed__content_text"), TEXT_UP_TO)
        rows = Alert.objects.filter(links__ended_at=None, links__case__in=newest).annotate(
            whole=_likeness("similarity", text, written),
            length=Length(written),
            part=Greatest(_likeness("word_similarity", text, written), _likeness("word_similarity", written, text)),
        )
        rows = rows.filter(Q(whole__gte=ALIKE) | Q(part__gte=WITHIN), length__gte=TEXT_FROM)
        found += [(case_id, "text") for case_id in rows.values_list("links__case_id", flat=True)]
    if len(like.name.strip()) >= NAME_FROM:
        people = Person.objects.filter(case__in=newest).exclude(name="")
        people = people.annotate(whole=_likeness("similarity", Value(like.name), F("name")))
        named = people.filter(whole__gte=NAMED_ALIKE)
        found += [(case_id, "name") for case_id in named.values_list("case_id", flat=True)]
    return found


def _likeness(function: str, one: Any, two: Any) -> Func:  # noqa: ANN401 - expressions have no common type
    return Func(one, two, function=function, output_field=FloatField())
