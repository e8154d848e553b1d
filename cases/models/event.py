"""Events: a case's history, one line after another, each chained to the one before; and the record of who looked."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from districts.models import Unit


class CaseEvent(models.Model):
    """One line of a case's history. Written once, by the transaction that did what it says."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=120, blank=True)
    action = models.CharField(max_length=40)
    # Whose forwarding it is about. A unit reads its own lines and the ones that are about no unit.
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    facts = models.JSONField(default=dict)
    salt = models.CharField(max_length=32)
    payload_hash = models.CharField(max_length=64)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["case", "seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="one_event_per_place_in_the_chain")]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class ChainHead(models.Model):
    """Where a case's chain ends. Locked last, so that two writers queue here and nowhere else."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="chain_head")
    seq = models.PositiveIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")
    #: How far the seals hold it (``cases.sealing``).
    sealed_seq = models.PositiveIntegerField(db_default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["case"], condition=models.Q(sealed_seq__lt=models.F("seq")), name="histories_to_be_sealed"
            )
        ]

    def __str__(self) -> str:
        return f"{self.seq} of {self.case_id}"


class ReadEntry(models.Model):
    """Somebody looked at a case or a file. Written by the transaction that showed it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="reads")
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    object = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("read entry")
        verbose_name_plural = _("read log")
        indexes = [models.Index(fields=["case", "-at"], name="read_log_of_case")]

    def __str__(self) -> str:
        return f"{self.actor} {self.kind} {self.object}"
