"""Sections of the desk on the territory: the state, its revenue districts, its police units and their contacts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from districts import onboarding
from districts.admin.desk import RuleAdmin, RuleForm, actor_of, desk
from districts.models import Contact, District, State, Unit
from districts.onboarding import Desk


class LinesField(forms.CharField):
    """A list of texts, one on each line."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """Show a list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read lines as a list."""
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lists, not how they are laid out."""
        return bool((initial or []) != self.to_python(data))


class StateForm(RuleForm):
    languages = LinesField(
        label=_("languages"), help_text=_("One code on each line; the first is the default, such as hi and en.")
    )

    class Meta:
        model = State
        fields = ["code", "name_en", "name_hi", "languages"]


@admin.register(State, site=desk)
class StateAdmin(RuleAdmin):
    """The state one administers. A new one is added by its seed file."""

    form = StateForm
    list_display = ["code", "name_en", "name_hi"]
    fixed = ("code",)

    def within(self, desk: Desk) -> Q:
        """Return the states in charge."""
        return desk.over_states()

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Offer none: a state is seeded, not added by another one's administrator."""
        return False

    def act(self, request: HttpRequest, form: Any, row: State) -> State:
        """Change the state."""
        return onboarding.change_state(row, form.cleaned_data, by=actor_of(request), at=timezone.now())


class DistrictForm(RuleForm):
    aliases = LinesField(
        label=_("other names and spellings"),
        required=False,
        help_text=_("One on each line, in Hindi and in Roman letters; old names as well."),
    )

    class Meta:
        model = District
        fields = ["state", "code", "name_en", "name_hi", "aliases", "lat", "lon", "valid_from", "valid_to"]
        help_texts = {"valid_to": _("From then on the district no longer exists. Leave empty while it does.")}


@admin.register(District, site=desk)
class DistrictAdmin(RuleAdmin):
    """Revenue districts: what people name, never what a case is sent to."""

    form = DistrictForm
    list_display = ["code", "name_en", "name_hi", "valid_to"]
    search_fields = ["code", "name_en", "name_hi"]
    ordering = ["name_en"]
    fixed = ("state", "code")

    def within(self, desk: Desk) -> Q:
        """Return the districts of the states in charge."""
        return desk.over_states("state")

    def act(self, request: HttpRequest, form: Any, row: District | None) -> District:
        """Add or change a district."""
        by, at, values = actor_of(request), timezone.now(), dict(form.cleaned_data)
        if row is None:
            return onboarding.add_district(values.pop("state"), by=by, at=at, **values)
        return onboarding.change_district(row, values, by=by, at=at)


class UnitForm(RuleForm):
    class Meta:
        model = Unit
        fields = [
            "state", "code", "kind", "name_en", "name_hi", "parent", "district", "head_rank", "rural", "lat", "lon",
            "valid_from", "valid_to",
        ]  # fmt: skip
        help_texts = {
            "code": _("Letters, digits and hyphens, such as RJ-KOTA-CITY. It cannot be changed later."),
            "kind": _("It decides which roles can be posted here. It cannot be changed later."),
            "parent": _("Where the ladder climbs to: the range or zone, and the state cell above them."),
            "district": _("The revenue district it lies in, if it lies in one."),
            "rural": _("The team has twice the time to reach the person."),
            "valid_from": _("When the unit took up work. Leave empty if it always has."),
            "valid_to": _("From then on it takes no cases, and whoever is posted there sees none."),
        }


@admin.register(Unit, site=desk)
class UnitAdmin(RuleAdmin):
    """Police units: what a case is sent to, and what stands above them."""

    form = UnitForm
    list_display = ["code", "name_en", "name_hi", "kind", "parent", "valid_to"]
    list_select_related = ["parent"]
    list_filter = ["kind", "rural"]
    search_fields = ["code", "name_en", "name_hi"]
    ordering = ["code"]
    fixed = ("state", "code", "kind")

    def within(self, desk: Desk) -> Q:
        """Return the units of the states in charge."""
        return desk.over_units()

    def act(self, request: HttpRequest, form: Any, row: Unit | None) -> Unit:
        """Add, change or close a unit."""
        by, at, values = actor_of(request), timezone.now(), dict(form.cleaned_data)
        if row is None:
            return onboarding.add_unit(values.pop("state"), by=by, at=at, **values)
        return onboarding.change_unit(row, values, by=by, at=at)


class ContactForm(RuleForm):
    class Meta:
        model = Contact
        fields = ["unit", "post", "rung", "phone", "email", "language", "vacant", "practice"]
        help_texts = {
            "post": _("The office, not the person: control_room, SHO, CO, SP. The number stays when officers change."),
            "rung": _("1 is told first. A unit without a rung passes the call to the unit above it."),
            "phone": _("With the country code, such as +915550000101. SMS and calls go here."),
            "language": _("hi or en: the language of messages to this post."),
        }


@admin.register(Contact, site=desk)
class ContactAdmin(RuleAdmin):
    """Contacts: the numbers the ladder calls."""

    form = ContactForm
    of_the_state = False
    list_display = ["unit", "post", "rung", "phone", "email", "vacant"]
    list_select_related = ["unit"]
    list_filter = ["rung", "vacant", "practice"]
    search_fields = ["unit__code", "unit__name_en", "unit__name_hi", "post", "phone"]
    ordering = ["unit__code", "rung"]
    fixed = ("unit",)

    def within(self, desk: Desk) -> Q:
        """Return the contacts of the units in charge."""
        return desk.over_units("unit")

    def act(self, request: HttpRequest, form: Any, row: Contact | None) -> Contact:
        """Add or change a contact."""
        by, at, values = actor_of(request), timezone.now(), dict(form.cleaned_data)
        if row is None:
            return onboarding.add_contact(values.pop("unit"), by=by, at=at, **values)
        return onboarding.change_contact(row, values, by=by, at=at)
