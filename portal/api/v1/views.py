"""The calls of the partner API: who asks, what is said, one rule, the answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Any, cast
from uuid import UUID

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases import evidence
from cases.intake import receive_once
from cases.models import Case
from districts.actors import Sight, partner_actor
from districts.models import Partner
from districts.reach import reach_of
from portal.api.v1 import handed_over, own, reading, serializers, shapes, signatures, telephone
from portal.api.v1.arrival import arrival_of, rfc3339
from portal.api.v1.authentication import KeyHolder
from portal.api.v1.completeness import completeness
from portal.api.v1.fields import read_moment
from portal.api.v1.lanes import lanes
from portal.api.v1.problems import BadParameter, NoKey
from portal.pulse import beat

KEY = re.compile(r"[\x20-\x7e]{1,255}")
#: The members of the answer to an alert.
TOLD = ("id", "reference", "received_at", "sha256", "state", "practice", "completeness", "warnings", "links")
#: A plus sign that nobody has escaped arrives as a space.
LOST_PLUS = re.compile(r" (?=\d\d:\d\d$)")


class AlwaysJSON(BaseContentNegotiation):
    """Answers JSON to everybody: an alert is not refused for an Accept header."""

    def select_parser(self, _request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        """Take the only one."""
        return next(iter(parsers))

    def select_renderer(
        self, _request: Request, renderers: Iterable[BaseRenderer], _format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Take the only one."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type or ""


class PartnerView(APIView):
    """What all calls share: a lane for each key, English, and JSON."""

    content_negotiation_class = AlwaysJSON

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer in English, whatever language the portal speaks."""
        with translation.override("en"), ExitStack() as self.leaving:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Wait for a place in the lane of the key, before anything is asked of the database."""
        self.leaving.enter_context(lanes.place_in(telephone.digest_of(self.plain)))
        super().initial(request, *args, **kwargs)
        if request.method in SAFE_METHODS and not signatures.is_missing(self.plain.headers):
            # Reading needs none, as there is nothing in it that could be changed on the way; one that is there fits.
            self.signed(b"", at=timezone.now())

    @property
    def plain(self) -> HttpRequest:
        """Django's own request."""
        plain: HttpRequest = self.request._request  # noqa: SLF001 - DRF's own wrapper of Django's request
        return plain

    @property
    def partner(self) -> Partner:
        """The partner whose key was shown."""
        holder = cast("KeyHolder", self.request.user)  # not an officer: DRF's types know Django's users only
        return holder.partner

    def signed(self, raw: bytes, *, at: datetime) -> signatures.Signed | None:
        """Return the signature of the request, which is yet to be used up."""
        return signatures.check(self.plain.headers, raw, partner=self.partner, at=at)

    def idempotency_key(self) -> str:
        """
        Return the Idempotency-Key.

        :raises NoKey: if there is none, or it is no key
        """
        key = self.plain.headers.get("Idempotency-Key", "").strip()
        if not key:
            raise NoKey
        if not KEY.fullmatch(key):
            raise NoKey("idempotency_key_malformed")
        return key


