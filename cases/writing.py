"""Writing: the new rows of many tables in one trip, each with its first version where versions are kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Field, Model

from cases.models.case import acting_label


def write(first: Model, *others: Model, at: datetime, unless_known: Sequence[type[Model]] = ()) -> None:
    """
    Insert new rows: ``first``, which the walls of the others look for, and then all the others at once.

    Rows of a table that is ``unless_known`` are left out where the database has the same already. The version that
    simple-history would keep of a row is written by the same statement; it never sees what is not saved one by one.
    """
    _insert([first], [*_versions([first, *others], at=at), *others], unless_known=unless_known)
    for row in (first, *others):
        row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 - what `save` does


def _versions(rows: Sequence[Model], *, at: datetime) -> list[Model]:
    """Return the first version of each row whose versions are kept, as simple-history makes it."""
    found: list[Model] = []
    for row in rows:
        kept = _kept_of(type(row))
        if kept is None:
            continue
        said = {field.attname: getattr(row, field.attname) for field in kept.tracked_fields}
        found.append(kept(history_date=at, history_type="+", history_user_id=acting_label(), **said))
    return found


@cache
def _kept_of(model: type[Model]) -> Any:  # noqa: ANN401 - a model that simple-history makes
    """Return the model of the versions of a model. Asking for it builds a manager each time."""
    history = getattr(model, "history", None)
    return history.model if history else None


def _insert(*batches: Sequence[Model], unless_known: Sequence[type[Model]]) -> None:
    """Insert rows, each batch by one statement and all in one trip. What refers to what is checked at a batch's end."""
    statements, values = [], list[str]()
    for rows in batches:
        inserts = []
        for model, same in groupby(sorted(rows, key=_table), key=type):
            inserts.append(_statement(model, model in unless_known))
            values.append(json.dumps([_said(row) for row in same], default=_plain, ensure_ascii=False))
        *before, last = inserts
        inner = ", ".join(f"w{number} AS ({insert})" for number, insert in enumerate(before))
        statements.append(f"WITH {inner} {last}" if before else last)
    with connection.cursor() as cursor:
        cursor.execute("; ".join(statements), values)


def _table(row: Model) -> str:
    return row._meta.db_table


@cache
def _fields(model: type[Model]) -> tuple[Field[Any, Any], ...]:
    """Return what is written of a row; numbers and first values that the database gives are left to it."""
    meta = model._meta
    return tuple(field for field in meta.concrete_fields if field is not meta.auto_field and not field.has_db_default())


@cache
def _statement(model: type[Model], unless_known: bool) -> str:  # noqa: FBT001 - two ways of one statement
    """
    Return the statement for any number of rows of a table, which come as one list of objects.

    One and the same text for all of them: neither the driver nor the house has to take it apart each time.
    """
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), ", ".join(quote(field.column or "") for field in _fields(model))
    ending = " ON CONFLICT DO NOTHING" if unless_known else ""
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{table}, %s){ending}"  # noqa: S608 - our own names


def _said(row: Model) -> dict[str, Any]:
    return {field.column or "": field.pre_save(row, add=True) for field in _fields(type(row))}


def _plain(value: object) -> str:
    """Return what JSON has no form of, as the database reads it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    msg = f"{type(value).__name__} is written nowhere yet"
    raise TypeError(msg)
