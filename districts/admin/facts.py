"""Sections of the desk on facts about places: towns, PINs and STD codes, and the page that reads them from a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from districts import onboarding
from districts.admin.desk import RuleAdmin, RuleForm, actor_of, desk, desk_for
from districts.admin.territory import LinesField
from districts.models import Fact, PinArea, Place, State, StdArea
from districts.onboarding import Desk, Imported
from districts.refusals import Refusal

ENDS = _("From then on it tells nothing, nor does what ships with the portal under that name.")
DISTRICTS = _("One on each line, in English, the likeliest first.")
MOST_FAULTS = 50


class ImportForm(forms.Form):
    """The file to be read. It is tried first; the second button does it."""

    state = forms.ModelChoiceField(State.objects.none(), label=_("state"), widget=UnfoldAdminSelectWidget)
    file = forms.FileField(label=_("CSV file, UTF-8"), required=False, widget=UnfoldAdminFileFieldWidget)
    text = forms.CharField(widget=forms.HiddenInput, required=False)

    def written(self) -> str:
        """Return what is in the file."""
        given = self.cleaned_data["file"]
        if given is None:
            return str(self.cleaned_data["text"])
        try:
            return str(given.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            return ""


class FactAdmin(RuleAdmin):
    """One sort of facts. Rows here go before what ships with the portal under the same name."""

    #: How the sort is called in a file, and which columns the file has.
    sort = ""
    columns = ""
    change_list_template = "onboarding/facts.html"

    def within(self, desk: Desk) -> Q:
        """Return the facts of the states in charge."""
        return desk.over_states("state")

    def get_urls(self) -> list[URLPattern]:
        """Add the page that reads a file."""
        name = f"districts_{self.opts.model_name}_import"
        return [path("import/", self.admin_site.admin_view(self.import_page), name=name), *super().get_urls()]

    @admin.display(description=_("revenue districts, in English"))
    def district_list(self, row: PinArea | StdArea) -> str:
        """Show the districts as one writes a list."""
        return ", ".join(row.district_names)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list with the way to the page that reads a file."""
        address = reverse(f"admin:districts_{self.opts.model_name}_import")
        page: HttpResponse = super().changelist_view(request, {**(extra_context or {}), "import_address": address})
        return page

    def import_page(self, request: HttpRequest) -> HttpResponse:
        """Try a file and show what would come of it; do it when that is confirmed."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        states = State.objects.filter(desk_for(request).over_states())
        form.fields["state"].queryset = states  # type: ignore[attr-defined]  # a field that chooses from rows
        form.fields["state"].initial = states.first() if states.count() == 1 else None
        result: Imported | None = None
        refused, written = "", ""
        if request.method == "POST" and form.is_valid():
            written, dry = form.written(), "do" not in request.POST
            try:
                result = onboarding.import_facts(
                    form.cleaned_data["state"], self.sort, written, by=actor_of(request), at=timezone.now(), dry=dry
                )
            except Refusal as refusal:
                refused = str(refusal)
            else:
                if not dry and not result.faults:
                    said = _("%(added)s added, %(changed)s changed, %(same)s there already.")
                    messages.success(request, said % vars(result))
                    return HttpResponseRedirect(reverse(f"admin:districts_{self.opts.model_name}_changelist"))
        return TemplateResponse(request, "onboarding/import.html", self._shown(request, form, result, refused, written))

    def _shown(self, request: HttpRequest, form: ImportForm, result: Imported | None, *told: str) -> dict[str, Any]:
        refused, written = told
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Read from a file"),
            "form": form,
            "columns": self.columns,
            "result": result,
            "faults": result.faults[:MOST_FAULTS] if result else [],
            "refused": refused,
            "written": written,
            "back": reverse(f"admin:districts_{self.opts.model_name}_changelist"),
        }


class PlaceForm(RuleForm):
    aliases = LinesField(
        label=_("other names and spellings"),
        required=False,
        help_text=_("One on each line, in Hindi and in Roman letters; old names as well."),
    )

    class Meta:
        model = Place
        fields = [
            "state", "name_en", "name_hi", "aliases", "kind", "district_name", "unit", "everyday_word", "lat", "lon",
            "valid_from", "valid_to",
        ]  # fmt: skip
        help_texts = {
            "everyday_word": _(
                "Believed only where the words around it speak of a place, such as in, from or district."
            ),
            "unit": _("Where a district has several units and this one surely answers."),
            "valid_to": ENDS,
        }


@admin.register(Place, site=desk)
class PlaceAdmin(FactAdmin):
    """Towns, quarters, stations and landmarks."""

    form = PlaceForm
    sort, columns = "places", "name_en, name_hi, aliases (|), kind, district, unit, lat, lon, everyday_word"
    list_display = ["name_en", "name_hi", "district_name", "kind", "valid_to"]
    list_filter = ["kind", "everyday_word"]
    search_fields = ["name_en", "name_hi", "district_name", "aliases"]
    ordering = ["name_en"]
    fixed = ("state",)

    def act(self, request: HttpRequest, form: Any, row: Fact | None) -> Place:
        """Add or change a place."""
        by, at, values = actor_of(request), timezone.now(), dict(form.cleaned_data)
        if row is None:
            return onboarding.add_place(values.pop("state"), by=by, at=at, **values)
        return onboarding.change_place(row, values, by=by, at=at)  # type: ignore[arg-type]  # a row of this section


class PinForm(RuleForm):
    district_names = LinesField(label=_("revenue districts, in English"), help_text=DISTRICTS)

    class Meta:
        model = PinArea
        fields = ["state", "pin", "district_names", "unit", "lat", "lon", "valid_from", "valid_to"]
        help_texts = {"valid_to": ENDS, "pin": _("Six digits; fewer stand for all PINs that begin so.")}


@admin.register(PinArea, site=desk)
class PinAdmin(FactAdmin):
    """PINs and the districts they belong to."""

    form = PinForm
    sort, columns = "pins", "pin, districts (|), unit, lat, lon"
    list_display = ["pin", "district_list", "unit", "valid_to"]
    list_select_related = ["unit"]
    search_fields = ["pin", "district_names"]
    ordering = ["pin"]
    fixed = ("state", "pin")

    def act(self, request: HttpRequest, form: Any, row: Fact | None) -> PinArea:
        """Add or change a PIN."""
        by, at, values = actor_of(request), timezone.now(), dict(form.cleaned_data)
        if row is None:
            return onboarding.add_pin(values.pop("state"), by=by, at=at, **values)
        return onboarding.change_pin(row, values, by=by, at=at)  # type: ignore[arg-type]  # a row of this section


class StdForm(RuleForm):
    district_names = LinesField(label=_("revenue districts, in English"), help_text=DISTRICTS)

    class Meta:
        model = StdArea
        fields = ["state", "code", "district_names", "unit", "lat", "lon", "valid_from", "valid_to"]
        help_texts = {"valid_to": ENDS}


@admin.register(StdArea, site=desk)
class StdAdmin(FactAdmin):
    """STD codes and the districts they belong to."""

    form = StdForm
    sort, columns = "std", "code, districts (|), unit, lat, lon"
    list_display = ["code", "district_list", "unit", "valid_to"]
    list_select_related = ["unit"]
    search_fields = ["code", "district_names"]
    ordering = ["code"]
    fixed = ("state", "code")

    def act(self, request: HttpRequest, form: Any, row: Fact | None) -> StdArea:
        """Add or change an STD code."""
        by, at, values = actor_of(request), timezone.now(), dict(form.cleaned_data)
        if row is None:
            return onboarding.add_std(values.pop("state"), by=by, at=at, **values)
        return onboarding.change_std(row, values, by=by, at=at)  # type: ignore[arg-type]  # a row of this section
