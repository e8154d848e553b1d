"""Further forms: where somebody is, who is asked for what, how the person is afterwards. They check form only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import FollowUp, Inquiry, Outreach, Sighting
from portal.views.forms import OpenChoiceField, UnitField, VerbForm, words


class MomentField(forms.CharField):
    """A time as RFC 3339 has it; one without an offset is the portal's own. Nothing is seen in the future."""

    def __init__(self, **kwargs: Any) -> None:
        """Take no more than a time is long."""
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: object) -> datetime | None:
        """Return the time."""
        said = str(super().clean(value) or "").replace(" ", "+")
        if not said:
            return None
        try:
            moment = datetime.fromisoformat(said)
        except ValueError:
            raise forms.ValidationError(_("Write a time such as 2026-11-21T17:52:08+05:30."), "invalid") from None
        moment = moment if moment.tzinfo else timezone.make_aware(moment)
        if moment > timezone.now() + timedelta(minutes=5):
            raise forms.ValidationError(_("This time is still to come."), "invalid")
        return moment


class SightingForm(VerbForm):
    """Where somebody is, as far as it is known."""

    source = forms.ChoiceField(label=_("Known from"), choices=Sighting.Source.choices)
    whose = forms.ChoiceField(label=_("Whose place"), choices=Sighting.Whose.choices)
    text = words(_("Place in words"), required=False)
    pin = forms.RegexField(label=_("PIN"), regex=r"^[1-9][0-9]{2} ?[0-9]{3}$", required=False, max_length=7)
    phone = forms.RegexField(label=_("Telephone"), regex=r"^\+?[0-9][0-9 ()./-]{1,28}$", required=False, max_length=30)
    lat = forms.FloatField(label=_("Latitude"), required=False, min_value=-90, max_value=90)
    lon = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180)
    radius_m = forms.IntegerField(label=_("Radius in metres"), required=False, min_value=0, max_value=2_000_000)
    seen_at = MomentField(label=_("Seen at"), required=False)
    corrects = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Take both coordinates or neither, and something that says where."""
        said: dict[str, Any] = super().clean() or {}
        if not self.errors:
            if (said.get("lat") is None) != (said.get("lon") is None):
                missing = "lon" if said.get("lon") is None else "lat"
                self.add_error(missing, forms.ValidationError(_("Give both coordinates, or neither."), "required"))
            elif said.get("lat") is None and not any(said.get(name) for name in ("text", "pin", "phone")):
                self.add_error("text", forms.ValidationError(_("Say where: words, a PIN or a number."), "required"))
        return said


class StrikeForm(VerbForm):
    """Which hint of a place is wrong, and why."""

    sighting = forms.UUIDField(widget=forms.HiddenInput)
    reason = words(_("Reason"))


class FollowUpForm(VerbForm):
    """How the person is now."""

    result = forms.ChoiceField(label=_("How is the person?"), choices=FollowUp.Result.choices)
    note = words(_("Note"), required=False, longest=2000, long=True)


class FamilyForm(VerbForm):
    """Whether the family may be told, and why not."""

    told = forms.ChoiceField(
        label=_("The family"), choices=[("no", _("must not be told")), ("yes", _("may be told again"))]
    )
    reason = words(_("Reason"))


class HelplineForm(VerbForm):
    """To which helpline, and that the person has said yes."""

    helpline = forms.ChoiceField(
        label=_("Helpline"),
        choices=[("14416", _("Tele-MANAS 14416")), ("112", _("112")), ("1098", _("Childline 1098"))],
    )
    consent = forms.ChoiceField(label=_("Has the person said yes?"), choices=[("yes", _("yes")), ("no", _("no"))])
    result = OpenChoiceField(
        label=_("Result"),
        choices=[
            (Outreach.Result.HANDED_OVER, Outreach.Result.HANDED_OVER.label),
            (Outreach.Result.NO_ANSWER, Outreach.Result.NO_ANSWER.label),
            (Outreach.Result.REFUSED, Outreach.Result.REFUSED.label),
        ],
        longest=40,
    )
    note = words(_("Note"), required=False, longest=2000, long=True)


class AskForm(VerbForm):
    """What is asked of whom, on which basis and for what."""

    kind = forms.ChoiceField(label=_("Request"), choices=Inquiry.Kind.choices)
    addressee = words(_("To whom"), longest=200)
    basis = forms.ChoiceField(label=_("Legal basis"), choices=Inquiry.Basis.choices)
    subject = words(_("About which account or number"))
    purpose = words(_("For what it is needed"), longest=1000, long=True)
    officer_name = words(_("Officer who asks"), longest=120)
    officer_rank = words(_("Rank"), required=False, longest=80)
    officer_phone = forms.RegexField(
        label=_("Telephone of the officer"), regex=r"^\+?[0-9][0-9 ()./-]{1,18}$", required=False, max_length=20
    )


class AnswerForm(VerbForm):
    """Which request was answered, with what, and the place in it."""

    number = forms.IntegerField(label=_("Number of the request"), min_value=1, max_value=30_000)
    answer = words(_("Answer"), longest=1000, long=True)
    lat = forms.FloatField(label=_("Latitude"), required=False, min_value=-90, max_value=90)
    lon = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180)
    radius_m = forms.IntegerField(label=_("Radius in metres"), required=False, min_value=0, max_value=2_000_000)
    place = words(_("Place in words"), required=False)
    seen_at = MomentField(label=_("Seen at"), required=False)

    def clean(self) -> dict[str, Any]:
        """Take both coordinates or neither."""
        said: dict[str, Any] = super().clean() or {}
        if not self.errors and (said.get("lat") is None) != (said.get("lon") is None):
            missing = "lon" if said.get("lon") is None else "lat"
            self.add_error(missing, forms.ValidationError(_("Give both coordinates, or neither."), "required"))
        return said


class ConfirmForm(VerbForm):
    """Who has taken the case over in another state, and the code they read from the sheet."""

    unit = UnitField(label=_("Unit"))
    code = forms.RegexField(label=_("Code read back from the sheet"), regex=r"^ ?([0-9] ?){6}$", max_length=14)
    officer_name = words(_("Officer in charge"), longest=120)
    officer_phone = forms.RegexField(
        label=_("Telephone of the officer"), regex=r"^\+?[0-9][0-9 ()./-]{1,18}$", max_length=20
    )
    their_reference = words(_("Their reference"), required=False, longest=80)
