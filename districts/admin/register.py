"""Section of the desk on the register: what was onboarded, by whom and when, to be read and never changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from districts.admin.desk import RuleAdmin, desk
from districts.models import RegisterEntry
from districts.onboarding import Desk


@admin.register(RegisterEntry, site=desk)
class RegisterEntryAdmin(RuleAdmin):
    """The register. A trigger of the database refuses what this page does not offer."""

    of_the_state = False
    list_display = ["at", "actor", "act", "subject"]
    search_fields = ["subject", "actor", "act"]
    ordering = ["-at", "-pk"]
    fields = ["at", "actor", "act", "subject", "before", "after"]
    readonly_fields = fields

    def within(self, desk: Desk) -> Q:
        """Return the acts on what is in charge."""
        if desk.everything:
            return Q()
        return Q(state__in=desk.states) | Q(unit__in=desk.units)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Offer none: the rules write it."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Offer none: what is written stays."""
        return False

    def act(self, request: HttpRequest, form: Any, row: RegisterEntry) -> RegisterEntry:
        """Change nothing."""
        return row
