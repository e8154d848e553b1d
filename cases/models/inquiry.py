"""Inquiries: numbered requests to a platform, a telecom company or 112 for what helps to find a person now."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.sighting import Sighting
from districts.keys import uuid7


class Inquiry(models.Model):
    """What is asked of whom, on which legal basis and for what; what came of it. Asked once, answered once."""

    class Kind(models.TextChoices):
        """Of whom it is asked."""

        PLATFORM = "platform", _("emergency disclosure by a platform")
        TELECOM = "telecom", _("location from a telecom company")
        EMERGENCY_112 = "emergency_112", _("event of emergency 112")

    class Basis(models.TextChoices):
        """On which legal basis. Call records are asked for on none of these."""

        EMERGENCY = "emergency", _("Danger to life: emergency disclosure under the platform's own rules")
        BNSS_94 = "bnss_94", _("Section 94, Bharatiya Nagarik Suraksha Sanhita 2023")
        IT_RULES = "it_rules", _("Rule 3(1)(j), Information Technology (Intermediary Guidelines) Rules 2021")
        DPDP_7F = "dpdp_7f", _("Section 7(f), Digital Personal Data Protection Act 2023")
        MHCA_115 = "mhca_115", _("Section 115(2), Mental Healthcare Act 2017")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="inquiries")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    addressee = models.CharField(max_length=200)
    basis = models.CharField(max_length=12, choices=Basis)
    purpose = models.CharField(max_length=1000)
    subject = models.CharField(max_length=500)
    officer_name = models.CharField(max_length=120)
    officer_rank = models.CharField(max_length=80, blank=True)
    officer_phone = models.CharField(max_length=20, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=80)
    preserve_until = models.DateTimeField(null=True)
    # Written once, when the answer has come.
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=80, blank=True)
    answer = models.CharField(max_length=1000, blank=True)
    sighting = models.ForeignKey(Sighting, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="one_inquiry_per_number"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by="") | (Q(answered_at__isnull=False) & ~Q(answered_by="")),
                name="inquiry_is_answered_to_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"request {self.number} of {self.case_id}"
