"""Signatures: who sent these bytes, and not twice (Standard Webhooks, with the ids that were used kept as rows)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import connection

from districts.models import Partner
from portal.api.v1.problems import NotSigned

ID, MOMENT, SIGNATURES = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE_S: Final = 300
#: Signed bytes could be cut apart elsewhere only at another dot. A body begins with a brace or a line of its own, and
#: neither can stand in an id: so nothing that was signed can be read as something else.
SOUND_ID = re.compile(r"[A-Za-z0-9_.:+/=@-]{1,128}", re.ASCII)
SOUND_MOMENT = re.compile(r"[0-9]{1,12}", re.ASCII)
#: A signature of that age is refused for its age. The ids are kept much longer than that needs.
KEPT = timedelta(days=30)

# One trip: take the id, and let a few go that are too old to matter. Of two requests with one id the second waits here
# for the first, and takes nothing; when the first is undone, the second is the first.
TAKE = """
    WITH old AS (
        SELECT id FROM portal_signedrequest WHERE at < %(before)s LIMIT 20 FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM portal_signedrequest WHERE id IN (SELECT id FROM old)
    )
    INSERT INTO portal_signedrequest (partner_id, webhook_id, at) VALUES (%(partner)s, %(id)s, %(at)s)
    ON CONFLICT DO NOTHING
"""


class SignatureWrong(NotSigned):
    """There is a signature, and it does not make the request the partner's."""

    default_code = "signature_invalid"
    default_detail = (
        "The signature does not fit. Sign the bytes of the body exactly as they are sent, with the secret that the "
        "state cell has on record: webhook-id, webhook-timestamp, and webhook-signature: v1, with the base64 of "
        'HMAC-SHA256 over "{id}.{timestamp}.{body}".'
    )


class SignatureStale(SignatureWrong):
    """It was made too long ago, or is from the future."""

    default_code = "signature_stale"
    default_detail = (
        f"webhook-timestamp is more than {TOLERANCE_S} seconds from our clock. Set yours, and sign the request anew."
    )


class SignatureUsed(SignatureWrong):
    """Its id came before."""

    default_code = "signature_used"
    default_detail = (
        "A request with this webhook-id was accepted before. Give each request an id of its own; to repeat an alert, "
        "keep its Idempotency-Key and sign it anew."
    )


class Signed(NamedTuple):
    """A request whose signature is good; its id is not yet used up."""

    partner_id: int
    webhook_id: str
    at: datetime

    def accept(self) -> None:
        """
        Use the id up, in the transaction that does what the request asks: what is undone may be sent again.

        :raises SignatureUsed: if it came before
        """
        values: dict[str, Any] = {
            "before": self.at - KEPT,
            "partner": self.partner_id,
            "id": self.webhook_id,
            "at": self.at,
        }
        with connection.cursor() as cursor:
            cursor.execute(TAKE, values)
            if cursor.rowcount != 1:
                raise SignatureUsed


def is_missing(headers: Mapping[str, str]) -> bool:
    """Tell whether no signature came with a request."""
    return not any(headers.get(name) for name in (ID, MOMENT, SIGNATURES))


def check(headers: Mapping[str, str], raw: bytes, *, partner: Partner, at: datetime) -> Signed | None:
    """
    Return the signature of a request; nothing, if it has none and needs none, or there is no secret to check it with.

    :raises NotSigned: if the partner has asked that nothing be taken without one
    :raises SignatureWrong: if it does not fit; a signature that is there is checked whether it is required or not
    """
    if is_missing(headers):
        if partner.require_signature:
            raise NotSigned
        return None
    if not partner.signing_secret:
        return None
    return Signed(partner.pk, verified(headers, raw, secret=partner.signing_secret, at=at), at)


def verified(headers: Mapping[str, str], raw: bytes, *, secret: str, at: datetime) -> str:
    """
    Return the webhook-id of a request that was signed with the secret just now.

    :raises SignatureWrong: if the signature is missing, malformed, another's or too old
    """
    webhook_id, moment = headers.get(ID, ""), headers.get(MOMENT, "")
    if not SOUND_ID.fullmatch(webhook_id) or not SOUND_MOMENT.fullmatch(moment):
        raise SignatureWrong
    wanted = signature(secret, webhook_id=webhook_id, moment=int(moment), raw=raw, written=moment)
    if not _is_among(headers.get(SIGNATURES, ""), wanted):
        raise SignatureWrong
    if abs(at.timestamp() - int(moment)) > TOLERANCE_S + 1:
        raise SignatureStale
    return webhook_id


def signature(secret: str, *, webhook_id: str, moment: int, raw: bytes, written: str = "") -> str:
    """Return the signature of some bytes, as it stands in the header."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_") + "==")
    except binascii.Error as broken:
        # Onboarding refuses such a secret. A signature is never taken for good because it can not be checked.
        raise SignatureWrong from broken
    signed = f"{webhook_id}.{written or moment}.".encode() + raw
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _is_among(given: str, wanted: str) -> bool:
    """Tell whether one of the signatures is the right one, in constant time for each; other versions are none."""
    one_of = [hmac.compare_digest(one.encode("utf-8", "replace"), wanted.encode()) for one in given.split(" ")]
    return any(one_of)
