"""Who a partner is: a bearer key, of which the portal knows only the SHA-256."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import ClassVar

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from districts.models import Partner, PartnerKey
from portal.api.v1 import signatures, telephone
from portal.api.v1.problems import NotSigned

CHALLENGE = 'Bearer realm="partner API"'


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
        key = (
            PartnerKey.objects.filter(sha256=digest, revoked_at=None, partner__active=True)
            .select_related("partner__state")
            .order_by("pk")  # there is one; the order people read keys in would be asked of two tables more
            .first()
        )
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
