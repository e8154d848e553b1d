"""The page of delivery: the cell sees gateways and dead ends, the administrator gateways only, a stranger nothing."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from districts.actors import CLOCK
from districts.reach import reach_of
from notifications.models import Message, Provider
from portal import pulse
from tests.portal.conftest import JSON, read


@pytest.fixture
def outage(settings, land) -> None:
    """The SMS gateway has been out of order for a while, the other one answers."""
    settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_URL_2 = "http://127.0.0.1:9/a", "http://127.0.0.1:9/b"
    at = timezone.now()
    with reach_of(CLOCK):
        Provider.objects.create(
            name="sms", channel="sms", failures=7, opened_at=at, probe_at=at, last_failure_at=at, last_error="gone"
        )


@pytest.fixture
def stuck(forwarded) -> Message:
    """A post of the north that no way leads to."""
    with reach_of(CLOCK):
        message = Message.objects.filter(about_id=forwarded.pk).order_by("pk").first()
        assert message is not None
        message.dead_end, message.dead_end_at = "exhausted", timezone.now()
        message.save(update_fields=["dead_end", "dead_end_at"])
    return message


def test_the_cell_sees_which_provider_is_out_and_which_post_cannot_be_told(outage, stuck, desk):
    client = desk("op1")
    shown = client.get("/delivery", headers=JSON).json()
    assert [(one["name"], one["in_order"], one["failures"]) for one in shown["providers"]] == [
        ("sms", False, 7), ("sms-2", True, 0),
    ]  # fmt: skip
    (end,) = shown["dead_ends"]
    assert (end["reference"], end["to_ref"], end["why"]) == (stuck.about, "RJ-NORTH/control_room", "exhausted")
    assert client.get("/console", headers=JSON).json()["dead_ends"] == shown["dead_ends"]
    page = client.get("/delivery").content.decode()
    assert "out of order" in page
    assert stuck.about in page
    assert stuck.to not in page


def test_the_administrator_sees_the_providers_and_no_case(outage, stuck, desk):
    shown = desk("admin").get("/delivery", headers=JSON).json()
    assert list(shown) == ["providers"]
    assert stuck.about not in desk("admin").get("/delivery").content.decode()


@pytest.mark.parametrize("who", ["north", "south", "dig", "reviewer", "auditor", "nobody", "agra"])
def test_it_is_nobody_elses_page(outage, stuck, desk, who):
    for headers in (JSON, {}):
        answer = desk(who).get("/delivery", headers=headers)
        assert answer.status_code == 403
        assert stuck.about not in answer.content.decode()


def test_another_states_cell_sees_no_dead_end_of_ours(outage, stuck, desk):
    client = desk("up-op1")
    assert client.get("/delivery", headers=JSON).json()["dead_ends"] == []
    assert client.get("/console", headers=JSON).json()["dead_ends"] == []


def test_the_page_of_the_case_names_the_dead_end(stuck, forwarded, desk):
    message = next(one for one in read(desk("op1"), forwarded)["messages"] if one["dead_end"])
    assert (message["to_ref"], message["dead_end"]) == ("RJ-NORTH/control_room", "exhausted")
    assert "every channel has failed" in desk("op1").get(f"/cases/{forwarded.reference}").content.decode()


def test_the_figures_tell_of_both(outage, stuck):
    pulse.beat("sweep")
    figures = Client().get("/metrics").content.decode()
    assert 'portal_provider_out{provider="sms"} 1.0' in figures
    assert 'portal_provider_out{provider="sms-2"} 0.0' in figures
    assert 'portal_provider_failures{provider="sms"} 7.0' in figures
    assert "portal_dead_ends_open 1.0" in figures
