"""The wall board: numbers and squares, no person, and nobody's cases but one's own."""

import json

import pytest
from django.utils import timezone

from districts.models import Contact, Unit
from portal.views import tiles
from portal.views.tiles import Spot
from tests.portal.conftest import JSON, PHONE, arrive, do


def board(client):
    answer = client.get("/wall", headers=JSON)
    assert answer.status_code == 200, answer.content
    return answer.json()


def unit(shown, code):
    return next(one for one in shown["units"] if one["code"] == code)


def test_the_numbers_are_those_of_the_queue(post, forwarded, desk):
    post(urgency="P0")
    shown = board(desk("op1"))
    assert shown["figures"] == {
        "p0": 1, "p1": 1, "open": 2, "unclaimed": 1, "late": 0, "waiting": 1, "moving": 0,
    }  # fmt: skip
    assert 0 <= shown["oldest_unclaimed_s"] < 60
    assert (unit(shown, "RJ-NORTH")["state"], unit(shown, "RJ-NORTH")["waiting"]) == ("waiting", 1)
    assert unit(shown, "RJ-SOUTH")["state"] == "quiet"
    assert sum(shown["hours"]) == 2
    assert shown["hours"][-1] == 2


def test_a_square_follows_its_unit(forwarded, desk):
    north = desk("north")
    do(north, forwarded, "acknowledge", officer_name="SI Mohan", officer_phone="+915550007777", eta_minutes="10")
    assert unit(board(desk("op1")), "RJ-NORTH")["state"] == "open"
    do(north, forwarded, "move", team="PRV 12")
    assert board(desk("op1"))["figures"]["moving"] == 1
    Contact.objects.filter(unit__code="RJ-SOUTH").update(vacant=True)
    assert unit(board(desk("op1")), "RJ-SOUTH")["state"] == "unreachable"


def test_practice_enters_no_figure(post, desk, settings):
    post(practice=True)
    assert board(desk("op1"))["figures"]["open"] == 0
    settings.DEMO = True
    shown = board(desk("op1"))
    assert (shown["figures"]["open"], shown["practice"]) == (1, True)


def test_no_person_and_no_case_is_on_the_board(post, forwarded, desk):
    case = post()
    answer = desk("op1").get("/wall")
    said = answer.content.decode() + json.dumps(board(desk("op1")), ensure_ascii=False)
    for word in ("Aarav", "aarav", PHONE, "lake", case.reference, forwarded.reference):
        assert word not in said, word


def test_a_supervisor_sees_the_units_below_and_a_kiosk_the_whole_state(post, forwarded, desk):
    post()
    above = board(desk("dig"))
    assert {one["code"] for one in above["units"]} == {"RJ-NORTH", "RJ-SOUTH"}
    assert (above["figures"]["open"], above["figures"]["unclaimed"]) == (1, 0)
    kiosk = board(desk("reviewer"))
    assert kiosk["figures"]["open"] == 2
    assert {one["code"] for one in kiosk["units"]} == {"RJ-NORTH", "RJ-SOUTH", "RJ-EAST"}
    # The board alone is opened to a kiosk.
    assert desk("reviewer").get(f"/cases/{forwarded.reference}", headers=JSON).status_code == 404


def test_another_state_sees_its_own_board(post, desk):
    post()
    arrive("UP")
    arrive("UP")
    assert board(desk("up-op1"))["figures"]["open"] == 2
    assert board(desk("op1"))["figures"]["open"] == 1
    assert {one["code"] for one in board(desk("up-op1"))["units"]} == {"UP-AGRA"}


@pytest.mark.parametrize("stranger", ["north", "auditor", "admin", "nobody"])
def test_the_board_is_no_part_of_other_posts(post, desk, stranger):
    post()
    assert desk(stranger).get("/wall", headers=JSON).status_code == 403


def test_units_without_a_place_are_listed_and_those_with_one_are_squares(land, desk):
    Unit.objects.filter(code="RJ-NORTH").update(lat=28.1, lon=75.4)
    answer = desk("op1").get("/wall")
    shown = answer.context["tiles"]
    assert [square["code"] for square in shown["squares"]] == ["RJ-NORTH"]
    assert {other["code"] for other in shown["others"]} == {"RJ-SOUTH", "RJ-EAST"}
    assert 'style="' not in answer.content.decode()


def test_desks_and_sources_are_told(land, desk):
    op1 = desk("op1")
    op1.post("/desk", {"desk": "4f2a", "armed": "1"}, headers=JSON)
    shown = board(op1)
    assert shown["desks"] == 1
    assert [source["kind"] for source in shown["sources"]] == ["partner", "phone"]
    assert timezone.now().isoformat()[:4] in shown["at"]


def test_no_two_units_share_a_square_and_north_is_up():
    spots = [Spot(key, 23 + key % 7, 69 + key % 9) for key in range(75)]
    laid = tiles.board(spots)
    assert len(set(laid.places.values())) == 75
    assert all(column < laid.columns and row < laid.rows for column, row in laid.places.values())
    pair = tiles.board([Spot(1, 29.9, 73.9), Spot(2, 23.5, 74.4)])
    assert pair.places[1][1] < pair.places[2][1] or pair.rows == 1
    assert tiles.board([]).places == {}


@pytest.mark.parametrize(
    ("name", "lines"),
    [("कोटा", ["कोटा"]), ("Didwana-Kuchaman", ["Didwana-", "Kuchaman"]), ("Sawai Madhopur", ["Sawai", "Madhopur"])],
)
def test_a_name_fits_its_square(name, lines):
    assert tiles.lines_of(name) == lines
