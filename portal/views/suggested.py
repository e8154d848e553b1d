"""Suggested: the likely twins of a case or of a call, as a page and a script are shown them. All of it is masked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases import linking
from cases.linking import Twin
from cases.models import Case
from districts.actors import Actor
from portal.views.rows import masked_person, words_of

REASONS: Mapping[str, Any] = {
    "post": _("the same post"),
    "account": _("the same account"),
    "phone": _("the same telephone"),
    "email": _("the same e-mail"),
    "handle": _("the same handle"),
    "url": _("the same page"),
    "text": _("similar words"),
    "name": _("a similar name"),
}
SHOWN = ("reference", "url", "state", "state_label", "urgency", "urgency_label", "opened_at")


def twins_of(case: Case, *, actor: Actor) -> list[dict[str, Any]]:
    """Return the likely twins of an open case; a closed one has had its time."""
    return rows_of(linking.twins(case, by=actor)) if case.closed_at is None else []


def rows_of(twins: Iterable[Twin]) -> list[dict[str, Any]]:
    """Return twins as dicts: how the case is called, where it stands, and why it may be the same person."""
    return [
        {name: value for name, value in words_of(twin.case).items() if name in SHOWN}
        | {
            "person": masked_person(twin.case)["label"],
            "why": list(twin.why),
            "why_labels": [str(REASONS[reason]) for reason in twin.why],
        }
        for twin in twins
    ]
