"""Forwardings: the record of a case sent to a unit, its own life, and what the unit reports."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case, before_and_after
from cases.states import OPEN_LEGS, Leg, Outcome, Part
from districts.keys import uuid7
from districts.models import Contact, Unit

# Plain words in one order: a migration is compared with them letter by letter.
OPEN_LEG_VALUES = sorted(leg.value for leg in OPEN_LEGS)


class Forwarding(models.Model):
    """A case sent to a unit. Several may be open at once, each with its own clock and acknowledgement."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="forwardings")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="forwardings")
    part = models.CharField(_("part"), max_length=16, choices=Part, default=Part.LEAD)
    status = models.CharField(_("status"), max_length=12, choices=Leg, default=Leg.FORWARDED)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    suggestion_rank = models.PositiveSmallIntegerField(null=True, blank=True)
    # What was suggested at that moment, and why the operator chose another unit, so that both can be learned from.
    suggestion = models.JSONField(default=dict, blank=True)
    differs_because = models.CharField(_("why not the suggested unit"), max_length=500, blank=True)
    forwarded_by = models.CharField(max_length=80)

    # Who answered for the unit by one tap or by a key: a post, never a guess at the person who sits there.
    post = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="+")
    officer_name = models.CharField(_("officer in charge"), max_length=120, blank=True)
    officer_phone = models.CharField(_("telephone of the officer"), max_length=20, blank=True)
    eta_minutes = models.PositiveSmallIntegerField(_("minutes until arrival"), null=True, blank=True)
    team = models.CharField(_("team"), max_length=200, blank=True)
    vehicle = models.CharField(_("vehicle"), max_length=60, blank=True)
    confirmed = models.CharField(_("confirmed with"), max_length=8, blank=True)
    condition = models.CharField(_("condition"), max_length=200, blank=True)
    place = models.CharField(_("place of contact"), max_length=200, blank=True)
    ended_because = models.CharField(_("reason of return or recall"), max_length=500, blank=True)
    suggested_unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")

    forwarded_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    moving_at = models.DateTimeField(null=True, blank=True)
    contact_at = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    last_activity_at = models.DateTimeField()

    history = before_and_after()

    class Meta:
        verbose_name = _("forwarding")
        verbose_name_plural = _("forwardings")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "unit"], condition=Q(ended_at=None), name="one_open_forwarding_per_unit"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, status__in=OPEN_LEG_VALUES)
                | (Q(ended_at__isnull=False) & ~Q(status__in=OPEN_LEG_VALUES)),
                name="forwarding_ended_at_iff_ended",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None)
                | Q(post__isnull=False)
                | (~Q(officer_name="") & ~Q(officer_phone="") & Q(eta_minutes__isnull=False)),
                name="acknowledged_names_an_officer_or_a_post",
            ),
        ]
        indexes = [
            # Read by the inbox: what is with a unit, latest activity first.
            models.Index(fields=["unit", "-last_activity_at"], name="forwarding_inbox"),
            # Read by the figures: what was forwarded of late.
            models.Index(fields=["forwarded_at"], name="forwarding_of_late"),
            # Read by its first tab, and counted there: what is still open of a unit's.
            models.Index(
                fields=["unit", "-last_activity_at"], condition=Q(ended_at=None), name="forwarding_inbox_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.unit_id}"


class Report(models.Model):
    """What a unit reports: the flash report of sixty seconds or the detailed one. Written once."""

    class Kind(models.TextChoices):
        """How much it says."""

        FLASH = "flash", _("flash report")
        DETAILED = "detailed", _("detailed report")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="reports")
    forwarding = models.ForeignKey(Forwarding, models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=8, choices=Kind)
    outcome = models.CharField(max_length=3, choices=Outcome)
    text = models.TextField(max_length=10000)
    facts = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id}"


class Outreach(models.Model):
    """One attempt to reach the person: by message, by call, through the family. Written once."""

    class Kind(models.TextChoices):
        """By which way."""

        DM = "dm", _("message")
        CALL = "call", _("call")
        FAMILY_CALL = "family_call", _("call to the family")
        FRIEND_CALL = "friend_call", _("call to a friend")
        HELPLINE = "helpline", _("handed over to a helpline")

    class Result(models.TextChoices):
        """What came of it."""

        SAFE = "safe", _("reached, safe")
        REACHED = "reached", _("reached")
        DANGER = "danger", _("reached, in danger")
        NO_ANSWER = "no_answer", _("no answer")
        SWITCHED_OFF = "switched_off", _("switched off")
        WRONG_NUMBER = "wrong_number", _("wrong number")
        REFUSED = "refused", _("does not want to talk")
        HANDED_OVER = "handed_over", _("connected, counsellor has taken over")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="outreach")
    kind = models.CharField(max_length=12, choices=Kind)
    result = models.CharField(max_length=40)
    # For a helpline: which, and that the person has said yes to it.
    helpline = models.CharField(max_length=20, blank=True)
    consent = models.BooleanField(null=True)
    note = models.TextField(max_length=2000, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("outreach")
        verbose_name_plural = _("outreach")

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id}"
