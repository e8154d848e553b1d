"""Doors: how a request comes to a case. Out of reach is 404, never 403, and every look is written down."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone

from cases import access
from cases.models import Case
from districts.actors import CLOCK, Actor, Sight
from districts.models import Officer

Row = TypeVar("Row", bound=Model)


class OfficerRequest(HttpRequest):
    """A request of somebody who is signed in: ``ReachMiddleware`` has said who acts, and opened their reach."""

    actor: Actor
    user: Officer


def case_or_404(request: OfficerRequest, reference: str, *, kind: str = "case") -> Case:
    """
    Return a case within the officer's reach, and write down that they looked.

    :raises Http404: if there is none, or none for them; nobody can tell which
    """
    case = first_or_404(access.cases_for(request.actor).select_related("claimed_by").filter(reference=reference))
    access.look(case, by=request.actor, at=timezone.now(), kind=kind)
    return case


def first_or_404(rows: QuerySet[Row]) -> Row:
    """Return the only row, or say that there is nothing."""
    row = rows.first()
    if row is None:
        raise Http404
    return row


def only(request: OfficerRequest, *sights: Sight) -> None:
    """
    Let in whoever sees that far.

    :raises PermissionDenied: if the page is not part of their post; it tells nothing of any case
    """
    if request.actor.sight not in sights:
        raise PermissionDenied


__all__ = ["CLOCK", "OfficerRequest", "case_or_404", "first_or_404", "only"]
