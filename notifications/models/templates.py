"""The record of a template: the words of a topic on a channel, as a state has registered them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from districts.models import State
from notifications.models.messages import Channel


class Topic(models.TextChoices):
    """What a message may be about."""

    CASE_FORWARDED = "case_forwarded", _("a case comes to a unit")
    DEADLINE_MISSED = "deadline_missed", _("a promised time has run out")
    CASE_RECALLED = "case_recalled", _("a case is taken back from a unit")
    CASE_RAISED = "case_raised", _("there is more about a case")
    CASE_RETURNED = "case_returned", _("a unit hands a case back")
    CASE_TO_AND_FRO = "case_to_and_fro", _("units send a case to and fro")
    CASE_DISOWNED = "case_disowned", _("a post says that a case is not theirs")
    HELP_WANTED = "help_wanted", _("a unit needs help")
    DIGEST = "digest", _("many matters wait")
    CONTACT_TEST = "contact_test", _("a test of a number")


class Language(models.TextChoices):
    """What we speak."""

    HI = "hi", _("Hindi")
    EN = "en", _("English")


class Template(models.Model):
    """
    One version of the words of a topic. A version is never changed: another one follows it.

    What it may say beyond words is a closed set of variables; the database refuses anything else in braces, numbers
    and addresses (migration 0041), and ``notifications.templates`` explains what is refused.
    """

    state = models.ForeignKey(State, models.PROTECT, related_name="templates", verbose_name=_("state"))
    topic = models.CharField(_("topic"), max_length=32, choices=Topic)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    version = models.PositiveSmallIntegerField(_("version"))
    text = models.TextField(_("text"), max_length=1200)
    dlt_template_id = models.CharField(_("DLT template id"), max_length=30, blank=True)
    dlt_header = models.CharField(_("DLT header (sender)"), max_length=11, blank=True)
    valid_from = models.DateTimeField(_("in force from"))
    valid_to = models.DateTimeField(_("in force until"), null=True, blank=True)

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering = ["state", "topic", "channel", "language", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["state", "topic", "channel", "language", "version"], name="one_template_per_version"
            ),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="template_channel_is_known"),
            models.CheckConstraint(condition=Q(language__in=Language.values), name="template_language_is_known"),
            models.CheckConstraint(condition=~Q(text=""), name="template_says_something"),
            # Withdrawn before it began, it ends when it would have begun.
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="template_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.topic}/{self.channel}/{self.language}/{self.version}"
