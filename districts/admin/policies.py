"""Section of the desk on policies: promised times, and a ladder that is written one step on a line."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from districts import onboarding
from districts.admin.desk import RuleAdmin, RuleForm, actor_of, desk
from districts.models import Policy
from districts.onboarding import Desk
from districts.refusals import LadderNotSound


class LadderField(forms.CharField):
    """A ladder: seconds, rung and channels of one step on each line."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """Show the steps as lines."""
        if not isinstance(value, list):
            return value
        return "\n".join(f"{step['after_s']} {step['rung']} {' '.join(step['channels'])}" for step in value)

    def to_python(self, value: Any) -> Any:
        """Read lines as steps."""
        steps = []
        for number, line in enumerate((super().to_python(value) or "").splitlines(), start=1):
            words = re.split(r"[\s,]+", line.strip())
            if words == [""]:
                continue
            if len(words) < 3 or not words[0].isdecimal() or not words[1].isdecimal():
                problem = _("Line %(number)d: write seconds, rung and channels, such as: 180 2 sms voice")
                raise ValidationError(problem, params={"number": number})
            steps.append({"after_s": int(words[0]), "rung": int(words[1]), "channels": words[2:]})
        try:
            return onboarding.sound_ladder(steps)
        except LadderNotSound as refusal:
            raise ValidationError(str(refusal)) from refusal

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare ladders, not how they are laid out."""
        try:
            return bool(initial != self.to_python(data))
        except ValidationError:
            return True


class PolicyForm(RuleForm):
    ladder = LadderField(
        label=_("ladder"),
        help_text=_(
            "One step on each line: after how many seconds, which rung, and how (sms, voice, email). "
            "For an acknowledgement it counts from the forwarding, for any other promise from the moment it is missed."
        ),
    )

    class Meta:
        model = Policy
        fields = [
            "state", "unit", "urgency", "name", "claim_s", "forward_s", "acknowledge_s", "move_s", "contact_s",
            "flash_s", "report_s", "other_state_s", "information_s", "recall_s", "follow_up_1_s",
            "follow_up_2_s", "follow_up_3_s", "follow_up_4_s", "pause_max_s", "ladder",
        ]  # fmt: skip
        help_texts = {
            "unit": _("Leave empty for the whole state. A unit that needs other times has a policy of its own."),
            "contact_s": _("Rural units have twice this time."),
            "pause_max_s": _("For so long may somebody of the state cell hold a promise before it goes on by itself."),
        }


@admin.register(Policy, site=desk)
class PolicyAdmin(RuleAdmin):
    """Policies: cases already running keep what was promised when they began."""

    form = PolicyForm
    list_display = ["urgency", "name", "unit", "claim_s", "forward_s", "acknowledge_s", "move_s", "contact_s"]
    list_select_related = ["unit"]
    list_filter = ["urgency"]
    ordering = ["urgency", "unit__code"]
    fixed = ("state", "unit", "urgency")

    def within(self, desk: Desk) -> Q:
        """Return the policies of the states in charge."""
        return desk.over_states("state")

    def act(self, request: HttpRequest, form: Any, row: Policy | None) -> Policy:
        """Add or change a policy."""
        by, at, values = actor_of(request), timezone.now(), dict(form.cleaned_data)
        if row is None:
            return onboarding.add_policy(values.pop("state"), by=by, at=at, **values)
        return onboarding.change_policy(row, values, by=by, at=at)
