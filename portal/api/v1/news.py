"""News: what another portal says of a case that was handed over there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed, NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from cases import crossings
from cases.crossings import News, NoSuchPassage
from cases.states import Outcome, Status
from districts.models import Counterpart
from districts.reach import reach_of
from portal.api.v1 import reading, signatures
from portal.api.v1.fields import read_moment
from portal.api.v1.lanes import lanes
from portal.api.v1.problems import Fault, InvalidAddition
from portal.api.v1.views import PartnerView

KINDS = frozenset({"alert.state_changed", "alert.closed", "alert.information_requested"})


class NewsView(PartnerView):
    """What another portal says of a case that was handed over there. Its signature alone says who it is."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Give every portal a lane of its own; whoever floods one address holds no other up."""
        self.leaving.enter_context(lanes.place_in(f"news:{kwargs['unit_code'][:40]}"))
        super(PartnerView, self).initial(request, *args, **kwargs)

    def get_authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the library's name
        """Say what a 401 asks for."""
        return 'Signature realm="portals"'

    @extend_schema(exclude=True)
    def post(self, _request: Request, unit_code: str) -> Response:
        """
        Take news of a case that was handed over to another portal: the webhooks of that portal are sent here.

        The same news again, and news that are older than what is known, change nothing and are answered alike.
        """
        at = timezone.now()
        raw = reading.bytes_of(self.plain)
        counterpart = _signed_by(self.plain, raw, unit_code, at=at)
        news = _news_in(reading.read(raw).value)
        by = crossings.actor_of(counterpart)
        try:
            with reach_of(by):
                crossings.hear(counterpart, news, by=by, at=at)
        except NoSuchPassage as unknown:
            # Perhaps the answer to the hand-over has not yet been written down: a webhook comes again.
            raise NotFound from unknown
        return Response(status=204)


def _signed_by(request: HttpRequest, raw: bytes, unit_code: str, *, at: datetime) -> Counterpart:
    """
    Return the portal whose signature it is; of one that we do not know, and of a wrong signature, nothing can be told.

    :raises AuthenticationFailed: if it is not signed by that portal
    """
    found = Counterpart.objects.filter(unit__code=unit_code, active=True).select_related("unit").first()
    # Without a secret nothing can be verified, but the same work is done.
    secret = found.signing_secret if found else "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    signatures.verified(request.headers, raw, secret=secret, at=at)
    if found is None:
        raise AuthenticationFailed
    return found


def _news_in(value: object) -> News:
    """
    Read a webhook of another portal.

    :raises InvalidAddition: naming the member that is no news
    """
    told = value if isinstance(value, dict) else {}
    inner = told.get("data")
    data = inner if isinstance(inner, dict) else {}
    moment = read_moment(told["timestamp"]) if isinstance(told.get("timestamp"), str) else None
    state, outcome = data.get("state"), data.get("outcome") or ""
    wrong = {
        "/type": told.get("type") not in KINDS,
        "/timestamp": moment is None,
        "/data/id": _uuid(data.get("id")) is None,
        "/data/state": state not in Status.values,
        "/data/outcome": outcome not in {"", *Outcome.values},
    }
    alert_id = _uuid(data.get("id"))
    if moment is None or alert_id is None or any(wrong.values()):
        faults = [Fault(name, "wrong_type", "This is no news of an alert.") for name, bad in wrong.items() if bad]
        raise InvalidAddition(faults)
    return News(kind=told["type"], alert_id=alert_id, state=str(state), outcome=str(outcome), said_at=moment)


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
