"""Webhooks: what partners are told of their own alerts, in codes only. They never share a lane with an officer."""

from notifications.webhooks.owing import News, owe, replay
from notifications.webhooks.sending import deliver_due

__all__ = ["News", "deliver_due", "owe", "replay"]
