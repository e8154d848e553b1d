"""What a state lays down of its own ground: it goes before what ships, at once, under its own dates, and only there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from districts import onboarding, seeding
from districts.models import PinArea, Place, RegisterEntry, StdArea, Unit
from districts.refusals import FieldNotSound, NotYourDesk, OtherStatesUnit, Taken
from tests.districts.conftest import actor
from tests.districts.jurisdiction.conftest import AT, LONG_AGO, ask, codes, first, outsiders_file, unit

pytestmark = pytest.mark.django_db
SEED = onboarding.SEED


def place(state, name_en, name_hi, district, **more):
    return onboarding.add_place(state, name_en=name_en, name_hi=name_hi, district_name=district, by=SEED, at=AT, **more)


def test_a_place_nobody_knew_is_known_the_moment_it_is_added(rajasthan):
    assert codes(ask(rajasthan, "Kalpanikpura me hu")) == []
    place(rajasthan, "Kalpanikpura", "काल्पनिकपुरा", "Sikar", aliases=["Kalpnikpura"])
    for words in ("Kalpanikpura me hu", "काल्पनिकपुरा में हूँ", "kalpnikpura se hu", "Kalpanikpur me hu"):
        assert first(ask(rajasthan, words)) == ("decided", "RJ-SIKAR"), words


def test_a_corrected_pin_goes_before_the_one_that_ships_and_an_ended_one_tells_nothing(rajasthan):
    assert first(ask(rajasthan, "333001")) == ("decided", "RJ-JHUNJHUNU")
    area = onboarding.add_pin(rajasthan, pin="333001", district_names=["सीकर"], by=SEED, at=AT)
    assert area.district_names == ["Sikar"], "it is kept under the name by which everything else is known"
    assert first(ask(rajasthan, "333001")) == ("decided", "RJ-SIKAR")
    onboarding.change_pin(area, {"valid_to": AT}, by=SEED, at=AT)
    assert codes(ask(rajasthan, "333001")) == []
    assert first(ask(rajasthan, "333001", at=AT - timedelta(days=1))) == ("decided", "RJ-SIKAR")


def test_a_pin_shared_by_two_districts_is_unclear(rajasthan):
    onboarding.add_pin(rajasthan, pin="333001", district_names=["Jhunjhunu", "Sikar"], by=SEED, at=AT)
    found = ask(rajasthan, "333001")
    assert (found.verdict, codes(found)[:2]) == ("unclear", ["RJ-JHUNJHUNU", "RJ-SIKAR"])
    assert first(ask(rajasthan, "333001", "Sikar yaad aata hai")) == ("decided", "RJ-SIKAR")


def test_an_std_code_that_ships_nowhere_can_be_added(rajasthan):
    assert codes(ask(rajasthan, "01599-232100")) == []
    onboarding.add_std(rajasthan, code="01599", district_names=["Sikar"], by=SEED, at=AT)
    assert first(ask(rajasthan, "01599-232100")) == ("decided", "RJ-SIKAR")


def test_a_fact_may_name_the_unit_itself(rajasthan):
    rural = Unit.objects.get(code="RJ-KOTA-RURAL")
    onboarding.add_pin(rajasthan, pin="324010", district_names=["Kota"], unit=rural, by=SEED, at=AT)
    assert first(ask(rajasthan, "324010")) == ("decided", "RJ-KOTA-RURAL")


def test_an_everyday_word_is_believed_only_beside_a_word_of_place(rajasthan):
    place(rajasthan, "Chandni", "चाँदनी", "Sikar", everyday_word=True)
    assert codes(ask(rajasthan, "चाँदनी बहुत याद आती है")) == []
    assert first(ask(rajasthan, "चाँदनी में रहता हूँ")) == ("decided", "RJ-SIKAR")


def test_a_fact_begins_on_its_day(rajasthan):
    place(rajasthan, "Kalpanikpura", "काल्पनिकपुरा", "Sikar", valid_from=AT + timedelta(days=2))
    assert codes(ask(rajasthan, "Kalpanikpura me hu")) == []
    assert codes(ask(rajasthan, "Kalpanikpura me hu", at=AT + timedelta(days=3)))[0] == "RJ-SIKAR"
    assert codes(ask(rajasthan, "Kalpanikpura me hu")) == []


@pytest.fixture
def in_english():
    with translation.override("en"):
        yield


@pytest.mark.usefixtures("in_english")
def test_what_is_not_sound_is_refused_in_a_sentence(rajasthan):
    with pytest.raises(FieldNotSound, match="no district or unit “Atlantis”"):
        place(rajasthan, "Somewhere", "कहीं", "Atlantis")
    with pytest.raises(FieldNotSound, match="three to six digits"):
        onboarding.add_pin(rajasthan, pin="33A", district_names=["Sikar"], by=SEED, at=AT)
    with pytest.raises(FieldNotSound, match="with its 0"):
        onboarding.add_std(rajasthan, code="1592", district_names=["Sikar"], by=SEED, at=AT)
    with pytest.raises(FieldNotSound, match="missing"):
        onboarding.add_pin(rajasthan, pin="333001", district_names=[], by=SEED, at=AT)
    place(rajasthan, "Kalpanikpura", "काल्पनिकपुरा", "Sikar")
    with pytest.raises(Taken):
        place(rajasthan, "Kalpanikpura", "काल्पनिकपुरा", "Sikar")


def test_only_the_administrator_of_the_whole_state_lays_down_facts(home, abroad):
    """``home`` has its own administrator, a unit's administrator, and a stranger in another state."""
    mine, local, stranger = actor("aa.admin", AT), actor("aa.local", AT), actor("bb.admin", AT)
    for by in (local, stranger):
        with pytest.raises(NotYourDesk):
            onboarding.add_pin(home, pin="333001", district_names=["Northern"], by=by, at=AT)
        with pytest.raises(NotYourDesk):
            onboarding.import_facts(home, "pins", "pin,districts\n333001,Northern\n", by=by, at=AT, dry=True)
    area = onboarding.add_pin(home, pin="333001", district_names=["Northern"], by=mine, at=AT)
    with pytest.raises(NotYourDesk):
        onboarding.change_pin(area, {"district_names": ["Northern"]}, by=stranger, at=AT)
    with pytest.raises(OtherStatesUnit):
        foreign = Unit.objects.get(code="BB-NORTH")
        onboarding.change_pin(area, {"unit": foreign}, by=mine, at=AT)
    entry = RegisterEntry.objects.get(act="pinarea_added")
    assert (entry.subject, entry.actor, entry.state) == ("pinarea:AA/333001", "officer:aa.admin", home)


