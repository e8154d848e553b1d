"""Forms: the shape of what each verb takes. They check form; the rules decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Identifier, Outreach, Report
from cases.notes import NAME
from cases.states import Outcome, Part
from districts.actors import Actor
from districts.models import Unit
from districts.models.policy import Urgency

SENTENCE = 500
TEXT = 10_000
#: What else a unit's report may say (SCREENS 4.8); kept as it was written.
REPORT_FACTS = (
    "hospital", "counselled", "family_informed", "referred", "causes", "follow_up", "station_diary",
)  # fmt: skip


#: How somebody is found, as the page offers it.
CONDITIONS: list[tuple[str, Any]] = [
    ("safe", _("safe")),
    ("injured", _("injured")),
    ("hospital", _("taken to hospital")),
    ("died", _("died")),
    ("not_known", _("not known")),
]


#: What a partner can be asked for, in words.
NEEDED: list[tuple[str, Any]] = [
    ("subject.phones", _("telephone numbers")),
    ("locations", _("places")),
    ("ip_events", _("IP addresses with times")),
    ("content.text", _("the text of the post")),
    ("content.urls", _("the address of the post")),
    ("subject.handle", _("handle")),
    ("subject.platform_user_id", _("account id")),
    ("content.posted_at", _("when it was posted")),
    ("subject.display_names", _("names")),
    ("subject.profile_urls", _("profile pages")),
    ("subject.emails", _("e-mail addresses")),
    ("contacts", _("friends and family")),
    ("partner_contact", _("whom to ring at the partner's")),
    ("subject.claimed_age", _("stated age")),
    ("devices", _("devices")),
]


#: By which ways somebody is reached; a helpline has a form of its own, with the person's consent.
WAYS = [(kind, label) for kind, label in Outreach.Kind.choices if kind != Outreach.Kind.HELPLINE]


class VerbForm(forms.Form):
    """What every verb takes besides its own fields: where to go back to, without a script."""

    next = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        """Offer the units of the actor's own state."""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, UnitField):
                field.queryset = Unit.objects.filter(state=actor.state_id).order_by("name_en")


class UnitField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's own takes none at run time
    """A police unit, named by its code."""

    def __init__(self, **kwargs: Any) -> None:
        """Begin with no unit: the form knows the state."""
        super().__init__(Unit.objects.none(), to_field_name="code", **kwargs)


class ReferenceField(forms.RegexField):
    """A case's reference, as it is said on the telephone: small letters and spaces make no other of it."""

    def __init__(self, **kwargs: Any) -> None:
        """Take what can be a reference."""
        super().__init__(regex=r"^[A-Z]{2,4}-[0-9]{4}-[0-9]{4}$", max_length=40, **kwargs)

    def to_python(self, value: object) -> str:
        """Return the reference as it is written in the case."""
        return "".join(str(super().to_python(value) or "").split()).upper()


class OpenChoiceField(forms.CharField):
    """A word of a list, or one of somebody's own: on the spot no list is long enough. It offers ``choices``."""

    def __init__(self, *, choices: list[tuple[str, Any]], longest: int, **kwargs: Any) -> None:
        """Offer the choices, and take any other word up to the longest."""
        super().__init__(max_length=longest, widget=forms.Select(choices=choices), **kwargs)
        self.choices = choices


def words(
    label: Any,  # noqa: ANN401 - a lazy text
    *,
    required: bool = True,
    longest: int = SENTENCE,
    long: bool = False,
) -> forms.CharField:
    """Return a field of words, on one line or on several."""
    widget = forms.Textarea(attrs={"rows": 3}) if long else None
    return forms.CharField(label=label, required=required, max_length=longest, widget=widget)


class ClaimForm(VerbForm):
    """Take a case; a reason where somebody else is at work on it."""

    reason = words(_("Reason for taking over"), required=False)


class PlainForm(VerbForm):
    """A verb that takes nothing."""


class UrgencyForm(VerbForm):
    """How urgent, and why."""

    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency.choices)
    reason = words(_("Reason"))


class ForwardForm(VerbForm):
    """To which unit, and for what."""

    unit = UnitField(label=_("Unit"))
    role = forms.ChoiceField(label=_("Part"), choices=Part.choices)
    note = words(_("Note"), required=False, longest=2000, long=True)
    suggestion_rank = forms.IntegerField(required=False, min_value=0, max_value=1000, widget=forms.HiddenInput)
    differs_because = words(_("Why not the suggested unit"), required=False)


