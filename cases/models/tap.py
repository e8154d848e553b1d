"""Taps: the right of one post to answer for its unit once, by the link that it was sent or by a key."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.forwarding import Forwarding
from districts.keys import uuid7
from districts.models import Contact


class Tap(models.Model):
    """What a post may answer to one message about one forwarding: once, and not for long. The link is not kept."""

    class Used(models.TextChoices):
        """What the post answered."""

        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        NOT_OURS = "not_ours", _("not ours")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="taps")
    forwarding = models.ForeignKey(Forwarding, models.PROTECT, related_name="taps")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_as = models.CharField(max_length=12, choices=Used, blank=True)

    class Meta:
        verbose_name = _("one-tap link")
        verbose_name_plural = _("one-tap links")
        constraints = [
            models.CheckConstraint(
                condition=Q(used_at=None, used_as="") | (Q(used_at__isnull=False) & ~Q(used_as="")),
                name="tap_used_at_iff_used_as",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact} on {self.case_id}"
