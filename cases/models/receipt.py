"""Receipts: what a unit saw and did while it had a case that has left it, and nothing newer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.forwarding import Forwarding
from districts.keys import uuid7
from districts.models import Unit


class Receipt(models.Model):
    """
    The unit's own copy of what it was sent and what it did, made at the moment when the case left it.

    It is a copy and no window: whatever becomes of the case later, nothing of it can show here.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="receipts")
    forwarding = models.OneToOneField(Forwarding, models.PROTECT, related_name="receipt")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=20)
    ended_as = models.CharField(max_length=12)
    at = models.DateTimeField()
    seen = models.JSONField(default=dict)
    # Written once, when somebody of the unit says that they know the case is no longer theirs.
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by="")
                | (Q(acknowledged_at__isnull=False) & ~Q(acknowledged_by="")),
                name="receipt_is_acknowledged_by_somebody",
            )
        ]
        # Read by the unit's list of receipts, newest first.
        indexes = [models.Index(fields=["unit", "-at"], name="receipt_of_unit")]

    def __str__(self) -> str:
        return f"receipt {self.reference}"
