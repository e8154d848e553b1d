"""The desk itself: who may open it, and how every form of it asks one rule of onboarding instead of saving a row."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from districts.actors import Actor, officer_actor
from districts.models import District, Officer, Partner, State, Unit
from districts.onboarding import Desk, desk_of
from districts.onboarding.register import name_of
from districts.refusals import Refusal

#: Addresses of Django's own that look past our querysets, or write without our rules.
LEFT_OUT = {"autocomplete", "view_on_site", "password_change_done"}


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks, with the postings of this moment."""
    actor = getattr(request, "actor", None)
    if actor is None:
        actor = officer_actor(request.user, at=timezone.now())  # type: ignore[arg-type]  # only officers sign in
        request.actor = actor  # type: ignore[attr-defined]  # as the middleware leaves it
    return actor


def desk_for(request: HttpRequest) -> Desk:
    """Return what the officer who asks may onboard. It is asked once for each request, and never kept longer."""
    found = getattr(request, "desk", None)
    if found is None:
        found = desk_of(actor_of(request)) if isinstance(request.user, Officer) else Desk()
        request.desk = found  # type: ignore[attr-defined]  # asked for by every permission of a page
    return found


class OnboardingDesk(UnfoldAdminSite):
    """The admin site of the portal: onboarding only."""

    site_header = _("Onboarding")
    index_title = _("Onboarding")

    def has_permission(self, request: HttpRequest) -> bool:
        """Open the desk to whoever is posted as an administrator at this moment."""
        return desk_for(request).is_open

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the one door of the portal, with its second factor; who is in already has no desk here."""
        if request.user.is_authenticated:
            raise PermissionDenied
        onward = request.GET.get("next") or reverse("admin:index")
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': onward})}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Leave by the door one came in."""
        if request.method == "POST":
            logout(request)
        return HttpResponseRedirect(reverse("account_login"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Change one's own password where everybody does."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Leave out what looks past the desk."""
        return [url for url in super().get_urls() if getattr(url, "name", None) not in LEFT_OUT]


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # one form for every model of the desk
    """A form whose last check is the rule itself, tried and taken back, so that its "no" is read beside the fields."""

    section: ClassVar[RuleAdmin]
    request: ClassVar[HttpRequest]

    def _post_clean(self) -> None:
        # Not Django's own: it would name the constraint that is violated, where the rule says what to do.
        forms.models.construct_instance(self, self.instance)
        if self.errors or not self.has_changed():
            return
        try:
            with transaction.atomic():
                self.section.act(self.request, self, self.instance if self.instance.pk else None)
                transaction.set_rollback(True)
        except Refusal as refusal:
            self.add_error(None, str(refusal))


class RuleAdmin(ModelAdmin):
    """A section of the desk. It shows what is in the officer's charge and gives every save to one rule."""

    form = RuleForm
    actions = None
    show_full_result_count = False
    list_per_page = 50
    compressed_fields = True
    warn_unsaved_form = True
    #: Whether only the administrator of a whole state may change it.
    of_the_state = True
    #: What is fixed once the row is there: everything is known by it.
    fixed: tuple[str, ...] = ()
    #: What is shown below the form once the row is there, and changed elsewhere.
    shown: tuple[str, ...] = ()

    @abstractmethod
    def within(self, desk: Desk) -> Q:
        """Return which rows are in the charge of a desk."""

    @abstractmethod
    def act(self, request: HttpRequest, form: forms.ModelForm, row: Any) -> models.Model:  # type: ignore[type-arg]  # any model of the desk
        """Call the one rule that does what the form asks, on ``row`` or for a new one."""

    # ---- what is seen, and by whom ---------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows in the officer's charge; others are absent, not forbidden."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(self.within(desk_for(request)))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the section to whom it is of use."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let an administrator look; which rows, the queryset says."""
        desk = desk_for(request)
        return desk.is_open and (not self.of_the_state or bool(desk.states) or desk.everything)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let an administrator add."""
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let an administrator change."""
        return self.has_view_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted; things end."""
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the fields in one order, whether they can be changed or not."""
        if obj is None or self.form is RuleForm:
            return super().get_fields(request, obj)
        declared: list[str] = self.form.Meta.fields  # type: ignore[attr-defined]  # every form of a section has it
        return [*declared, *self.shown]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep fixed what everything is known by."""
        return (*super().get_readonly_fields(request, obj), *((*self.fixed, *self.shown) if obj else ()))

    # ---- the form --------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form, knowing its section and who asks."""
        form = super().get_form(request, obj, change=change, **kwargs)
        for field in form.base_fields.values():
            for link in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
                if hasattr(field.widget, link):
                    setattr(field.widget, link, False)
        return type(form.__name__, (form,), {"section": self, "request": request})

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only what is in the officer's charge."""
        desk, model = desk_for(request), db_field.related_model
        if model is State:
            kwargs["queryset"] = State.objects.filter(desk.over_states())
            if len(desk.states) == 1:
                kwargs["initial"] = next(iter(desk.states))
        elif model is Unit:
            units = Unit.objects.filter(desk.over_units())
            kwargs["queryset"] = units.filter(Q(valid_to=None) | Q(valid_to__gt=timezone.now())).order_by("code")
        elif model in {District, Partner}:
            kwargs["queryset"] = model.objects.filter(desk.over_states("state"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    # ---- saving ----------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Give the save to the rule."""
        if change and not form.has_changed():
            return
        saved = self.act(request, form, obj if change else None)
        obj.pk = saved.pk
        obj.refresh_from_db()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Answer the form; a refusal that came between its check and its save is a sentence as well."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(request.get_full_path())

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Nothing: the register holds it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Nothing: the register holds it."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show what the register knows of the row."""
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_view_permission(request, obj):
            raise Http404
        query = urlencode({"q": name_of(obj)})
        return HttpResponseRedirect(f"{reverse('admin:districts_registerentry_changelist')}?{query}")


desk = OnboardingDesk(name="admin")
