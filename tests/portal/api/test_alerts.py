"""Sending an alert: a 201 is a promise, and the same alert twice is one alert."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as configured
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from cases import evidence
from cases.models import Deadline
from districts.actors import CLOCK
from districts.models import State, Unit
from districts.reach import reach_of
from tests.portal.api.conftest import ALERTS, Caller, case_of, kept, make_partner, report, rows, without


def files() -> int:
    return sum(1 for path in Path(configured.FILES_DIR).rglob("*") if path.is_file())


def test_an_alert_is_answered_with_201_and_is_then_in_the_database_with_its_case_and_deadline(meta: Caller):
    body = report()
    answer = meta.send(body)

    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert list(told) == [
        "id", "reference", "received_at", "sha256", "state", "practice", "completeness", "warnings", "links",
    ]  # fmt: skip
    assert told["state"] == "received"
    assert told["practice"] is False
    assert told["warnings"] == []
    assert told["links"] == {"self": f"{ALERTS}/{told['id']}"}
    assert answer["Location"] == told["links"]["self"]
    assert told["received_at"].endswith("Z")
    assert rows() == (1, 1, 1)
    alert = kept(answer)
    assert alert.partner == meta.partner
    assert case_of(alert).reference == told["reference"]
    with reach_of(CLOCK):
        assert Deadline.objects.get().kind == "CLAIM"


def test_an_alert_is_received_in_five_trips(meta: Caller):
    meta.send(report())  # the telephone of the cell is asked with the first one
    with CaptureQueriesContext(connection) as trips:
        assert meta.send(report()).status_code == 201
    asked = [query["sql"] for query in trips if query["sql"] not in {"BEGIN", "COMMIT"}]
    # Whose key, how far it sees, whether it came before, what a new case needs, and all of it written.
    wanted = ["districts_partnerkey", "set_config", "cases_idempotencykey", "districts_policy", "INSERT"]
    assert len(asked) == len(wanted), asked
    assert [word in query for word, query in zip(wanted, asked, strict=True)] == [True] * 5


def test_the_bytes_are_sealed_as_they_came(meta: Caller):
    raw = json.dumps(report(), indent=3, ensure_ascii=False).encode() + b"\n\n"
    told = meta.send(raw).json()

    assert told["sha256"] == hashlib.sha256(raw).hexdigest()
    assert evidence.unseal(told["sha256"]) == raw


def test_what_is_read_is_in_the_shape_every_door_has(meta: Caller):
    body = report(platform="Instagram")
    parsed = kept(meta.send(body)).parsed

    number = body["partner_reference"].removeprefix("MSI-")
    assert parsed["platform"] == "instagram"
    assert parsed["handle"] == f"aarav.{number}"
    assert parsed["phones"] == ["+915550001234"]
    assert parsed["emails"] == [f"aarav.{number}@post.example"]
    assert parsed["display_name"] == "Aarav Kalpanik"
    assert parsed["content_text"] == body["content"]["text"]
    assert parsed["urls"] == [*body["content"]["urls"], *body["subject"]["profile_urls"]]
    assert parsed["ip_events"][0]["ip"] == "203.0.113.45"
    posted = datetime.fromisoformat(body["content"]["posted_at"]).astimezone(UTC)
    assert parsed["posted_at"] == posted.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    "path", ["subject.handle", "subject.platform_user_id", "subject.phones", "subject.profile_urls", "content.urls"]
)
def test_one_thing_that_leads_to_the_person_is_enough(meta: Caller, path: str):
    part, name = path.split(".")
    whole = report()
    few = {
        "partner_reference": whole["partner_reference"],
        "sent_at": whole["sent_at"],
        part: {name: whole[part][name]},
    }
    answer = meta.send(few)

    assert answer.status_code == 201, answer.content
    score = answer.json()["completeness"]
    assert 0 < score["score"] <= 20
    assert path not in score["missing"]
    assert "content.text" in score["missing"]


def test_what_is_null_or_empty_is_not_there_and_no_reason_to_refuse(meta: Caller):
    body = report(devices=[], contacts=None, partner_contact={"name": None, "phone": ""})
    body["urgency"] = {"level": None}
    body["content"] |= {"live": None, "posted_at": None, "text": ""}
    body["subject"] |= {"emails": None, "claimed_age": None, "bio": None, "phones": [{"verified": False}, {}]}
    answer = meta.send(body)

    assert answer.status_code == 201, answer.content
    assert kept(answer).parsed["phones"] == []
    assert kept(answer).parsed["content_text"] is None


def test_unknown_fields_are_kept_and_named_at_every_level(meta: Caller):
    body = report(mood="blue")
    body["subject"]["shoe_size"] = 42
    body["subject"]["phones"][0]["carrier"] = {"name": "Jio"}
    body["ip_events"].append({"ip": "203.0.113.46", "asn/x~y": 55836})
    body["locations"][0]["source"] = "satellite"
    answer = meta.send(body)

    assert answer.status_code == 201
    assert set(answer.json()["warnings"]) == {
        "/mood", "/subject/shoe_size", "/subject/phones/0/carrier", "/ip_events/1/asn~1x~0y", "/locations/0/source",
    }  # fmt: skip
    assert kept(answer).body["subject"]["phones"][0]["carrier"] == {"name": "Jio"}


def test_a_thousand_unknown_fields_are_counted(meta: Caller):
    warnings = meta.send(report(**{f"field_{number}": number for number in range(1000)})).json()["warnings"]

    assert len(warnings) == 101
    assert warnings[-1] == "and 900 more"


@pytest.mark.parametrize(
    ("change", "urgency"),
    [
        ({"urgency": {"level": "imminent"}}, "P0"),
        ({"urgency": {"level": "high"}}, "P1"),
        ({"urgency": {"level": "concern"}}, "P1"),
        ({"urgency": None}, "P1"),
        ({"urgency": {"level": "concern"}, "content": {"live": True}}, "P0"),
    ],
)
def test_live_and_imminent_are_p0_and_all_else_is_p1(meta: Caller, change: dict[str, Any], urgency: str):
    assert case_of(kept(meta.send(report(**change)))).urgency == urgency


# ---- replays ---------------------------------------------------------------------------------------------


def test_the_same_key_and_body_get_the_same_answer_byte_for_byte(meta: Caller):
    body = report(practice=True)
    first = meta.send(body, key="k-1")
    again = meta.send(body, key="k-1")

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert rows()[:2] == (1, 1)


def test_the_same_key_with_another_body_is_422_and_leaves_nothing(meta: Caller):
    first = meta.send(report(), key="k-1")
    before = rows(), files()
    second = meta.send(report(), key="k-1")

    assert (first.status_code, second.status_code) == (201, 422)
    assert second["Content-Type"] == "application/problem+json"
    assert second.json()["type"] == "/problems/idempotency_key_reused"
    assert (rows(), files()) == before


def test_one_blank_more_is_another_body(meta: Caller):
    raw = json.dumps(report()).encode()
    meta.send(raw, key="k-1")

    assert meta.send(raw + b" ", key="k-1").status_code == 422


def test_a_key_belongs_to_its_partner(meta: Caller, stranger: Caller):
    mine, theirs = meta.send(report(), key="k-1"), stranger.send(report(), key="k-1")

    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["id"] != theirs.json()["id"]


def test_the_same_reference_is_the_same_alert_whatever_the_key(meta: Caller):
    body = report()
    first = meta.send(body, key="k-1")
    second = meta.send(body | {"reviewed_by_human": True}, key="k-2")
    third = meta.send(body | {"reviewed_by_human": True}, key="k-2")

    assert (first.status_code, second.status_code, third.status_code) == (201, 200, 200)
    assert second.content == third.content == first.content
    assert "Idempotency-Replayed" not in second
    assert third["Idempotency-Replayed"] == "true"
    assert rows()[:2] == (1, 1)


def test_a_reference_belongs_to_its_partner(meta: Caller, stranger: Caller):
    body = report()
    body["platform"] = "other"  # each partner's own platform, so that only the reference is the same
    mine = meta.send(without(without(body, "subject.platform_user_id"), "content.urls"))
    theirs = stranger.send(without(without(body, "subject.platform_user_id"), "content.urls"))

    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["reference"] != theirs.json()["reference"]


def test_two_reports_on_one_account_share_a_case_and_each_is_told_its_own_id(meta: Caller, stranger: Caller):
    one, other = report(), report()
    other["subject"]["platform_user_id"] = one["subject"]["platform_user_id"]
    first, second = meta.send(one), stranger.send(other)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]
    assert first.json()["reference"] == second.json()["reference"]
    assert rows()[:2] == (2, 1)


# ---- practice --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [True, False, None])
def test_a_practice_partner_never_makes_a_real_case(rehearsal: Caller, said: bool | None):
    answer = rehearsal.send(report(practice=said))

    assert answer.json()["practice"] is True
    assert case_of(kept(answer)).practice is True


def test_a_practice_alert_never_joins_a_real_case(meta: Caller, rehearsal: Caller):
    body = report()
    real, practice = meta.send(body), rehearsal.send(body)

    assert real.json()["reference"] != practice.json()["reference"]
    assert case_of(kept(real)).practice is False


def test_a_partner_may_practise(meta: Caller):
    assert case_of(kept(meta.send(report(practice=True)))).practice is True


# ---- the promise -----------------------------------------------------------------------------------------


def test_inside_somebody_elses_transaction_nothing_is_promised(meta: Caller):
    with transaction.atomic():
        answer = meta.send(report())

    assert answer.status_code == 500
    assert rows() == (0, 0, 0)


def test_bytes_that_can_not_be_sealed_are_not_promised(meta: Caller, tmp_path: Path, settings: Settings):
    wall = tmp_path / "wall"
    wall.write_text("a file where the folder should be")
    settings.FILES_DIR = str(wall)
    body = report()
    answer = meta.send(body, key="k-1")

    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert rows() == (0, 0, 0)
    settings.FILES_DIR = str(tmp_path / "files")
    assert meta.send(body, key="k-1").status_code == 201


def test_an_alert_goes_to_the_state_of_its_partner(meta: Caller):
    up = State.objects.create(code="UP", name_en="Uttar Pradesh", name_hi="उत्तर प्रदेश", languages=["hi"])
    group = Unit.objects.get().group.__class__.objects.create(name="UP-CELL")
    Unit.objects.create(state=up, code="UP-CELL", kind="state_cell", name_en="Cell", name_hi="प्रकोष्ठ", group=group)
    theirs = make_partner(up, "meta")
    body = report()
    here, there = meta.send(body), theirs.send(body)

    assert case_of(kept(here)).state == meta.partner.state
    assert case_of(kept(there)).state == up
    assert theirs.get(f"{ALERTS}/{here.json()['id']}").status_code == 404


def test_no_transaction_stays_open(meta: Caller):
    meta.send(report(), key=str(uuid4()))

    assert not connection.in_atomic_block
