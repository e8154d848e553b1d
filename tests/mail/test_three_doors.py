"""One night, one post, three doors: the API, a real mailbox and the telephone within a minute, and one case."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases import evidence
from cases.models import Alert, Case, CaseEvent
from districts.actors import CLOCK
from districts.reach import reach_of
from notifications.models import Message
from tests.mail.conftest import Start, mail, officer, verified
from tests.mail.dovecot import Dovecot
from tests.mail.process import MailProcess, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
JSON = {"Accept": "application/json"}
WORDS = "सबको अलविदा, मैं झील पर हूँ"
POST = "https://www.instagram.com/p/Kalp9aNik/"


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(officer(username))
    return client


class Night:
    """The three doors, and what knocks at each: the same post, written as each of them writes."""

    def __init__(self, server: Dovecot, process: MailProcess) -> None:
        self.server, self.process = server, process
        self.operator = signed_in("rj-op1")

    def api(self) -> None:
        body = {
            "partner_reference": "MSI-4400001", "platform": "instagram", "sent_at": timezone.now().isoformat(),
            "subject": {"platform_user_id": "17841400000000044", "handle": "@aarav.kalpanik"},
            "content": {"text": WORDS, "urls": [POST]},
        }  # fmt: skip
        answer = Client().post(
            "/api/v1/alerts", json.dumps(body), content_type="application/json",
            headers={"Authorization": "Bearer key-of-meta-by-api-000000", "Idempotency-Key": "night-1"},
        )  # fmt: skip
        assert answer.status_code == 201, answer.content

    def email(self) -> None:
        body = (
            f"Case number: MSI-4400001\nService: Instagram\nUsername: aarav.kalpanik\nUser ID: 17841400000000044\n"
            f"Display name: Aarav Kalpanik\nPhone: +91 55500 01234\nContent: {WORDS}\n"
        )
        self.server.deliver(mail(body, subject="[URGENT] Case MSI-4400001", Authentication_Results=verified()))
        wait_until(lambda: "email" in self.doors(), self.process.said)

    def phone(self) -> None:
        """Somebody reads the link out; it is pasted as an app shares it."""
        call = {
            "pasted": f"{POST}?igsh=abc",
            "said": "A friend calls: he says goodbye",
            "caller_phone": "+915550008888",
            "urgency": "P1",
        }
        answer = self.operator.post("/intake/phone", call, headers=JSON)
        assert answer.status_code == 200, answer.content

    def knock(self, door: str) -> None:
        try:
            getattr(self, door)()
        finally:
            connection.close()

    @staticmethod
    def doors() -> set[str]:
        with reach_of(CLOCK):
            return set(Alert.objects.values_list("door", flat=True))


@pytest.mark.parametrize(
    "order",
    ["api email phone", "phone email api", "email phone api", "at once"],
    ids=lambda order: order.replace(" ", "-"),
)
def test_the_same_person_by_three_doors_within_a_minute_is_one_case_with_three_sealed_sources(
    server: Dovecot, start: Start, order: str
):
    process = start(server.url)
    wait_until(lambda: "mailbox is open" in process.said(), process.said)
    night = Night(server, process)
    began = time.monotonic()
    if order == "at once":
        with ThreadPoolExecutor(3) as hands:
            list(hands.map(night.knock, ("api", "email", "phone")))
    else:
        for door in order.split():
            getattr(night, door)()
    assert time.monotonic() - began < 60

    with reach_of(CLOCK):
        case = Case.objects.exclude(status="closed").get()
        emptied = list(Case.objects.filter(status="closed").values_list("outcome", flat=True))
        alerts = list(Alert.objects.filter(links__case=case, links__ended_at=None))
        events = list(CaseEvent.objects.filter(case=case).order_by("seq").values_list("action", "facts__as"))
    assert sorted(alert.door for alert in alerts) == ["api", "email", "phone"]
    assert len({alert.sha256 for alert in alerts}) == 3
    assert all(len(evidence.unseal(alert.sha256)) == alert.size for alert in alerts)
    # The first one opens it; of the others history says what they are, and none is a new post. A call knows the post and
    # no reference, a mail the reference and not the post: whichever comes last shows that they are one.
    grown = [action for action, _ in events if action in {"alert_joined", "joined"}]
    assert len(grown) == 2
    assert emptied == ["DUP"] * grown.count("joined")
    assert {kind for action, kind in events if action == "alert_joined"} <= {"duplicate", "follow_up"}

    page: dict[str, Any] = night.operator.get(f"/cases/{case.reference}", headers=JSON).json()
    assert (page["claimed_by"], page["person"]["name"]) == ("rj-op1", "Aarav Kalpanik")
    assert [alert["trust"]["verified"] for alert in page["alerts"] if alert["door"] == "email"] == [True]
    assert {alert["parsed"]["content_text"] for alert in page["alerts"] if alert["door"] != "phone"} == {WORDS}
    with reach_of(CLOCK):
        assert set(Message.objects.values_list("to_ref", flat=True)) == {"RJ-CELL/desk"}
    assert signed_in("up-op1").get(f"/cases/{case.reference}", headers=JSON).status_code == 404
    assert process.stop() == 0
