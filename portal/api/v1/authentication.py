"""Who a partner is: a bearer key, of which the portal knows only the SHA-256."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import ClassVar

from django.db import connection
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from districts.models import Partner, PartnerKey, State
from districts.rows import Columns
from portal.api.v1 import signatures, telephone
from portal.api.v1.problems import NotSigned

CHALLENGE = 'Bearer realm="partner API"'
KEY, PARTNER, STATE = Columns(PartnerKey, "key"), Columns(Partner, "partner"), Columns(State, "state")
LIVE_KEY = f"""
    SELECT {KEY}, {PARTNER}, {STATE}
    FROM districts_partnerkey AS key
         JOIN districts_partner AS partner ON partner.id = key.partner_id
         JOIN districts_state AS state ON state.id = partner.state_id
    WHERE key.sha256 = %s AND key.revoked_at IS NULL AND partner.active
"""  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A partner that has shown a live key. DRF calls it the user."""

    partner: Partner
    is_authenticated: ClassVar[bool] = True


class PartnerKeyAuthentication(BaseAuthentication):
    """Finds the partner by the digest of its key."""

    def authenticate(self, request: Request) -> tuple[KeyHolder, str]:
        """
        Return who sent the request.

        A missing, malformed, unknown and revoked key, and one of a partner that is no longer active, cost the same
        work and get the same answer.

        :raises AuthenticationFailed: if there is no live key of an active partner
        """
        plain = request._request  # noqa: SLF001 - DRF's own wrapper of Django's request
        digest = telephone.digest_of(plain)
        key = _live_key(digest)
        # The index has compared already; this says it again in constant time, and that nothing is not a key.
        if key is None or not hmac.compare_digest(key.sha256, digest) or not telephone.bearer_of(plain):
            raise AuthenticationFailed
        telephone.remember(digest, key.partner.state_id)
        if key.partner.require_signature and plain.method not in SAFE_METHODS and signatures.is_missing(plain.headers):
            # Said before the body is looked at; with the body in hand, the signature itself is checked.
            raise NotSigned
        return KeyHolder(key.partner), digest

    def authenticate_header(self, _request: Request) -> str:
        """Say what a 401 asks for."""
        return CHALLENGE


def _live_key(digest: str) -> PartnerKey | None:
    """Return the live key with this digest, of an active partner. It is asked anew each time: a key ends at once."""
    with connection.cursor() as cursor:
        cursor.execute(LIVE_KEY, [digest])
        found = cursor.fetchone()
    if found is None:
        return None
    answer = iter(found)
    key = KEY.take(answer)
    key.partner = PARTNER.take(answer)
    key.partner.state = STATE.take(answer)
    return key
