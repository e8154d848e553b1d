"""The records of the messages floor: what must be told, each try to tell it, and what a telephone showed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from districts.keys import uuid7
from districts.models import Contact


class Channel(models.TextChoices):
    """How a message goes out."""

    SMS = "sms", _("SMS")
    VOICE = "voice", _("voice call")
    EMAIL = "email", _("e-mail")


class State(models.TextChoices):
    """Where a message is. Nothing is silent: every message ends in one of the last five, or stays accepted."""

    QUEUED = "queued", _("waiting to be sent")
    SENDING = "sending", _("on its way to the gateway")
    ACCEPTED = "accepted", _("taken by the gateway")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled before anybody took it")
    SUPERSEDED = "superseded", _("another channel got through first")
    REPLACED = "replaced", _("a newer message took its place")


OWED = frozenset({State.QUEUED, State.SENDING})
FINAL = frozenset({State.DELIVERED, State.FAILED, State.CANCELLED, State.SUPERSEDED, State.REPLACED})


class Outcome(models.TextChoices):
    """What one try came to; empty while the request is on the wire."""

    ACCEPTED = "accepted", _("taken")
    REFUSED = "refused", _("refused for good")
    UNREACHABLE = "unreachable", _("certainly not taken")
    UNANSWERED = "unanswered", _("perhaps taken: no clear answer")
    ABANDONED = "abandoned", _("perhaps taken: the sender died")


class DeadEnd(models.TextChoices):
    """Why a post cannot be told: no way that is left leads to it."""

    NO_ADDRESS = "no_address", _("no number and no address")
    WAITING = "waiting", _("no channel gets through, still trying")
    UNANSWERED = "unanswered", _("nobody answers the telephone")
    EXHAUSTED = "exhausted", _("every channel has failed")
    GIVEN_UP = "given_up", _("given up after hours")


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
    # The version of the state's own words, where it has some, and the name they are sent under.
    wording = models.ForeignKey("Template", models.PROTECT, null=True, related_name="+", db_index=False)
    header = models.CharField(max_length=11, blank=True)
    facts = models.JSONField(default=dict)
    # The reference and the key of what it is about. No foreign key: this floor does not know what that is.
    about = models.CharField(max_length=40)
    # A test of a number is about no case, and so nobody sees it by a case.
    about_id = models.UUIDField(null=True)
    group = models.CharField(max_length=80)
    once = models.CharField(max_length=200, unique=True)
    practice = models.BooleanField()
    instead_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="stand_ins")
    # How often the post has been called in vain before this call.
    turn = models.PositiveSmallIntegerField(default=0)
    # The newer message, or the digest, that tells of its matter in its place.
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaces", db_index=False)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    # When somebody must look at it next: the next try, or the end of the lease while it is being sent.
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    first_try_at = models.DateTimeField(null=True)
    final_at = models.DateTimeField(null=True)
    # A call that was taken and of which nothing has been heard by then was not answered.
    answer_by = models.DateTimeField(null=True)
    # When the post is called once more; the next call is a row of its own, made when it is due.
    call_again_at = models.DateTimeField(null=True)
    # Since when, and why, no way is left to the post; empty again as soon as something gets through.
    dead_end = models.CharField(max_length=12, choices=DeadEnd, blank=True)
    dead_end_at = models.DateTimeField(null=True)
    # Its group has been taken back: whatever becomes of this one, nobody is told in its place.
    withdrawn_at = models.DateTimeField(null=True)
    # By which provider the latest try goes.
    provider = models.CharField(max_length=16, blank=True)
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
            models.CheckConstraint(
                condition=Q(topic="contact_test", about_id=None)
                | (~Q(topic="contact_test") & Q(about_id__isnull=False)),
                name="message_is_about_a_case_or_a_number",
            ),
            # Only a message that nobody can be sent (no number on record) may lack an address; it is born failed.
            models.CheckConstraint(condition=~Q(to="") | Q(state=State.FAILED), name="message_has_an_address"),
            models.CheckConstraint(
                condition=~Q(state=State.REPLACED) | Q(replaced_by__isnull=False), name="message_replaced_by_another"
            ),
            models.CheckConstraint(
                condition=Q(dead_end="", dead_end_at=None) | (~Q(dead_end="") & Q(dead_end_at__isnull=False)),
                name="message_dead_end_at_iff_dead_end",
            ),
            models.CheckConstraint(condition=Q(answer_by=None) | Q(state=State.ACCEPTED), name="message_awaited"),
            models.CheckConstraint(
                condition=Q(call_again_at=None) | Q(state=State.FAILED, withdrawn_at=None), name="message_call_in_vain"
            ),
        ]
        indexes = [
            # Read by delivery.claim_due, several times a second, and by queries.oldest_due.
            models.Index(fields=["channel", "due_at"], condition=Q(state__in=sorted(OWED)), name="message_due"),
            # Read by queries.about (the page of a case) and by the row security of the floor above.
            models.Index(fields=["about_id", "created_at"], name="message_about"),
            # Read by contact_tests.tested: the readiness board, and whoever asks whether a number is verified.
            models.Index(
                fields=["contact", "-created_at"], condition=Q(topic="contact_test"), name="message_test_of_a_contact"
            ),
            # Read by outbox.cancel and outbox.told.
            models.Index(fields=["group"], name="message_group"),
            # Read by delivery.hang_up, several times a second.
            models.Index(fields=["answer_by"], condition=Q(answer_by__isnull=False), name="message_unanswered"),
            # Read by delivery.call_again, several times a second.
            models.Index(fields=["call_again_at"], condition=Q(call_again_at__isnull=False), name="message_call_again"),
            # Read by pile.settle: what else waits for the same post.
            models.Index(fields=["contact", "channel"], condition=Q(state=State.QUEUED), name="message_pile"),
            # Read by queries.dead_ends_open, every few seconds.
            models.Index(
                fields=["dead_end_at"],
                condition=Q(dead_end_at__isnull=False, withdrawn_at=None),
                name="message_dead_end_open",
            ),
            # Read by outbox.cancel: which messages a digest stands for.
            models.Index(fields=["replaced_by"], condition=Q(replaced_by__isnull=False), name="message_replaced"),
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
    # Whom it was given to: known before the call, so that nobody is asked twice because we forgot.
    provider = models.CharField(max_length=16, blank=True)
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
