"""Layouts are rows: planted by a seed file, edited by the administrator of the state and by nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cases.mail import layouts
from cases.mail.layouts import LayoutNotSound
from cases.models import MailLayout
from districts.actors import officer_actor
from districts.models import RegisterEntry, State
from districts.onboarding import SEED
from districts.reach import reach_of
from districts.refusals import NotYourDesk
from tests.mail.conftest import AT, Judge, alert_of, mail, officer

ODD: dict[str, Any] = {"name": "odd", "sender": "*@odd.example", "fields": {"handle": r"goes by (\S+)"}}


@pytest.fixture
def rajasthan(land: None) -> State:
    return State.objects.get(code="RJ")


def plant(state: State, *given: object) -> list[str]:
    with reach_of(SEED):
        return layouts.plant_layouts(state, list(given), by=SEED, at=AT)


def test_a_planted_layout_is_used_and_planting_it_twice_changes_nothing(rajasthan: State, judge: Judge):
    assert plant(rajasthan, ODD) == []
    assert plant(rajasthan, ODD) == []
    assert MailLayout.objects.count() == 1
    assert RegisterEntry.objects.filter(act__startswith="maillayout").count() == 1
    alert = alert_of(judge(mail("He goes by kalpanik_odd these days.\n", sender="desk@odd.example")))
    assert (alert.parsed["handle"], alert.body["mail"]["layout"]) == ("kalpanik_odd", "odd")


@pytest.mark.parametrize(
    "fields",
    [
        {"handle": "("},
        {"nonsense of mine": "x"},
        {"handle": "(x+)+y"},
        {"handle": ""},
        {"handle": 7},
        ["handle"],
        {"handle": "x" * 501},
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_and_passed_over_in_a_seed(rajasthan: State, fields: Any):
    with pytest.raises(LayoutNotSound), reach_of(SEED):
        layouts.add_layout(rajasthan, name="bad", sender="*@odd.example", fields=fields, by=SEED, at=AT)
    assert len(plant(rajasthan, ODD | {"fields": fields}, ODD)) == 1
    assert MailLayout.objects.count() == 1


def test_an_operator_and_a_stranger_change_no_layout(rajasthan: State):
    for username in ("rj-op1", "up-op1"):
        by = officer_actor(officer(username), at=AT)
        with pytest.raises(NotYourDesk), reach_of(by):
            layouts.add_layout(rajasthan, by=by, at=AT, **ODD)


def test_the_administrator_edits_layouts_at_the_desk(rajasthan: State):
    client = Client()
    client.force_login(officer("rj-admin"))
    form = {
        "state": rajasthan.pk,
        "name": "odd",
        "sender": "*@odd.example",
        "active": "on",
        "fields": "handle = goes by (",
    }
    refused = client.post("/admin/cases/maillayout/add/", form)
    assert refused.status_code == 200
    assert not MailLayout.objects.exists()
    assert client.post("/admin/cases/maillayout/add/", form | {"fields": r"handle = goes by (\S+)"}).status_code == 302
    row = MailLayout.objects.get()
    assert row.fields == {"handle": r"goes by (\S+)"}
    page = f"/admin/cases/maillayout/{row.pk}/change/"
    assert r"handle = goes by (\S+)" in client.get(page).content.decode()
    assert client.post(page, form | {"fields": "phone = call"}).status_code == 302
    assert MailLayout.objects.get().fields == {"phone": "call"}
    stranger = Client()
    stranger.force_login(officer("up-admin"))
    assert stranger.get(page).status_code in {302, 404}
    assert b"odd.example" not in stranger.get("/admin/cases/maillayout/").content
