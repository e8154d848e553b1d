"""Linking: join two cases of one person and part them again, and say which others may be of the same person."""

from cases.linking.joining import join, unjoin
from cases.linking.twins import Likeness, Twin, alike, twins

__all__ = ["Likeness", "Twin", "alike", "join", "twins", "unjoin"]
