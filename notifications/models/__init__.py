"""The records of the messages floor, one matter per module."""

from notifications.models.links import NumberLink
from notifications.models.messages import (
    FINAL,
    OWED,
    PERHAPS_TAKEN,
    Attempt,
    Channel,
    DeadEnd,
    Message,
    Outcome,
    Ring,
    State,
)
from notifications.models.providers import Provider
from notifications.models.templates import Template
from notifications.models.webhooks import Webhook, WebhookTry

__all__ = [
    "FINAL",
    "OWED",
    "PERHAPS_TAKEN",
    "Attempt",
    "Channel",
    "DeadEnd",
    "Message",
    "NumberLink",
    "Outcome",
    "Provider",
    "Ring",
    "State",
    "Template",
    "Webhook",
    "WebhookTry",
]
