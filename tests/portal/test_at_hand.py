"""What a card of the inbox offers before the case is opened: to call and to drive, each asked for and written down."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cases.models import Case, ReadEntry
from districts.actors import CLOCK
from districts.reach import reach_of
from tests.portal.conftest import JSON, PHONE, STRANGERS, Post, do, read

ADDRESS = "geo:0,0?q="


def card(client: Client, case: Case) -> dict[str, Any]:
    rows = client.get("/inbox", headers=JSON).json()["cases"]
    return next(row for row in rows if row["reference"] == case.reference)


def looks(case: Case, *kinds: str) -> list[tuple[str, str]]:
    with reach_of(CLOCK):
        return list(ReadEntry.objects.filter(case=case, kind__in=kinds).order_by("pk").values_list("actor", "kind"))


def on_card(client: Client, case: Case, part: str) -> str:
    """Tap on a card as the page does; return what comes back to stand on it."""
    reference = case.reference
    if part == "way":
        answer = client.get(f"/cases/{reference}/way", headers={"HX-Request": "true", "HX-Target": f"way-{reference}"})
    else:
        answer = client.post(
            f"/cases/{reference}/reveal",
            {"field": "phone", "reason": "To call the person"},
            headers={"HX-Request": "true", "HX-Target": f"number-{reference}"},
        )
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_card_offers_what_is_known_and_shows_none_of_it(forwarded: Case, desk: Any) -> None:
    north = desk("north")
    assert card(north, forwarded)["at_hand"] == {"phone": "••••••1234", "way": True}
    page = north.get("/inbox").content.decode()
    assert f'hx-get="/cases/{forwarded.reference}/way"' in page
    assert "geo:" not in page
    assert "tel:" + PHONE not in page
    assert looks(forwarded, "way", "reveal") == []


def test_a_number_is_shown_on_the_card_after_a_tap_and_the_look_is_in_the_register_and_the_history(
    forwarded: Case, desk: Any
) -> None:
    north = desk("north")
    shown = on_card(north, forwarded, "number")
    assert f'href="tel:{PHONE}"' in shown
    assert 'id="case"' not in shown
    assert looks(forwarded, "reveal") == [("officer:north", "reveal")]
    line = read(north, forwarded)["timeline"][-1]
    assert (line["action"], line["facts"]) == ("revealed", {"field": "phone", "reason": "To call the person"})


def test_a_place_is_shown_on_the_card_after_a_tap_and_the_look_is_in_the_register(forwarded: Case, desk: Any) -> None:
    north = desk("north")
    shown = on_card(north, forwarded, "way")
    assert f'href="{read(north, forwarded)["way"]["url"]}"' in shown
    assert ADDRESS in shown
    assert looks(forwarded, "way") == [("officer:north", "way")]
    assert north.get(f"/cases/{forwarded.reference}/way", headers=JSON).json()["way"] == read(north, forwarded)["way"]


def test_without_script_both_lead_to_the_page_of_the_case(forwarded: Case, desk: Any) -> None:
    north = desk("north")
    answer = north.get(f"/cases/{forwarded.reference}/way")
    assert (answer.status_code, answer["Location"]) == (303, f"/cases/{forwarded.reference}")
    answer = north.post(f"/cases/{forwarded.reference}/reveal", {"field": "phone", "reason": "To call the person"})
    assert f'href="tel:{PHONE}"' in answer.content.decode()
    assert 'id="case"' in answer.content.decode()


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_finds_no_way_and_leaves_no_look(forwarded: Case, desk: Any, who: str) -> None:
    stranger = desk(who)
    for headers in (JSON, {"HX-Request": "true"}):
        foreign = stranger.get(f"/cases/{forwarded.reference}/way", headers=headers)
        absent = stranger.get("/cases/RJ-0000-0000/way", headers=headers)
        assert (foreign.status_code, foreign.content) == (absent.status_code, absent.content)
        assert foreign.status_code in {403, 404}
    assert looks(forwarded, "way", "reveal") == []


def test_nothing_is_offered_that_nobody_knows_nor_what_leads_nowhere(post: Post, desk: Any) -> None:
    op1, north = desk("op1"), desk("north")
    net = [{"source": "ip", "city": "Navi Mumbai", "region": "Maharashtra", "country": "IN"}]
    case = post(pointers=(), parsed={"handle": "nobody.knows"}, body={"locations": net})
    do(op1, case, "claim")
    do(op1, case, "forward", unit="RJ-NORTH", role="lead")
    assert card(north, case)["at_hand"] is None
    where = {"source": "telecom", "whose": "family", "lat": "28.13", "lon": "75.4", "radius_m": "800"}
    do(op1, case, "sightings", **where)
    assert card(north, case)["at_hand"] is None
    assert "Nothing is known yet" in on_card(north, case, "way")
    do(op1, case, "sightings", **(where | {"whose": "person"}))
    assert card(north, case)["at_hand"] == {"phone": "", "way": True}
    (person,) = [seen for seen in read(op1, case)["sightings"] if seen["whose"] == "person" and seen["source"] != "ip"]
    do(op1, case, "strike", sighting=person["id"], reason="somebody else")
    assert card(north, case)["at_hand"] is None


def test_what_has_left_the_unit_is_not_called_from_its_list(forwarded: Case, desk: Any) -> None:
    do(desk("op1"), forwarded, "close", outcome="N2")
    (row,) = desk("north").get("/inbox?tab=closed", headers=JSON).json()["cases"]
    assert row["at_hand"] is None
    assert "at-hand" not in desk("north").get("/inbox?tab=closed").content.decode()
