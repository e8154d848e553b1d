"""Heartbeats: every moving part says that it works; ``watch`` and ``/readyz`` ask how long ago that was."""

from django.db import connection

# The database's clock tells the time on both sides, because the processes may stand on several machines.
BEAT = """
    INSERT INTO portal_pulse (name, at) VALUES (%s, clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET at = excluded.at
"""
AGE = "SELECT name, extract(epoch FROM clock_timestamp() - at)::float8 FROM portal_pulse"


def beat(name: str) -> None:
    """Say that the part ``name`` works now."""
    with connection.cursor() as cursor:
        cursor.execute(BEAT, [name])


def ages() -> dict[str, float]:
    """Return how many seconds ago each part was last seen to work. A part that never was is not in it."""
    with connection.cursor() as cursor:
        cursor.execute(AGE)
        return dict(cursor.fetchall())
