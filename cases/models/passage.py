"""Passages: the way of a hand-over to another state over the API of its portal, and every parcel that goes along it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.crossing import Crossing
from cases.states import Outcome, Status
from districts.keys import uuid7
from districts.models import Counterpart


class Passage(models.Model):
    """
    What the other portal calls a case that was handed over there, and where it stands there: codes and no narrative.

    The sheet and its code stay beside it, for the night in which that portal does not answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="passages")
    crossing = models.OneToOneField(Crossing, models.PROTECT, related_name="passage")
    counterpart = models.ForeignKey(Counterpart, models.PROTECT, related_name="+")
    #: What the case held until then is in the parcels.
    packed_at = models.DateTimeField()
    their_alert = models.UUIDField(null=True, unique=True)
    their_reference = models.CharField(max_length=40, blank=True)
    their_state = models.CharField(max_length=14, choices=Status, blank=True)
    their_outcome = models.CharField(max_length=3, choices=Outcome, blank=True)
    # By their clock: what they said earlier never undoes what they said later.
    their_state_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("hand-over by API")
        verbose_name_plural = _("hand-overs by API")

    def __str__(self) -> str:
        return f"passage of {self.case_id}"


class Parcel(models.Model):
    """
    Something that must reach the other portal. Its id is the Idempotency-Key; its bytes are sealed under their digest.

    Its number is its place in the order: the alert comes first, and what was written later never arrives earlier.
    """

    class Kind(models.TextChoices):
        """What is in it."""

        ALERT = "alert", _("alert")
        SOURCE = "source", _("sealed source")
        SUPPLEMENT = "supplement", _("supplement")
        WITHDRAWAL = "withdrawal", _("withdrawal")

    class Stage(models.TextChoices):
        """Where it is."""

        OWED = "owed", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("given up")
        LIFTED = "lifted", _("no longer needed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="parcels")
    passage = models.ForeignKey(Passage, models.PROTECT, related_name="parcels")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    name = models.CharField(max_length=255, blank=True)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.OWED)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    final_at = models.DateTimeField(null=True)
    # Of the last try: what they answered, or in words of ours why there was no answer.
    status_code = models.PositiveSmallIntegerField(null=True)
    detail = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        constraints = [
            models.UniqueConstraint(fields=["passage", "number"], name="one_parcel_per_number"),
            models.CheckConstraint(
                condition=Q(stage="owed", final_at=None) | (~Q(stage="owed") & Q(final_at__isnull=False)),
                name="parcel_final_at_iff_ended",
            ),
        ]
        # Read by carrying, each second.
        indexes = [models.Index(fields=["due_at"], condition=Q(stage="owed"), name="parcel_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} of {self.passage_id}"
