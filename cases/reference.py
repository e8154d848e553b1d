"""References: how people name a case on the telephone, short, and telling nobody how many cases there are."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings
from django.db import connection

from districts.models import State

HALF = 10_000
ROUNDS = 4
NEXT = "SELECT nextval('cases_reference')"


def next_reference(state: State) -> str:
    """Return a new reference such as RJ-4829-1736: one trip to the database, no two alike."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT)
        (number,) = cursor.fetchone()
    return spell(state.code, number)


def spell(state_code: str, number: int) -> str:
    """
    Return the reference of the n-th case.

    A keyed Feistel permutation of eight digits: each number has its own reference, and two references do not tell how
    many cases lie between them. After 10^8 cases it would begin again, and the unique constraint would say so.
    """
    left, right = divmod(number % (HALF * HALF), HALF)
    for turn in range(ROUNDS):
        left, right = right, (left + _scramble(turn, right)) % HALF
    return f"{state_code}-{left:04d}-{right:04d}"


def _scramble(turn: int, half: int) -> int:
    digest = hmac.new(settings.SECRET_KEY.encode(), f"reference:{turn}:{half}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:4])
