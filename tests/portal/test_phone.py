"""The telephone form: saved and claimed at once, twins while typing, and one case however the same post arrives."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from cases import evidence, history
from cases.models import Alert, Case, HardKey, ReadEntry
from districts.actors import CLOCK
from districts.models import Officer
from districts.reach import reach_of
from portal import invariants
from tests.portal.conftest import JSON, PHONE, STRANGERS, Post, arrive, do, plant, read

POST = "https://www.instagram.com/p/C0mpl3x_Id/"
CALL = {
    "caller_phone": "+915550008888", "source": "family", "said": "He says goodbye to everybody on the roof",
    "place": "Old lake, Jhunjhunu 333001", "urgency": "P0", "subject_phone": "+915550001111",
    "subject_handle": "@aarav.k", "url": POST,
}  # fmt: skip
Desk = Callable[[str], Client]


def ring(client: Client, **changes: Any) -> Any:
    """Take a call as a script does."""
    return client.post("/intake/phone", CALL | changes, headers=JSON)


def rows() -> tuple[int, int]:
    with reach_of(CLOCK):
        return Alert.objects.count(), Case.objects.count()


# ---- one call -----------------------------------------------------------------------------------------------


def test_a_call_is_sealed_received_and_claimed_in_one_go(desk: Desk) -> None:
    answer = ring(desk("op1"))
    assert answer.status_code == 200, answer.content
    case = answer.json()
    assert (case["state"], case["claimed_by"], case["urgency"], case["joined"]) == ("in_triage", "op1", "P0", False)
    (alert,) = case["alerts"]
    assert (alert["door"], alert["partner"]) == ("phone", None)
    assert alert["parsed"] == {
        "platform": "instagram", "partner_reference": None, "handle": "aarav.k", "platform_user_id": None,
        "display_name": None, "phones": ["+915550001111"], "emails": [], "ip_events": [],
        "content_text": CALL["said"], "posted_at": None, "urls": [POST],
    }  # fmt: skip
    assert [(place["text"], place["pin"]) for place in alert["places"]] == [(CALL["place"], "333001")]
    assert alert["call"] == {"source": "family", "caller_phone": "+915550008888"}
    sealed = json.loads(evidence.unseal(alert["sha256"]))
    assert sealed["call"] == CALL | {"practice": False, "pasted": ""}
    assert sealed["taken_by"] == "officer:op1"
    assert [line["action"] for line in case["timeline"]] == ["received", "claimed"]
    assert [[change["field"] for change in line["changes"]] for line in case["timeline"]] == [
        [],
        ["status", "claimed_by"],
    ]
    settled = {deadline["kind"]: deadline["settled_as"] for deadline in case["deadlines"]}
    assert settled == {"CLAIM": "met", "FORWARD": None}
    with reach_of(CLOCK):
        assert history.verify(Case.objects.get()) == []
        assert set(HardKey.objects.values_list("key", flat=True)) == {"url:instagram.com/p/C0mpl3x_Id"}


def test_the_callers_number_is_never_the_persons_and_only_the_holder_reads_it(desk: Desk) -> None:
    said = f"call me back on {CALL['caller_phone']}, he is @aarav.k"
    case = ring(desk("op1"), said=said, pasted=CALL["caller_phone"], subject_phone="", subject_handle="").json()
    assert (case["person"]["phones"], case["person"]["handle"]) == ([], "aarav.k")
    masked = desk("op2").get(case["url"], headers=JSON).json()["alerts"][0]
    assert masked["call"]["caller_phone"] == "••••••8888"
    assert "5550008888" not in json.dumps(masked)


def test_a_call_of_which_little_is_known_is_taken_all_the_same(desk: Desk) -> None:
    bare = {"said": "किसी ने छत से कूदने की बात कही", "urgency": "P1"}
    answer = desk("op1").post("/intake/phone", bare, headers=JSON)
    assert (answer.status_code, answer.json()["claimed_by"]) == (200, "op1")


def test_a_script_may_send_json(desk: Desk) -> None:
    client = desk("op1")
    answer = client.post("/intake/phone", json.dumps(CALL), content_type="application/json", headers=JSON)
    assert answer.status_code == 200
    for rubbish in ("[1]", "{", '{"said": "\\ud800", "urgency": "P1"}'):
        answer = client.post("/intake/phone", rubbish, content_type="application/json", headers=JSON)
        assert answer.status_code in {400, 422}, rubbish
    assert rows() == (1, 1)


BAD = [
    ("said", ""), ("said", "x" * 10001), ("said", "a\x00b"), ("urgency", "P9"), ("urgency", ""), ("url", "on the web"),
    ("caller_phone", "1" * 41), ("once", "no-uuid"), ("source", "x" * 81),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), BAD)
def test_a_field_that_cannot_be_is_named_and_nothing_is_received(desk: Desk, field: str, value: str) -> None:
    client = desk("op1")
    answer = ring(client, **{field: value})
    assert answer.status_code == 422, answer.content
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"]
    page = client.post("/intake/phone", CALL | {field: value})
    assert page.status_code == 422
    assert rows() == (0, 0)


def test_the_same_form_twice_is_one_call(desk: Desk) -> None:
    client, once = desk("op1"), str(uuid4())
    bare = {"said": "no link, no number", "urgency": "P1", "once": once}
    first, second = (client.post("/intake/phone", bare) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert rows() == (1, 1)


def test_practice_calls_are_practice(desk: Desk) -> None:
    assert ring(desk("op1"), practice="on").json()["practice"] is True


# ---- the page -----------------------------------------------------------------------------------------------


def test_the_page_speaks_hindi_first_and_has_six_fields(desk: Desk) -> None:
    officer = Officer.objects.get(username="op1")
    officer.language = "hi"
    officer.save(update_fields=["language"])
    html = desk("op1").get("/intake/phone").content.decode()
    assert 'lang="hi"' in html
    assert "उन्होंने क्या बताया" in html
    for name in ("pasted", "said", "place", "urgency", "caller_phone", "source"):
        assert f'name="{name}"' in html, name
    assert 'name="subject_phone"' not in html
    assert "<script>" not in html
    assert "style=" not in html


def test_the_page_saves_goes_to_the_case_and_says_so(desk: Desk) -> None:
    client = desk("op1")
    saved = client.post("/intake/phone", {"pasted": f"{POST}\n98765 43210", "said": "alvida", "urgency": "P1"})
    assert saved.status_code == 303
    page = client.get(saved.headers["Location"]).content.decode()
    assert "is saved and yours" in page
    assert "+919876543210" in page


def test_a_wrong_field_keeps_what_was_typed(desk: Desk) -> None:
    page = desk("op1").post("/intake/phone", {"pasted": POST, "said": "", "place": "Old lake", "urgency": "P1"})
    assert page.status_code == 422
    assert "Old lake" in page.content.decode()
    assert POST in page.content.decode()


@pytest.mark.parametrize("who", ["north", *STRANGERS])
@pytest.mark.parametrize("path", ["/intake/phone", "/intake/phone/twins"])
def test_nobody_else_finds_the_form(desk: Desk, who: str, path: str) -> None:
    client = desk(who)
    if who == "up-op1":
        assert client.get(path).status_code == 200
        return
    absent = client.get("/nowhere").content
    for answer in (client.get(path), client.post(path, CALL)):
        assert (answer.status_code, answer.content) == (404, absent)
    assert rows() == (0, 0)


def test_who_is_not_signed_in_is_asked_to(land: None) -> None:
    assert Client().get("/intake/phone").status_code == 302
    assert Client().post("/intake/phone", CALL, headers=JSON).status_code == 401


def test_without_its_token_the_form_is_refused(land: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(Officer.objects.get(username="op1"))
    assert client.post("/intake/phone", CALL, headers=JSON).status_code == 403
    assert rows() == (0, 0)


# ---- twins while typing -------------------------------------------------------------------------------------


def test_likely_twins_appear_while_typing_and_are_masked(desk: Desk, post: Post) -> None:
    case, client = post(), desk("op1")
    for ask in (client.post, client.get):
        found = ask("/intake/phone/twins", {"pasted": PHONE}, headers=JSON).json()
        assert [(twin["reference"], twin["state"], twin["why"]) for twin in found["twins"]] == [
            (case.reference, "received", ["phone"])
        ]
        assert found["chips"][0]["kind"] == "phone"
        assert "Aarav" not in json.dumps(found["twins"])
    html = client.post("/intake/phone/twins", {"pasted": PHONE}, headers={"HX-Request": "true"}).content.decode()
    assert case.reference in html
    assert "<html" not in html
    assert rows() == (1, 1)
    foreign = desk("up-op1").post("/intake/phone/twins", {"pasted": PHONE}, headers=JSON).json()
    assert foreign["twins"] == []


def test_it_is_said_when_a_call_will_join_by_itself(desk: Desk, post: Post) -> None:
    case = post(content_urls=(POST,))
    found = desk("op1").post("/intake/phone/twins", {"pasted": f"{POST}?igsh=abc"}, headers=JSON).json()
    assert [(twin["reference"], "post" in twin["why"]) for twin in found["twins"]] == [(case.reference, True)]


# ---- join and unjoin from the page of a case ------------------------------------------------------------------


def test_an_operator_sees_a_twin_joins_it_and_takes_it_out_again(desk: Desk, post: Post) -> None:
    client = desk("op1")
    case, other = post(), post()
    shown = read(client, case)
    assert {twin["reference"] for twin in shown["suggested_twins"]} == {other.reference}
    assert {"join", "unjoin"} <= set(shown["allowed"])
    assert other.reference in client.get(f"/cases/{case.reference}").content.decode()

    joined = do(client, case, "join", other=other.reference.lower())
    assert joined.status_code == 200, joined.content
    assert [alert["why"] for alert in joined.json()["alerts"]] == ["opened it", "joined"]
    assert joined.json()["suggested_twins"] == []
    emptied = read(client, other)
    assert (emptied["state"], emptied["outcome"], emptied["alerts"]) == ("closed", "DUP", [])
    assert client.get(f"/cases/{other.reference}").status_code == 200
    with reach_of(CLOCK):
        assert ReadEntry.objects.filter(case=other, actor="officer:op1", kind="join").count() == 1

    parted = do(client, case, "unjoin", alert=joined.json()["alerts"][1]["id"])
    assert parted.status_code == 200
    assert [alert["why"] for alert in parted.json()["alerts"]] == ["opened it"]
    assert read(client, other)["state"] == "received"


def test_joined_and_parted_the_house_still_holds(desk: Desk) -> None:
    client = desk("op1")
    first, second = (ring(client, url="", said=f"caller {number} at the lake").json() for number in (1, 2))
    assert first["reference"] != second["reference"]
    case, other = (Case(reference=each["reference"]) for each in (first, second))
    joined = do(client, case, "join", other=other.reference)
    assert [found.name for found in invariants.look() if not found.ok] == []
    parted = do(client, case, "unjoin", alert=second["alerts"][0]["id"])
    assert (joined.status_code, parted.status_code) == (200, 200)
    assert [found.name for found in invariants.look() if not found.ok] == []


def test_what_may_not_be_joined_is_said_in_the_words_of_each_answer(desk: Desk, post: Post) -> None:
    client = desk("op1")
    case, foreign = post(), arrive("UP")
    itself = do(client, case, "join", other=case.reference)
    assert (itself.status_code, itself.json()["type"]) == (409, "/problems/same_case")
    absent = do(client, case, "join", other="RJ-0000-0000")
    assert do(client, case, "join", other=foreign.reference).content == absent.content
    assert absent.status_code == 404
    assert do(client, case, "join", other="the other one").status_code == 422
    assert do(client, case, "unjoin", alert="first").status_code == 422
    assert do(client, case, "unjoin", alert=str(uuid4())).status_code == 404
    only = do(client, case, "unjoin", alert=read(client, case)["alerts"][0]["id"])
    assert (only.status_code, only.json()["type"]) == (409, "/problems/only_alert")
    mistyped = client.post(f"/cases/{case.reference}/join", {"other": "RJ-0000-0000"})
    assert mistyped.status_code == 422
    assert len(read(client, case)["timeline"]) == 1


def test_a_stranger_neither_sees_twins_nor_joins(desk: Desk, forwarded: Case, post: Post) -> None:
    other = post()
    assert read(desk("op1"), forwarded)["suggested_twins"] != []
    north = desk("north")
    assert read(north, forwarded)["suggested_twins"] == []
    assert other.reference not in north.get(f"/cases/{forwarded.reference}").content.decode()
    for who in STRANGERS:
        assert do(desk(who), forwarded, "join", other=other.reference).status_code == 404
    assert do(north, forwarded, "join", other=other.reference).status_code == 404
    own = do(north, forwarded, "join", other=forwarded.reference)
    assert own.status_code == 409
    assert len(read(desk("op1"), forwarded)["alerts"]) == 1


# ---- the journey: one person, several doors -------------------------------------------------------------------


def api_alert(client: Client, key: str, **changes: Any) -> Any:
    body = {
        "partner_reference": "MSI-7700009", "platform": "instagram", "sent_at": "2026-11-21T17:52:08Z",
        "subject": {"handle": "aarav.k", "display_names": ["Aarav Kalpanik"]},
        "content": {"text": "alvida", "urls": [POST]},
    }  # fmt: skip
    return client.post(
        "/api/v1/alerts", json.dumps(body | changes), content_type="application/json",
        headers={"Authorization": "Bearer key-of-rj-meta-000000", "Idempotency-Key": key},
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_same_person_by_api_and_telephone_within_a_minute_is_one_case_with_two_sealed_sources(desk: Desk) -> None:
    arrived = api_alert(Client(), "k-1")
    assert arrived.status_code == 201, arrived.content
    called = ring(desk("op1"), url="", pasted="instagram.com/p/C0mpl3x_Id?igsh=MWxsb25n", subject_phone="")
    assert called.status_code == 200
    case = called.json()
    assert (case["reference"], case["joined"]) == (arrived.json()["reference"], True)
    assert (case["urgency"], case["claimed_by"]) == ("P0", "op1")
    assert [(alert["door"], alert["why"]) for alert in case["alerts"]] == [("api", "opened it"), ("phone", "duplicate")]
    for alert in case["alerts"]:
        assert evidence.unseal(alert["sha256"])
    assert [line["action"] for line in case["timeline"]] == ["received", "alert_joined", "claimed"]
    assert rows() == (2, 1)


def test_a_call_about_somebody_elses_case_is_added_and_stays_with_them(desk: Desk) -> None:
    first = ring(desk("op1")).json()
    second = ring(desk("op2"), said="his brother calls as well").json()
    assert (second["reference"], second["joined"], second["claimed_by"]) == (first["reference"], True, "op1")
    assert len(second["alerts"]) == 2


@pytest.mark.django_db(transaction=True)
def test_two_doors_in_the_same_second_make_one_case(transactional_db: None) -> None:
    plant()
    desks = {name: Client() for name in ("op1", "op2")}
    for name, client in desks.items():
        client.force_login(Officer.objects.get(username=name))
    start = Barrier(4)

    def go(deed: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        deeds = [
            lambda: api_alert(Client(), "k-1"),
            lambda: api_alert(Client(), "k-2", partner_reference="MSI-7700010"),
            lambda: ring(desks["op1"]),
            lambda: ring(desks["op2"]),
        ]
        answers = list(threads.map(go, deeds))
    assert [answer.status_code for answer in answers] == [201, 201, 200, 200]
    assert len({answer.json()["reference"] for answer in answers}) == 1
    assert rows() == (4, 1)
