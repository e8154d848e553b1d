"""Where, on the screens: the ledger and its map, the suggestion and its sheet, letters, and what a unit keeps."""

import json
import re
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Case, Crossing
from districts import seeding
from districts.actors import CLOCK
from districts.models import Unit
from districts.onboarding import SEED
from districts.reach import reach_of
from portal.views.directions import way_to
from tests.portal.conftest import JSON, PHONE, RAJASTHAN, STRANGERS, Post, do, read, unit

WHERE = {"source": "telecom", "whose": "person", "lat": "28.13", "lon": "75.4", "radius_m": "800"}


def suggestions(client: Client, case: Case) -> dict[str, Any]:
    answer = client.get(f"/cases/{case.reference}/suggestions", headers=JSON)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_a_suggestion_is_complete_as_soon_as_the_alert_is_answered(post: Post, desk: Any) -> None:
    said = suggestions(desk("op1"), post())
    assert set(said) == {"verdict", "units", "other_state"}
    assert said["verdict"] in {"decided", "unclear", "other_state"}
    for found in said["units"]:
        assert set(found) == {"code", "name", "reasons", "border_km"}
        assert all(set(reason) == {"text", "evidence"} for reason in found["reasons"])


def test_nothing_but_an_address_of_the_net_or_of_a_sim_is_unclear(post: Post, desk: Any) -> None:
    places = [
        {"source": "ip", "city": "Navi Mumbai", "region": "Maharashtra", "country": "IN"},
        {"source": "sim", "text": "Jhunjhunu", "pin": "333001"},
    ]
    case = post(body={"locations": places}, parsed={"ip_events": [{"ip": "203.0.113.45", "port": 1}]})
    said = suggestions(desk("op1"), case)
    assert (said["verdict"], said["other_state"]) == ("unclear", None)
    page = desk("op1").get(f"/cases/{case.reference}/suggestions").content.decode()
    assert "Unclear." in page


def test_a_team_is_led_to_the_most_trusted_hint_that_stands_and_never_to_an_address_of_the_net() -> None:
    now = timezone.now()
    words = dict.fromkeys(("text", "city", "pin", "region"), "")

    def hint(source: str, trust: int, **more: Any) -> dict[str, Any]:
        nothing = {"whose": "person", "struck": None, "lat": None, "lon": None, "entered_at": now}
        return words | nothing | {"source": source, "trust": trust} | more

    net = hint("ip", 9, city="Navi Mumbai")
    sim = hint("sim", 9, pin="333001")
    family = hint("address", 9, text="Sikar", whose="family")
    place = hint("text", 3, text="बस अड्डा & पुल", pin="333001")
    phone = hint("gps", 8, lat=28.13, lon=75.4)
    assert way_to([net, sim, family]) is None
    assert way_to([net, place]) == {
        "url": "geo:0,0?q=" + quote("बस अड्डा & पुल, 333001"),
        "words": "बस अड्डा & पुल, 333001",
    }
    found = way_to([place, phone, net])
    assert found is not None
    assert found["url"] == "geo:28.13,75.4?q=28.13,75.4"
    assert way_to([place, phone | {"struck": {"reason": "old"}}]) == way_to([place])


def test_the_stranger_is_suggested_nothing(forwarded: Case, desk: Any) -> None:
    absent = desk("south").get("/cases/RJ-2026-9999/suggestions", headers=JSON)
    for name in STRANGERS:
        answer = desk(name).get(f"/cases/{forwarded.reference}/suggestions", headers=JSON)
        assert answer.status_code == 404
        assert answer.json()["type"] == absent.json()["type"]
    assert suggestions(desk("north"), forwarded)["verdict"]


