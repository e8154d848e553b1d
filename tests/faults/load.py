"""Receive many alerts as if an hour ago, through the rule the doors call, so that their promises fall due together."""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime, timedelta

import django

from tests.faults.modes import BURST_CLAIM_S


def main(part: int, parts: int, count: int, first_due: float, within: float, name: str) -> None:
    """Receive one part of them."""
    django.setup()
    from cases.intake import Arrival, receive
    from districts.actors import Sight, partner_actor
    from districts.models import Partner
    from districts.reach import reach_of

    partner = Partner.objects.select_related("state").get(code="meta")
    by = partner_actor(partner, sight=Sight.ENGINE)
    for number in range(part, count, parts):
        due = datetime.fromtimestamp(first_due, UTC) + timedelta(seconds=within * number / count)
        report = Arrival(
            door="api",
            state=partner.state,
            partner=partner,
            sha256=hashlib.sha256(f"{name}{number}".encode()).hexdigest(),
            size=1,
            platform="instagram",
            partner_reference=f"{name}-{number}",
        )
        with reach_of(by):
            receive(report, by=by, at=due - timedelta(seconds=BURST_CLAIM_S))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]), sys.argv[6])