class RecallForm(VerbForm):
    """From which unit, and why."""

    unit = UnitField(label=_("Unit"))
    reason = words(_("Reason"))


class AcknowledgeForm(VerbForm):
    """Who is in charge, how to reach them, and when they will be there."""

    officer_name = words(_("Officer in charge"), longest=120)
    officer_phone = forms.RegexField(
        label=_("Telephone of the officer"), regex=r"^\+?[0-9][0-9 ()./-]{1,18}$", max_length=20
    )
    eta_minutes = forms.IntegerField(label=_("Minutes until arrival"), min_value=0, max_value=1440)


class ReturnForm(VerbForm):
    """Why the case is handed back, and who may be better."""

    reason = words(_("Reason"))
    suggested_unit = UnitField(label=_("Better unit"), required=False)


class MoveForm(VerbForm):
    """Which team, and in which vehicle."""

    team = words(_("Team"), required=False, longest=200)
    vehicle = words(_("Vehicle"), required=False, longest=60)


class ContactForm(VerbForm):
    """Who was reached, and how they are."""

    confirmed = forms.ChoiceField(label=_("Contact with"), choices=[("person", _("person")), ("family", _("family"))])
    condition = OpenChoiceField(label=_("Condition"), choices=CONDITIONS, longest=200)
    place = words(_("Place"), required=False, longest=200)


class ReportForm(VerbForm):
    """What happened: in sixty seconds, or in full."""

    kind = forms.ChoiceField(label=_("Report"), choices=Report.Kind.choices)
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Outcome.choices)
    text = words(_("What happened"), longest=TEXT, long=True)
    hospital = words(_("Hospital"), required=False)
    counselled = words(_("Counselled by"), required=False)
    family_informed = words(_("Family informed"), required=False)
    referred = words(_("Referred to"), required=False)
    causes = words(_("What weighed on the person"), required=False)
    follow_up = words(_("Follow-up"), required=False)
    station_diary = words(_("Diary number"), required=False, longest=60)


class HelpForm(VerbForm):
    """What is needed; whoever has no hand free says nothing, and is called."""

    text = words(_("What do you need?"), required=False)


class CloseForm(VerbForm):
    """With which outcome."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=Outcome.choices)
    note = words(_("Note"), required=False, longest=2000, long=True)


class ReasonForm(VerbForm):
    """Why."""

    reason = words(_("Reason"))


class InformationForm(VerbForm):
    """What the partners are asked for."""

    needs = forms.MultipleChoiceField(label=_("Ask the partner for"), choices=NEEDED)


class OutreachForm(VerbForm):
    """By which way, and what came of it."""

    kind = forms.ChoiceField(label=_("Way"), choices=WAYS)
    result = OpenChoiceField(label=_("Result"), choices=Outreach.Result.choices, longest=40)
    note = words(_("Note"), required=False, longest=2000, long=True)
    despite = words(_("Why the family is called although it must not be told"), required=False)


class JoinForm(VerbForm):
    """Which other case is of the same person."""

    other = ReferenceField(label=_("Reference of the other case"))


class UnjoinForm(VerbForm):
    """Which alert does not belong here."""

    alert = forms.UUIDField(label=_("Alert"), widget=forms.HiddenInput)


class EscalateForm(VerbForm):
    """Whose ladder, and why; both may stay open at two in the morning."""

    unit = UnitField(label=_("Unit"), required=False)
    reason = words(_("Reason"), required=False)


class PauseForm(VerbForm):
    """For how long, why, and whose promises: the cell's own where no unit is named."""

    unit = UnitField(label=_("Unit"), required=False)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=1440)
    reason = words(_("Reason"))


class ResumeForm(VerbForm):
    """Whose promises go on: the cell's own where no unit is named."""

    unit = UnitField(label=_("Unit"), required=False)


class NoteForm(VerbForm):
    """What there is to say."""

    text = words(_("Note"), longest=TEXT, long=True)


class RevealForm(VerbForm):
    """What is to be shown, and why it is needed."""

    field = forms.ChoiceField(label=_("Show"), choices=[(NAME, _("name")), *Identifier.Kind.choices])
    reason = words(_("Reason"))


class DeskForm(VerbForm):
    """At which desk: a browser, by the number it has given itself."""

    desk = forms.RegexField(r"^[0-9a-f]{4,16}$", label=_("desk"))
