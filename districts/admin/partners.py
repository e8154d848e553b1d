"""Sections of the desk on partners: platforms, and the keys they send alerts with."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminURLInputWidget

from districts import onboarding
from districts.admin.acts import answer_act, page, row_links
from districts.admin.desk import RuleAdmin, RuleForm, actor_of, desk
from districts.admin.territory import LinesField
from districts.models import Partner, PartnerKey
from districts.onboarding import Desk


class PartnerForm(RuleForm):
    signing_secret = forms.CharField(
        label=_("signing secret"),
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text=_("whsec_ followed by base64. It is never shown again; leave empty to keep the one that is there."),
    )
    mail_domains = LinesField(
        label=_("mail domains"),
        required=False,
        help_text=_(
            "One on each line. Mail from them counts as this partner's if the state's mail server verified it."
        ),
    )

    webhook_url = forms.URLField(
        label=_("webhook address"),
        required=False,
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget,
        help_text=_("Where the partner is told what became of its alerts."),
    )

    class Meta:
        model = Partner
        fields = [
            "state", "code", "name", "active", "practice", "require_signature", "signing_secret", "webhook_url",
            "mail_domains", "silent_after_s",
        ]  # fmt: skip
        help_texts = {
            "code": _("Small letters, such as meta. It cannot be changed later."),
            "active": _("Take this away and none of its keys opens any more."),
            "practice": _("All its alerts are practice: they ring practice posts only and enter no figure."),
        }


@admin.register(Partner, site=desk)
class PartnerAdmin(RuleAdmin):
    """Partners: outside platforms that may send alerts."""

    form = PartnerForm
    list_display = ["code", "name", "active", "practice", "require_signature"]
    list_filter = ["active", "practice"]
    search_fields = ["code", "name"]
    ordering = ["code"]
    fixed = ("state", "code")
    shown = ("issued",)
    actions_detail: ClassVar = ["issue_key"]

    def within(self, desk: Desk) -> Q:
        """Return the partners of the states in charge."""
        return desk.over_states("state")

    @admin.display(description=_("keys"))
    def issued(self, partner: Partner) -> str:
        """Show the keys that were issued, by their first letters; they are revoked in their own section."""
        return row_links(
            "partnerkey",
            ((key.pk, str(key), key.issued_at, key.revoked_at) for key in partner.keys.order_by("-issued_at")),
        )

    def act(self, request: HttpRequest, form: Any, row: Partner | None) -> Partner:
        """Add or change a partner."""
        by, at, values = actor_of(request), timezone.now(), dict(form.cleaned_data)
        if row is None:
            return onboarding.add_partner(values.pop("state"), by=by, at=at, **values)
        if not values["signing_secret"]:
            del values["signing_secret"]
        return onboarding.change_partner(row, values, by=by, at=at)

    @page(_("Issue a key"), path="issue-key")
    def issue_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Issue a key and show it, this once."""
        return answer_act(
            self,
            request,
            object_id,
            title=_("Issue a key"),
            explained=_("Two keys may live at once: issue the second, give it to the partner, then revoke the first."),
            do=lambda partner, _form: onboarding.issue_key(partner, by=actor_of(request), at=timezone.now()),
            done=_("The new key of the partner:"),
        )


@admin.register(PartnerKey, site=desk)
class PartnerKeyAdmin(RuleAdmin):
    """Keys: by their first letters, to be revoked here."""

    list_display = ["prefix", "partner", "issued_at", "revoked_at"]
    list_select_related = ["partner"]
    search_fields = ["prefix", "partner__code"]
    ordering = ["-issued_at"]
    fields = ["partner", "prefix", "issued_at", "revoked_at"]
    readonly_fields = fields
    actions_detail: ClassVar = ["revoke"]

    def within(self, desk: Desk) -> Q:
        """Return the keys of the partners of the states in charge."""
        return desk.over_states("partner__state")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Offer none: a key is issued at its partner."""
        return False

    def act(self, request: HttpRequest, form: Any, row: PartnerKey) -> PartnerKey:
        """Change nothing: there is no field to fill."""
        return row

    @page(_("Revoke this key"), path="revoke")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close a key for ever."""

        def close(key: PartnerKey, _form: Any) -> None:
            onboarding.revoke_key(key, by=actor_of(request), at=timezone.now())

        return answer_act(
            self,
            request,
            object_id,
            title=_("Revoke this key"),
            explained=_("The next alert sent with it is turned away. It cannot be taken back."),
            do=close,
            done=_("The key is revoked."),
        )
