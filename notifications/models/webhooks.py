"""The records of webhooks: what partners are told of their own alerts, and each try to tell it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from districts.keys import uuid7
from districts.models import Partner


class Webhook(models.Model):
    """Something a partner is told of its own alert: codes only. Its number is its place in the order of the alert."""

    class Kind(models.TextChoices):
        """What happened."""

        STATE_CHANGED = "alert.state_changed", _("state changed")
        INFORMATION_REQUESTED = "alert.information_requested", _("information requested")
        CLOSED = "alert.closed", _("closed")

    class Stage(models.TextChoices):
        """Where it is."""

        OWED = "owed", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("given up")

    webhook_id = models.UUIDField(_("id"), default=uuid7, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="webhooks", verbose_name=_("partner"))
    kind = models.CharField(_("what"), max_length=32, choices=Kind)
    alert_id = models.UUIDField(_("alert"))
    # Word for word as it is signed and sent, each time the same.
    body = models.TextField(_("body"))
    stage = models.CharField(_("stage"), max_length=10, choices=Stage, default=Stage.OWED)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"))
    due_at = models.DateTimeField(_("next try"))
    give_up_at = models.DateTimeField(_("given up at"))
    final_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.CheckConstraint(
                condition=Q(stage="owed", final_at=None) | (~Q(stage="owed") & Q(final_at__isnull=False)),
                name="webhook_final_at_iff_ended",
            )
        ]
        indexes = [
            # Read by sending, each second.
            models.Index(fields=["due_at"], condition=Q(stage="owed"), name="webhook_due"),
            # Read by sending, to keep the order of one alert.
            models.Index(fields=["alert_id", "id"], condition=Q(stage="owed"), name="webhook_in_order"),
            # Read by the delivery log, newest first.
            models.Index(fields=["partner", "-id"], name="webhook_log"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.webhook_id}"


class WebhookTry(models.Model):
    """One try to tell a partner, and what came of it."""

    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="tries")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    # Words of ours, never of the other side.
    detail = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "number"], name="one_try_per_number_of_a_webhook")]

    def __str__(self) -> str:
        return f"{self.number} of {self.webhook_id}"
