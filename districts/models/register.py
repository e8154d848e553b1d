"""The register of onboarding acts: who added, changed or ended what, written once."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RegisterEntry(models.Model):
    """One act of onboarding, with what was there before and after. A trigger refuses any change to it."""

    at = models.DateTimeField(_("at"))
    actor = models.CharField(_("by"), max_length=80)
    act = models.CharField(_("act"), max_length=40)
    subject = models.CharField(_("about"), max_length=120)
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)

    class Meta:
        verbose_name = _("register entry")
        verbose_name_plural = _("register of onboarding acts")
        ordering = ["-at", "-id"]
        # Read by the register page of the admin, newest first.
        indexes = [models.Index(fields=["-at"], name="register_newest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.act} {self.subject}"
