"""Policies: how long each promise lasts and who is told when it is missed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from districts.models.territory import State, Unit


class Urgency(models.TextChoices):
    """How urgent a case is, from observable facts only."""

    P0 = "P0", _("live or imminent")
    P1 = "P1", _("serious")
    P2 = "P2", _("ordinary")
    P3 = "P3", _("information")


class Policy(models.Model):
    """The promised times for one urgency, for a whole state or for one unit. Running deadlines are frozen from it."""

    state = models.ForeignKey(State, models.PROTECT, related_name="policies", verbose_name=_("state"))
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="policies", verbose_name=_("only for this unit")
    )
    name = models.CharField(_("name"), max_length=60)
    urgency = models.CharField(_("urgency"), max_length=2, choices=Urgency)
    claim_s = models.PositiveIntegerField(_("seconds to claim"), default=60)
    forward_s = models.PositiveIntegerField(_("seconds to forward"), default=300)
    acknowledge_s = models.PositiveIntegerField(_("seconds to acknowledge"), default=180)
    move_s = models.PositiveIntegerField(_("seconds to send a team"), default=600)
    contact_s = models.PositiveIntegerField(_("seconds to reach the person"), default=1200)
    flash_s = models.PositiveIntegerField(_("seconds to the flash report"), default=1800)
    report_s = models.PositiveIntegerField(_("seconds to the detailed report"), default=86400)
    other_state_s = models.PositiveIntegerField(_("seconds until another state confirms"), default=900)
    recall_s = models.PositiveIntegerField(_("seconds until a unit says that it knows of a recall"), default=300)
    information_s = models.PositiveIntegerField(_("seconds to an answer to a request"), default=3600)
    follow_up_1_s = models.PositiveIntegerField(_("seconds to the first look back"), default=86400)
    follow_up_2_s = models.PositiveIntegerField(_("seconds to the second look back"), default=259200)
    follow_up_3_s = models.PositiveIntegerField(_("seconds to the third look back"), default=604800)
    follow_up_4_s = models.PositiveIntegerField(_("seconds to the fourth look back"), default=2592000)
    pause_max_s = models.PositiveIntegerField(_("longest pause, in seconds"), default=900)
    ladder = models.JSONField(
        _("ladder"), default=list, help_text=_('[{"after_s": 0, "rung": 1, "channels": ["sms", "voice"]}, …]')
    )

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["state", "unit", "urgency"]
        constraints = [
            models.UniqueConstraint(
                fields=["state", "urgency"], condition=Q(unit=None), name="one_policy_per_state_and_urgency"
            ),
            models.UniqueConstraint(
                fields=["unit", "urgency"], condition=Q(unit__isnull=False), name="one_policy_per_unit_and_urgency"
            ),
            models.CheckConstraint(condition=Q(urgency__in=Urgency.values), name="policy_urgency_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.urgency}"
