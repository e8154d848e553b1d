"""Contacts: the numbers of a post, which stay when officers change."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from districts.models.territory import Unit


class Contact(models.Model):
    """A post that can be told something: its number, its address and its rung on the ladder."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="contacts", verbose_name=_("unit"))
    post = models.CharField(_("post"), max_length=40, help_text=_("control_room, SHO, CO, SP, IG …"))
    rung = models.PositiveSmallIntegerField(_("rung"), help_text=_("1 is told first; higher rungs later"))
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=5, default="hi")
    practice = models.BooleanField(
        _("practice post"), default=False, help_text=_("practice alerts may ring it for real")
    )
    vacant = models.BooleanField(_("vacant"), default=False, help_text=_("nobody is there; the ladder skips it"))

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["unit", "rung", "post"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "post"], name="one_contact_per_post"),
            models.CheckConstraint(condition=~Q(phone="", email=""), name="contact_can_be_reached"),
            models.CheckConstraint(condition=Q(rung__gte=1), name="contact_rung_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.unit.code}/{self.post}"
