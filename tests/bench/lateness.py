"""How late a deadline is noticed: one thousand of them due within ten seconds, on the portal as it runs."""

import hashlib
import time
from datetime import UTC, datetime, timedelta

from tests.bench.ground import percentile
from tests.stack.portal import Portal, wait_for

COUNT = 1000
WITHIN_S = 10.0
CLAIM_S = 60


def measure(portal: Portal) -> list[str]:
    """Return the lines of the report."""
    first_due = datetime.now(UTC) + timedelta(seconds=45)
    _receive(first_due)
    spare = (first_due - datetime.now(UTC)).total_seconds()
    if spare < 0:
        raise SystemExit("the alerts were received more slowly than they fall due; give them more time")
    time.sleep(spare + WITHIN_S)
    settled = "SELECT count(*) FROM ops.deadline d JOIN ops.case_link l USING (case_id) WHERE kind = 'CLAIM'"
    settled += f" AND level = 0 AND settled_as = 'missed' AND due_at >= '{first_due.isoformat()}'"
    wait_for(lambda: portal.ask(settled, address="ops_url")[0][0] == COUNT, "some deadlines did not fire", seconds=120)
    late = "SELECT extract(epoch FROM settled_at - due_at)::float FROM ops.deadline WHERE kind = 'CLAIM' AND level = 0"
    late += f" AND due_at >= '{first_due.isoformat()}'"
    seconds = [float(str(row[0])) for row in portal.ask(late, address="ops_url")]
    early = sum(second < 0 for second in seconds)
    p50, p99, most = (f"{percentile(seconds, percent):.2f} s" for percent in (50, 99, 100))
    return [f"{COUNT} deadlines due within {WITHIN_S:.0f} s: p50 {p50} late, p99 {p99}, most {most}; {early} early"]


def _receive(first_due: datetime) -> None:
    """Let the alerts come in as if a minute before they fall due, through the rule the doors call."""
    from cases.intake import Arrival, receive
    from districts.actors import Sight, partner_actor
    from districts.models import Partner
    from districts.reach import reach_of

    partner = Partner.objects.select_related("state").get(code="meta")
    by = partner_actor(partner, sight=Sight.ENGINE)
    for number in range(COUNT):
        due = first_due + timedelta(seconds=WITHIN_S * number / COUNT)
        report = Arrival(
            door="api",
            state=partner.state,
            partner=partner,
            sha256=hashlib.sha256(f"late{number}".encode()).hexdigest(),
            size=1,
            platform="instagram",
            partner_reference=f"LATE-{number}",
        )
        with reach_of(by):
            receive(report, by=by, at=due - timedelta(seconds=CLAIM_S))
