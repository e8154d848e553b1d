"""Sections of the desk on people: officers, their passwords and second factors, and their postings."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from districts import onboarding
from districts.admin.acts import answer_act, page, row_links
from districts.admin.desk import RuleAdmin, RuleForm, actor_of, desk, desk_for
from districts.models import Officer, Posting, Role, Unit
from districts.onboarding import Desk
from districts.onboarding.people import posting_in_words


class NewPassword(forms.Form):
    """A password given by an administrator."""

    password = forms.CharField(
        label=_("password"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. Tell it to the officer in person; they can change it after signing in."),
    )

    def clean_password(self) -> str:
        """Refuse a password that anybody would try."""
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, user=getattr(self, "instance", None))
        return password


class OfficerForm(RuleForm):
    class Meta:
        model = Officer
        fields = ["username", "name", "rank", "language", "phone", "email", "is_active"]
        help_texts = {
            "username": _("What the officer signs in with. It cannot be changed later."),
            "is_active": _("Take this away and the officer is signed out everywhere at once."),
        }


class NewOfficerForm(NewPassword, OfficerForm):
    """An officer comes with a password and a first posting."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("unit"),
        widget=UnfoldAdminSelectWidget,
        help_text=_("Where the officer serves. More postings can be added later."),
    )
    role = forms.ChoiceField(label=_("role"), choices=Role.choices, widget=UnfoldAdminSelectWidget)
    field_order = ["username", "name", "rank", "language", "phone", "email", "password", "unit", "role"]

    class Meta(OfficerForm.Meta):
        fields = ["username", "name", "rank", "language", "phone", "email"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Unit.objects.filter(desk_for(self.request).over_units()).order_by("code")
        field: Any = self.fields["unit"]
        field.queryset = units.filter(Q(valid_to=None) | Q(valid_to__gt=timezone.now()))


@admin.register(Officer, site=desk)
class OfficerAdmin(RuleAdmin):
    """Officers. What they may do comes from their postings alone."""

    form = OfficerForm
    of_the_state = False
    list_display = ["username", "name", "rank", "is_active", "last_login"]
    list_filter = ["is_active", "language"]
    search_fields = ["username", "name"]
    ordering = ["username"]
    fixed = ("username",)
    shown = ("served",)
    actions_detail: ClassVar = ["give_password", "remove_second_factor"]

    def within(self, desk: Desk) -> Q:
        """Return the officers who serve, or have served, at a unit in charge."""
        if desk.everything:
            return Q()
        return Q(pk__in=Posting.objects.filter(desk.over_units("unit")).values("officer"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let an administrator change officers all of whose postings are in their charge; others they only see."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or desk_for(request).covers_officer(obj, at=timezone.now()))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Officer | None:
        """Return the officer, marked with how much of their postings may be seen."""
        officer: Officer | None = super().get_object(request, object_id, from_field)
        if officer is not None:
            officer.seen_from = desk_for(request)  # type: ignore[attr-defined]  # for ``served``, on the same page
        return officer

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask for a password and a posting when the officer is new."""
        if obj is None:
            kwargs["form"] = NewOfficerForm
            # Declared fields are not the model's; Django makes the form without them and they come along.
            kwargs["fields"] = NewOfficerForm.Meta.fields
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the fields in the order they are asked for."""
        if obj is None:
            return [(None, {"fields": list(NewOfficerForm.field_order)})]
        return super().get_fieldsets(request, obj)

    @admin.display(description=_("postings"))
    def served(self, officer: Officer) -> str:
        """Show where the officer serves and has served; postings are changed in their own section."""
        # Left by get_object: a display is not told who looks.
        within = getattr(officer, "seen_from", Desk()).over_units("unit")
        postings = Posting.objects.filter(within, officer=officer).select_related("unit")
        return row_links("posting", ((p.pk, posting_in_words(p), p.valid_from, p.valid_to) for p in postings))

    def act(self, request: HttpRequest, form: Any, row: Officer | None) -> Officer:
        """Add an officer with a first posting, or change one."""
        by, at, values = actor_of(request), timezone.now(), dict(form.cleaned_data)
        if row is None:
            return onboarding.add_officer(by=by, at=at, **values)
        return onboarding.change_officer(row, values, by=by, at=at)

    @page(_("Give a new password"), path="password")
    def give_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give an officer another password."""

        def give(officer: Officer, form: Any) -> None:
            password = form.cleaned_data["password"]
            onboarding.set_password(officer, password=password, by=actor_of(request), at=timezone.now())

        return answer_act(
            self,
            request,
            object_id,
            title=_("Give a new password"),
            explained=_("The officer is signed out everywhere and signs in with the new password."),
            form_class=NewPassword,
            do=give,
            done=_("The password is changed."),
        )

    @page(_("Remove the second factor"), path="second-factor")
    def remove_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let somebody who lost their telephone sign in with the password alone."""

        def remove(officer: Officer, _form: Any) -> None:
            onboarding.set_second_factor(officer, secret="", by=actor_of(request), at=timezone.now())

        return answer_act(
            self,
            request,
            object_id,
            title=_("Remove the second factor"),
            explained=_("Do this only for somebody you know and have spoken to, who lost their telephone."),
            do=remove,
            done=_("The officer signs in with the password alone until they set a new second factor."),
        )


class PostingForm(RuleForm):
    class Meta:
        model = Posting
        fields = ["officer", "unit", "role", "valid_from", "valid_to"]
        help_texts = {
            "valid_from": _("When the posting begins. What it allows begins with it."),
            "valid_to": _("When it ends. The access ends with it, at the next page the officer asks for."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "valid_from" in self.fields:
            self.fields["valid_from"].initial = timezone.now
        else:
            self.fields["valid_to"].required = True

    def clean(self) -> dict[str, Any]:
        """Ask for the end of a posting that is there: it is the one thing that can be changed."""
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk and not cleaned.get("valid_to"):
            raise ValidationError({"valid_to": _("Say when the posting ends.")})
        return cleaned


@admin.register(Posting, site=desk)
class PostingAdmin(RuleAdmin):
    """Postings: they begin and end, and nothing else of them changes."""

    form = PostingForm
    of_the_state = False
    list_display = ["officer", "unit", "role", "valid_from", "valid_to"]
    list_select_related = ["officer", "unit"]
    list_filter = ["role"]
    search_fields = ["officer__username", "officer__name", "unit__code"]
    ordering = ["-valid_from", "-pk"]
    fixed = ("officer", "unit", "role", "valid_from")

    def within(self, desk: Desk) -> Q:
        """Return the postings at units in charge."""
        return desk.over_units("unit")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let it be ended; one that has ended is history."""
        ended = obj is not None and obj.valid_to is not None and obj.valid_to <= timezone.now()
        return not ended and super().has_change_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the officers in charge."""
        if db_field.name == "officer":
            seen = Posting.objects.filter(desk_for(request).over_units("unit")).values("officer")
            kwargs["queryset"] = Officer.objects.filter(pk__in=seen, is_active=True).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def act(self, request: HttpRequest, form: Any, row: Posting | None) -> Posting:
        """Begin or end a posting."""
        by, at, values = actor_of(request), timezone.now(), dict(form.cleaned_data)
        if row is None:
            return onboarding.post_officer(values.pop("officer"), by=by, at=at, **values)
        return onboarding.end_posting(row, valid_to=values["valid_to"], by=by, at=at)
