"""The simulation: a careful partner whose people do not exist."""

from __future__ import annotations

import io
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from cases.models import Alert, Case
from districts.actors import CLOCK
from districts.reach import reach_of
from portal.api.rehearsal import NAMES, TEXTS, alert
from portal.api.v1.reading import Reading
from portal.api.v1.serializers import checked, warnings_of
from portal.management.commands import simulate_alerts
from tests.portal.api.conftest import Caller, rows

# Words for a means or a way, in three scripts of two languages; none may be in what a rehearsal says.
MEANS = ("hang", "rope", "knife", "pill", "poison", "train", "jump", "blade", "bridge", "gun", "रस्सी", "ज़हर", "जहर",
         "गोली", "फाँसी", "फंदा", "ट्रेन", "कूद", "छत", "नस", "fansi", "zeher", "goli")  # fmt: skip


def test_its_alerts_are_in_form_and_all_practice():
    chance = Random(7)
    for _ in range(200):
        reading = Reading(alert(chance, at=timezone.now()))
        assert checked(reading)["practice"] is True
        assert warnings_of(reading) == []


def test_no_text_says_how():
    assert not [text for _, text in TEXTS for word in MEANS if word in text.casefold()]
    assert len({text for _, text in TEXTS}) == len(TEXTS)


def test_its_numbers_and_addresses_belong_to_nobody():
    chance = Random(7)
    for _ in range(100):
        subject = alert(chance, at=timezone.now())["subject"]
        assert all(phone["number"].startswith("+9155500") for phone in subject.get("phones", ()))
        assert all(email["address"].endswith(".example") for email in subject.get("emails", ()))
        assert any(name.lower() in subject["handle"] for name in NAMES)


@pytest.fixture
def simulate(live_server: LiveServer) -> object:
    def simulate(*args: str) -> str:
        out = io.StringIO()
        call_command("simulate_alerts", "--url", live_server.url, *args, stdout=out, stderr=out)
        return out.getvalue()

    return simulate


def test_it_posts_as_many_as_it_is_asked_for_and_even_a_real_key_makes_practice(simulate, meta: Caller):
    said = simulate("--rate", "50", "--count", "6", "--key", meta.key)

    assert "6 of 6 practice alerts taken" in said
    assert rows()[:2] == (6, 6)
    with reach_of(CLOCK):
        assert set(Case.objects.values_list("practice", flat=True)) == {True}
        assert Alert.objects.filter(practice=True).count() == 6


def test_a_wrong_key_is_said_and_the_command_fails(simulate, meta: Caller):
    with pytest.raises(CommandError, match="2 were not taken"):
        simulate("--rate", "50", "--count", "2", "--key", "wrong")

    assert rows() == (0, 0, 0)


def test_the_key_of_the_demo_is_known():
    assert simulate_alerts.practice_key()


@pytest.mark.parametrize("args", [("--rate", "0"), ("--count", "0"), ("--rate", "-1")])
def test_a_pace_that_is_none_is_refused(simulate, args: tuple[str, str]):
    with pytest.raises(CommandError, match="greater than 0"):
        simulate(*args)
