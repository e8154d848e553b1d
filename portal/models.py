"""The roof's own records: signs of life, accepted signed requests, acts that were done, and armed desks."""

from django.db import models

from districts.models import Officer, Partner, State


class Pulse(models.Model):
    """The latest heartbeat of one part: a task that Celery has run, or a process that is at work."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "pulse"


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
