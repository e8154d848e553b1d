"""Deadlines: promises with a due time. A timer is a row, so that losing a process or a queue loses none."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.forwarding import Forwarding
from cases.states import Promise, Settled
from districts.keys import uuid7
from districts.models import Unit


class Deadline(models.Model):
    """
    A promise with a due time. It is met, missed or lifted, once.

    Level 0 is the promise itself; each higher level is a step of its ladder, with who is told and by which channels.
    What the policy said when it was started is frozen here; a policy edited later changes nothing that runs.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="deadlines")
    forwarding = models.ForeignKey(Forwarding, models.PROTECT, null=True, blank=True, related_name="deadlines")
    # Whose promise it is; the ladder looks for its rungs here and above.
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Promise)
    # Which of several of one kind that run side by side: the third look back, the second request. Mostly 0.
    number = models.PositiveSmallIntegerField(default=0)
    level = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    rung = models.PositiveSmallIntegerField(null=True, blank=True)
    channels = models.JSONField(default=list, blank=True)
    ladder = models.JSONField(default=list, blank=True)
    # Held until then by somebody's pause; ``due_at`` has been moved by it and is what holds.
    paused_until = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_as = models.CharField(max_length=6, choices=Settled, blank=True)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "forwarding", "kind", "number", "level"],
                condition=Q(settled_at=None),
                nulls_distinct=False,
                name="one_open_deadline_per_kind_and_level",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_as="") | (Q(settled_at__isnull=False) & ~Q(settled_as="")),
                name="deadline_settled_at_iff_settled_as",
            ),
            # Never early, said by the database.
            models.CheckConstraint(
                condition=~Q(settled_as="missed") | Q(settled_at__gte=F("due_at")), name="deadline_is_never_early"
            ),
            # With the line above: what is paused does not fire before its pause is over.
            models.CheckConstraint(
                condition=Q(paused_until=None) | Q(due_at__gte=F("paused_until")), name="deadline_waits_for_its_pause"
            ),
            models.CheckConstraint(condition=Q(kind__in=Promise.values), name="deadline_kind_is_known"),
            models.CheckConstraint(
                condition=Q(level=0, rung=None) | Q(level__gt=0, rung__isnull=False), name="a_step_has_a_rung"
            ),
        ]
        # Read by deadlines.overdue every second.
        indexes = [models.Index(fields=["due_at"], condition=Q(settled_at=None), name="deadline_due")]

    def __str__(self) -> str:
        return f"{self.kind}/{self.level} of {self.case_id}"
