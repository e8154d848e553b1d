"""Mail: one receipt for every message of the mailbox, and the layouts that say where a sender writes what."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from districts.keys import uuid7
from districts.models import State


class MailLayout(models.Model):
    """How one sender lays out its mails. The state edits it; the generic label reader stands behind it."""

    state = models.ForeignKey(State, models.PROTECT, related_name="mail_layouts", verbose_name=_("state"))
    name = models.CharField(_("name"), max_length=80)
    sender = models.CharField(_("sender"), max_length=200)
    fields = models.JSONField(_("patterns"), default=dict)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        # Not one of the tables of a case: administrators write it, and it holds nothing of anybody.
        db_table = "mail_layout"
        verbose_name = _("mail layout")
        verbose_name_plural = _("mail layouts")
        ordering = ["state", "name"]
        constraints = [models.UniqueConstraint(fields=["state", "name"], name="one_mail_layout_per_name")]

    def __str__(self) -> str:
        return self.name


class Verdict(models.TextChoices):
    """What a mail was judged to be."""

    ALERT = "alert", _("alert")
    UNREADABLE = "unreadable", _("unreadable")
    TRAY = "tray", _("no alert")
    AGAIN = "again", _("seen before")


class TrayKind(models.TextChoices):
    """Why a mail is no alert."""

    AUTO_REPLY = "auto_reply", _("automatic reply")
    BOUNCE = "bounce", _("returned mail")
    LIST = "list", _("mailing list")
    NOTICE = "notice", _("notice")


class MailReceipt(models.Model):
    """A message that lies in the mailbox, and the digest of its sealed bytes. Judged once; its alert has its id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    mailbox = models.CharField(max_length=300)
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    internal_date = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    received_at = models.DateTimeField()
    # The same message under another number: the mailbox was made anew, or its server has moved.
    same_as = models.ForeignKey("self", models.PROTECT, null=True, related_name="again")

    # Written once, when it is judged.
    state = models.ForeignKey(State, models.PROTECT, null=True, related_name="+")
    judged_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    kind = models.CharField(max_length=10, choices=TrayKind, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    sender = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("mail receipt")
        verbose_name_plural = _("mail receipts")
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "uidvalidity", "uid"], name="one_receipt_per_message_of_a_mailbox"
            ),
            models.CheckConstraint(
                condition=Q(judged_at=None, verdict="") | (Q(judged_at__isnull=False) & ~Q(verdict="")),
                name="mail_judged_at_iff_verdict",
            ),
            models.CheckConstraint(
                condition=(Q(verdict="tray") & ~Q(kind="")) | (~Q(verdict="tray") & Q(kind="")),
                name="mail_in_the_tray_says_why",
            ),
            models.CheckConstraint(
                condition=Q(judged_at=None) | Q(verdict="again") | Q(state__isnull=False),
                name="judged_mail_has_a_state",
            ),
        ]
        indexes = [
            # Read by the poller, to find what nobody has judged yet.
            models.Index(fields=["id"], condition=Q(judged_at=None), name="mail_not_judged"),
            # Read by the tray, newest first.
            models.Index(fields=["state", "-id"], condition=Q(verdict="tray"), name="mail_tray"),
            # Read for each new message, to know it again under another number.
            models.Index(fields=["sha256"], name="mail_by_content"),
        ]

    def __str__(self) -> str:
        return f"mail {self.id}"
