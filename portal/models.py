"""The roof's only record: when each moving part was last seen to work."""

from django.db import models


class Pulse(models.Model):
    """The latest heartbeat of one part: a task that Celery has run, or a process that is at work."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "pulse"
