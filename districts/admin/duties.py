"""Sections of the desk on duty: who stands at which post, the rota of the three shifts, and rosters as tables."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from districts import onboarding
from districts.admin.acts import answer_act, page
from districts.admin.desk import RuleAdmin, RuleForm, actor_of, desk, desk_for
from districts.models import Contact, Duty, Officer, Posting
from districts.onboarding import Desk
from districts.onboarding.roster import BYTES_MAX, COLUMNS, Line, import_roster
from districts.refusals import Refusal


class DutyForm(RuleForm):
    class Meta:
        model = Duty
        fields = ["contact", "kind", "officer", "phone", "shift", "begins", "ends"]
        help_texts = {
            "contact": gettext_lazy("The post. While a turn runs, it is told instead of all other posts of its rung."),
            "kind": gettext_lazy(
                "Additional charge: somebody else answers for the post. Leave: the ladder passes the post over."
            ),
            "phone": gettext_lazy("Where calls and SMS go in that time. Leave empty for the number of the post."),
            "officer": gettext_lazy("Who it is. It may stay empty for a turn or a leave of the post itself."),
        }


class RotaForm(forms.Form):
    """What a rota of the three shifts needs."""

    contact = forms.ModelChoiceField(Contact.objects.none(), label=gettext_lazy("post"), widget=UnfoldAdminSelectWidget)
    first = forms.DateField(label=gettext_lazy("first day"), widget=UnfoldAdminSingleDateWidget)
    days = forms.IntegerField(label=gettext_lazy("days"), initial=28, widget=UnfoldAdminIntegerFieldWidget)
    change_every = forms.IntegerField(
        label=gettext_lazy("days until the teams change shifts"), initial=7, widget=UnfoldAdminIntegerFieldWidget
    )
    morning = forms.ModelMultipleChoiceField(
        Officer.objects.none(), label=gettext_lazy("morning shift"), widget=UnfoldAdminSelectMultipleWidget
    )
    evening = forms.ModelMultipleChoiceField(
        Officer.objects.none(), label=gettext_lazy("evening shift"), widget=UnfoldAdminSelectMultipleWidget
    )
    night = forms.ModelMultipleChoiceField(
        Officer.objects.none(), label=gettext_lazy("night shift"), widget=UnfoldAdminSelectMultipleWidget
    )
    phone = forms.CharField(label=gettext_lazy("duty telephone"), required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, within: Desk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posts: Any = self.fields["contact"]
        posts.queryset = Contact.objects.filter(within.over_units("unit")).select_related("unit")
        for name in ("morning", "evening", "night"):
            team: Any = self.fields[name]
            team.queryset = officers_within(within)


class RosterForm(forms.Form):
    """A roster, pasted or as a file."""

    file = forms.FileField(label=gettext_lazy("file"), required=False, widget=UnfoldAdminFileFieldWidget)
    text = forms.CharField(label=gettext_lazy("or the table itself"), required=False, widget=UnfoldAdminTextareaWidget)

    def clean(self) -> dict[str, Any]:
        """Take the file if there is one, else what was pasted."""
        cleaned = super().clean() or self.cleaned_data
        file = cleaned.get("file")
        if file is not None and file.size <= BYTES_MAX:
            try:
                cleaned["text"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError as problem:
                raise forms.ValidationError(_("Save the table as UTF-8 (CSV UTF-8) and send it again.")) from problem
        if not cleaned.get("text"):
            raise forms.ValidationError(_("Choose a file, or paste the table."))
        return cleaned


def officers_within(within: Desk) -> Any:
    """Return the officers who serve at units in charge."""
    seen = Posting.objects.filter(within.over_units("unit")).values("officer")
    return Officer.objects.filter(pk__in=seen, is_active=True).order_by("name")


@admin.register(Duty, site=desk)
class DutyAdmin(RuleAdmin):
    """Duty turns, additional charge and leave. They end or are called off, and nothing else of them changes."""

    form = DutyForm
    of_the_state = False
    list_display = ["contact", "kind", "shift", "officer", "phone", "begins", "ends", "called_off_at"]
    list_select_related = ["contact__unit", "officer"]
    list_filter = ["kind", "shift"]
    search_fields = ["contact__unit__code", "contact__post", "officer__username", "officer__name"]
    ordering = ["-begins", "-pk"]
    fixed = ("contact", "kind", "officer", "phone", "shift", "begins")
    actions_detail: ClassVar = ["call_off"]
    actions_list: ClassVar = ["roster", "rota"]

    def within(self, desk: Desk) -> Q:
        """Return the duties of the posts in charge."""
        return desk.over_units("contact__unit")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let it be ended; one that is over is history."""
        over = obj is not None and (obj.called_off_at is not None or obj.ends <= timezone.now())
        return not over and super().has_change_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the posts and the officers in charge."""
        if db_field.name == "contact":
            kwargs["queryset"] = Contact.objects.filter(desk_for(request).over_units("unit")).select_related("unit")
        elif db_field.name == "officer":
            kwargs["queryset"] = officers_within(desk_for(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def act(self, request: HttpRequest, form: Any, row: Duty | None) -> Duty:
        """Enter a duty, or end one."""
        by, at, values = actor_of(request), timezone.now(), dict(form.cleaned_data)
        if row is None:
            return onboarding.add_duty(values.pop("contact"), by=by, at=at, **values)
        return onboarding.end_duty(row, ends=values["ends"], by=by, at=at)

    @page(gettext_lazy("Call off"), path="call-off")
    def call_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Call a duty off."""

        def off(duty: Duty, _form: Any) -> None:
            onboarding.call_off(duty, by=actor_of(request), at=timezone.now())

        return answer_act(
            self,
            request,
            object_id,
            title=_("Call off"),
            explained=_("From now on it counts no more; it stays in the list and in the register."),
            do=off,
            done=_("It is called off."),
        )

    @page(gettext_lazy("Import a roster"), path="roster")
    def roster(self, request: HttpRequest) -> HttpResponse:
        """Show what would come of a roster, line by line; store it when that is confirmed."""
        self._check_open(request)
        form = RosterForm(request.POST or None, request.FILES or None)
        lines: list[Line] = []
        refused = ""
        if request.method == "POST" and form.is_valid():
            text, sure = form.cleaned_data["text"], "store" in request.POST
            try:
                lines = import_roster(text, by=actor_of(request), at=timezone.now(), dry_run=not sure)
            except Refusal as refusal:
                refused = str(refusal)
            else:
                if sure:
                    entered = sum(line.outcome == "entered" for line in lines)
                    messages.success(request, _("%(number)s duties were entered.") % {"number": entered})
                    return HttpResponseRedirect(reverse("admin:districts_duty_changelist"))
            form = RosterForm(initial={"text": text})
        context = {"lines": lines, "columns": ",".join(COLUMNS), "sound": lines and _sound(lines)}
        return self._answer(request, form, _("Import a roster"), refused=refused, **context)

    @page(gettext_lazy("Plan the three shifts"), path="rota")
    def rota(self, request: HttpRequest) -> HttpResponse:
        """Enter the turns of three teams for some weeks."""
        self._check_open(request)
        form = RotaForm(request.POST or None, within=desk_for(request))
        refused = ""
        if request.method == "POST" and form.is_valid():
            values = dict(form.cleaned_data)
            values["teams"] = [list(values.pop(shift)) for shift in ("morning", "evening", "night")]
            try:
                entered = onboarding.plan_rota(values.pop("contact"), by=actor_of(request), at=timezone.now(), **values)
            except Refusal as refusal:
                refused = str(refusal)
            else:
                messages.success(request, _("%(number)s duties were entered.") % {"number": len(entered)})
                return HttpResponseRedirect(reverse("admin:districts_duty_changelist"))
        return self._answer(request, form, _("Plan the three shifts"), refused=refused)

    def _check_open(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied

    def _answer(self, request: HttpRequest, form: forms.Form, title: str, *, refused: str, **more: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            "refused": refused,
            "back": reverse("admin:districts_duty_changelist"),
            **more,
        }
        return TemplateResponse(request, "onboarding/duties.html", context, status=409 if refused else 200)


def _sound(lines: list[Line]) -> bool:
    return all(line.outcome != "fault" for line in lines)
