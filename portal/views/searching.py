"""Searching the console: by reference, by what points to a person, by unit, in Roman and Devanagari letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from cases.intake import pasted
from cases.models import Case, Forwarding, Identifier
from districts.actors import Actor
from districts.models import State, Unit

#: Of each sort so many are looked for; who has found more than these asks more exactly.
FOUND_MAX = 200
WORDS_MAX = 200
PREFIX_FROM = 3
#: Stands behind every letter, so that ``word ≤ value < word + LAST`` is "begins with" in any btree, under any policy.
LAST = "\U0010ffff"
REFERENCE = re.compile(r"(?:([A-Za-z]{2,4})[- ]?)?(\d{1,4})(?:[- ]?(\d{1,4}))?")
#: Marks that one writer sets and the next leaves out: the nukta, the joiners, accents.
MARKS = re.compile("[\u0300-\u036f\u093c\u200c\u200d.\\-()]")


def found(seen: QuerySet[Case], words: str, *, actor: Actor) -> QuerySet[Case]:
    """
    Return the cases of ``seen`` that the words name.

    Each way of naming one is a question that an index answers, and yields keys; a condition over all of them would
    read every case there is. ``seen`` bounds what comes of it once more.
    """
    text = " ".join(words.translate(pasted.DIGITS).split())[:WORDS_MAX]
    keys = {*_by_reference(seen, text, actor), *_by_pointer(text, actor), *_by_unit(text, actor)}
    return seen.filter(pk__in=keys)


def plain(text: str) -> str:
    """Return how a name sounds to a hurried hand: without case, accents, nukta and joiners."""
    return MARKS.sub("", unicodedata.normalize("NFD", text).lower()).strip()


def _by_reference(seen: QuerySet[Case], text: str, actor: Actor) -> Iterable[UUID]:
    match = REFERENCE.fullmatch(text)
    if match is None:
        return []
    code = match[1] or State.objects.values_list("code", flat=True).get(pk=actor.state_id or 0)
    first, second = (match[2][:4], match[2][4:] + (match[3] or "")) if match[3] is None else (match[2], match[3])
    begins = f"{code.upper()}-{first}" + (f"-{second}" if second else "")
    rows = seen.filter(reference__gte=begins, reference__lt=begins + LAST).order_by("reference")
    return rows.values_list("pk", flat=True)[:FOUND_MAX]


def _by_pointer(text: str, actor: Actor) -> Iterable[UUID]:
    kinds = Identifier.Kind
    wanted = Q()
    for pointer in pasted.read(text, words=True).pointers:
        wanted |= Q(kind=pointer.kind, value__in=sorted({pointer.value, pointer.value.lower()}))
    word = text.removeprefix("@")
    if len(word) >= PREFIX_FROM and " " not in word:
        for begins in sorted({word, word.lower()}):
            wanted |= Q(kind__in=[kinds.HANDLE, kinds.EMAIL, kinds.ACCOUNT], value__gte=begins, value__lt=begins + LAST)
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 5 and not re.search(r"[^\d\s+()-]", text):
        begins = f"+{digits}" if text.startswith("+") else f"+91{digits.removeprefix('0')}"
        wanted |= Q(kind=kinds.PHONE, value__gte=begins, value__lt=begins + LAST)
    if not wanted:
        return []
    rows = Identifier.objects.filter(wanted, case__state=actor.state_id).order_by("-case__last_activity_at")
    return rows.values_list("case_id", flat=True)[:FOUND_MAX]


def _by_unit(text: str, actor: Actor) -> Iterable[UUID]:
    name = plain(text)
    if len(name) < 2:
        return []
    units = Unit.objects.acting().filter(state=actor.state_id).values_list("pk", "name_en", "name_hi", "code")
    named = [key for key, *names in units if any(name in plain(known) for known in names)]
    legs = Forwarding.objects.filter(unit__in=named).order_by("-last_activity_at", "-pk")
    return legs.values_list("case_id", flat=True)[:FOUND_MAX] if named else []
