"""The roof's own records: signs of life, what is wrong, accepted requests, acts that were done, and armed desks."""

from django.db import models
from django.db.models import F, Q

from districts.models import Officer, Partner, State


class Pulse(models.Model):
    """The latest heartbeat of one part: a task that Celery has run, or a process that is at work."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    # Of a process only: when this one began. One that was started later takes the place of one that is gone.
    began_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "pulse"


class Alarm(models.Model):
    """Something that ``watch`` has found wrong, from when to when. It names parts and posts, never a person."""

    code = models.CharField(max_length=24)
    # Whose cell it concerns; nobody's in particular means: everybody's who runs the portal.
    state = models.ForeignKey(State, models.PROTECT, null=True, related_name="+")
    subject = models.CharField(max_length=80, blank=True)
    count = models.PositiveIntegerField(default=1)
    examples = models.JSONField(default=list)
    since = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "alarm"
        constraints = [
            models.UniqueConstraint(
                fields=["code", "state", "subject"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="one_open_alarm_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("since")), name="alarm_ends_after_it_begins"
            ),
        ]
        # Read by the console each five seconds, by readyz and by watch itself.
        indexes = [models.Index(fields=["state", "code"], condition=Q(ended_at=None), name="alarm_open")]

    def __str__(self) -> str:
        return f"{self.code} {self.subject}".strip()


class SignedRequest(models.Model):
    """The id of a signed request that was accepted. Written by the transaction that did what it asked: never twice."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+")
    webhook_id = models.CharField(max_length=128)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "signed request"
        constraints = [models.UniqueConstraint(fields=["partner", "webhook_id"], name="a_webhook_id_is_accepted_once")]
        # Read whenever one is added, to let the oldest go.
        indexes = [models.Index(fields=["at"], name="signed_request_oldest")]


class ActKey(models.Model):
    """The key of an officer's act that was done. Written by the transaction that did it: a repeat changes nothing."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "key of an act"
        constraints = [models.UniqueConstraint(fields=["officer", "key"], name="an_act_is_done_once")]


class Desk(models.Model):
    """A screen of a state cell with its sound armed: it says so every minute, and counts as off when it does not."""

    state = models.ForeignKey(State, models.PROTECT, related_name="+")
    name = models.CharField(max_length=16)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    armed_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        verbose_name = "desk"
        constraints = [models.UniqueConstraint(fields=["state", "name"], name="one_desk_per_name_and_state")]
        # Read by the wall board and the console: the desks of a state that are armed now.
        indexes = [models.Index(fields=["state", "until"], name="desk_armed")]
