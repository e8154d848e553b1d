"""Handovers: one desk gives its open cases to the next, line by line, and both put their names to it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from districts.keys import uuid7
from districts.models import Officer, State


class Handover(models.Model):
    """What the outgoing operator says at the end of a shift, signed; and who took it. Written once, taken once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.ForeignKey(State, models.PROTECT, related_name="handovers")
    given_by = models.ForeignKey(Officer, models.PROTECT, related_name="handovers_given")
    signed_at = models.DateTimeField()
    # The fixed heads, so that nothing is forgotten at six in the morning.
    situation = models.TextField(max_length=2000, blank=True)
    done = models.TextField(max_length=2000, blank=True)
    remaining = models.TextField(max_length=2000, blank=True)
    risks = models.TextField(max_length=2000, blank=True)
    people = models.TextField(max_length=2000, blank=True)
    taken_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="handovers_taken")
    taken_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        constraints = [
            models.UniqueConstraint(fields=["given_by"], condition=Q(taken_at=None), name="one_open_handover_per_desk"),
            models.CheckConstraint(
                condition=Q(taken_by=None, taken_at=None) | Q(taken_by__isnull=False, taken_at__gte=F("signed_at")),
                name="handover_taken_after_it_was_signed",
            ),
            models.CheckConstraint(
                condition=Q(taken_by=None) | ~Q(taken_by=F("given_by")), name="nobody_takes_over_from_themselves"
            ),
        ]
        # Read by the shift page, newest first.
        indexes = [models.Index(fields=["state", "-signed_at"], name="handover_newest")]

    def __str__(self) -> str:
        return f"handover {self.id}"


class HandoverLine(models.Model):
    """One case that is handed over, with its next step. The incoming operator ticks it, and holds it from then."""

    handover = models.ForeignKey(Handover, models.PROTECT, related_name="lines")
    case = models.ForeignKey(Case, models.PROTECT, related_name="handovers")
    next_step = models.CharField(_("next step"), max_length=300)

    class Meta:
        verbose_name = _("line of a handover")
        verbose_name_plural = _("lines of a handover")
        constraints = [
            models.UniqueConstraint(fields=["handover", "case"], name="a_case_is_handed_over_once"),
            models.CheckConstraint(condition=~Q(next_step=""), name="a_line_says_the_next_step"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} in {self.handover_id}"
