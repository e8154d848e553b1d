"""Jurisdiction: from clues of where somebody is to ranked police units, each with its reasons."""

from districts.jurisdiction.atlas import key_of
from districts.jurisdiction.clue import Candidate, Clue, Reason, Source, Suggestion
from districts.jurisdiction.local import district_names
from districts.jurisdiction.reading import clues_in
from districts.jurisdiction.shipped import shipped_csv
from districts.jurisdiction.suggesting import suggest

__all__ = [
    "Candidate",
    "Clue",
    "Reason",
    "Source",
    "Suggestion",
    "clues_in",
    "district_names",
    "key_of",
    "shipped_csv",
    "suggest",
]
