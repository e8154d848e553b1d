"""Rows: several tables in one trip, by a statement that is written once; Django would compile it for every alert."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model

M = TypeVar("M", bound=Model)


class Columns(Generic[M]):
    """All columns of a table in a statement, and the way back from what the database answers."""

    def __init__(self, model: type[M], alias: str) -> None:
        """Take the name that the table has in the statement."""
        fields = model._meta.concrete_fields
        self._model = model
        self._names = [field.attname for field in fields]
        self._converters = [getattr(field, "from_db_value", None) for field in fields]
        self._columns = ", ".join(f'{alias}."{field.column}"' for field in fields)

    def __str__(self) -> str:
        return self._columns

    def take(self, answer: Iterator[Any]) -> M:
        """Take the next columns of an answer, and return the row that they are."""
        values = [convert(next(answer), None, connection) if convert else next(answer) for convert in self._converters]
        return self._model.from_db(connection.alias, self._names, values)

    def take_if_any(self, answer: Iterator[Any]) -> M | None:
        """Take the next columns of an answer; None where an outer join has found no row."""
        row = self.take(answer)
        return row if row.pk is not None else None
