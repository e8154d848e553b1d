"""Reach: how far somebody sees, told to PostgreSQL at the start of a transaction and forgotten at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

from districts.actors import Actor

_current: ContextVar[Actor | None] = ContextVar("actor", default=None)

# Local to the transaction (true): a session-level setting would leak to the next request through the pool.
ENTER = """
    SELECT set_config('role', %s, true), set_config('portal.actor', %s, true), set_config('portal.state', %s, true),
           set_config('portal.units', %s, true), set_config('portal.groups', %s, true),
           set_config('portal.partner', %s, true)
"""


def current_actor() -> Actor | None:
    """Return who acts in the reach that is open now, if one is."""
    return _current.get()


@contextmanager
def reach_of(actor: Actor) -> Iterator[None]:
    """
    Open a transaction in which the database shows what ``actor`` may see, and nothing else.

    Inside another reach it is a savepoint, and the outer reach is restored by hand when it ends well: PostgreSQL
    keeps a local setting beyond a released savepoint, and takes it back by itself only when that is rolled back.
    """
    outer = _current.get()
    nested = connection.in_atomic_block
    with transaction.atomic():
        _enter(actor)
        token = _current.set(actor)
        try:
            yield
        finally:
            _current.reset(token)
        if nested and not connection.needs_rollback:
            _enter(outer)


def _enter(actor: Actor | None) -> None:
    """Tell the database who acts; nobody means the bare login, which may not touch a case."""
    if actor is None:
        values = ["none", "", "", "", "", ""]
    else:
        values = [
            actor.sight or "none",
            actor.label,
            str(actor.state_id or ""),
            ",".join(map(str, actor.unit_ids)),
            ",".join(map(str, actor.group_ids)),
            str(actor.partner_id or ""),
        ]
    with connection.cursor() as cursor:
        cursor.execute(ENTER, values)
