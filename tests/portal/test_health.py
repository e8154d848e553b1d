"""Whether the process answers, whether work moves, and who may read the figures."""

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases.models import Deadline
from districts.actors import CLOCK
from districts.reach import reach_of
from portal import pulse
from portal.models import Pulse
from tests import database
from tests.portal.conftest import arrive


def test_the_process_answers_without_asking_anybody():
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_work_that_moves_is_ready(land):
    pulse.beat("sweep")
    pulse.beat("lookout")
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (200, [])
    assert answer.json()["alarms"] == []
    assert answer.json()["broker"] == "ok"


def test_a_sweep_that_sleeps_is_not_ready(land):
    pulse.beat("lookout")
    assert "for ever" in Client().get("/readyz").json()["reasons"][0]
    Pulse.objects.create(name="sweep", at=timezone.now() - timezone.timedelta(seconds=30))
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert "for 30 s" in answer.json()["reasons"][0]
    pulse.beat("watch")
    assert Client().get("/readyz").status_code == 200


def test_a_broker_that_is_away_is_told_and_no_reason(land, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    pulse.beat("sweep")
    pulse.beat("lookout")
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (200, "away")


def test_a_deadline_and_a_message_that_sleep_are_not_ready(forwarded):
    pulse.beat("sweep")
    with reach_of(CLOCK):
        due = Deadline.objects.filter(settled_at=None, level=0).get()
        due.due_at = timezone.now() - timezone.timedelta(seconds=45)
        due.save(update_fields=["due_at"])
        with connection.cursor() as cursor:
            cursor.execute("UPDATE notifications_message SET due_at = now() - interval '90 seconds'")
    reasons = Client().get("/readyz").json()["reasons"]
    assert ["deadline" in reasons[0], "message" in reasons[1]] == [True, True]
    assert forwarded.reference not in " ".join(reasons)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_503_everywhere():
    settings = connection.settings_dict
    port, pool = settings["PORT"], settings["OPTIONS"]["pool"]
    database._disconnect()
    settings["PORT"], settings["OPTIONS"]["pool"] = 1, {**pool, "timeout": 0.3}
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "x" * 32
    try:
        ready, page = client.get("/readyz"), client.get("/console")
        script = client.get("/console", headers={"Accept": "application/json"})
        alive, figures = client.get("/healthz"), client.get("/metrics")
    finally:
        database._disconnect()
        settings["PORT"], settings["OPTIONS"]["pool"] = port, pool
    assert (ready.status_code, ready.json()["database"]) == (503, "away")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert (script.status_code, script.json()["type"]) == (503, "/problems/unavailable")
    assert alive.status_code == 200
    assert b"portal_database_up 0.0" in figures.content


def test_figures_tell_of_no_case(land):
    case = arrive()
    pulse.beat("sweep")
    text = Client().get("/metrics").content.decode()
    assert 'portal_cases_open{practice="no",state="received"} 1.0' in text
    assert 'portal_pulse_age_seconds{part="sweep"}' in text
    assert case.reference not in text


@pytest.mark.parametrize(
    ("near", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.9", {}, 403),
        ("", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.9"}, 403),
        ("10.0.0.9", {"Authorization": "Bearer right"}, 200),
        ("10.0.0.9", {"Authorization": "Bearer wrong"}, 403),
        ("10.0.0.9", {"Authorization": "Bearer "}, 403),
    ],
)
def test_figures_are_for_this_machine_or_for_the_token(land, settings, near, headers, status):
    settings.METRICS_TOKEN = "right"
    assert Client(REMOTE_ADDR=near).get("/metrics", headers=headers).status_code == status
    settings.METRICS_TOKEN = ""
    if "Authorization" in headers:
        assert Client(REMOTE_ADDR=near).get("/metrics", headers=headers).status_code == 403
