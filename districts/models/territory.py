"""The territory: states, revenue districts, and the police units that act in them."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Bilingual(models.Model):
    """Something with a name in English and in Hindi."""

    name_en = models.CharField(_("name in English"), max_length=120)
    name_hi = models.CharField(_("name in Hindi"), max_length=120)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of whoever is reading."""
        return self.name_hi if get_language() == "hi" else self.name_en


class State(Bilingual):
    """A state of the Union with its own cell: the tenant. Nothing crosses from one to another."""

    code = models.CharField(_("code"), max_length=4, unique=True)
    languages = models.JSONField(_("languages, first one is the default"), default=list)

    class Meta:
        verbose_name = _("state")
        verbose_name_plural = _("states")
        ordering = ["code"]


class District(Bilingual):
    """A revenue district. Cases are never forwarded to one: they go to a police unit."""

    state = models.ForeignKey(State, models.PROTECT, related_name="districts", verbose_name=_("state"))
    code = models.CharField(_("LGD code"), max_length=12)
    aliases = models.JSONField(_("other names and spellings"), default=list, blank=True)
    lat = models.FloatField(_("latitude of the seat"), null=True, blank=True)
    lon = models.FloatField(_("longitude of the seat"), null=True, blank=True)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("revenue district")
        verbose_name_plural = _("revenue districts")
        ordering = ["state", "name_en"]
        constraints = [
            models.UniqueConstraint(fields=["state", "code"], name="one_district_per_code"),
            models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="district_ends_after_it_begins"),
        ]


class UnitKind(models.TextChoices):
    """What sort of police office a unit is."""

    STATE_CELL = "state_cell", _("state cell")
    ZONE = "zone", _("zone")
    RANGE = "range", _("range")
    DISTRICT = "district", _("district police")
    CIRCLE = "circle", _("circle")
    STATION = "station", _("police station")
    RAILWAY = "railway", _("railway police")
    EMERGENCY_112 = "emergency_112", _("emergency 112")
    OTHER_STATE = "other_state", _("another state")


SUPERVISING = frozenset({UnitKind.STATE_CELL, UnitKind.ZONE, UnitKind.RANGE})


class UnitQuerySet(models.QuerySet["Unit"]):
    """Named questions about units."""

    def valid(self, at: datetime) -> UnitQuerySet:
        """Return the units that exist at that moment; units are re-cut by notification."""
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=at), Q(valid_to=None) | Q(valid_to__gt=at))

    def acting(self) -> UnitQuerySet:
        """Return the units a case can be forwarded to."""
        return self.exclude(kind__in=SUPERVISING)


class Unit(Bilingual):
    """A police office that acts: an SP office, a commissionerate zone, railway police, 112, the cell itself."""

    state = models.ForeignKey(State, models.PROTECT, related_name="units", verbose_name=_("state"))
    code = models.CharField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=UnitKind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("unit above")
    )
    district = models.ForeignKey(
        District, models.PROTECT, null=True, blank=True, related_name="units", verbose_name=_("revenue district")
    )
    head_rank = models.CharField(_("rank of its head"), max_length=40, blank=True)
    rural = models.BooleanField(_("rural (longer way to the person)"), default=False)
    lat = models.FloatField(_("latitude of the seat"), null=True, blank=True)
    lon = models.FloatField(_("longitude of the seat"), null=True, blank=True)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    # Grants on cases are made to this group; officers are never members of it, postings are looked up instead.
    group = models.OneToOneField(Group, models.PROTECT, related_name="unit", editable=False)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("police unit")
        verbose_name_plural = _("police units")
        ordering = ["state", "name_en"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(kind="state_cell", valid_to=None), name="one_cell_per_state"
            ),
            models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="unit_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(kind__in=UnitKind.values), name="unit_kind_is_known"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="unit_is_not_its_own_parent"),
        ]

    def is_valid(self, at: datetime) -> bool:
        """Tell whether the unit exists at that moment."""
        began = self.valid_from is None or self.valid_from <= at
        return began and (self.valid_to is None or self.valid_to > at)
