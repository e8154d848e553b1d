"""Alerts: reports as they arrived, sealed and never edited, and their reversible link to a case."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from districts.keys import uuid7
from districts.models import Partner, State


class Door(models.TextChoices):
    """How an alert came in."""

    API = "api", _("API")
    EMAIL = "email", _("e-mail")
    PHONE = "phone", _("telephone")


class Alert(models.Model):
    """One report as it arrived: the digest of its sealed bytes and what was read in them. Written once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.ForeignKey(State, models.PROTECT, related_name="alerts")
    partner = models.ForeignKey(Partner, models.PROTECT, null=True, related_name="alerts")
    door = models.CharField(max_length=8, choices=Door)
    practice = models.BooleanField(default=False)
    partner_reference = models.CharField(max_length=200, blank=True)
    idempotency_key = models.CharField(max_length=255, blank=True)
    platform = models.CharField(max_length=40, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    received_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)
    detected_at = models.DateTimeField(null=True)
    # What was read in the sealed bytes, in the shape of CONTRACT 5 `parsed` and the partner's own fields under `body`.
    parsed = models.JSONField(default=dict)
    body = models.JSONField(default=dict)
    # What the partner was told, word for word, so that a replay gets the same answer.
    answer = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "partner_reference"],
                condition=~Q(partner_reference="") & Q(door="api"),
                name="one_api_alert_per_partner_reference",
            ),
            models.CheckConstraint(condition=Q(door__in=Door.values), name="alert_door_is_known"),
            models.CheckConstraint(condition=~Q(door="api") | Q(partner__isnull=False), name="api_alert_has_partner"),
        ]
        # Read by the partner's own listing, newest first.
        indexes = [models.Index(fields=["partner", "-received_at"], name="alert_partner_newest")]

    def __str__(self) -> str:
        return f"{self.door} {self.id}"


class IdempotencyKey(models.Model):
    """A key a partner has used, and the body it was used with. The same key never means two things."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    alert = models.ForeignKey(Alert, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "key"], name="one_use_per_idempotency_key")]

    def __str__(self) -> str:
        return self.key


class CaseLink(models.Model):
    """An alert belongs to a case. Ending a link is how a join is undone; the row stays."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="links")
    case = models.ForeignKey(Case, models.PROTECT, related_name="links")
    joined_at = models.DateTimeField()
    joined_by = models.CharField(max_length=80)
    why = models.CharField(max_length=20)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert"], condition=Q(ended_at=None), name="an_alert_is_in_one_case_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} → {self.case_id}"


class HardKey(models.Model):
    """A fact that can only belong to one crisis: a platform's own reference or account, or the address of a post."""

    state = models.ForeignKey(State, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, related_name="hard_keys")
    practice = models.BooleanField(default=False)
    key = models.CharField(max_length=600)
    open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            # Two doors delivering in the same second: this, and not a look beforehand, decides.
            models.UniqueConstraint(
                fields=["state", "practice", "key"], condition=Q(open=True), name="a_hard_key_has_one_open_case"
            ),
            models.UniqueConstraint(fields=["case", "key"], name="a_case_has_a_hard_key_once"),
        ]
        # Read by intake, to find the earlier case of a person after closing.
        indexes = [models.Index(fields=["state", "key"], name="hardkey_earlier")]

    def __str__(self) -> str:
        return self.key


class SealedFile(models.Model):
    """A file kept unchanged under its digest. The bytes are in the store; this row says whose they are."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="files")
    alert = models.ForeignKey(Alert, models.PROTECT, null=True, related_name="files")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    name = models.CharField(max_length=255, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    received_at = models.DateTimeField()
    received_from = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("sealed file")
        verbose_name_plural = _("sealed files")

    def __str__(self) -> str:
        return self.name or self.sha256[:12]