def test_a_sighting_is_written_shown_and_struck(forwarded: Case, desk: Any) -> None:
    op1, north = desk("op1"), desk("north")
    before = len(read(op1, forwarded)["sightings"])
    assert do(op1, forwarded, "sightings", **WHERE, seen_at="2026-11-21T17:52:08+05:30").status_code == 200
    seen = read(north, forwarded)["sightings"]
    assert len(seen) == before + 1
    added = next(place for place in seen if place["source"] == "telecom")
    assert (added["lat"], added["radius_m"], added["entered"]) == (28.13, 800, "operator")
    assert added["seen_at"] == "2026-11-21T12:22:08Z"
    refused = do(north, forwarded, "strike", sighting=added["id"], reason="no")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not_yours")
    struck = do(op1, forwarded, "strike", sighting=added["id"], reason="another tower")
    place = next(place for place in struck.json()["sightings"] if place["id"] == added["id"])
    assert place["struck"]["reason"] == "another tower"
    page = op1.get(f"/cases/{forwarded.reference}").content.decode()
    assert "another tower" in page


def test_a_number_in_the_ledger_is_masked_for_whoever_does_not_hold_the_case(forwarded: Case, desk: Any) -> None:
    said = do(desk("op1"), forwarded, "sightings", source="std", whose="person", phone="+917442451234")
    assert [place["phone"] for place in said.json()["sightings"] if place["source"] == "std"] == ["+917442451234"]
    for other in ("op2", "north", "dig"):
        seen = json.dumps(read(desk(other), forwarded)["sightings"])
        assert "2451234" not in seen


def test_the_map_is_drawn_without_any_foreign_host(forwarded: Case, desk: Any) -> None:
    op1 = desk("op1")
    with reach_of(CLOCK):
        Unit.objects.filter(code="RJ-NORTH").update(lat=28.2, lon=75.5)
    do(op1, forwarded, "sightings", **WHERE)
    page = op1.get(f"/cases/{forwarded.reference}").content.decode()
    figure = page.partition('<figure class="map">')[2].partition("</figure>")[0]
    assert "<svg viewBox" in figure
    assert "Rj-North" in figure
    assert "://" not in figure


def test_units_of_one_city_do_not_write_their_names_on_each_other(forwarded: Case, desk: Any) -> None:
    op1 = desk("op1")
    with reach_of(CLOCK):
        Unit.objects.filter(code__in=["RJ-NORTH", "RJ-SOUTH", "RJ-EAST"]).update(lat=28.2, lon=75.5)
    do(op1, forwarded, "sightings", **WHERE)
    page = op1.get(f"/cases/{forwarded.reference}").content.decode()
    figure = page.partition('<figure class="map">')[2].partition("</figure>")[0]
    places = re.findall(
        r'<text x="(-?\d+)" y="(-?\d+)" text-anchor="(?:start|end)">Rj-(?:North|South|East)</text>', figure
    )
    assert len(places) == len(set(places)) == 3
    assert all(f"<title>Rj-{name}</title>" in figure for name in ("North", "South", "East"))


def test_what_was_chosen_and_why_is_kept(post: Post, desk: Any) -> None:
    case, op1 = post(), desk("op1")
    do(op1, case, "claim")
    said = do(op1, case, "forward", unit="RJ-SOUTH", role="lead", differs_because="the hostel said so")
    assert said.status_code == 200
    assert said.json()["forwardings"][0]["differs_because"] == "the hostel said so"


def test_what_left_a_unit_stays_with_it_as_a_receipt(forwarded: Case, desk: Any) -> None:
    op1, north = desk("op1"), desk("north")
    assert do(op1, forwarded, "recall", unit="RJ-NORTH", reason="wrong district").status_code == 200
    do(op1, forwarded, "notes", text="is in Rajkot")
    assert north.get(f"/cases/{forwarded.reference}", headers=JSON).status_code == 404
    kept = north.get("/receipts", headers=JSON).json()["receipts"][0]
    whole = north.get(kept["url"], headers=JSON)
    assert "Rajkot" not in whole.content.decode()
    assert PHONE not in whole.content.decode()
    assert [line["action"] for line in whole.json()["timeline"]][-1] == "recalled"
    assert "wrong district" in north.get(kept["url"]).content.decode()
    assert not read(op1, forwarded)["forwardings"][0]["receipt_acknowledged_at"]
    assert north.post(f"{kept['url']}/acknowledge", headers=JSON).status_code == 200
    assert north.post(f"{kept['url']}/acknowledge", headers=JSON).status_code == 409
    assert read(op1, forwarded)["forwardings"][0]["receipt_acknowledged_at"]


