"""Duty: who stands at a post from when to when: turns, additional charge, leave."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from districts.models.contact import Contact
from districts.models.officer import Officer


class Duty(models.Model):
    """
    A stretch of time at a post: somebody has the duty, holds its charge beside their own post, or is on leave from it.

    Nothing is deleted: what is not to be any more is called off.
    """

    class Kind(models.TextChoices):
        """What the time is."""

        TURN = "turn", _("duty turn")
        CHARGE = "charge", _("additional charge")
        LEAVE = "leave", _("leave")

    class Shift(models.TextChoices):
        """Which of the three shifts of a day a turn is."""

        MORNING = "morning", _("morning shift")
        EVENING = "evening", _("evening shift")
        NIGHT = "night", _("night shift")

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="duties", verbose_name=_("post"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.TURN)
    officer = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="duties", verbose_name=_("officer")
    )
    phone = models.CharField(_("duty telephone"), max_length=20, blank=True)
    shift = models.CharField(_("shift"), max_length=7, choices=Shift, blank=True)
    begins = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("to"))
    called_off_at = models.DateTimeField(_("called off"), null=True, blank=True)

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        ordering = ["-begins"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("begins")), name="duty_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(kind__in=["turn", "charge", "leave"]), name="duty_kind_is_known"),
            # Whoever holds a charge must be somebody who can be told.
            models.CheckConstraint(
                condition=~Q(kind="charge") | Q(officer__isnull=False) | ~Q(phone=""), name="a_charge_is_held"
            ),
            ExclusionConstraint(
                name="one_duty_at_a_time_per_officer",
                expressions=[
                    ("contact", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (
                        Func(F("officer"), models.Value(0), function="coalesce", output_field=models.BigIntegerField()),
                        RangeOperators.EQUAL,
                    ),
                    (
                        Func(
                            F("begins"),
                            F("ends"),
                            RangeBoundary(),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(called_off_at=None),
            ),
        ]
        # Read by the ladder for each step, by lists once for a page, and by the readiness board.
        indexes = [
            models.Index(fields=["contact", "ends"], condition=Q(called_off_at=None), name="duty_of_a_post"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.contact_id}"
