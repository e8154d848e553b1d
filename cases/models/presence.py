"""Presence: who is at work on a case right now. It says what somebody does, never what, and ends by itself."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from districts.models import Officer


class Presence(models.Model):
    """An officer of the cell has a case open. One row for each of them and case, written over while they are there."""

    class Doing(models.TextChoices):
        """What they do with it."""

        READING = "reading", _("reading")
        WRITING = "writing", _("writing")

    case = models.ForeignKey(Case, models.PROTECT, related_name="presences")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    doing = models.CharField(max_length=8, choices=Doing)
    until = models.DateTimeField()

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        constraints = [
            models.UniqueConstraint(fields=["case", "officer"], name="one_presence_per_officer_and_case"),
            models.CheckConstraint(condition=Q(doing__in=["reading", "writing"]), name="presence_doing_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.officer_id} at {self.case_id}"
