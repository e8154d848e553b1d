"""The records of the messages floor: what must be told, each try to tell it, and what a telephone showed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from districts.keys import uuid7
from districts.models import Contact, Partner


class Channel(models.TextChoices):
    """How a message goes out."""

    SMS = "sms", _("SMS")
    VOICE = "voice", _("voice call")
    EMAIL = "email", _("e-mail")


class State(models.TextChoices):
    """Where a message is. Nothing is silent: every message ends in one of the last four, or stays accepted."""

    QUEUED = "queued", _("waiting to be sent")
    SENDING = "sending", _("on its way to the gateway")
    ACCEPTED = "accepted", _("taken by the gateway")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled before anybody took it")
    SUPERSEDED = "superseded", _("another channel got through first")


OWED = frozenset({State.QUEUED, State.SENDING})
FINAL = frozenset({State.DELIVERED, State.FAILED, State.CANCELLED, State.SUPERSEDED})


class Outcome(models.TextChoices):
    """What one try came to; empty while the request is on the wire."""

    ACCEPTED = "accepted", _("taken")
    REFUSED = "refused", _("refused for good")
    UNREACHABLE = "unreachable", _("certainly not taken")
    UNANSWERED = "unanswered", _("perhaps taken: no clear answer")
    ABANDONED = "abandoned", _("perhaps taken: the sender died")


# After these somebody may be reading the message, whatever we know of it.
PERHAPS_TAKEN = frozenset({Outcome.ACCEPTED, Outcome.UNANSWERED, Outcome.ABANDONED, ""})


class Message(models.Model):
    """Something a post must be told. The row is written with the change it tells of, and sent afterwards."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    topic = models.CharField(max_length=32)
    channel = models.CharField(max_length=8, choices=Channel)
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="messages")
    to = models.CharField(max_length=254, blank=True)
    to_ref = models.CharField(max_length=90)
    language = models.CharField(max_length=5)
    text = models.TextField()
    template_id = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)
    # The reference and the key of what it is about. No foreign key: this floor does not know what that is.
    about = models.CharField(max_length=40)
    about_id = models.UUIDField()
    group = models.CharField(max_length=80)
    once = models.CharField(max_length=200, unique=True)
    practice = models.BooleanField()
    instead_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="stand_ins")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    # When somebody must look at it next: the next try, or the end of the lease while it is being sent.
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    first_try_at = models.DateTimeField(null=True)
    final_at = models.DateTimeField(null=True)
    # Its group has been taken back: whatever becomes of this one, nobody is told in its place.
    withdrawn_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=120, blank=True)
    # What a gateway must know to tell us what came of this one message.
    token = models.CharField(max_length=64, unique=True)
    last_error = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="message_channel_is_known"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="message_state_is_known"),
            # An accepted message may still be waiting for its receipt; an accepted mail never gets one.
            models.CheckConstraint(
                condition=Q(state__in=sorted(OWED), final_at=None)
                | Q(state__in=sorted(FINAL), final_at__isnull=False)
                | Q(state=State.ACCEPTED),
                name="message_final_at_iff_final",
            ),
            models.CheckConstraint(
                condition=Q(state=State.SENDING, lease_until__isnull=False)
                | (~Q(state=State.SENDING) & Q(lease_until=None)),
                name="message_leased_iff_sending",
            ),
            models.CheckConstraint(
                condition=Q(attempts=0, first_try_at=None) | Q(attempts__gt=0, first_try_at__isnull=False),
                name="message_first_try_iff_tried",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="message_says_something"),
            # Only a message that nobody can be sent (no number on record) may lack an address; it is born failed.
            models.CheckConstraint(condition=~Q(to="") | Q(state=State.FAILED), name="message_has_an_address"),
        ]
        indexes = [
            # Read by delivery.claim_due, several times a second, and by queries.oldest_due.
            models.Index(fields=["channel", "due_at"], condition=Q(state__in=sorted(OWED)), name="message_due"),
            # Read by queries.about (the page of a case) and by the row security of the floor above.
            models.Index(fields=["about_id", "created_at"], name="message_about"),
            # Read by trouble.dead_ends each five seconds.
            models.Index(fields=["final_at"], condition=Q(state=State.FAILED), name="message_failed_lately"),
            # Read by outbox.cancel and outbox.told.
            models.Index(fields=["group"], name="message_group"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} by {self.channel} to {self.to_ref}: {self.state}"


class Attempt(models.Model):
    """One try to send a message, and what the gateway said later came of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, models.PROTECT, related_name="tries")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    detail = models.CharField(max_length=120, blank=True)
    provider_id = models.CharField(max_length=120, blank=True)
    # The receipt.
    heard = models.CharField(max_length=12, blank=True)
    heard_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=4, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="one_attempt_per_number"),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="attempt_ended_iff_outcome",
            ),
            models.CheckConstraint(condition=Q(outcome__in=["", *Outcome.values]), name="attempt_outcome_is_known"),
            models.CheckConstraint(
                condition=Q(heard_at=None, heard="") | (Q(heard_at__isnull=False) & ~Q(heard="")),
                name="attempt_heard_at_iff_heard",
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.message_id}: {self.outcome or 'on the wire'}"


class Ring(models.Model):
    """What the demo telephone or mailbox of a post showed; once for a message, however often it was sent."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.OneToOneField(Message, models.PROTECT, related_name="ring")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="rings")
    channel = models.CharField(max_length=8, choices=Channel)
    to = models.CharField(max_length=254)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("ring of a demo telephone")
        verbose_name_plural = _("rings of the demo telephones")
        constraints = [models.CheckConstraint(condition=Q(channel__in=Channel.values), name="ring_channel_is_known")]
        # Read by queries.rings, newest first.
        indexes = [models.Index(fields=["-at"], name="ring_newest")]

    def __str__(self) -> str:
        return f"{self.channel} to {self.to_ref}"

    @property
    def to_ref(self) -> str:
        """The post whose telephone it is."""
        return self.message.to_ref


class Webhook(models.Model):
    """Something a partner is told of its own alert: codes only. Its number is its place in the order of the alert."""

    class Kind(models.TextChoices):
        """What happened."""

        STATE_CHANGED = "alert.state_changed", _("state changed")
        INFORMATION_REQUESTED = "alert.information_requested", _("information requested")
        CLOSED = "alert.closed", _("closed")

    class Stage(models.TextChoices):
        """Where it is."""

        OWED = "owed", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("given up")

    webhook_id = models.UUIDField(_("id"), default=uuid7, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="webhooks", verbose_name=_("partner"))
    kind = models.CharField(_("what"), max_length=32, choices=Kind)
    alert_id = models.UUIDField(_("alert"))
    # Word for word as it is signed and sent, each time the same.
    body = models.TextField(_("body"))
    stage = models.CharField(_("stage"), max_length=10, choices=Stage, default=Stage.OWED)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"))
    due_at = models.DateTimeField(_("next try"))
    give_up_at = models.DateTimeField(_("given up at"))
    final_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.CheckConstraint(
                condition=Q(stage="owed", final_at=None) | (~Q(stage="owed") & Q(final_at__isnull=False)),
                name="webhook_final_at_iff_ended",
            )
        ]
        indexes = [
            # Read by sending, each second.
            models.Index(fields=["due_at"], condition=Q(stage="owed"), name="webhook_due"),
            # Read by sending, to keep the order of one alert.
            models.Index(fields=["alert_id", "id"], condition=Q(stage="owed"), name="webhook_in_order"),
            # Read by the delivery log, newest first.
            models.Index(fields=["partner", "-id"], name="webhook_log"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.webhook_id}"


class WebhookTry(models.Model):
    """One try to tell a partner, and what came of it."""

    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="tries")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    # Words of ours, never of the other side.
    detail = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "number"], name="one_try_per_number_of_a_webhook")]

    def __str__(self) -> str:
        return f"{self.number} of {self.webhook_id}"
