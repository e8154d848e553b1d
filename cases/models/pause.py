"""Pauses: a promise that is held for some minutes, by somebody, for a reason. It goes on by itself."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.forwarding import Forwarding
from districts.keys import uuid7


class Pause(models.Model):
    """
    The promises of the cell, or of one forwarding, held until a moment. The moment is a row, and the sweep ends it.

    What is held has its due times moved when the pause begins: losing this row, or the sweep, wakes nobody too early
    and silences nobody for longer.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="pauses")
    forwarding = models.ForeignKey(Forwarding, models.PROTECT, null=True, blank=True, related_name="pauses")
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=500)
    by = models.CharField(max_length=80)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "forwarding"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="one_running_pause_of_a_part",
            ),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="pause_lasts"),
            models.CheckConstraint(condition=~Q(reason=""), name="pause_has_a_reason"),
        ]
        # Read by pauses.end_next every second.
        indexes = [models.Index(fields=["until"], condition=Q(ended_at=None), name="pause_running")]

    def __str__(self) -> str:
        return f"{self.case_id} until {self.until:%H:%M:%S}"
