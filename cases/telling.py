"""Telling: what the partners of a case are told when it changes, in codes and by the same transaction."""

from __future__ import annotations

from datetime import datetime

from cases.models import Alert, Case
from cases.states import Status
from notifications import webhooks
from notifications.webhooks import News

STATE_CHANGED, CLOSED = "alert.state_changed", "alert.closed"
INFORMATION_REQUESTED = "alert.information_requested"


def changed(case: Case, *, at: datetime) -> None:
    """Owe each partner of the case the news that it stands elsewhere now. One change is told once."""
    tell(case, CLOSED if case.status == Status.CLOSED else STATE_CHANGED, at=at)


def tell(case: Case, kind: str, *, at: datetime) -> int:
    """Owe a piece of news to whoever sent an alert that is in the case; return how many are told."""
    alerts = Alert.objects.filter(links__case=case, links__ended_at=None, partner__isnull=False)
    reachable = alerts.exclude(partner__webhook_url="").select_related("partner").order_by("pk")
    news = [
        News(
            partner=alert.partner,
            alert_id=alert.pk,
            partner_reference=alert.partner_reference,
            state=case.status,
            outcome=case.outcome,
        )
        for alert in reachable
        if alert.partner is not None
    ]
    return webhooks.owe(kind, news, at=at)
