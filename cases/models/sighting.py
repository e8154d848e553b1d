"""Sightings: pieces of evidence of where somebody is. Each is written once; what was wrong is struck, and stays."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.alert import Alert
from cases.models.case import Case
from districts.keys import uuid7
from districts.models import Unit


class Sighting(models.Model):
    """One piece of evidence of a place: from which source, whose place, when seen, how near, and who entered it."""

    class Source(models.TextChoices):
        """What says it, in the order of trust."""

        GPS = "gps", _("GPS")
        CHECKIN = "checkin", _("check-in")
        TELECOM = "telecom", _("telecom company")
        STD = "std", _("fixed line")
        ADDRESS = "address", _("address")
        TEXT = "text", _("the words of the post")
        PROFILE = "profile", _("profile")
        SIM = "sim", _("address of the SIM")
        IP = "ip", _("internet address")

    class Whose(models.TextChoices):
        """Whose place it is. Three places, never mixed."""

        PERSON = "person", _("the person")
        FAMILY = "family", _("the family")
        SIM = "sim", _("holder of the SIM")

    class Entered(models.TextChoices):
        """By which side it came in."""

        ALERT = "alert", _("alert")
        OPERATOR = "operator", _("state cell")
        DISTRICT = "district", _("district")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="sightings")
    # What came with an alert goes where the alert goes, also after it was joined to another case.
    alert = models.ForeignKey(Alert, models.PROTECT, null=True, related_name="sightings")
    # Whose officer entered it; other units never read it.
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=10, choices=Source)
    whose = models.CharField(max_length=6, choices=Whose, default=Whose.PERSON)
    entered = models.CharField(max_length=8, choices=Entered)
    by = models.CharField(max_length=80)
    entered_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    text = models.CharField(max_length=500, blank=True)
    pin = models.CharField(max_length=10, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    city = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=60, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    radius_m = models.PositiveIntegerField(null=True)
    ip = models.CharField(max_length=64, blank=True)
    port = models.PositiveIntegerField(null=True)
    trust = models.PositiveSmallIntegerField()
    verified = models.BooleanField(default=False)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrections")

    class Meta:
        verbose_name = _("sighting")
        verbose_name_plural = _("sightings")
        constraints = [
            models.CheckConstraint(condition=Q(whose__in=["person", "family", "sim"]), name="sighting_is_of_somebody"),
            models.CheckConstraint(
                condition=Q(lat=None, lon=None) | Q(lat__range=(-90, 90), lon__range=(-180, 180)),
                name="sighting_is_on_the_earth",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} of {self.case_id}"


class SightingStrike(models.Model):
    """A sighting that somebody found to be wrong, and why. The sighting itself stays as it was written."""

    sighting = models.OneToOneField(Sighting, models.PROTECT, primary_key=True, related_name="strike")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("struck sighting")
        verbose_name_plural = _("struck sightings")

    def __str__(self) -> str:
        return f"struck {self.sighting_id}"
