"""Crossings into another state: the code that is read back on the telephone, and who has confirmed there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.forwarding import Forwarding
from districts.keys import uuid7


class Crossing(models.Model):
    """
    A case put into the hands of another state or country.

    The code stands on the sheet and nowhere else: whoever reads it back on the telephone has the sheet before them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="crossings")
    forwarding = models.OneToOneField(Forwarding, models.PROTECT, related_name="crossing")
    code = models.CharField(max_length=6)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)
    # Written once, when the other side has read the code back.
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=80, blank=True)
    their_reference = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name = _("hand-over to another state")
        verbose_name_plural = _("hand-overs to other states")
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by="") | (Q(confirmed_at__isnull=False) & ~Q(confirmed_by="")),
                name="crossing_is_confirmed_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"crossing of {self.case_id}"
