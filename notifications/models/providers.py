"""The record of a provider's breaker: whether the gateways that carry our messages answer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.models.messages import Channel


class Provider(models.Model):
    """One gateway of a channel, and its breaker: open after failures in a row, tried again by one message at a time."""

    name = models.CharField(_("name"), max_length=16, primary_key=True)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    opened_at = models.DateTimeField(_("out of order since"), null=True)
    # When one message may try whether it answers again.
    probe_at = models.DateTimeField(_("next trial"), null=True)
    last_ok_at = models.DateTimeField(_("last answered"), null=True)
    last_failure_at = models.DateTimeField(_("last failed"), null=True)
    # Words of ours, never of the other side.
    last_error = models.CharField(_("last failure"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="provider_channel_is_known"),
            models.CheckConstraint(
                condition=Q(opened_at=None, probe_at=None) | Q(opened_at__isnull=False, probe_at__isnull=False),
                name="provider_open_iff_tried_again",
            ),
        ]

    def __str__(self) -> str:
        return self.name
