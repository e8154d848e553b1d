"""Posts by their names: those with a fixed name in the seed files in words, any other as the state wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy

from districts.models import Unit

POSTS: Final[Mapping[str, Any]] = {
    "control_room": gettext_lazy("control room"),
    "shift_desk": gettext_lazy("shift desk"),
    "shift_incharge": gettext_lazy("shift in-charge"),
    "addl_sp": gettext_lazy("Addl SP"),
    "nodal_officer": gettext_lazy("nodal officer"),
}


def post_words(reference: object, units: Mapping[str, str] | None = None) -> str:
    """Return a post in words, with the name of its unit by its code where it has one: ``RJ-SIKAR/control_room``."""
    unit, _, name = str(reference).rpartition("/")
    words = str(POSTS.get(name, name))
    return f"{(units or {}).get(unit, unit)} · {words}" if unit else words


def unit_names(codes: Iterable[object]) -> dict[str, str]:
    """Return the names of units by their codes; a reference of a post counts as its unit's code."""
    wanted = {str(code).rpartition("/")[0] or str(code) for code in codes if code}
    return {unit.code: unit.name for unit in Unit.objects.filter(code__in=wanted)}
