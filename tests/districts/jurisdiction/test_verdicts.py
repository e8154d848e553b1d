"""What is suggested, from an outsider's seed of units with code and name only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from districts import seeding
from districts.jurisdiction import Clue, clues_in, suggest
from tests.districts.jurisdiction.conftest import AT, LONG_AGO, ask, codes, first, outsiders_file, unit

pytestmark = pytest.mark.django_db
KOTA = {"lat": 25.139, "lon": 75.854}


def test_the_boy_from_jhunjhunu_who_is_in_rajkot_goes_to_gujarat(rajasthan):
    found = ask(rajasthan, "झुंझुनूं का रहने वाला हूँ, अभी राजकोट में हूँ। पापा माफ करना")
    assert (found.verdict, found.other_state, codes(found)) == ("other_state", "Gujarat", ["RJ-OUT-GUJARAT"])


def test_another_state_without_a_unit_of_its_own_is_named_all_the_same(rajasthan):
    found = ask(rajasthan, "main Nagpur me hu")
    assert (found.verdict, found.other_state, codes(found)) == ("other_state", "Maharashtra", [])
    assert ask(rajasthan, "I am in Kathmandu").other_state == "Nepal"


def test_city_and_country_of_one_district_are_told_apart(rajasthan):
    assert first(ask(rajasthan, "kota me hu")) == ("decided", "RJ-KOTA-CITY")
    assert first(ask(rajasthan, "सांगोद में रहती हूँ")) == ("decided", "RJ-KOTA-RURAL")
    assert first(ask(rajasthan, Clue("gps", **KOTA, radius_m=800))) == ("decided", "RJ-KOTA-CITY")
    assert first(ask(rajasthan, Clue("gps", lat=24.645, lon=75.945, radius_m=50))) == ("decided", "RJ-KOTA-RURAL")
    assert first(ask(rajasthan, "Kota district")) == ("unclear", "RJ-KOTA-CITY")


def test_a_verb_and_a_quota_are_no_districts(rajasthan):
    for words in ("अब संभल नहीं पा रही हूँ", "आरक्षण कोटा ने मार डाला", "दूसरी पाली में पेपर था", "हर सूरत में मरना है"):
        assert (ask(rajasthan, words).verdict, codes(ask(rajasthan, words))) == ("unclear", []), words


def test_a_name_of_two_states_is_unclear_until_something_says_which(rajasthan):
    assert first(ask(rajasthan, "Pratapgarh me hu")) == ("unclear", "RJ-PRATAPGARH")
    told = ask(rajasthan, "Pratapgarh me hu", Clue("profile", region="Rajasthan", country="IN"))
    assert first(told) == ("decided", "RJ-PRATAPGARH")
    assert ask(rajasthan, "Pratapgarh UP me hu").other_state == "Uttar Pradesh"
    by_ip = ask(rajasthan, "Pratapgarh me hu", Clue("ip", city="Pratapgarh", region="Rajasthan", country="IN"))
    assert by_ip.verdict == "unclear", "an address of the network settles nothing"


def test_a_fixed_line_of_another_district_outweighs_a_name(rajasthan):
    found = ask(rajasthan, "Sikar yaad aata hai", Clue("std", phone="+91 1592 232100"))
    assert first(found) == ("decided", "RJ-JHUNJHUNU")
    assert first(ask(rajasthan, "call 01592 232100")) == ("decided", "RJ-JHUNJHUNU")
    assert ask(rajasthan, "papa ka number 01592 232100").verdict == "unclear", "it is the father's"
    assert ask(rajasthan, "+917442512345").verdict == "unclear", "a mobile is no fixed line"


def test_the_order_of_trust(rajasthan):
    gps, pin = Clue("gps", **KOTA, radius_m=50), Clue("address", pin="333001")
    text, profile = "Sikar me hu", Clue("profile", city="Jaipur", region="Rajasthan")
    ip = Clue("ip", city="Navi Mumbai", region="Maharashtra", country="IN")
    assert first(ask(rajasthan, ip, profile, text, pin, gps)) == ("decided", "RJ-KOTA-CITY")
    assert first(ask(rajasthan, ip, profile, text, pin)) == ("decided", "RJ-JHUNJHUNU")
    assert first(ask(rajasthan, ip, profile, text)) == ("decided", "RJ-SIKAR")
    assert ask(rajasthan, ip, profile).verdict == "unclear", "which zone of one commissionerate may stay unclear"
    assert ask(rajasthan, ip).verdict == "unclear"


@pytest.mark.parametrize("city", ["Kota", "Jhunjhunu", "Rajkot", "Jaipur", "Kathmandu"])
def test_an_ip_address_or_the_address_of_a_sim_never_decides(rajasthan, city):
    for clues in (
        [Clue("ip", city=city)],
        [Clue("sim", whose="sim", text=city)],
        [Clue("ip", city=city), Clue("sim", whose="sim", city=city)],
        [Clue("ip", city=city, lat=28.13, lon=75.40, verified=True)],
        [Clue("ip", pin="333001"), Clue("sim", pin="333001")],
    ):
        assert (suggest(rajasthan, clues, at=AT).verdict, suggest(rajasthan, clues, at=AT).other_state) == (
            "unclear",
            None,
        )


def test_the_familys_place_is_not_the_persons(rajasthan):
    assert ask(rajasthan, Clue("address", whose="family", pin="333001")).verdict == "unclear"
    found = ask(rajasthan, "mere mummy papa Jhunjhunu me rehte hain, main Kota me hu")
    assert first(found) == ("decided", "RJ-KOTA-CITY")
    assert ask(rajasthan, "mere papa jhunjhunu me rehte hain").verdict == "unclear"


def test_what_contradicts_itself_is_unclear_and_both_are_offered(rajasthan):
    found = ask(rajasthan, "Sikar me hu", "Jhunjhunu me hu")
    assert found.verdict == "unclear"
    assert set(codes(found)[:2]) == {"RJ-SIKAR", "RJ-JHUNJHUNU"}
    now = ask(rajasthan, Clue("text", text="324005"), "abhi Sikar me hu")
    assert now.verdict == "unclear"
    assert {"RJ-KOTA-CITY", "RJ-SIKAR"} <= set(codes(now))


def test_a_zone_may_stay_unclear_but_all_of_them_are_offered(rajasthan):
    found = ask(rajasthan, "jaipur me hu")
    assert set(codes(found)[:2]) == {"RJ-JAIPUR-EAST", "RJ-JAIPUR-WEST"}


def test_on_a_railway_line_the_railway_police_and_112_stand_beside_the_district(rajasthan):
    found = ask(rajasthan, "Kota junction ke paas railway track par baitha hu")
    assert first(found) == ("decided", "RJ-KOTA-CITY")
    assert codes(found)[-2:] == ["RJ-GRP-AJMER", "RJ-112"]
    alone = ask(rajasthan, "पटरी पर बैठा हूँ")
    assert (alone.verdict, codes(alone)) == ("unclear", ["RJ-GRP-AJMER", "RJ-112"])
    assert codes(ask(rajasthan, "ज़िंदगी पटरी से उतर गई")) == []


def test_a_rough_or_old_position_is_no_fix(rajasthan):
    rough = Clue("gps", **KOTA, radius_m=90_000)
    assert ask(rajasthan, rough).verdict == "unclear"
    assert first(ask(rajasthan, rough, "Sikar me hu")) == ("decided", "RJ-SIKAR")
    old = Clue("gps", **KOTA, radius_m=50, seen_at=AT - timedelta(days=3))
    assert first(ask(rajasthan, old, "Sikar me hu")) == ("decided", "RJ-SIKAR")


def test_of_two_fixes_the_newer_one_counts(rajasthan):
    before = Clue("telecom", lat=28.13, lon=75.40, seen_at=AT - timedelta(hours=3))
    after = Clue("telecom", **KOTA, seen_at=AT - timedelta(minutes=5))
    assert first(ask(rajasthan, before, after)) == ("decided", "RJ-KOTA-CITY")
    assert first(ask(rajasthan, after, before)) == ("decided", "RJ-KOTA-CITY")


def test_every_unit_has_its_reasons_and_the_first_one_its_border(rajasthan):
    found = ask(rajasthan, "नवलगढ़, झुंझुनूं 333042")
    best = found.units[0]
    assert best.reasons[0].evidence == "333042"
    assert best.border_km is not None
    assert 0 < best.border_km < 60
    with translation.override("hi"):
        in_hindi = str(best.reasons[0].text)
    with translation.override("en"):
        in_english = str(best.reasons[0].text)
    assert "झुंझुनूं" in in_hindi
    assert in_english == "PIN 333042 belongs to Jhunjhunu."
    assert in_hindi != in_english


def test_a_unit_that_has_ended_is_not_suggested_and_its_successor_is(db):
    file = outsiders_file()
    file["units"] += [
        unit("RJ-BEAWAR-OLD", "Beawar", "ब्यावर", valid_to="2026-06-01"),
        unit("RJ-BEAWAR", "Beawar", "ब्यावर", valid_from="2026-06-01"),
    ]
    state = seeding.plant(file, at=LONG_AGO).state
    assert codes(ask(state, "Beawar me hu"))[0] == "RJ-BEAWAR"
    assert codes(ask(state, "Beawar me hu", at=LONG_AGO))[0] == "RJ-BEAWAR-OLD"


def test_before_a_district_was_made_its_towns_belonged_to_the_one_it_was_cut_from(db):
    file = outsiders_file()
    file["units"] += [
        unit("RJ-JODHPUR-RURAL", "Jodhpur Rural", "जोधपुर ग्रामीण", rural=True),
        unit("RJ-PHALODI", "Phalodi", "फलौदी", valid_from="2026-06-01"),
    ]
    state = seeding.plant(file, at=LONG_AGO).state
    assert first(ask(state, "Phalodi me hu")) == ("decided", "RJ-PHALODI")
    assert first(ask(state, "Phalodi me hu", at=LONG_AGO)) == ("decided", "RJ-JODHPUR-RURAL")


def test_a_district_without_a_unit_is_unclear_and_not_given_to_its_neighbour(rajasthan):
    found = ask(rajasthan, "Bikaner me hu")
    assert (found.verdict, codes(found)) == ("unclear", [])


def test_no_clue_at_all_is_unclear(rajasthan):
    assert ask(rajasthan).verdict == "unclear"
    assert ask(rajasthan, "अलविदा").verdict == "unclear"
    assert ask(rajasthan, Clue("gps", lat=0.0, lon=0.0), Clue("gps", lat=200.0, lon=1.0)).verdict == "unclear"


def test_anothers_states_units_are_never_suggested(rajasthan):
    file = outsiders_file()
    file["state"] |= {"code": "UP", "name_en": "Uttar Pradesh", "name_hi": "उत्तर प्रदेश"}
    file["units"] = [unit("UP-CELL", "Cell", "प्रकोष्ठ", "state_cell"), unit("UP-SIKAR", "Sikar", "सीकर")]
    seeding.plant(file, at=LONG_AGO)
    assert codes(ask(rajasthan, "Sikar me hu"))[0] == "RJ-SIKAR"
    assert "UP-SIKAR" not in codes(ask(rajasthan, "Sikar me hu"))


def test_the_database_is_asked_once_however_much_there_is_to_read(rajasthan):
    ask(rajasthan, "Kota me hu")
    for words in ("Kota", "Kota " * 300 + "333001 01592 232100 Sikar me hu, Jaipur se"):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            ask(rajasthan, words, Clue("gps", **KOTA), Clue("ip", city="Kota"))
        assert len(asked) == 1, [query["sql"][:80] for query in asked]


def test_clues_are_read_phones_before_pins_and_each_with_its_clause():
    found = clues_in("mere papa jhunjhunu me rehte hain 01592 232100, main Kota me hu 324005, mob 9829012345")
    assert [(clue.source, clue.whose, clue.pin, clue.phone) for clue in found] == [
        ("std", "family", "", "01592 232100"),
        ("text", "family", "", ""),
        ("text", "person", "324005", ""),
        ("text", "person", "", "9829012345"),
        ("text", "person", "", ""),
    ]
    assert [clue.text for clue in found if not clue.pin and not clue.phone] == [
        "mere papa jhunjhunu me rehte hain 01592 232100",
        "main Kota me hu 324005, mob 9829012345",
    ]


def test_clues_kept_one_by_one_say_the_same_as_the_text_they_came_from(rajasthan):
    for words in (
        "I left Sikar, now in Kota",
        "मैं झुंझुनूं से हूँ पर अभी कोटा में हूँ",
        "mere papa sikar me rehte hain, main Kota me hu 324005",
        "jaipur ja raha hu",
        "OTP 324005",
    ):
        whole, pieces = ask(rajasthan, words), suggest(rajasthan, clues_in(words), at=AT)
        assert first(whole) == first(pieces), words
