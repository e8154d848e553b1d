"""Intake: the only way an alert becomes part of a case, whatever door it came through."""

from cases.intake.arrival import Arrival, Pointer, hard_keys
from cases.intake.receive import Received, receive
from cases.intake.replay import Answer, KeyBusy, KeyReused, hold_key, receive_once

__all__ = [
    "Answer",
    "Arrival",
    "KeyBusy",
    "KeyReused",
    "Pointer",
    "Received",
    "hard_keys",
    "hold_key",
    "receive",
    "receive_once",
]