# ---- files -----------------------------------------------------------------------------------------------------


FILE = """name_en,name_hi,aliases,kind,district,unit,lat,lon
Kalpanikpura,काल्पनिकपुरा,Kalpnikpura|कल्पनिकपुरा,town,Sikar,,27.6,75.1
Sapnagarh,सपनागढ़,,station,Kota,RJ-KOTA-RURAL,,
"""


def test_a_file_is_tried_first_and_then_read(rajasthan):
    tried = onboarding.import_facts(rajasthan, "places", FILE, by=SEED, at=AT, dry=True)
    assert (tried.added, tried.changed, tried.same, tried.faults) == (2, 0, 0, [])
    assert not Place.objects.exists()
    assert not RegisterEntry.objects.filter(act="facts_imported").exists()
    onboarding.import_facts(rajasthan, "places", FILE, by=SEED, at=AT, dry=False)
    assert first(ask(rajasthan, "sapnagarh me hu")) == ("decided", "RJ-KOTA-RURAL")
    again = onboarding.import_facts(rajasthan, "places", FILE.replace("Sikar", "Sikar"), by=SEED, at=AT, dry=False)
    assert (again.added, again.changed, again.same) == (0, 0, 2)
    changed = FILE.replace("|कल्पनिकपुरा", "|Swapnapura")
    assert onboarding.import_facts(rajasthan, "places", changed, by=SEED, at=AT, dry=False).changed == 1
    assert first(ask(rajasthan, "swapnapura me hu")) == ("decided", "RJ-SIKAR")
    entry = RegisterEntry.objects.filter(act="facts_imported").latest("pk")
    assert entry.after == {"what": "places", "added": 0, "changed": 1, "same": 1}


@pytest.mark.usefixtures("in_english")
def test_a_wrong_line_is_named_and_nothing_of_the_file_is_stored(rajasthan):
    text = (
        "pin,districts,unit,lat\n333001,Sikar,,\n33A,Sikar,,\n333002,Atlantis,,\n333003,Sikar,RJ-NOWHERE,\n"
        "333004,Sikar,,north\n333001,Kota,,\n333005,,,\n"
    )
    result = onboarding.import_facts(rajasthan, "pins", text, by=SEED, at=AT, dry=False)
    assert [line for line, _ in result.faults] == [3, 4, 5, 6, 7, 8]
    assert "Atlantis" in result.faults[1][1]
    assert not PinArea.objects.exists()
    with pytest.raises(FieldNotSound, match="“code” is missing"):
        onboarding.import_facts(rajasthan, "std", "district\nSikar\n", by=SEED, at=AT, dry=True)


def test_another_state_comes_in_by_import(db):
    """Bihar ships with its PINs' state and its towns' names, and no district."""
    file = outsiders_file()
    file["state"] = {"code": "BR", "name_en": "Bihar", "name_hi": "बिहार", "languages": ["hi"]}
    file["units"] = [
        unit("BR-CELL", "Cell", "प्रकोष्ठ", "state_cell"),
        unit("BR-PATNA", "Patna", "पटना"),
        unit("BR-GAYA", "Gaya", "गया"),
    ]
    bihar = seeding.plant(file, at=LONG_AGO).state
    assert first(ask(bihar, "मैं पटना में हूँ")) == ("decided", "BR-PATNA")
    assert ask(bihar, "Kota me hu").other_state == "Rajasthan"
    assert ask(bihar, "823001").verdict == "unclear"
    pins = "pin,districts\n823,Gaya\n800,Patna\n"
    onboarding.import_facts(bihar, "pins", pins, by=SEED, at=AT, dry=False)
    onboarding.import_facts(bihar, "std", "code,districts\n0631,Gaya\n", by=SEED, at=AT, dry=False)
    assert first(ask(bihar, "823001")) == ("decided", "BR-GAYA")
    assert first(ask(bihar, "0631 2220000")) == ("decided", "BR-GAYA")


def test_the_demo_lays_the_shipped_facts_down_once_and_keeps_what_was_changed_since(db):
    file = outsiders_file() | {"shipped_facts": True}
    state = seeding.plant(file, at=LONG_AGO).state
    pins = PinArea.objects.filter(state=state).count()
    assert pins > 900
    assert StdArea.objects.filter(state=state).count() > 200
    assert Place.objects.filter(state=state).count() > 150
    area = PinArea.objects.get(state=state, pin="333001")
    onboarding.change_pin(area, {"district_names": ["Sikar"]}, by=SEED, at=AT)
    seeding.plant(file, at=AT)
    assert PinArea.objects.filter(state=state).count() == pins
    assert first(ask(state, "333001")) == ("decided", "RJ-SIKAR")
