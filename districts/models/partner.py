"""Partners: the outside platforms that send alerts, and the keys they send them with."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from districts.models.territory import State


class Partner(models.Model):
    """An outside platform that may send alerts to one state."""

    state = models.ForeignKey(State, models.PROTECT, related_name="partners", verbose_name=_("state"))
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    practice = models.BooleanField(_("practice partner"), default=False, help_text=_("all its alerts are practice"))
    active = models.BooleanField(_("active"), default=True)
    # Needed in the clear to check a signature; the column is readable by the ground role only.
    signing_secret = models.CharField(_("signing secret"), max_length=120, blank=True)
    require_signature = models.BooleanField(_("signature required"), default=False)
    webhook_url = models.URLField(_("webhook address"), blank=True, max_length=500)
    mail_domains = models.JSONField(_("mail domains"), default=list, blank=True)
    silent_after_s = models.PositiveIntegerField(
        _("silent after"),
        null=True,
        blank=True,
        help_text=_(
            "seconds without an alert or a heartbeat after which the cell is alarmed; 0: never; "
            "empty: a quarter of an hour after its last heartbeat, once it has sent one"
        ),
    )

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["state", "code"]
        constraints = [
            models.UniqueConstraint(fields=["state", "code"], name="one_partner_per_code"),
            models.CheckConstraint(
                condition=Q(require_signature=False) | ~Q(signing_secret=""), name="signature_needs_a_secret"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class PartnerKey(models.Model):
    """A bearer key. Only its SHA-256 is kept; two may live at once, so that a key can be turned without a gap."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="keys", verbose_name=_("partner"))
    slot = models.PositiveSmallIntegerField(_("slot"), default=1)
    prefix = models.CharField(_("begins with"), max_length=12)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    issued_at = models.DateTimeField(_("issued"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("partner key")
        verbose_name_plural = _("partner keys")
        ordering = ["partner", "-issued_at"]
        constraints = [
            models.CheckConstraint(condition=Q(slot__in=[1, 2]), name="two_live_keys_at_most"),
            models.UniqueConstraint(
                fields=["partner", "slot"], condition=Q(revoked_at=None), name="one_live_key_per_slot"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"
