"""Section of the desk on the portals of other states: which control room is reached by API."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminURLInputWidget

from districts import onboarding
from districts.admin.desk import RuleAdmin, RuleForm, actor_of, desk
from districts.models import Counterpart
from districts.onboarding import Desk

SECRETS = ("key", "signing_secret")


class CounterpartForm(RuleForm):
    address = forms.URLField(
        label=_("address of their portal"), assume_scheme="https", widget=UnfoldAdminURLInputWidget, max_length=300
    )
    key = forms.CharField(
        label=_("key they have given us"),
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text=_("It is never shown again; leave empty to keep the one that is there."),
    )
    signing_secret = forms.CharField(
        label=_("signing secret"),
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text=_("whsec_ followed by base64. It is never shown again; leave empty to keep the one that is there."),
    )

    class Meta:
        model = Counterpart
        fields = ["unit", "partner", "address", "key", "signing_secret", "active"]
        help_texts = {
            "unit": _("Their control room in our directory, a unit of the kind “another state”."),
            "partner": _("Who they are when they hand something over to us."),
            "active": _("Take this away and cases go there by sheet and telephone only."),
        }


@admin.register(Counterpart, site=desk)
class CounterpartAdmin(RuleAdmin):
    """Portals of other states: a case is handed over there without anybody typing it again."""

    form = CounterpartForm
    list_display = ["unit", "address", "partner", "active"]
    list_select_related = ["unit", "partner"]
    search_fields = ["unit__code", "address"]
    ordering = ["unit__code"]
    fixed = ("unit",)
    shown = ("told_at",)

    def within(self, desk: Desk) -> Q:
        """Return the portals that the states in charge reach."""
        return desk.over_states("unit__state")

    @admin.display(description=_("where they tell us what became of it"))
    def told_at(self, row: Counterpart) -> str:
        """Show the address that they enter as our webhook address."""
        return f"{settings.PUBLIC_URL}/api/v1/handed-over/{row.unit.code}"

    def act(self, request: HttpRequest, form: Any, row: Counterpart | None) -> Counterpart:
        """Enter or change how a portal is reached."""
        by, at, values = actor_of(request), timezone.now(), dict(form.cleaned_data)
        if row is None:
            return onboarding.add_counterpart(values.pop("unit"), by=by, at=at, **values)
        values = {name: value for name, value in values.items() if value or name not in SECRETS}
        return onboarding.change_counterpart(row, values, by=by, at=at)
