"""Owing: the rows of what a partner must be told, written by the transaction that made it so."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from districts.actors import Actor
from districts.models import Partner
from districts.onboarding import authority
from districts.onboarding.register import Note, record
from notifications import nudge
from notifications.models import Webhook

DELIVER: Final = "notifications.deliver_webhooks"
#: How long a partner that does not answer is tried.
HORIZON: Final = timedelta(hours=24)
Kind, Stage = Webhook.Kind, Webhook.Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What became of one alert of a partner: its own names for it, and our codes."""

    partner: Partner
    alert_id: UUID
    partner_reference: str
    state: str
    outcome: str


def owe(kind: str, news: Iterable[News], *, at: datetime) -> int:
    """Owe the news to each partner that has an address, in the caller's transaction; return to how many."""
    rows = [
        Webhook(
            partner=one.partner,
            kind=Kind(kind),
            alert_id=one.alert_id,
            body=_body(kind, one, at=at),
            created_at=at,
            due_at=at,
            give_up_at=at + HORIZON,
        )
        for one in news
        if one.partner.active and one.partner.webhook_url
    ]
    Webhook.objects.bulk_create(rows)
    if rows:
        nudge.after_commit(DELIVER)
    return len(rows)


@transaction.atomic
def replay(webhook: Webhook, *, by: Actor, at: datetime) -> Webhook:
    """Send a webhook once more, with its own id and words, for another day. The register says who asked for it."""
    state = webhook.partner.state
    authority.check_state(by, state, subject=webhook.partner)
    webhook = Webhook.objects.select_for_update(of=("self",)).select_related("partner__state").get(pk=webhook.pk)
    webhook.stage, webhook.final_at = Stage.OWED, None
    webhook.due_at, webhook.give_up_at = at, at + HORIZON
    webhook.save(update_fields=["stage", "final_at", "due_at", "give_up_at"])
    record("webhook_replayed", subject=f"webhook:{webhook.webhook_id}", note=Note(by, at, state))
    nudge.after_commit(DELIVER)
    return webhook


def _body(kind: str, news: News, *, at: datetime) -> str:
    told = {
        "type": str(kind),
        "timestamp": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": {
            "id": str(news.alert_id),
            "partner_reference": news.partner_reference,
            "state": str(news.state),
            "outcome": str(news.outcome) or None,
        },
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
