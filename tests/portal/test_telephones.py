"""The demo telephones: a newcomer sees the district's phone ring, and nothing of any case."""

import pytest
from django.test import Client
from django.utils import timezone

from notifications.tasks import deliver_everything_due
from tests.portal.conftest import JSON, arrive, do, signed_in


@pytest.fixture
def rung(transactional_db, committed):
    """A case of Rajasthan and one of Uttar Pradesh have rung their districts."""
    case = committed()
    other, up = arrive("UP"), signed_in("up-op1")
    do(up, other, "claim")
    do(up, other, "forward", unit="UP-AGRA", role="lead")
    deliver_everything_due(at=timezone.now())
    return case


@pytest.mark.django_db(transaction=True)
def test_anybody_may_watch_the_telephones_of_the_demo(rung, settings):
    settings.DEMO = True
    visitor = Client()
    rings = visitor.get("/telephones", headers=JSON).json()["rings"]
    assert {ring["to_ref"] for ring in rings} == {"RJ-NORTH/control_room", "UP-AGRA/control_room"}
    assert all(ring["fresh"] and ring["text"] for ring in rings)
    page = visitor.get("/telephones")
    assert page.templates[0].name == "telephones.html"
    assert visitor.get("/telephones", headers={"HX-Request": "true"}).templates[0].name == "partials/telephones.html"
    for secret in ("Kalpanik", "aarav", "lake", "1784"):
        assert secret not in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_officer_watches_the_telephones_of_their_own_state(rung, settings):
    settings.DEMO = False
    rings = signed_in("op1").get("/telephones", headers=JSON).json()["rings"]
    assert {ring["to_ref"] for ring in rings} == {"RJ-NORTH/control_room"}
    assert rung.reference in next(ring["text"] for ring in rings if ring["channel"] == "sms")


@pytest.mark.django_db(transaction=True)
def test_outside_the_demo_strangers_see_no_telephone(rung, settings):
    settings.DEMO = False
    assert Client().get("/telephones", headers=JSON).status_code == 401
    for nobody in ("nobody", "reviewer", "auditor", "admin"):
        assert signed_in(nobody).get("/telephones").status_code == 404
    settings.SMS_GATEWAY_URL = "https://gateway.example/sms"
    for who in ("op1", "north"):
        assert signed_in(who).get("/telephones").status_code == 404
