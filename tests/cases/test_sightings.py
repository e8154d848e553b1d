"""The ledger of places: filled by the alert itself, written by people, corrected without losing what was there."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import Error, connection, transaction

from cases import linking, sightings
from cases.intake import Pointer
from cases.models import Case, CaseEvent, Sighting, SightingStrike
from cases.refusals import AlreadyStruck, NoPlaceSaid, NoSuchSighting, NotWithUnit, NotYours, ReasonNeeded
from cases.sightings import Place
from districts.actors import Actor
from districts.reach import reach_of
from notifications.models import Message
from tests.cases.conftest import Territory, as_engine

BODY: dict[str, Any] = {
    "locations": [
        {"source": "gps", "lat": 22.3039, "lon": 70.8022, "accuracy_m": 300, "at": "2026-11-23T22:20:00Z"},
        {"source": "profile", "city": "Jhunjhunu", "region": "Rajasthan", "country": "IN"},
        {"source": "sim", "text": "Mandawa, Jhunjhunu", "pin": "333704"},
        {"source": "ip", "city": "Navi Mumbai", "lat": 19.03, "lon": 73.02},
    ],
    "contacts": [{"relation": "mother", "phone": "+911592232123"}, {"relation": "friend", "phone": "+911412345678"}],
}
PARSED: dict[str, Any] = {
    "phones": ["+919829012345", "+917442451234"],
    "ip_events": [{"ip": "203.0.113.45", "port": 51514, "at": "2026-11-23T22:19:07Z"}],
}


def of(case: Case, actor: Actor) -> list[tuple[str, str]]:
    """Return source and owner of every sighting that the actor can read, asking the database for everything."""
    with reach_of(actor):
        rows = Sighting.objects.order_by("entered_at", "pk").filter(case=case)
        return [(row.source, row.whose) for row in rows]


@pytest.fixture
def told(post: Callable[..., Case]) -> Case:
    """A case whose alert says a good deal about places."""
    return post(body=BODY, parsed=PARSED)


def test_an_alert_fills_the_ledger_by_itself_and_keeps_three_places_apart(land: Territory, told: Case) -> None:
    assert sorted(of(told, land.rj_op1)) == sorted(
        [
            ("gps", "person"), ("profile", "person"), ("sim", "sim"), ("ip", "person"), ("ip", "person"),
            ("std", "person"), ("std", "family"),
        ]
    )  # fmt: skip
    with reach_of(land.rj_op1):
        ledger = sightings.of(told)
        gps, event = ledger.get(source="gps"), ledger.exclude(ip="").get()
        line, home = ledger.get(source="std", whose="person"), ledger.get(source="std", whose="family")
        assert ledger[0] == gps
    assert (gps.lat, gps.lon, gps.radius_m, gps.entered) == (22.3039, 70.8022, 300, "alert")
    # The port and the second: without both a provider of a hundred thousand people cannot say who it was.
    seen = datetime.fromisoformat("2026-11-23T22:19:07Z")
    assert (event.ip, event.port, event.seen_at) == ("203.0.113.45", 51514, seen)
    assert (line.phone, home.phone) == ("+917442451234", "+911592232123")
    assert gps.trust > line.trust > event.trust


def test_what_is_malformed_is_passed_over_and_nothing_is_refused(land: Territory, post: Callable[..., Case]) -> None:
    strange: list[Any] = [
        "nowhere", None, {"source": "gps", "lat": "22", "lon": 70}, {"source": "gps", "lat": 91, "lon": 70},
        {"source": "palmistry", "city": "Kota"}, {"source": "gps"},
    ]  # fmt: skip
    case = post(body={"locations": strange, "contacts": "none"}, parsed={"ip_events": [7], "phones": None})
    with reach_of(land.rj_op1):
        assert [(seen.source, seen.city) for seen in sightings.of(case)] == [("text", "Kota")]


def test_a_thousand_hints_do_not_bury_the_case(land: Territory, post: Callable[..., Case]) -> None:
    case = post(body={"locations": [{"source": "text", "text": f"place {number}"} for number in range(1000)]})
    with reach_of(land.rj_op1):
        assert sightings.of(case).count() == sightings.MOST


def test_the_same_hint_twice_in_an_alert_is_one(land: Territory, post: Callable[..., Case]) -> None:
    case = post(body={"locations": [{"source": "text", "pin": "333 001"}, {"source": "text", "pin": "333001"}]})
    with reach_of(land.rj_op1):
        assert [(seen.pin, seen.trust) for seen in sightings.of(case)] == [("333001", sightings.PIN_TRUST)]


def test_the_cell_adds_a_fix_and_whoever_has_the_case_is_told(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    fix = Place(source="telecom", lat=28.13, lon=75.4, radius_m=800, seen_at=monday)
    later = monday + timedelta(minutes=2)
    with reach_of(land.rj_op2):
        sightings.add(forwarded, fix, by=land.rj_op2, at=later)
    with as_engine():
        line = CaseEvent.objects.filter(case=forwarded).latest("seq")
        raised = Message.objects.filter(about_id=forwarded.pk, topic="case_raised")
        assert (line.action, line.actor, line.facts["source"]) == ("sighting_added", "officer:rj-op2", "telecom")
        assert {message.to_ref for message in raised} == {"RJ-JHUNJHUNU/control_room"}
        assert "28.13" not in str(line.facts)


def test_the_familys_place_wakes_nobody(land: Territory, forwarded: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        home = Place(source="address", whose="family", text="Ward 7")
        sightings.add(forwarded, home, by=land.rj_op1, at=monday)
    with as_engine():
        assert not Message.objects.filter(about_id=forwarded.pk, topic="case_raised").exists()


def test_a_unit_enters_what_it_finds_and_its_neighbour_does_not_read_it(
    land: Territory, forwarded: Case, monday: datetime
) -> None:
    from cases import forwarding

    with reach_of(land.rj_op1):
        forwarding.forward(forwarded, to=land.sikar, part="support", by=land.rj_op1, at=monday)
        sightings.add(forwarded, Place(source="text", text="bus stand"), by=land.rj_op1, at=monday)
    desk = land.jhunjhunu_desk
    with reach_of(desk):
        sightings.add(forwarded, Place(source="address", text="hostel"), by=desk, at=monday)
    assert of(forwarded, desk) == [("text", "person"), ("address", "person")]
    assert of(forwarded, land.rj_op1) == [("text", "person"), ("address", "person")]
    assert of(forwarded, land.sikar_desk) == [("text", "person")]
    for stranger in (land.agra_desk, land.up_op1):
        assert of(forwarded, stranger) == []
        with reach_of(stranger), pytest.raises(NotWithUnit):
            sightings.add(forwarded, Place(source="text", text="x"), by=stranger, at=monday)


def test_a_strike_keeps_what_it_strikes(land: Territory, told: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        gps = sightings.of(told).get(source="gps")
        with pytest.raises(ReasonNeeded):
            sightings.strike(told, gps, reason=" ", by=land.rj_op1, at=monday)
        sightings.strike(told, gps, reason="an old check-in", by=land.rj_op1, at=monday)
        with pytest.raises(AlreadyStruck):
            sightings.strike(told, gps, reason="again", by=land.rj_op1, at=monday)
        struck = [seen.source for seen in sightings.of(told) if hasattr(seen, "strike")]
        assert struck == ["gps"]
        assert sightings.of(told).count() == 7


def test_a_correction_is_a_further_row(land: Territory, told: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        wrong = sightings.of(told).get(source="profile")
        right = sightings.add(
            told, Place(source="text", city="Churu"), corrects=wrong, by=land.rj_op1, at=monday + timedelta(minutes=1)
        )
        assert right.corrects_id == wrong.pk
        assert hasattr(sightings.of(told).get(pk=wrong.pk), "strike")
        assert sightings.of(told).get(pk=wrong.pk).city == "Jhunjhunu"


def test_a_unit_strikes_its_own_and_no_other(land: Territory, forwarded: Case, monday: datetime) -> None:
    desk = land.jhunjhunu_desk
    with reach_of(land.rj_op1):
        cells = sightings.add(forwarded, Place(source="text", text="lake"), by=land.rj_op1, at=monday)
    with reach_of(desk):
        own = sightings.add(forwarded, Place(source="text", text="mill"), by=desk, at=monday)
        with pytest.raises(NotYours):
            sightings.strike(forwarded, cells, reason="no", by=desk, at=monday)
        sightings.strike(forwarded, own, reason="not there", by=desk, at=monday)
        assert SightingStrike.objects.filter(case=forwarded).count() == 1


def test_a_place_without_a_place_is_refused(land: Territory, told: Case, monday: datetime) -> None:
    with reach_of(land.rj_op1):
        for place in (
            Place(source="gps"),
            Place(source="text", text="x", whose="neighbour"),
            Place(source="no", pin="1"),
        ):
            with pytest.raises(NoPlaceSaid):
                sightings.add(told, place, by=land.rj_op1, at=monday)


def test_a_sighting_of_another_case_is_not_found(
    land: Territory, told: Case, post: Callable[..., Case], monday: datetime
) -> None:
    other = post(body=BODY)
    with reach_of(land.rj_op1):
        theirs = sightings.of(other).first()
        assert theirs is not None
        with pytest.raises(NoSuchSighting):
            sightings.strike(told, theirs, reason="no", by=land.rj_op1, at=monday)


def test_the_places_of_an_alert_go_where_the_alert_goes(
    land: Territory, told: Case, forwarded: Case, monday: datetime
) -> None:
    with reach_of(land.rj_op1):
        linking.join(forwarded, told, by=land.rj_op1, at=monday)
        assert sightings.of(forwarded).count() == 7
        assert sightings.of(told).count() == 0
    with reach_of(land.jhunjhunu_desk):
        assert sightings.of(forwarded).count() == 7
    with reach_of(land.sikar_desk):
        assert Sighting.objects.count() == 0


@pytest.mark.parametrize("who", ["jhunjhunu_desk", "rj_op1"])
def test_nobody_rewrites_the_ledger(land: Territory, forwarded: Case, monday: datetime, who: str) -> None:
    with reach_of(land.rj_op1):
        sightings.add(forwarded, Place(source="text", text="lake"), by=land.rj_op1, at=monday)
    with reach_of(getattr(land, who)):
        for statement in (
            "UPDATE cases_sighting SET text = 'x'",
            "DELETE FROM cases_sighting",
            "TRUNCATE cases_sighting",
        ):
            with pytest.raises(Error, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
    with as_engine(), pytest.raises(Error), transaction.atomic():
        Sighting.objects.update(text="x")


def test_a_handle_alone_says_no_place(land: Territory, post: Callable[..., Case]) -> None:
    case = post(pointers=(Pointer("handle", "x.y", "instagram"),))
    with reach_of(land.rj_op1):
        assert not sightings.of(case).exists()
