"""Webhooks: what a partner is told, by a real receiver that hangs, refuses and lies: in order, once, in codes only."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from standardwebhooks import Webhook as Verifier

from cases.information import NEEDS
from cases.models import Case
from districts.actors import CLOCK
from districts.models import Officer, Partner, RegisterEntry
from districts.reach import reach_of
from notifications import webhooks
from notifications.models import Webhook, WebhookTry
from notifications.webhooks import News, sending
from portal.api.v1.completeness import TABLE
from portal.views.forms import NEEDED
from tests.portal.conftest import arrive

SECRET = "whsec_c2VjcmV0LW9mLXRoZS10d28tb2YtdXM="


@dataclass
class Heard:
    """A request as it arrived, and what the standard's own library says of its signature."""

    body: bytes
    headers: dict[str, str]
    good: bool

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told


@dataclass
class Manner:
    """How the receiver answers."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    after_s: float = 0.0
    drop: bool = False
    rubbish: bytes = b""


class Receiver(ThreadingHTTPServer):
    """A partner's machine."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.manner = Manner()
        self.next: deque[Manner] = deque()
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    @property
    def states(self) -> list[str]:
        return [one.told["data"]["state"] for one in self.heard]

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that lost its patience is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            Verifier(SECRET).verify(body, headers)
            good = True
        except Exception:  # noqa: BLE001 - whatever it says, it is not good
            good = False
        self.server.heard.append(Heard(body, headers, good))
        manner = self.server.next.popleft() if self.server.next else self.server.manner
        self.server.closing.wait(manner.after_s)
        if manner.drop:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif manner.rubbish:
            self.wfile.write(manner.rubbish)
            self.close_connection = True
        else:
            self.send_response_only(manner.status)
            for name, value in {"Content-Length": str(len(manner.body)), **manner.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(manner.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()


@pytest.fixture
def meta(transactional_db: None, land: None, receiver: Receiver) -> Partner:
    partner = Partner.objects.select_related("state").get(state__code="RJ", code="meta")
    partner.webhook_url, partner.signing_secret = receiver.url, SECRET
    partner.save(update_fields=["webhook_url", "signing_secret"])
    return partner


@pytest.fixture
def monday() -> datetime:
    return timezone.now().replace(microsecond=0)


def owe(partner: Partner, *states: str, at: datetime, alert_id: Any = None) -> None:
    alert_id = alert_id or uuid4()
    for state in states:
        news = News(partner=partner, alert_id=alert_id, partner_reference="MSI-1", state=state, outcome="")
        with reach_of(CLOCK):
            webhooks.owe("alert.state_changed", [news], at=at)


def deliver(at: datetime) -> int:
    return webhooks.deliver_due(clock=lambda: at, for_s=30)


def stages() -> list[str]:
    return list(Webhook.objects.order_by("pk").values_list("stage", flat=True))


def act(client: Client, case: Case, verb: str, **said: str) -> None:
    answer = client.post(f"/cases/{case.reference}/{verb}", said, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.content


def test_what_happens_to_a_case_is_told_in_codes_in_order_and_once(
    meta: Partner, receiver: Receiver, desk: Callable[[str], Client]
):
    case = arrive()
    op1, north = desk("op1"), desk("north")
    act(op1, case, "claim")
    act(op1, case, "notes", text="Aarav is at the lake")
    act(op1, case, "forward", unit="RJ-NORTH", role="lead")
    act(north, case, "acknowledge", officer_name="A", officer_phone="+915550000001", eta_minutes="5")
    act(north, case, "move")
    act(north, case, "contact", confirmed="person", condition="safe")
    act(op1, case, "close", outcome="S2")
    assert receiver.heard == []  # what is owed waits for the commit, and for nobody's page
    deliver(timezone.now())

    assert receiver.states == ["in_triage", "forwarded", "acknowledged", "team_moving", "contact_made", "closed"]
    assert all(one.good for one in receiver.heard)
    assert [one.told["type"] for one in receiver.heard] == ["alert.state_changed"] * 5 + ["alert.closed"]
    last = receiver.heard[-1].told
    assert set(last) == {"type", "timestamp", "data"}
    assert set(last["data"]) == {"id", "partner_reference", "state", "outcome"}
    assert (last["data"]["outcome"], receiver.heard[0].told["data"]["outcome"]) == ("S2", None)
    assert len({one.headers["webhook-id"] for one in receiver.heard}) == 6
    everything = b"".join(one.body for one in receiver.heard).decode()
    assert "Aarav" not in everything
    assert "lake" not in everything
    assert case.reference not in everything
    deliver(timezone.now())
    assert len(receiver.heard) == 6


def test_the_partner_is_told_that_something_is_asked_and_reads_what_in_its_alert(
    meta: Partner, receiver: Receiver, desk: Callable[[str], Client]
):
    case = arrive()
    act(desk("op1"), case, "request-information", needs="ip_events")
    answer = desk("op1").post(
        f"/cases/{case.reference}/request-information",
        {"needs": ["subject.phones", "devices"]},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 200
    deliver(timezone.now())

    assert [one.told["type"] for one in receiver.heard] == ["alert.information_requested"] * 2
    key = {"Authorization": "Bearer key-of-rj-meta-000000"}
    told = Client().get(f"/api/v1/alerts/{receiver.heard[0].told['data']['id']}", headers=key).json()
    assert told["needs"][:3] == ["ip_events", "subject.phones", "devices"]
    for wrong in ({}, {"needs": "the name of the lake"}):
        again = desk("op1").post(
            f"/cases/{case.reference}/request-information", wrong, headers={"Accept": "application/json"}
        )
        assert again.status_code == 422
    refused = desk("up-op1").post(f"/cases/{case.reference}/request-information", {"needs": "devices"})
    assert refused.status_code == 404


def test_a_partner_is_asked_for_what_makes_an_alert_complete_and_nothing_else():
    assert set(NEEDS) == {entry.name for entry in TABLE} == {code for code, _ in NEEDED}


def test_what_is_rolled_back_is_told_to_nobody(meta: Partner, receiver: Receiver, monday: datetime):
    with pytest.raises(RuntimeError), transaction.atomic():
        owe(meta, "in_triage", at=monday)
        raise RuntimeError
    deliver(monday)
    assert receiver.heard == []


@pytest.mark.parametrize(
    "manner",
    [
        Manner(status=500),
        Manner(status=404),
        Manner(status=401),
        Manner(status=302, headers={"Location": "http://127.0.0.1:9/"}),
        Manner(status=429, headers={"Retry-After": "nonsense"}),
        Manner(drop=True),
        Manner(rubbish=b"220 smtp.example ESMTP\r\n"),
        Manner(rubbish=b"HTTP/1.1 999999 Yes\r\n\r\n"),
    ],
)
def test_anything_but_a_yes_is_tried_again_with_the_same_id_and_words(
    meta: Partner, receiver: Receiver, monday: datetime, manner: Manner
):
    receiver.next.append(manner)
    owe(meta, "in_triage", at=monday)
    deliver(monday)
    assert stages() == ["owed"]
    deliver(monday + timedelta(seconds=4))
    assert len(receiver.heard) == 1
    deliver(monday + timedelta(seconds=6))

    first, second = receiver.heard
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert stages() == ["delivered"]


@pytest.mark.fault
def test_a_partner_that_hangs_holds_up_its_own_and_nobody_elses(meta: Partner, receiver: Receiver, monday: datetime):
    other_machine = Receiver()
    other = Partner.objects.create(
        state=meta.state, code="x", name="X", webhook_url=other_machine.url, signing_secret=SECRET
    )
    receiver.manner = Manner(after_s=60)
    for _ in range(20):
        owe(meta, "in_triage", at=monday)
    owe(other, "in_triage", "closed", at=monday)
    began = time.monotonic()
    webhooks.deliver_due(clock=lambda: monday, for_s=0)
    webhooks.deliver_due(clock=lambda: monday, for_s=0)
    took = time.monotonic() - began
    other_machine.close()

    assert other_machine.states == ["in_triage", "closed"]
    assert took < 2 * sending.PATIENCE_S + 3


def test_a_later_state_never_overtakes_an_earlier_one(meta: Partner, receiver: Receiver, monday: datetime):
    receiver.next.extend([Manner(status=500), Manner(status=500)])
    owe(meta, "in_triage", "forwarded", "closed", at=monday, alert_id=uuid4())
    owe(meta, "received", at=monday)
    for seconds in (0, 6, 30, 60):
        deliver(monday + timedelta(seconds=seconds))

    arrived = [state for state in receiver.states if state != "received"]
    assert list(dict.fromkeys(arrived)) == ["in_triage", "forwarded", "closed"]
    assert stages() == ["delivered"] * 4


def test_two_senders_at_once_tell_it_once(meta: Partner, receiver: Receiver, monday: datetime):
    for _ in range(10):
        owe(meta, "in_triage", at=monday)
    calls = [sending._claim(at=monday), sending._claim(at=monday)]
    assert [len(some) for some in calls] == [10, 0]
    # The one that took them has died: they are taken again when its lease is over.
    assert sending._claim(at=monday + timedelta(seconds=29)) == []
    assert deliver(monday + timedelta(seconds=31)) == 10


def test_after_a_day_it_is_given_up_and_the_desk_can_send_it_once_more(
    meta: Partner, receiver: Receiver, monday: datetime, desk: Callable[[str], Client]
):
    receiver.manner = Manner(status=503)
    owe(meta, "closed", at=monday)
    at, tries = monday, 0
    while stages() == ["owed"] and tries < 60:
        deliver(at)
        at, tries = max(at, Webhook.objects.get().due_at), tries + 1
    row = Webhook.objects.get()
    assert (row.stage, row.final_at) == ("failed", monday + timedelta(hours=24))
    assert 10 < len(receiver.heard) < 30

    admin = desk("admin")
    page = f"/admin/notifications/webhook/{row.pk}"
    assert "503" in admin.get(f"{page}/change/").content.decode()
    assert admin.post(f"{page}/replay/").status_code in {302, 200}
    receiver.manner = Manner()
    assert Webhook.objects.get().stage == "owed"
    deliver(timezone.now() + timedelta(seconds=1))
    assert stages() == ["delivered"]
    assert len({one.headers["webhook-id"] for one in receiver.heard}) == 1
    assert RegisterEntry.objects.filter(act="webhook_replayed", actor="officer:admin").exists()


def test_gone_is_gone(meta: Partner, receiver: Receiver, monday: datetime):
    receiver.next.append(Manner(status=410))
    owe(meta, "closed", at=monday)
    deliver(monday)
    assert stages() == ["failed"]


def test_the_log_is_for_the_desk_of_the_state_and_holds_no_word_of_a_case(
    meta: Partner, monday: datetime, desk: Callable[[str], Client]
):
    case = arrive()
    act(desk("op1"), case, "claim")
    deliver(timezone.now())
    row = Webhook.objects.get()

    listed = desk("admin").get("/admin/notifications/webhook/")
    shown = desk("admin").get(f"/admin/notifications/webhook/{row.pk}/change/").content.decode()
    assert listed.status_code == 200
    assert "in_triage" in shown
    for word in ("Aarav", "Kalpanik", case.reference):
        assert word not in shown
    for stranger in ("op1", "north", "auditor", "nobody"):
        assert desk(stranger).get("/admin/notifications/webhook/").status_code in {302, 403}


def test_a_unit_and_another_state_see_none_and_nobody_rewrites_one(
    meta: Partner, monday: datetime, desk: Callable[[str], Client]
):
    from districts.actors import officer_actor

    owe(meta, "in_triage", at=monday)
    for name in ("north", "up-op1", "agra"):
        actor = officer_actor(Officer.objects.get(username=name), at=timezone.now())
        with reach_of(actor):
            assert Webhook.objects.count() == 0
    for statement in ("UPDATE notifications_webhook SET body = 'x'", "DELETE FROM notifications_webhook"):
        with pytest.raises(DatabaseError), reach_of(CLOCK), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_partner_without_an_address_or_no_longer_active_is_told_nothing(meta: Partner, monday: datetime):
    for changes in ({"webhook_url": ""}, {"webhook_url": "http://127.0.0.1:9/", "active": False}):
        for name, value in changes.items():
            setattr(meta, name, value)
        owe(meta, "closed", at=monday)
    assert Webhook.objects.count() == 0
    assert WebhookTry.objects.count() == 0
