"""Section of the desk on the register: what was onboarded, by whom and when, to be read and never changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from districts.admin.desk import RuleAdmin, desk
from districts.models import RegisterEntry
from districts.models.acts import act_words, acts_called, subject_words
from districts.onboarding import Desk


@admin.register(RegisterEntry, site=desk)
class RegisterEntryAdmin(RuleAdmin):
    """The register. A trigger of the database refuses what this page does not offer."""

    of_the_state = False
    list_display = ["at", "actor", "act_shown", "subject_shown"]
    search_fields = ["subject", "actor", "act"]
    ordering = ["-at", "-pk"]
    fields = ["at", "actor", "act_shown", "subject_shown", "before", "after"]
    readonly_fields = fields

    @admin.display(description=_("act"), ordering="act")
    def act_shown(self, row: RegisterEntry) -> str:
        """Say in words what was done."""
        return act_words(row.act)

    @admin.display(description=_("about"), ordering="subject")
    def subject_shown(self, row: RegisterEntry) -> str:
        """Say in words what it was done to."""
        return subject_words(row.subject)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[RegisterEntry], search_term: str
    ) -> tuple[QuerySet[RegisterEntry], bool]:
        """Find acts by the words that stand in the list, too."""
        found, doubled = super().get_search_results(request, queryset, search_term)
        called = acts_called(search_term) if search_term else []
        return (found | queryset.filter(act__in=called) if called else found), doubled

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
