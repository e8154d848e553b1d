"""Section of the onboarding desk on mail layouts: where a sender writes what. No case is to be seen here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from cases.mail import layouts
from cases.models import MailLayout
from districts.admin.desk import RuleAdmin, RuleForm, actor_of, desk
from districts.onboarding import Desk


class PatternsField(forms.CharField):
    """Patterns: one field and its regular expression on each line."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """Show the patterns as lines."""
        return "\n".join(f"{name} = {pattern}" for name, pattern in value.items()) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        """Read lines as patterns."""
        if isinstance(value, dict):
            return value
        found = {}
        for number, line in enumerate((value or "").splitlines(), start=1):
            name, equals, pattern = line.partition("=")
            if not line.strip():
                continue
            if not equals or not pattern.strip():
                problem = _("Line %(number)d: write a field, =, and its pattern, such as: phone = Mobile: (.+)")
                raise ValidationError(problem, params={"number": number})
            found[name.strip()] = pattern.strip()
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare patterns, not how they are laid out."""
        try:
            return bool(initial != self.to_python(data))
        except ValidationError:
            return True


class LayoutForm(RuleForm):
    fields = PatternsField(  # type: ignore[assignment]  # Django takes declared fields out of the class
        label=_("patterns"),
        help_text=_("One on each line: a field of the alert, =, and a regular expression (docs/mail.md)."),
    )

    class Meta:
        model = MailLayout
        fields = ["state", "name", "sender", "active", "fields"]
        help_texts = {"sender": _("An address or a domain, with * for anything, such as *@platform.example.")}


@admin.register(MailLayout, site=desk)
class MailLayoutAdmin(RuleAdmin):
    """Mail layouts: tried before the labels are read."""

    form = LayoutForm
    list_display = ["name", "sender", "active"]
    list_filter = ["active"]
    ordering = ["name"]
    fixed = ("state",)

    def within(self, desk: Desk) -> Q:
        """Return the layouts of the states in charge."""
        return desk.over_states("state")

    def act(self, request: HttpRequest, form: Any, row: MailLayout | None) -> MailLayout:
        """Add or change a layout."""
        by, at, values = actor_of(request), timezone.now(), dict(form.cleaned_data)
        if row is None:
            return layouts.add_layout(values.pop("state"), by=by, at=at, **values)
        values.pop("state", None)
        return layouts.change_layout(row, values, by=by, at=at)
