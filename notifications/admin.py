"""Sections of the desk on what leaves the house: words of messages, webhooks to partners, tests of numbers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from districts.admin.acts import DAY_AND_TIME, answer_act, page
from districts.admin.desk import RuleAdmin, RuleForm, actor_of, desk
from districts.admin.territory import ContactAdmin
from districts.models import Contact
from districts.onboarding import Desk
from notifications import contact_tests, templates, webhooks, wording
from notifications.models import Channel, Template, Webhook


class TemplateForm(RuleForm):
    class Meta:
        model = Template
        fields = ["state", "topic", "channel", "language", "text", "dlt_template_id", "dlt_header", "valid_from"]
        help_texts = {
            "text": _(
                "Words, and variables in braces: "
                "{reference}, {urgency}, {deadline}, {unit}, {call_back}, {link}, {count}. "
                "No name, number, place or word of a post gets in. Each save is a version of its own."
            ),
            "dlt_template_id": _("The number under which the operators have registered exactly this text."),
            "dlt_header": _("The sender that is shown, such as RJPOLC."),
            "valid_from": _("Leave as it is to begin at once."),
        }


@admin.register(Template, site=desk)
class TemplateAdmin(RuleAdmin):
    """Message templates: a state's own words. Without any the house's own are sent."""

    form = TemplateForm
    list_display = ["topic", "channel", "language", "version", "dlt_template_id", "valid_from", "valid_to"]
    list_filter = ["topic", "channel", "language"]
    ordering = ["topic", "channel", "language", "-version"]
    fixed = ("state", "topic", "channel", "language")
    shown = ("version", "valid_to", "preview", "length", "of_the_house")
    actions_detail: ClassVar = ["withdraw"]

    def within(self, desk: Desk) -> Q:
        """Return the templates of the states in charge."""
        return desk.over_states("state")

    def act(self, request: HttpRequest, form: Any, row: Template | None) -> Template:
        """Add words, or let another version follow."""
        by, at, values = actor_of(request), timezone.now(), dict(form.cleaned_data)
        if row is None:
            return templates.add_template(values.pop("state"), by=by, at=at, **values)
        return templates.reword(row, values, by=by, at=at)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin from the house's own words where the address names a topic."""
        begun: dict[str, Any] = {"valid_from": timezone.now()} | super().get_changeform_initial_data(request)
        asked = {name: str(begun.get(name, "")) for name in ("topic", "channel", "language")}
        known = (wording.TOPICS, Channel.values, wording.LANGUAGES)
        if all(value in of for value, of in zip(asked.values(), known, strict=True)):
            begun.setdefault("text", wording.house_text(**asked))
        return begun

    @admin.display(description=_("how it reads"))
    def preview(self, template: Template) -> str:
        """Show it with the words that usually stand for its variables."""
        return format_html('<div style="white-space: pre-wrap">{}</div>', templates.sample(template).text)

    @admin.display(description=_("length"))
    def length(self, template: Template) -> str:
        """Count it as the network does; a voice and a mail cost nothing by the sign."""
        if template.channel != Channel.SMS:
            return "–"
        size = wording.sms_length(templates.sample(template).text)
        room = size.one if size.parts == 1 else size.each
        return gettext("%(signs)s signs, %(parts)s SMS of %(room)s") % {
            "signs": size.signs,
            "parts": size.parts,
            "room": room,
        }

    @admin.display(description=_("the house's own words"))
    def of_the_house(self, template: Template) -> str:
        """Show what is said without this template."""
        text = wording.house_text(template.topic, channel=template.channel, language=template.language)
        return format_html('<div style="white-space: pre-wrap">{}</div>', text)

    @page(_("Withdraw"), path="withdraw")
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End every version of it."""

        def end(template: Template, _form: Any) -> None:
            templates.withdraw(template, by=actor_of(request), at=timezone.now())

        return answer_act(
            self,
            request,
            object_id,
            title=_("Withdraw"),
            explained=_("Every version of these words ends, and the house's own words are sent from now on."),
            do=end,
            done=_("The house's own words are sent again."),
        )


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
