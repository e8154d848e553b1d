"""Journeys of where, and to whom: from the words of an alert to the right unit, with every stranger in the scene."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group

from cases import claiming, crossings, forwarding, locating, response, sightings
from cases.models import Case, Crossing, Deadline, Forwarding
from cases.sightings import Place
from districts.actors import Actor, officer_actor
from districts.jurisdiction import Suggestion
from districts.models import Contact, Officer, Posting, Unit
from districts.reach import reach_of
from tests.cases.conftest import NUMBERS, Territory, as_engine

#: Code, kind, names and seat of the units that these journeys pass.
UNITS = [
    ("RJ-KOTA-CITY", "district", "Kota City", "कोटा शहर", 25.18, 75.83),
    ("RJ-KOTA-RURAL", "district", "Kota Rural", "कोटा ग्रामीण", 25.19, 75.85),
    ("RJ-PRATAPGARH", "district", "Pratapgarh", "प्रतापगढ़", 24.03, 74.78),
    ("RJ-JAIPUR-EAST", "district", "Jaipur East", "जयपुर पूर्व", 26.9, 75.83),
    ("RJ-GRP-AJMER", "railway", "GRP Ajmer", "जीआरपी अजमेर", 26.45, 74.63),
    ("RJ-112", "emergency_112", "Emergency 112", "आपात 112", 26.9, 75.8),
    ("RJ-OUT-GJ", "other_state", "Gujarat", "गुजरात", None, None),
    ("RJ-OUT-UP", "other_state", "Uttar Pradesh", "उत्तर प्रदेश", None, None),
]


@pytest.fixture
def rajasthan(land: Territory) -> Territory:
    """Rajasthan with the units of these journeys beside Jhunjhunu and Sikar, each with a control room."""
    for code, kind, english, hindi, lat, lon in UNITS:
        unit = Unit.objects.create(
            state=land.rj_cell.state,
            code=code,
            kind=kind,
            parent=land.rj_cell,
            name_en=english,
            name_hi=hindi,
            lat=lat,
            lon=lon,
            group=Group.objects.create(name=code),
        )
        Contact.objects.create(unit=unit, post="control_room", rung=1, phone=f"+9155500{next(NUMBERS):05d}")
        land.units[code] = unit
    for unit, english, hindi in ((land.jhunjhunu, "Jhunjhunu", "झुंझुनूं"), (land.sikar, "Sikar", "सीकर")):
        unit.name_en, unit.name_hi = english, hindi
        unit.save(update_fields=["name_en", "name_hi"])
    return land


def desk_of(unit: Unit, name: str, since: datetime) -> Actor:
    officer = Officer.objects.create(username=name, name=f"Officer {name}", password="!")
    Posting.objects.create(officer=officer, unit=unit, role="district_desk", valid_from=since)
    return officer_actor(officer, at=since)


def says(post: Callable[..., Case], text: str, **body: Any) -> Case:
    """Let an alert come in with these words."""
    return post(parsed={"content_text": text, "phones": body.pop("phones", [])}, body=body)


def suggested(land: Territory, case: Case, at: datetime) -> tuple[str, list[str], str | None]:
    with reach_of(land.rj_op1):
        said: Suggestion = locating.suggestion(case, at=at)
        return str(said.verdict), [found.unit.code for found in said.units], said.other_state


def nothing_for_strangers(land: Territory, case: Case) -> None:
    for stranger in (land.sikar_desk, land.agra_desk, land.up_op1):
        with reach_of(stranger):
            assert not sightings.of(case).exists()
            assert not Case.objects.filter(pk=case.pk).exists()


def test_the_boy_from_jhunjhunu_who_is_in_rajkot(
    rajasthan: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    land = rajasthan
    case = post(
        parsed={"content_text": "घर की याद आती है"},
        body={
            "locations": [
                {"source": "profile", "city": "Jhunjhunu", "region": "Rajasthan"},
                {"source": "gps", "lat": 22.3039, "lon": 70.8022, "accuracy_m": 300, "at": monday.isoformat()},
            ],
            "contacts": [{"relation": "mother", "phone": "+911592232123"}],
        },
    )
    verdict, units, other = suggested(land, case, monday)
    assert (verdict, units[:1], other) == ("other_state", ["RJ-OUT-GJ"], "Gujarat")
    gujarat, operator = land.units["RJ-OUT-GJ"], land.rj_op1
    with reach_of(operator):
        claiming.claim(case, by=operator, at=monday)
        leg = forwarding.forward(case, to=gujarat, part="other_state", by=operator, at=monday)
        # The family lives in Jhunjhunu: its police goes there, while Gujarat goes to him.
        forwarding.forward(case, to=land.jhunjhunu, part="family", by=operator, at=monday)
        code = Crossing.objects.get(forwarding=leg).code
        assert leg.suggestion_rank == 1
        crossings.confirm(
            case,
            unit=gujarat,
            code=code,
            officer_name="PI Patel",
            officer_phone="+915550000999",
            by=operator,
            at=monday + timedelta(minutes=6),
        )
    with as_engine():
        kinds = Deadline.objects.filter(case=case, level=0, settled_at=None).values_list("unit__code", "kind")
        assert list(kinds) == [("RJ-JHUNJHUNU", "ACKNOWLEDGE")]
    nothing_for_strangers(land, case)


def test_kota_city_against_kota_rural(rajasthan: Territory, post: Callable[..., Case], monday: datetime) -> None:
    city = says(post, "", locations=[{"source": "gps", "lat": 25.182, "lon": 75.836, "accuracy_m": 100}])
    assert suggested(rajasthan, city, monday)[1][0] == "RJ-KOTA-CITY"
    country = says(post, "", locations=[{"source": "gps", "lat": 24.65, "lon": 75.94, "accuracy_m": 100}])
    assert suggested(rajasthan, country, monday)[1][0] == "RJ-KOTA-RURAL"
    nothing_for_strangers(rajasthan, city)


def test_sambhal_the_verb_is_no_town(rajasthan: Territory, post: Callable[..., Case], monday: datetime) -> None:
    case = says(post, "अब मुझसे संभल नहीं रहा, सब खत्म")
    verdict, units, other = suggested(rajasthan, case, monday)
    assert (verdict, other) == ("unclear", None)
    assert "RJ-OUT-UP" not in units[:1]
    with as_engine():
        assert not sightings.of(case).exists()


def test_pratapgarh_is_in_two_states_until_somebody_says_which(
    rajasthan: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    case = says(post, "मैं प्रतापगढ़ में हूँ")
    assert suggested(rajasthan, case, monday)[0] == "unclear"
    with reach_of(rajasthan.rj_op1):
        sightings.add(
            case, Place(source="address", pin="312605"), by=rajasthan.rj_op1, at=monday + timedelta(minutes=1)
        )
    verdict, units, _ = suggested(rajasthan, case, monday + timedelta(minutes=1))
    assert (verdict, units[0]) == ("decided", "RJ-PRATAPGARH")
    nothing_for_strangers(rajasthan, case)


def test_a_fixed_line_of_another_district_says_where_it_stands(
    rajasthan: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    case = says(post, "", phones=["+911592232123"], locations=[{"source": "profile", "city": "Kota"}])
    _verdict, units, _ = suggested(rajasthan, case, monday)
    assert units[0] == "RJ-JHUNJHUNU"
    with as_engine():
        line = sightings.of(case).get(source="std")
        assert line.whose == "person"


def test_a_mobile_number_says_nothing(rajasthan: Territory, post: Callable[..., Case], monday: datetime) -> None:
    case = says(post, "", phones=["+919829012345"])
    with as_engine():
        assert not sightings.of(case).exists()


def test_on_a_railway_line_the_railway_police_and_112_go_in_parallel(
    rajasthan: Territory, post: Callable[..., Case], monday: datetime
) -> None:
    land = rajasthan
    case = says(post, "कोटा स्टेशन के पास रेल पटरी पर बैठा हूँ")
    _, units, _ = suggested(land, case, monday)
    assert {"RJ-GRP-AJMER", "RJ-112"} <= set(units)
    operator, grp = land.rj_op1, land.units["RJ-GRP-AJMER"]
    with reach_of(operator):
        claiming.claim(case, by=operator, at=monday)
        for code, part in (("RJ-KOTA-CITY", "lead"), ("RJ-GRP-AJMER", "support"), ("RJ-112", "emergency_112")):
            forwarding.forward(case, to=land.units[code], part=part, by=operator, at=monday)
    rail = desk_of(grp, "desk-grp", monday - timedelta(days=1))
    with reach_of(rail):
        response.acknowledge(
            case, officer_name="SI Rail", officer_phone="+915550000778", eta_minutes=4, by=rail, at=monday
        )
        assert list(Forwarding.objects.filter(case=case).values_list("unit__code", flat=True)) == ["RJ-GRP-AJMER"]
    with as_engine():
        open_clocks = Deadline.objects.filter(case=case, level=0, settled_at=None)
        assert set(open_clocks.values_list("unit__code", "kind")) == {
            ("RJ-KOTA-CITY", "ACKNOWLEDGE"), ("RJ-GRP-AJMER", "MOVE"), ("RJ-112", "ACKNOWLEDGE"),
        }  # fmt: skip
    nothing_for_strangers(land, case)


def test_an_address_of_the_net_never_decides(rajasthan: Territory, post: Callable[..., Case], monday: datetime) -> None:
    for city in ("Kota", "Navi Mumbai", "Jhunjhunu"):
        case = says(post, "", locations=[{"source": "ip", "city": city, "lat": 25.18, "lon": 75.83}])
        assert suggested(rajasthan, case, monday)[0] == "unclear"


def test_a_struck_sighting_decides_nothing(rajasthan: Territory, post: Callable[..., Case], monday: datetime) -> None:
    case = says(post, "", locations=[{"source": "address", "pin": "333001"}])
    assert suggested(rajasthan, case, monday)[1][0] == "RJ-JHUNJHUNU"
    with reach_of(rajasthan.rj_op1):
        wrong = sightings.of(case).get()
        sightings.strike(case, wrong, reason="her sister's", by=rajasthan.rj_op1, at=monday)
    assert suggested(rajasthan, case, monday)[0] == "unclear"


def test_the_familys_place_suggests_nobody(rajasthan: Territory, post: Callable[..., Case], monday: datetime) -> None:
    case = says(post, "")
    with reach_of(rajasthan.rj_op1):
        home = Place(source="address", whose="family", pin="333001")
        sightings.add(case, home, by=rajasthan.rj_op1, at=monday)
    assert suggested(rajasthan, case, monday)[0] == "unclear"
