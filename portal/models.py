"""The roof's own records: signs of life, which signed requests were accepted, and which acts were done."""

from django.db import models

from districts.models import Officer, Partner


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
