"""Crossings: another state takes a case over, by sheet and telephone, and by API where it has a portal."""

from cases.crossings.carrying import carry_due
from cases.crossings.hearing import News, NoSuchPassage, actor_of, hear
from cases.crossings.passages import grow_next, trail_key, withdraw
from cases.crossings.taking_over import begin, confirm

__all__ = [
    "News",
    "NoSuchPassage",
    "actor_of",
    "begin",
    "carry_due",
    "confirm",
    "grow_next",
    "hear",
    "trail_key",
    "withdraw",
]
