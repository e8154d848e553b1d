"""Counterparts: the same portal of another state, with what opens its door to us."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from districts.models.partner import Partner
from districts.models.territory import Unit


class Counterpart(models.Model):
    """
    How a control room of another state is reached by API: it has a portal like this one, and each is a partner there.

    Key and secret are what that portal has given us. What it tells us later is signed with the same secret.
    """

    unit = models.OneToOneField(Unit, models.PROTECT, related_name="counterpart", verbose_name=_("control room"))
    # Who they are when they send something to us; what anybody else hands over is an alert like any other.
    partner = models.OneToOneField(
        Partner, models.PROTECT, null=True, blank=True, related_name="counterpart", verbose_name=_("partner")
    )
    address = models.URLField(_("address of their portal"), max_length=300)
    # Needed in the clear to send and to sign; never shown again once they are entered.
    key = models.CharField(_("key they have given us"), max_length=200)
    signing_secret = models.CharField(_("signing secret"), max_length=120)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("portal of another state")
        verbose_name_plural = _("portals of other states")
        ordering = ["unit"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(key="") & ~Q(signing_secret=""), name="counterpart_has_a_key_and_a_secret"
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit.code} ↔"