def test_a_strangers_receipt_and_an_absent_one_look_alike(forwarded: Case, desk: Any) -> None:
    do(desk("op1"), forwarded, "recall", unit="RJ-NORTH", reason="wrong district")
    kept = desk("north").get("/receipts", headers=JSON).json()["receipts"][0]["url"]
    absent = f"/receipts/{UUID(int=7)}"
    for name in ("south", "east", "agra"):
        client = desk(name)
        found = [client.get(address, headers=JSON) for address in (kept, absent)]
        assert [answer.status_code for answer in found] == [404, 404]
        assert found[0].content == found[1].content
        assert client.get("/receipts", headers=JSON).json()["receipts"] == []
    for name in ("op1", "reviewer", "nobody"):
        assert desk(name).get("/receipts", headers=JSON).status_code == 403


@pytest.fixture
def gujarat(land: None) -> Unit:
    other = unit("RJ-OUT-GJ", "other_state", "RJ-CELL", {1: "control_room"}) | {
        "name_en": "Gujarat",
        "name_hi": "गुजरात",
    }
    with reach_of(SEED):
        seeding.plant({"state": RAJASTHAN["state"], "units": [other]}, at=timezone.now())
    return Unit.objects.get(code="RJ-OUT-GJ")


def test_another_state_takes_over_by_sheet_and_code(post: Post, desk: Any, gujarat: Unit) -> None:
    case, op1 = post(), desk("op1")
    do(op1, case, "claim")
    assert do(op1, case, "forward", unit=gujarat.code, role="other_state").status_code == 200
    with reach_of(CLOCK):
        code = Crossing.objects.get(case=case).code
    shown = read(op1, case)
    assert [deadline["kind"] for deadline in shown["deadlines"] if deadline["settled_as"] is None] == ["OTHER_STATE"]
    assert code not in json.dumps(shown)
    sheet = op1.get(f"/cases/{case.reference}/sheet/{gujarat.code}.pdf")
    assert sheet.status_code == 200
    assert sheet.content.startswith(b"%PDF")
    named = {"unit": gujarat.code, "officer_name": "PI Patel", "officer_phone": "+915550000999"}
    wrong = do(op1, case, "confirm", **named, code=f"{(int(code) + 1) % 10**6:06}")
    assert (wrong.status_code, wrong.json()["type"]) == (409, "/problems/wrong_code")
    done = do(op1, case, "confirm", **named, code=code)
    assert (done.status_code, done.json()["state"]) == (200, "acknowledged")
    page = op1.get(f"/cases/{case.reference}").content.decode()
    assert "has taken over" in page


def test_a_request_has_a_letter_that_only_the_cell_gets(forwarded: Case, desk: Any) -> None:
    op1 = desk("op1")
    asked = {
        "kind": "platform", "addressee": "Meta LERT", "basis": "emergency", "purpose": "to reach a person in danger",
        "subject": "@somebody", "officer_name": "Insp. Rao",
    }  # fmt: skip
    shown = do(op1, forwarded, "ask", **asked).json()["inquiries"]
    assert (shown[0]["name"], bool(shown[0]["preserve_until"])) == (f"{forwarded.reference}/1", True)
    letter = op1.get(shown[0]["letter"])
    assert letter.content.startswith(b"%PDF")
    assert op1.get(f"/cases/{forwarded.reference}/requests/2.pdf").status_code == 404
    refused = do(op1, forwarded, "ask", **asked | {"purpose": "her call records"})
    assert refused.json()["type"] == "/problems/no_call_records"
    assert desk("north").get(shown[0]["letter"]).status_code == 403
    assert read(desk("north"), forwarded)["inquiries"] == []
    for name in STRANGERS:
        assert desk(name).get(shown[0]["letter"], headers=JSON).status_code == 404


def test_units_read_that_the_family_must_not_be_told(forwarded: Case, desk: Any) -> None:
    assert do(desk("op1"), forwarded, "family", told="no", reason="beaten at home").status_code == 200
    north = desk("north")
    assert read(north, forwarded)["family_not_told"] == "beaten at home"
    assert "beaten at home" in north.get(f"/cases/{forwarded.reference}").content.decode()
