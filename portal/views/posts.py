"""Posts by their names: those with a fixed name in the seed files in words, any other as the state wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy

POSTS: Final[Mapping[str, Any]] = {
    "control_room": gettext_lazy("control room"),
    "shift_desk": gettext_lazy("shift desk"),
    "shift_incharge": gettext_lazy("shift in-charge"),
    "addl_sp": gettext_lazy("Addl SP"),
    "nodal_officer": gettext_lazy("nodal officer"),
}


def post_words(reference: object) -> str:
    """Return a post in words, with its unit's code where it is named with one: ``RJ-SIKAR/control_room``."""
    unit, _, name = str(reference).rpartition("/")
    words = str(POSTS.get(name, name))
    return f"{unit} · {words}" if unit else words
