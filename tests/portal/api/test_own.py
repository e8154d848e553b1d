"""Asking what became of an alert: one's own, in times and codes, and never a word more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.models import Case, ReadEntry
from districts.actors import CLOCK, partner_actor
from districts.reach import reach_of
from portal.api.v1 import own
from portal.pulse import ages
from tests.portal.api.conftest import ALERTS, Caller, report

NARRATIVE = ("अलविदा", "Kalpanik", "aarav", "5550001234", "Kota", "324005", "203.0.113", "farewell")


def grow(reference: str, at: datetime, **changes: Any) -> None:
    """Let a case change, as a rule of the cases floor would."""
    with reach_of(CLOCK):
        case = Case.objects.get(reference=reference)
        for name, value in changes.items():
            setattr(case, name, value)
        case.last_activity_at = at
        case.save(update_fields=[*changes, "last_activity_at"])


def test_an_alert_is_told_in_times_and_codes(meta: Caller):
    sent = meta.send(report())
    told = meta.get(sent.json()["links"]["self"])

    assert told.status_code == 200
    body = told.json()
    assert set(body) == {
        "id", "reference", "partner_reference", "practice", "state", "outcome", "received_at", "updated_at", "stages",
        "needs",
        "supplements",
        "files",
        "retracted_at",
    }  # fmt: skip
    assert body["id"] == sent.json()["id"]
    assert body["state"] == "received"
    assert body["outcome"] is None
    assert body["stages"]["received_at"] == sent.json()["received_at"]
    assert body["stages"]["claimed_at"] is None
    assert body["needs"] == sent.json()["completeness"]["missing"]


def test_stages_and_outcome_follow_the_case(meta: Caller):
    sent = meta.send(report()).json()
    now = timezone.now()
    grow(sent["reference"], now, status="closed", outcome="S2", claimed_at=now, contact_at=now, closed_at=now)
    told = meta.get(sent["links"]["self"]).json()

    assert (told["state"], told["outcome"], told["needs"]) == ("closed", "S2", [])
    assert datetime.fromisoformat(told["stages"]["contact_at"]) == now
    assert told["stages"]["moving_at"] is None


def test_nothing_of_the_story_comes_back_not_even_the_partners_own(meta: Caller):
    sent = meta.send(report()).json()
    grow(sent["reference"], timezone.now(), status="closed", set_aside_reason="Kalpanik", closed_at=timezone.now())

    for answer in (meta.get(sent["links"]["self"]), meta.get(ALERTS)):
        assert answer.status_code == 200
        for word in NARRATIVE:
            assert word not in answer.content.decode()


def test_a_foreign_and_an_absent_alert_are_answered_alike_byte_for_byte_but_the_id(meta: Caller, stranger: Caller):
    sent = meta.send(report()).json()
    absent = str(uuid4())
    foreign_answer, absent_answer = (stranger.get(f"{ALERTS}/{name}") for name in (sent["id"], absent))

    assert foreign_answer.status_code == absent_answer.status_code == 404
    assert foreign_answer.content.replace(sent["id"].encode(), b"ID") == absent_answer.content.replace(
        absent.encode(), b"ID"
    )
    assert foreign_answer.headers == absent_answer.headers


@pytest.mark.parametrize("name", ["0" * 36, "nonsense", "RJ-4829-1736", "..%2f", "क", "%00", "a" * 2000])
def test_what_is_no_id_is_answered_like_an_absent_one(meta: Caller, name: str):
    absent, strange = meta.get(f"{ALERTS}/{uuid4()}"), meta.get(f"{ALERTS}/{name}")

    assert strange.status_code == 404
    assert strange.json() | {"instance": ""} == absent.json() | {"instance": ""}


def test_the_stranger_lists_nothing_of_it(meta: Caller, stranger: Caller):
    body = report()
    meta.send(body)

    assert stranger.get(ALERTS).json() == {"alerts": [], "next": None}
    assert stranger.get(ALERTS, partner_reference=body["partner_reference"]).json()["alerts"] == []


def test_of_a_shared_case_each_partner_sees_its_own_alert_only(meta: Caller, stranger: Caller):
    one, other = report(), report()
    other["subject"]["platform_user_id"] = one["subject"]["platform_user_id"]
    meta.send(one)
    stranger.send(other)

    assert [alert["partner_reference"] for alert in meta.get(ALERTS).json()["alerts"]] == [one["partner_reference"]]
    theirs = stranger.get(ALERTS).json()["alerts"]
    assert [alert["partner_reference"] for alert in theirs] == [other["partner_reference"]]


def test_the_database_itself_refuses_a_partner_the_rest_of_a_case(meta: Caller, stranger: Caller):
    sent = meta.send(report()).json()
    with reach_of(partner_actor(stranger.partner)):
        assert not Case.objects.filter(reference=sent["reference"]).values("reference").exists()
    with pytest.raises(ProgrammingError, match="permission denied"), reach_of(partner_actor(meta.partner)):
        Case.objects.values_list("urgency", flat=True).first()


def test_one_is_found_by_its_reference(meta: Caller):
    body = report()
    meta.send(report())
    sent = meta.send(body).json()
    found = meta.get(ALERTS, partner_reference=body["partner_reference"]).json()["alerts"]

    assert [alert["id"] for alert in found] == [sent["id"]]


def test_updated_since_finds_what_has_changed_then_or_later(meta: Caller):
    first, second, third = (meta.send(report()).json() for _ in range(3))
    later = timezone.now() + timedelta(minutes=5)
    grow(first["reference"], later + timedelta(minutes=1), status="in_triage", claimed_at=later)
    grow(third["reference"], later)

    found = meta.get(ALERTS, updated_since=later.isoformat()).json()["alerts"]
    assert [alert["id"] for alert in found] == [third["id"], first["id"]]
    assert second["id"] in {alert["id"] for alert in meta.get(ALERTS).json()["alerts"]}
    lost_plus = meta.client.get(
        f"{ALERTS}?updated_since={later.isoformat()}", headers={"Authorization": f"Bearer {meta.key}"}
    )
    assert len(lost_plus.json()["alerts"]) == 2


def test_pages_hold_everything_once(meta: Caller, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(own, "PAGE", 3)
    sent = [meta.send(report()).json() for _ in range(8)]
    same = timezone.now()
    for told in sent[:5]:
        grow(told["reference"], same)

    pages = [meta.get(ALERTS).json()]
    while pages[-1]["next"] and len(pages) < 5:
        pages.append(meta.get(ALERTS, cursor=pages[-1]["next"]).json())
    seen = [alert["id"] for page in pages for alert in page["alerts"]]
    assert len(pages) == 3
    assert sorted(seen) == sorted(told["id"] for told in sent)


@pytest.mark.parametrize(
    "query",
    [{"cursor": "x"}, {"cursor": "W10"}, {"cursor": "é"}, {"cursor": "W251bGwsIDFd"}, {"cursor": "Wy" * 3000},
     {"updated_since": "yesterday"}, {"updated_since": "2026-11-21T17:52:08"}, {"partner_reference": "a\x00"}],
)  # fmt: skip
def test_a_parameter_that_can_not_be_read_is_400(meta: Caller, query: dict[str, str]):
    answer = meta.get(ALERTS, **query)

    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/bad_parameter"


def test_a_list_costs_the_same_for_one_and_for_three(meta: Caller):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            meta.get(ALERTS)
        return len(queries)

    meta.send(report())
    one = cost()
    meta.send(report())
    meta.send(report())
    assert cost() == one


def test_a_look_is_written_down_and_a_look_in_vain_is_not(meta: Caller, stranger: Caller):
    sent = meta.send(report()).json()
    meta.get(sent["links"]["self"])
    stranger.get(sent["links"]["self"])

    with reach_of(CLOCK):
        looks = list(ReadEntry.objects.values_list("actor", "kind", "object"))
    assert looks == [("partner:meta", "alert", sent["reference"])]


def test_a_heartbeat_is_heard(meta: Caller, stranger: Caller):
    answer = meta.ask("post", "/api/v1/heartbeat")

    assert (answer.status_code, answer.content) == (204, b"")
    assert ages()[f"partner:{meta.partner.pk}"] < 60
    assert f"partner:{stranger.partner.pk}" not in ages()
