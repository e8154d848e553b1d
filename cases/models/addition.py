"""Additions: what a partner sends after its alert, and what the cell has asked it for. Both are written once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.alert import Alert
from cases.models.case import Case
from districts.keys import uuid7
from districts.models import Partner


class Addition(models.Model):
    """A supplement, a file or a retraction: something that was said of an alert later. It changes nothing before it."""

    class Kind(models.TextChoices):
        """What was added."""

        SUPPLEMENT = "supplement", _("supplement")
        FILE = "file", _("file")
        RETRACTION = "retraction", _("retraction")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    alert = models.ForeignKey(Alert, models.PROTECT, related_name="additions")
    # The case that the alert was in at that moment. Whoever sees the alert sees what was added to it.
    case = models.ForeignKey(Case, models.PROTECT, related_name="additions")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    received_at = models.DateTimeField()
    # What was read in a supplement, in the shape of an alert's, and what the partner sent, word for word.
    parsed = models.JSONField(default=dict)
    body = models.JSONField(default=dict)
    idempotency_key = models.CharField(max_length=255, blank=True)
    # What was asked, so that a key which comes again is known to ask the same.
    asked = models.CharField(max_length=64)
    answer = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("addition")
        verbose_name_plural = _("additions")
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="one_addition_per_idempotency_key",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["supplement", "file", "retraction"]), name="addition_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class InformationRequest(models.Model):
    """What the cell has asked the partners of a case for: names of fields, and no word more."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="information_requests")
    needs = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("request for information")
        verbose_name_plural = _("requests for information")

    def __str__(self) -> str:
        return f"request of {self.case_id}"
