"""What trips a resolver, on the shipped state: each trap that whoever gathered the facts has written down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from districts import seeding
from districts.jurisdiction import Clue
from tests.districts.jurisdiction.conftest import LONG_AGO, ask, codes

pytestmark = pytest.mark.django_db
DATA = Path(seeding.__file__).parents[1] / "data"


@pytest.fixture
def shipped(db):
    def shipped(name: str):
        document = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
        return seeding.plant({part: document[part] for part in ("state", "districts", "units")}, at=LONG_AGO).state

    return shipped


@pytest.fixture
def rajasthan(shipped):
    return shipped("rajasthan")


@pytest.mark.parametrize(
    "words",
    [
        "मैं अब संभल नहीं पाऊंगा", "आरक्षण कोटा सब ले गया", "मेरी बस्ती में कोई नहीं समझता", "सुबह की पाली में काम था",
        "quota khatam ho gaya", "reservation quota ne maar dala",
    ],
)  # fmt: skip
def test_an_everyday_word_names_nobody(rajasthan, words):
    found = ask(rajasthan, words)
    assert (found.verdict, codes(found), found.other_state) == ("unclear", [], None)


@pytest.mark.parametrize("words", ["Rampur me hu", "रामपुर में हूँ", "Pratapgarh me hu", "प्रतापगढ़ में हूँ", "Sultanpur me hu"])
def test_a_name_of_several_places_is_unclear(rajasthan, words):
    assert ask(rajasthan, words).verdict == "unclear"


def test_stations_of_kota_rural_share_their_names_with_the_neighbour(rajasthan):
    assert ask(rajasthan, "Itawa, Kota gramin ke thane ke paas hu").units[0].unit.code == "RJ-KOTA-RURAL"
    assert ask(rajasthan, "Sultanpur, Kota district, Rajasthan").units[0].unit.code == "RJ-KOTA-RURAL"


def test_a_number_that_may_be_a_fixed_line_is_believed_where_it_is_given_as_one(rajasthan):
    found = ask(rajasthan, Clue("std", phone="+917442512345"))
    assert (found.verdict, codes(found)[0][:7]) == ("decided", "RJ-KOTA")
    # In the words of a post it may as well be a mobile number.
    assert ask(rajasthan, "+917442512345").verdict == "unclear"


def test_the_pin_within_a_telephone_number_is_none(rajasthan):
    found = ask(rajasthan, "call 01592 232100")
    assert codes(found)[0] == "RJ-JHUNJHUNU"
    evidence = [reason.evidence for unit in found.units for reason in unit.reasons]
    assert not any(said.strip() == "232100" for said in evidence)


def test_bhiwadi_lies_in_khairthal_tijara(rajasthan):
    found = ask(rajasthan, Clue("address", pin="301019"))
    assert set(codes(found)[:2]) <= {"RJ-BHIWADI", "RJ-KHAIRTHAL-TIJARA"}
    assert codes(found)


def test_jhansi_has_its_code_though_the_library_has_not(shipped):
    found = ask(shipped("uttar_pradesh"), Clue("std", phone="0510 2440123"))
    assert (found.verdict, codes(found)[0]) == ("decided", "UP-JHANSI")


@pytest.mark.parametrize("city", ["Navi Mumbai", "Mumbai", "Jaipur"])
def test_the_city_of_an_address_of_the_net_decides_nothing(rajasthan, city):
    found = ask(rajasthan, Clue("ip", city=city, region="Maharashtra", country="IN"))
    assert (found.verdict, found.other_state) == ("unclear", None)
