"""What a partner adds to an alert: supplements, files, and the word that it was a mistake."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from cases import files, supplements
from cases.intake import Arrival
from cases.models import Addition, Alert, Case
from districts.actors import Sight, partner_actor
from districts.models import Partner
from districts.reach import reach_of
from portal.api.v1 import parts, reading, serializers, shapes, signatures
from portal.api.v1.arrival import arrival_of, rfc3339
from portal.api.v1.views import PartnerView

Kind = Addition.Kind


class AdditionView(PartnerView):
    """What the three have in common: an alert of the partner's own, and a key that may come again."""

    def add(
        self,
        alert_id: str,
        sent: supplements.Sent,
        *,
        signed: signatures.Signed | None,
        at: datetime,
        status: int,
        told: Callable[[UUID, Case], dict[str, Any]],
    ) -> Response:
        """Add it, and answer once it is committed."""
        by = partner_actor(self.partner, sight=Sight.ENGINE)
        with reach_of(by):
            if signed:
                signed.accept()
            answer = supplements.add_once(_known(alert_id), sent, partner=self.partner, by=by, at=at, tell=told)
        headers = {"Idempotency-Replayed": "true"} if answer.replayed else {}
        return Response(dict(sorted(answer.body.items())), status=200 if answer.replayed else status, headers=headers)

    def key(self) -> str:
        """Return the Idempotency-Key, which may be left out here."""
        return self.idempotency_key() if self.plain.headers.get("Idempotency-Key", "").strip() else ""


class SupplementsView(AdditionView):
    """More about an alert."""

    @extend_schema(**shapes.POST_SUPPLEMENT)
    def post(self, _request: Request, alert_id: str) -> Response:
        """
        Send what you have learned since.

        At any time, also after closing. Nothing that was sent before is changed; whoever has the case is told.
        """
        at, key = timezone.now(), self.key()
        raw = reading.bytes_of(self.plain)
        signed = self.signed(raw, at=at)
        said = reading.read(raw)
        fields = serializers.checked_addition(said, serializers.SUPPLEMENT)
        warnings = serializers.warnings_of(said, serializers.SUPPLEMENT)
        sent = supplements.Sent(
            kind=Kind.SUPPLEMENT,
            content=raw,
            asked=_asked(Kind.SUPPLEMENT, alert_id, raw),
            key=key,
            body=said.value,
            arrival=_reader(fields, said.value, partner=self.partner, at=at),
        )

        def told(addition_id: UUID, case: Case) -> dict[str, Any]:
            return _told(addition_id, case, alert_id, raw, at=at) | {"warnings": warnings}

        return self.add(alert_id, sent, signed=signed, at=at, status=201, told=told)


class FilesView(AdditionView):
    """Files of an alert."""

    @extend_schema(**shapes.POST_FILE)
    def post(self, _request: Request, alert_id: str) -> Response:
        """
        Send a file: a form with one part named `file`, and its `sha256` if you have it.

        Its bytes are kept as they are. With `sha256`, what was changed on the way is refused and not kept.
        """
        at, key = timezone.now(), self.key()
        raw = parts.raw_form_of(self.plain)
        signed = self.signed(raw, at=at)
        part = parts.part_of(self.plain, raw)
        # Of the file and not of the form: whoever sends it again has other boundaries around it.
        asked = _asked(Kind.FILE, alert_id, part.content)
        sent = supplements.Sent(kind=Kind.FILE, content=part.content, asked=asked, key=key, name=part.name)

        def told(addition_id: UUID, _case: Case) -> dict[str, Any]:
            return {
                "file_id": str(addition_id),
                "sha256": hashlib.sha256(part.content).hexdigest(),
                "size": len(part.content),
                "media_type": files.media_type_of(part.content),
            }

        return self.add(alert_id, sent, signed=signed, at=at, status=201, told=told)


class RetractView(AdditionView):
    """An alert that was a mistake."""

    @extend_schema(**shapes.POST_RETRACTION)
    def post(self, _request: Request, alert_id: str) -> Response:
        """Say that an alert was a mistake, and why. Nothing is deleted; the cell reads it and decides."""
        at, key = timezone.now(), self.key()
        raw = reading.bytes_of(self.plain)
        signed = self.signed(raw, at=at)
        said = reading.read(raw)
        fields = serializers.checked_addition(said, serializers.RETRACTION)
        sent = supplements.Sent(
            kind=Kind.RETRACTION,
            content=raw,
            asked=_asked(Kind.RETRACTION, alert_id, raw),
            key=key,
            body={"reason": fields["reason"]},
        )

        def told(addition_id: UUID, case: Case) -> dict[str, Any]:
            return _told(addition_id, case, alert_id, raw, at=at)

        return self.add(alert_id, sent, signed=signed, at=at, status=202, told=told)


def _told(addition_id: UUID, case: Case, alert_id: str, raw: bytes, *, at: datetime) -> dict[str, Any]:
    return {
        "id": str(addition_id),
        "alert_id": str(UUID(alert_id)),
        "reference": case.reference,
        "state": case.status,
        "received_at": rfc3339(at),
        "sha256": hashlib.sha256(raw).hexdigest(),
    }


def _known(alert_id: str) -> UUID:
    try:
        return UUID(alert_id)
    except ValueError as strange:
        raise NotFound from strange


def _asked(kind: str, alert_id: str, content: bytes) -> str:
    """Return the digest of all that is asked."""
    return hashlib.sha256(f"{kind}:{alert_id.lower()}:".encode() + content).hexdigest()


def _reader(
    fields: dict[str, Any], body: dict[str, Any], *, partner: Partner, at: datetime
) -> Callable[[Alert], Arrival]:
    """Return what reads a supplement as an alert is read; what it leaves out is as the alert has said it."""

    def read(alert: Alert) -> Arrival:
        whole = fields | {"partner_reference": alert.partner_reference, "sent_at": fields.get("sent_at") or at}
        whole["platform"] = fields.get("platform") or alert.platform
        return arrival_of(whole, body, partner=partner, sha256="", size=0)

    return read
