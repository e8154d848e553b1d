"""Looks back: what somebody found a day, three days, a week and a month after a case has ended."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from districts.keys import uuid7
from districts.models import Unit


class FollowUp(models.Model):
    """One look back, and how the person is. Written once."""

    class Result(models.TextChoices):
        """What was found."""

        SAFE = "safe", _("safe")
        IN_CARE = "in_care", _("in treatment or counselling")
        NOT_REACHED = "not_reached", _("not reached")
        DANGER = "danger", _("in danger again")
        REFUSED = "refused", _("does not want to talk")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="follow_ups")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    number = models.PositiveSmallIntegerField()
    result = models.CharField(max_length=12, choices=Result)
    note = models.TextField(max_length=2000, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("look back")
        verbose_name_plural = _("looks back")
        constraints = [models.CheckConstraint(condition=Q(number__range=(1, 4)), name="four_looks_back")]

    def __str__(self) -> str:
        return f"look back {self.number} of {self.case_id}"
