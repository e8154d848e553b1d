"""Sources: when each door was last seen to be open, so that silence is provably healthy."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from districts.models import Partner
from portal import pulse

MAIL_SILENT_S = 60.0
#: A partner that has never sent a heartbeat promises none; one that has stopped is silent.
PARTNER_SILENT_S = 900.0
SWEEP_SILENT_S = 10.0


def pulse_of(ages: dict[str, float]) -> dict[str, Any]:
    """Return how long ago a sweep ran."""
    age = min((age for name, age in ages.items() if name in {"sweep", "watch"}), default=None)
    return {"sweep_age": age, "ok": age is not None and age <= SWEEP_SILENT_S}


def sources_of(state_id: int | None, *, ages: dict[str, float]) -> list[dict[str, Any]]:
    """Return the doors of a state, each with the age of its last sign of life; of the telephone a human knows."""
    found = []
    if settings.IMAP_URL:
        age = ages.get("mail")
        found.append(_source("mail", _("Mailbox"), age, ok=age is not None and age <= MAIL_SILENT_S))
    for partner in Partner.objects.filter(state=state_id, active=True).order_by("name"):
        age = ages.get(f"partner:{partner.pk}")
        found.append(_source("partner", partner.name, age, ok=age is None or age <= PARTNER_SILENT_S))
    found.append(_source("phone", _("Telephone"), None, ok=True))
    return found


def ages() -> dict[str, float]:
    """Return the age of every pulse, in seconds."""
    return pulse.ages()


def _source(kind: str, label: str, age: float | None, *, ok: bool) -> dict[str, Any]:
    return {"kind": kind, "label": label, "age_s": None if age is None else int(age), "ok": ok}
