"""The register of onboarding acts: who added, changed or ended what, written once."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from districts.models.territory import State, Unit

#: Acts that change which unit answers for a place.
GROUND_ACTS = (
    "district_added", "district_changed", "unit_added", "unit_changed", "unit_closed", "place_added", "place_changed",
    "pinarea_added", "pinarea_changed", "stdarea_added", "stdarea_changed", "facts_imported",
)  # fmt: skip


class RegisterEntry(models.Model):
    """One act of onboarding, with what was there before and after. A trigger refuses any change to it."""

    at = models.DateTimeField(_("at"))
    actor = models.CharField(_("by"), max_length=80)
    act = models.CharField(_("act"), max_length=40)
    subject = models.CharField(_("about"), max_length=120)
    # Whose administrators may read it: those of the state, and of the unit where it concerns one.
    state = models.ForeignKey(State, models.PROTECT, null=True, related_name="+", verbose_name=_("state"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("unit"))
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)

    class Meta:
        verbose_name = _("register entry")
        verbose_name_plural = _("register of onboarding acts")
        ordering = ["-at", "-id"]
        indexes = [
            # Read by the register page of the admin, newest first.
            models.Index(fields=["-at"], name="register_newest"),
            # Read by onboarding: who set this officer's password last.
            models.Index(fields=["subject", "act"], name="register_of_one_subject"),
            # Read by jurisdiction at every suggestion: whether the ground has changed since it was learnt.
            models.Index(fields=["state", "id"], condition=Q(act__in=GROUND_ACTS), name="register_of_the_ground"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.act} {self.subject}"
