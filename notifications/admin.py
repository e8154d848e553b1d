"""Sections of the desk on what goes out: webhooks to partners, and tests of the numbers of posts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from districts.admin.acts import DAY_AND_TIME, answer_act, page
from districts.admin.desk import RuleAdmin, actor_of, desk
from districts.admin.territory import ContactAdmin
from districts.models import Contact
from districts.onboarding import Desk
from notifications import contact_tests, webhooks
from notifications.models import Webhook


@admin.register(Webhook, site=desk)
class WebhookAdmin(RuleAdmin):
    """Webhooks: codes only, so that whoever onboards partners can help them and learns of nobody."""

    list_display = ["created_at", "partner", "kind", "stage", "attempts", "final_at"]
    list_filter = ["stage", "kind"]
    list_select_related = ["partner"]
    search_fields = ["webhook_id", "alert_id"]
    ordering = ["-pk"]
    fields = ["partner", "kind", "webhook_id", "body", "stage", "attempts", "created_at", "due_at", "final_at", "log"]
    readonly_fields = fields
    actions_detail: ClassVar = ["replay"]

    def within(self, desk: Desk) -> Q:
        """Return what the partners of the states in charge were told."""
        return desk.over_states("partner__state")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Offer none: a webhook is owed by what happens."""
        return False

    def act(self, request: HttpRequest, form: Any, row: Webhook) -> Webhook:
        """Change nothing: there is no field to fill."""
        return row

    @admin.display(description=_("tries"))
    def log(self, webhook: Webhook) -> str:
        """Show what came of each try, the last one first."""
        tries = webhook.tries.order_by("-number")[:100]
        rows = ((one.number, date_format(timezone.localtime(one.at), DAY_AND_TIME), _said(one)) for one in tries)
        return format_html_join("", "<div>{} · {} · {}</div>", rows)

    @page(_("Send once more"), path="replay")
    def replay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send it once more."""

        def again(webhook: Webhook, _form: Any) -> None:
            webhooks.replay(webhook, by=actor_of(request), at=timezone.now())

        return answer_act(
            self,
            request,
            object_id,
            title=_("Send once more"),
            explained=_("It goes out with the id and the words it had, and is tried for another day."),
            do=again,
            done=_("It is on its way."),
        )


class TestedContactAdmin(ContactAdmin):
    """Contacts, as the floor of messages knows them: with a test of their number. What came of it, readiness shows."""

    actions_detail: ClassVar = ["test_number"]

    @page(_("Test this number"), path="test")
    def test_number(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ring the post, to see whether its number is right."""

        def ring(contact: Contact, _form: Any) -> None:
            contact_tests.send(contact, by=actor_of(request), at=timezone.now())

        return answer_act(
            self,
            request,
            object_id,
            title=_("Test this number"),
            explained=_(
                "The post gets an SMS and a call that say it is a test. The number is verified if one arrives."
            ),
            do=ring,
            done=_("The test is on its way. What comes of it stands under “Readiness”."),
        )


# The ground knows posts and no messages; here both are known.
desk.unregister(Contact)
desk.register(Contact, TestedContactAdmin)


def _said(one: Any) -> str:
    """Return what the partner said, or that it said nothing."""
    return str(one.status_code or one.detail or "…")
