"""Paging: fifty rows at a time, from where the last page ended. No page counts what it does not show."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Field, Model, Q, QuerySet

PAGE = 50
#: Numbers on tabs are counted no further than this.
COUNTED = 99

Row = TypeVar("Row", bound=Model)


class Page(NamedTuple):
    """The rows of a page, and the mark of its last one if more follow."""

    rows: list[Any]
    after: str | None


def page_of(rows: QuerySet[Row], order: Sequence[str], *, after: str = "") -> Page:
    """
    Return the page that begins after a mark.

    :raises BadRequest: if the mark is none of ours
    """
    rows = rows.order_by(*order)
    if after:
        rows = rows.filter(_beyond(rows.model, order, _read(after, len(order))))
    found = list(rows[: PAGE + 1])
    if len(found) <= PAGE:
        return Page(found, None)
    return Page(found[:PAGE], _write([getattr(found[PAGE - 1], name.lstrip("-")) for name in order]))


def count_of(rows: QuerySet[Row]) -> dict[str, Any]:
    """Return how many there are, counted up to 99, and whether there are more."""
    number = rows.order_by()[: COUNTED + 1].count()
    return {"count": min(number, COUNTED), "more": number > COUNTED}


def _beyond(model: type[Model], order: Sequence[str], mark: Sequence[str]) -> Q:
    """Return the condition of coming after the mark in this order, field by field."""
    beyond, equal = Q(), Q()
    for name, text in zip(order, mark, strict=True):
        field = name.lstrip("-")
        try:
            value = _field(model, field).to_python(text)
        except ValidationError:
            raise BadRequest from None
        beyond |= equal & Q(**{f"{field}__{'lt' if name.startswith('-') else 'gt'}": value})
        equal &= Q(**{field: value})
    return beyond


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(name)
    return field


def _write(values: Sequence[Any]) -> str:
    texts = [value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


def _read(mark: str, length: int) -> list[str]:
    try:
        texts = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
    except (ValueError, RecursionError):
        raise BadRequest from None
    sound = isinstance(texts, list) and len(texts) == length
    if not sound or not all(isinstance(text, str) and text.isprintable() for text in texts):
        raise BadRequest
    return [str(text) for text in texts]
