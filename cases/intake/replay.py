"""Replay: the same alert sent twice is one alert, whatever broke the first time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from cases.intake.arrival import Arrival
from cases.intake.receive import receive
from cases.models import Alert, Case, IdempotencyKey
from districts.actors import Actor
from districts.models import Partner
from districts.refusals import Refusal

TRY_KEY = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 1))"
# The first lock says whether the same key is being worked on now; the second makes the same reference wait its turn.
# Then what is nearly always so: neither has come before. It is asked in the same trip, by a statement that begins only
# when the waiting is over, and so sees what the other has written.
TRY_KEY_WAIT_AND_ASK = """
    SELECT CASE WHEN pg_try_advisory_xact_lock(hashtextextended(%(partner)s || ':' || %(key)s, 1))
                THEN pg_advisory_xact_lock(hashtextextended(%(partner)s || ':' || %(reference)s, 2))::text IS NOT NULL
                ELSE false END;
    SELECT EXISTS (SELECT FROM cases_idempotencykey WHERE partner_id = %(partner)s AND key = %(key)s)
        OR EXISTS (SELECT FROM cases_alert
                   WHERE partner_id = %(partner)s AND partner_reference = %(reference)s AND door = %(door)s)
"""


class KeyReused(Refusal):
    """The key was used before with another body."""

    code = "idempotency_key_reused"
    sentence = _("This Idempotency-Key was used for another body. Send a new alert with a new key.")


class KeyBusy(Refusal):
    """The same key is being worked on at this moment."""

    code = "idempotency_key_in_use"
    sentence = _("An alert with this Idempotency-Key is being received now. Ask again in a second.")


class Answer(NamedTuple):
    """What the partner is told, and whether it is told for the first time."""

    body: dict[str, Any]
    created: bool
    replayed: bool


@transaction.atomic(savepoint=False)
def receive_once(
    arrival: Arrival, *, key: str, by: Actor, at: datetime, answer: Callable[[UUID, Case], dict[str, Any]]
) -> Answer:
    """
    Receive an alert that came with an Idempotency-Key; a replay gets the stored answer, word for word.

    ``answer`` makes the partner's answer from the alert's id and its case; it is kept with the alert.

    :raises KeyBusy: if another request with the same key is at work
    :raises KeyReused: if the key came before with another body
    """
    partner = arrival.partner
    if partner is None:
        msg = "only a partner sends a key"
        raise ValueError(msg)
    facts = {"partner": partner.pk, "key": key, "reference": arrival.partner_reference, "door": arrival.door}
    ours, came_before = _ask(TRY_KEY_WAIT_AND_ASK, facts)
    if not ours:
        raise KeyBusy(key_seen_at=at.isoformat())

    def used(alert: Alert) -> IdempotencyKey:
        return IdempotencyKey(partner=partner, key=key, sha256=arrival.sha256, alert=alert, at=at)

    if came_before:
        known = IdempotencyKey.objects.filter(partner=partner, key=key).select_related("alert").first()
        if known is not None:
            if known.sha256 != arrival.sha256:
                raise KeyReused
            return Answer(known.alert.answer, created=False, replayed=True)
        first = Alert.objects.get(partner=partner, partner_reference=arrival.partner_reference, door=arrival.door)
        used(first).save(force_insert=True)
        return Answer(first.answer, created=False, replayed=False)
    received = receive(arrival, by=by, at=at, idempotency_key=key, answer=answer, beside=used)
    return Answer(received.alert.answer, created=True, replayed=False)


def hold_key(partner: Partner, key: str, *, at: datetime) -> None:
    """
    See that nobody else is at work with the partner's key until this transaction ends.

    :raises KeyBusy: if somebody is
    """
    (ours,) = _ask(TRY_KEY, [f"{partner.pk}:{key}"])
    if not ours:
        raise KeyBusy(key_seen_at=at.isoformat())


def _ask(statements: str, facts: Sequence[str] | Mapping[str, Any]) -> list[bool]:
    """Return the answer to each of the statements."""
    with connection.cursor() as cursor:
        cursor.execute(statements, facts)
        answers = [bool(cursor.fetchone()[0])]
        while cursor.nextset():
            answers.append(bool(cursor.fetchone()[0]))
    return answers
