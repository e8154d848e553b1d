"""Jurisdiction: from clues of where somebody is to ranked police units, each with its reasons."""

from districts.jurisdiction.clue import Candidate, Clue, Reason, Source, Suggestion
from districts.jurisdiction.reading import clues_in
from districts.jurisdiction.suggesting import suggest

__all__ = ["Candidate", "Clue", "Reason", "Source", "Suggestion", "clues_in", "suggest"]