class AlertsView(PartnerView):
    """Alerts: sent in, and looked through."""

    @extend_schema(**shapes.POST_ALERT)
    def post(self, _request: Request) -> Response:
        """
        Send an alert.

        201 means: it is written down for good, and an officer is being called. The answer says what is missing; send
        that when you have it, never wait for it.
        """
        at = timezone.now()
        key = self.idempotency_key()
        raw = reading.bytes_of(self.plain)
        signed = self.signed(raw, at=at)
        said = reading.read(raw)
        fields = serializers.checked(said)
        sha256 = hashlib.sha256(raw).hexdigest()
        way = handed_over.trusted(said.value, partner=self.partner)
        arrival = arrival_of(
            fields, said.value, partner=self.partner, sha256=sha256, size=len(raw), handed_over=way or None
        )
        warnings = [pointer for pointer in serializers.warnings_of(said) if not way or pointer != "/handed_over"]
        told = {
            "received_at": rfc3339(at),
            "sha256": sha256,
            "practice": arrival.practice,
            "completeness": completeness(fields),
            "warnings": warnings,
        }
        _in_no_transaction()
        by = partner_actor(self.partner, sight=Sight.ENGINE)
        with reach_of(by):
            if signed:
                signed.accept()
            answer = receive_once(arrival, key=key, by=by, at=at, answer=partial(_seal_and_tell, raw=raw, told=told))
        # Only here is it committed, and only from here on may it be said.
        headers = {"Location": answer.body["links"]["self"]} if answer.created else {}
        if answer.replayed:
            headers["Idempotency-Replayed"] = "true"
        return Response(_in_order(answer.body), status=201 if answer.created else 200, headers=headers)

    @extend_schema(**shapes.LIST_ALERTS)
    def get(self, _request: Request) -> Response:
        """
        Look through your alerts.

        The one that changed longest ago comes first. Follow `next` to the end, and ask again later with the
        last `updated_at` as `updated_since`: nothing is missed, the last one is told twice.
        """
        rows, ended = own.several(
            self.partner,
            updated_since=self._moment("updated_since"),
            partner_reference=self._text("partner_reference"),
            after=self._place("cursor"),
        )
        return Response({"alerts": rows, "next": ended.written() if ended else None})

    def _text(self, name: str) -> str | None:
        value = self.plain.GET.get(name) or None
        if value and reading.UNSTORABLE.search(value):
            raise BadParameter(detail=f"{name} has characters that no reference has.")
        return value

    def _moment(self, name: str) -> datetime | None:
        value = self._text(name)
        if value is None:
            return None
        moment = read_moment(LOST_PLUS.sub("+", value))
        if moment is None:
            raise BadParameter(
                detail=f"{name} must be a time by RFC 3339 with an offset, such as 2026-11-21T17:52:08Z."
            )
        return moment

    def _place(self, name: str) -> own.Place | None:
        value = self._text(name)
        if value is None:
            return None
        try:
            return own.Place.read(value)
        except ValueError as strange:
            raise BadParameter(detail=f"{name} must be the `next` of an earlier answer.") from strange


class AlertView(PartnerView):
    """One alert."""

    @extend_schema(**shapes.GET_ALERT)
    def get(self, _request: Request, alert_id: str) -> Response:
        """Ask where an alert stands. One of somebody else and one that does not exist are answered alike."""
        try:
            wanted = UUID(alert_id)
        except ValueError as strange:
            raise NotFound from strange
        row = own.one(self.partner, wanted, at=timezone.now())
        if row is None:
            raise NotFound
        return Response(row)


class HeartbeatView(PartnerView):
    """The partner is there."""

    @extend_schema(**shapes.POST_HEARTBEAT)
    def post(self, _request: Request) -> Response:
        """Say that you are there and have nothing to report. Silence raises an alarm in the cell."""
        signed = self.signed(reading.small_body_of(self.plain), at=timezone.now())
        with transaction.atomic():
            if signed:
                signed.accept()
            # By its number: partners of two states may have one code, and one must not hide the other's silence.
            beat(f"partner:{self.partner.pk}")
        return Response(status=204)


class NothingHere(PartnerView):
    """Every other address below ``/api/v1/``."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 - the library's names
        """Say so, in the form of the API."""
        raise NotFound


def _seal_and_tell(alert_id: UUID, case: Case, *, raw: bytes, told: dict[str, Any]) -> dict[str, Any]:
    """
    Seal the bytes and return what the partner is told.

    Intake asks for it right before it writes the alert, so the bytes are on the disk before the row says they are,
    and a request that is refused or repeated leaves nothing behind.
    """
    evidence.seal(raw)
    address = reverse("api-v1:alert", args=[alert_id])
    return {
        "id": str(alert_id),
        "reference": case.reference,
        "state": case.status,
        **told,
        "links": {"self": address},
    }


def _in_order(told: dict[str, Any]) -> dict[str, Any]:
    """Return the answer in one order: the database keeps none, and a repetition must read the same, byte for byte."""
    return {name: told[name] for name in TOLD if name in told}


def _in_no_transaction() -> None:
    """See that nobody has opened a transaction around us: a 2xx before its commit would be a promise on sand."""
    if connection.in_atomic_block:
        msg = "an alert must be received in a transaction of its own, and one is open already"
        raise RuntimeError(msg)
