"""Portals of other states as the desk enters them: what can not be right is refused, and no secret is written down."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.utils.translation import override

from districts import onboarding
from districts.models import Counterpart, RegisterEntry
from districts.onboarding import SEED
from districts.refusals import FieldNotSound
from tests.cases.conftest import Territory, make_unit

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def gujarat(land: Territory, monday: datetime) -> Counterpart:
    room = make_unit(land.rj_cell.state, "RJ-OUT-GJ", "other_state", land.rj_cell, {1: "control_room"})
    reached = {"address": "https://gj.example/", "key": "key-of-rajasthan-0001", "signing_secret": SECRET}
    return onboarding.add_counterpart(room, by=SEED, at=monday, **reached)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"address": "http://setu.gujarat.example"}, "https://"),
        ({"address": "https://user:word@setu.gujarat.example"}, "https://"),
        ({"key": "short"}, "key"),
        ({"signing_secret": "whsec_"}, "whsec_"),
    ],
)
def test_an_address_key_or_secret_that_can_not_be_right_is_refused(
    gujarat: Counterpart, monday: datetime, changes: dict[str, str], says: str
) -> None:
    with pytest.raises(FieldNotSound, match=says), override("en"):
        onboarding.change_counterpart(gujarat, changes, by=SEED, at=monday)


def test_only_another_states_control_room_has_a_portal_and_the_register_keeps_no_secret(
    land: Territory, gujarat: Counterpart, monday: datetime
) -> None:
    entry = RegisterEntry.objects.get(act="counterpart_added")
    assert SECRET not in json.dumps(entry.after)
    assert "key-of-rajasthan" not in json.dumps(entry.after)
    reached = {"address": "https://x.example", "key": "key-of-rajasthan-0003", "signing_secret": SECRET}
    with pytest.raises(FieldNotSound):
        onboarding.add_counterpart(land.jhunjhunu, by=SEED, at=monday, **reached)
