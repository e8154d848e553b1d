"""Practice: the whole of a case by every door, with real gateways listening, and not one real telephone rings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Case
from cases.tasks import sweep
from districts.actors import CLOCK
from districts.models import Contact, Partner
from districts.reach import reach_of
from notifications.lanes import Office
from notifications.models import Message, Ring
from tests.notifications.gateways import GatewayServer
from tests.portal.conftest import JSON, do, plant, signed_in

KEYS = count(1)


@pytest.fixture
def gateways(transactional_db: None, settings: Any) -> Iterator[list[GatewayServer]]:
    """Real gateways for SMS and voice, and two states with posts that are real officers."""
    plant()
    servers = [GatewayServer(), GatewayServer()]
    settings.SMS_GATEWAY_URL, settings.VOICE_GATEWAY_URL = (server.url for server in servers)
    yield servers
    for server in servers:
        server.close()


def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": "Bearer key-of-rj-meta-000000", "Idempotency-Key": f"practice-{next(KEYS)}"}
    answer = Client().post(f"/api/v1/alerts{path}", json.dumps(body), content_type="application/json", headers=headers)
    assert answer.status_code in {201, 202}, answer.content
    return dict(answer.json())


def alert(**changes: Any) -> str:
    """Let an alert come by the API, with more of it afterwards and its retraction, and return its reference."""
    body = {"partner_reference": f"P-{next(KEYS)}", "sent_at": timezone.now().isoformat(), "subject": {"handle": "p"}}
    told = post("", body | changes)
    post(f"/{told['id']}/supplements", {"text": "more", "urgency": {"level": "imminent"}})
    post(f"/{told['id']}/retract", {"reason": "was a film"})
    return str(told["reference"])


def by_api_with_a_practice_key() -> str:
    partner = Partner.objects.get(state__code="RJ", code="meta")
    partner.practice = True
    partner.save(update_fields=["practice"])
    try:
        return alert(practice=False)
    finally:
        partner.practice = False
        partner.save(update_fields=["practice"])


def by_api_as_it_says_itself() -> str:
    return alert(practice=True)


def by_telephone() -> str:
    said = {"said": "practice", "subject_phone": "+915550001111", "practice": "on", "urgency": "P0"}
    return str(signed_in("op1").post("/intake/phone", said, headers=JSON).json()["reference"])


def walk(reference: str) -> Case:
    """Let the case be forwarded, climb its whole ladder, be recalled, sent elsewhere and returned."""
    case, office = Case(reference=reference), Office()

    def deliver() -> None:
        office.deliver(clock=lambda: timezone.now() + timedelta(hours=2), for_s=30)

    op1, south = signed_in("op1"), signed_in("south")
    assert do(op1, case, "claim").status_code == 200
    assert do(op1, case, "forward", unit="RJ-NORTH", role="lead").status_code == 200
    deliver()
    sweep(for_s=20, at=timezone.now() + timedelta(hours=2))
    deliver()
    assert do(op1, case, "recall", unit="RJ-NORTH", reason="wrong place").status_code == 200
    assert do(op1, case, "forward", unit="RJ-SOUTH", role="lead").status_code == 200
    assert do(south, case, "return", reason="not here").status_code == 200
    deliver()
    return case


def figures() -> dict[str, float]:
    """Return every figure that is not said to be practice, and none of the clocks."""
    lines = re.findall(r"^(portal_(?!pulse|outbox_age)\S+(?:\{[^}]*\})?) (\S+)$", page(), re.MULTILINE)
    return {name: float(value) for name, value in lines if 'practice="yes"' not in name and float(value)}


def page() -> str:
    return str(Client(REMOTE_ADDR="127.0.0.1").get("/metrics").content.decode())


@pytest.mark.parametrize("arrives", [by_api_with_a_practice_key, by_api_as_it_says_itself, by_telephone])
def test_practice_rings_no_real_post_and_enters_no_figure(gateways: list[GatewayServer], arrives: Any):
    before = figures()
    case = walk(arrives())

    assert [server.asked for server in gateways] == [[], []]
    with reach_of(CLOCK):
        messages = list(Message.objects.select_related("contact"))
        told = {(message.to_ref, message.channel) for message in messages}
        assert {message.state for message in messages} <= {"delivered", "cancelled", "replaced"}
        assert Ring.objects.count() == sum(message.state == "delivered" for message in messages)
        assert all(message.practice and not message.contact.practice for message in messages)
        assert all(message.text.startswith(("PRACTICE", "अभ्यास")) for message in messages)
        assert Case.objects.get(reference=case.reference).practice
    assert {("RJ-NORTH/control_room", "sms"), ("RJ-NORTH/control_room", "voice"), ("RJ-NORTH/SP", "sms"),
            ("RJ-RANGE/IG", "sms"), ("RJ-SOUTH/control_room", "voice")} <= told  # fmt: skip
    assert figures() == before
    assert 'practice="yes"' in page()


def test_a_practice_post_rings_for_real_and_so_does_what_is_no_practice(gateways: list[GatewayServer]):
    number = Contact.objects.get(unit__code="RJ-NORTH", rung=1).phone
    Contact.objects.filter(unit__code="RJ-NORTH", rung=1).update(practice=True)
    walk(by_api_as_it_says_itself())
    for server in gateways:
        assert {asked.body["to"] for asked in server.asked} == {number}

    before = figures()
    walk(alert())
    assert len({asked.body["to"] for asked in gateways[0].asked}) > 3
    assert figures() != before
