"""Links of number tests: whoever holds the telephone says, by one tap, that the test has come."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from districts.keys import uuid7
from notifications.models.messages import Message


class NumberLink(models.Model):
    """What the holder of a telephone may answer to one test of its number: that it has come. The link is not kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    message = models.OneToOneField(Message, models.PROTECT, related_name="number_link")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("link of a number test")
        verbose_name_plural = _("links of number tests")

    def __str__(self) -> str:
        return f"test of {self.message.to_ref}"
