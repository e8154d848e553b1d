"""What a state knows of its own ground beyond what ships: places, PINs and STD codes, each pointing to a territory."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from districts.models.territory import Bilingual, State, Unit


class Fact(models.Model):
    """
    Something that tells where somebody is. It goes before the fact that ships with the portal under the same name.

    Revenue districts are named in English and not tied: a state may be seeded with its units only. A fact that has
    ended also silences the one that ships.
    """

    state = models.ForeignKey(State, models.PROTECT, related_name="+", verbose_name=_("state"))
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("police unit, if one is certain")
    )
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def known_as(self) -> str:
        """What the register calls it within its state."""
        raise NotImplementedError


class PlaceKind(models.TextChoices):
    """What sort of place it is."""

    TOWN = "town", _("town or village")
    LOCALITY = "locality", _("part of a city")
    STATION = "station", _("railway station")
    LANDMARK = "landmark", _("landmark")


class Place(Fact, Bilingual):
    """A town, a part of a city, a railway station or a landmark, under every name people write."""

    district_name = models.CharField(_("revenue district, in English"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=PlaceKind, default=PlaceKind.TOWN)
    aliases = models.JSONField(_("other names and spellings"), default=list, blank=True)
    everyday_word = models.BooleanField(_("is an everyday word as well"), default=False)

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["state", "name_en"]
        constraints = [
            models.UniqueConstraint(
                fields=["state", "name_en", "district_name"], name="one_place_of_a_name_per_district"
            ),
            models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="place_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(kind__in=PlaceKind.values), name="place_kind_is_known"),
        ]

    @property
    def known_as(self) -> str:
        """Its name and its district."""
        return f"{self.district_name}/{self.name_en}"


class PinArea(Fact):
    """A PIN, or the beginning of PINs, and the revenue districts it belongs to, the likeliest first."""

    pin = models.CharField(_("PIN, or how it begins"), max_length=6)
    district_names = models.JSONField(_("revenue districts, in English"), default=list)

    class Meta:
        verbose_name = _("PIN")
        verbose_name_plural = _("PINs")
        ordering = ["state", "pin"]
        constraints = [
            models.UniqueConstraint(fields=["state", "pin"], name="one_pin_area_per_pin"),
            models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="pin_area_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(pin__regex=r"^[1-9][0-9]{2,5}$"), name="pin_area_is_digits"),
        ]

    def __str__(self) -> str:
        return self.pin

    @property
    def known_as(self) -> str:
        """The PIN."""
        return self.pin


class StdArea(Fact):
    """An STD code, with its 0, and the revenue districts it belongs to, the likeliest first."""

    code = models.CharField(_("STD code, with its 0"), max_length=5)
    district_names = models.JSONField(_("revenue districts, in English"), default=list)

    class Meta:
        verbose_name = _("STD code")
        verbose_name_plural = _("STD codes")
        ordering = ["state", "code"]
        constraints = [
            models.UniqueConstraint(fields=["state", "code"], name="one_std_area_per_code"),
            models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="std_area_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(code__regex=r"^0[1-9][0-9]{1,3}$"), name="std_area_is_digits"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def known_as(self) -> str:
        """The code."""
        return self.code
