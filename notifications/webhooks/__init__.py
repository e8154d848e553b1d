"""Webhooks: what partners are told of their own alerts, in codes only. They never share a lane with an officer."""

from notifications.webhooks.carrying import Answer, Errand, carry
from notifications.webhooks.owing import News, owe, replay
from notifications.webhooks.sending import deliver_due

__all__ = ["Answer", "Errand", "News", "carry", "deliver_due", "owe", "replay"]
