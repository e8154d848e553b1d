"""Writing: the new rows of many tables in two trips, each with its first version where versions are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from cases.models.case import acting_label


def write(first: Model, *others: Model, at: datetime, unless_known: Sequence[type[Model]] = ()) -> None:
    """
    Insert new rows: ``first``, which the walls of the others look for, and then all the others at once.

    Rows of a table that is ``unless_known`` are left out where the database has the same already. The version that
    simple-history would keep of a row is written by the same statement; it never sees what is not saved one by one.
    """
    _insert([first], unless_known)
    _insert([*_versions([first, *others], at=at), *others], unless_known)
    for row in (first, *others):
        row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 - what `save` does


def _versions(rows: Sequence[Model], *, at: datetime) -> list[Model]:
    """Return the first version of each row whose versions are kept, as simple-history makes it."""
    found: list[Model] = []
    for row in rows:
        kept = getattr(type(row), "history", None)
        if kept is None:
            continue
        said = {field.attname: getattr(row, field.attname) for field in kept.model.tracked_fields}
        found.append(kept.model(history_date=at, history_type="+", history_user_id=acting_label(), **said))
    return found


def _insert(rows: Sequence[Model], unless_known: Sequence[type[Model]]) -> None:
    """Insert rows in one statement. What refers to what is checked at its end."""
    statements, values = [], list[Any]()
    for model, group in groupby(sorted(rows, key=_table), key=type):
        same = list(group)
        statements.append(_statement(model, len(same), model in unless_known))
        values += [_value(field, row) for row in same for field in _fields(model)]
    *before, last = statements
    inner = ", ".join(f"w{number} AS ({statement})" for number, statement in enumerate(before))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {inner} {last}" if before else last, values)


def _table(row: Model) -> str:
    return row._meta.db_table


@cache
def _fields(model: type[Model]) -> tuple[Field[Any, Any], ...]:
    """Return what is written of a row; numbers and first values that the database gives are left to it."""
    meta = model._meta
    return tuple(field for field in meta.concrete_fields if field is not meta.auto_field and not field.has_db_default())


@cache
def _statement(model: type[Model], count: int, unless_known: bool) -> str:  # noqa: FBT001 - two ways of one statement
    quote, fields = connection.ops.quote_name, _fields(model)
    names = ", ".join(quote(field.column or "") for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    ending = " ON CONFLICT DO NOTHING" if unless_known else ""
    return f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES {', '.join([row] * count)}{ending}"  # noqa: S608 - our own names


def _value(field: Field[Any, Any], row: Model) -> Any:  # noqa: ANN401 - whatever the driver takes
    return field.get_db_prep_save(field.pre_save(row, add=True), connection)
