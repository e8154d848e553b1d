"""The onboarding desk on places, PINs and STD codes: one by one, and from a file that is tried first."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from districts import onboarding
from districts.models import PinArea, Place, RegisterEntry, State
from tests.districts.conftest import FACTS, faults, page, signed_in

pytestmark = pytest.mark.django_db
GOOD = "pin,districts\n333001,Northern\n333002,उत्तरी\n"
BAD = "pin,districts\n333001,Northern\n333002,Atlantis\n"


def file(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("pins.csv", text.encode())


def a_place(state: State, **values: object) -> dict[str, object]:
    return {
        "state": state.pk, "name_en": "Kalpanikpura", "name_hi": "काल्पनिकपुरा", "aliases": "Kalpnikpura\nकल्पनिकपुरा",
        "kind": "town", "district_name": "उत्तरी",
    } | values  # fmt: skip


@pytest.mark.parametrize("section", FACTS)
def test_every_list_form_and_file_page_opens_for_the_state_and_for_nobody_else(admin, abroad, section):
    for act in ("changelist", "add", "import"):
        assert admin.get(page(section, act)).status_code == 200
        for other in ("aa.local", "aa.op", "aa.desk"):
            assert signed_in(other).get(page(section, act)).status_code in {403, 302}, other


def test_a_place_is_added_and_changed_and_stands_in_the_register(admin, home):
    assert admin.post(page("place", "add"), a_place(home)).status_code == 302
    added = Place.objects.get()
    assert (added.district_name, added.aliases) == ("Northern", ["Kalpnikpura", "कल्पनिकपुरा"])
    assert admin.post(page("place", "change", added.pk), a_place(home, kind="station")).status_code == 302
    added.refresh_from_db()
    assert added.kind == "station"
    acts = RegisterEntry.objects.filter(subject="place:AA/Northern/Kalpanikpura").order_by("pk")
    assert [(entry.act, entry.actor) for entry in acts] == [
        ("place_added", "officer:aa.admin"),
        ("place_changed", "officer:aa.admin"),
    ]


def test_a_district_that_is_not_there_is_a_sentence_beside_the_fields(admin, home):
    answer = admin.post(page("place", "add"), a_place(home, district_name="Atlantis"))
    assert answer.status_code == 200
    assert "Atlantis" in faults(answer)
    assert not Place.objects.exists()


def test_a_file_is_tried_shown_and_then_stored(admin, home):
    tried = admin.post(page("pinarea", "import"), {"state": home.pk, "file": file(GOOD)})
    assert tried.status_code == 200
    assert (tried.context["result"].added, tried.context["faults"]) == (2, [])
    assert not PinArea.objects.exists()
    sent = {"state": home.pk, "text": tried.context["written"], "do": "1"}
    assert admin.post(page("pinarea", "import"), sent).status_code == 302
    assert list(PinArea.objects.values_list("pin", "district_names")) == [
        ("333001", ["Northern"]),
        ("333002", ["Northern"]),
    ]


def test_a_wrong_line_is_shown_with_its_number_and_nothing_can_be_stored(admin, home):
    for sent in ({"file": file(BAD)}, {"text": BAD, "do": "1"}):
        answer = admin.post(page("pinarea", "import"), {"state": home.pk, **sent})
        assert answer.status_code == 200
        ((line, sentence),) = answer.context["faults"]
        assert (line, "Atlantis" in sentence) == (3, True)
        assert 'name="do"' not in answer.content.decode()
    assert not PinArea.objects.exists()
    nothing = admin.post(page("pinarea", "import"), {"state": home.pk, "file": file("\xff no file of ours")})
    assert nothing.context["refused"]


def test_another_states_facts_are_neither_seen_nor_written(admin, home, abroad, now):
    theirs = onboarding.add_pin(abroad, pin="333001", district_names=["Northern"], by=onboarding.SEED, at=now)
    assert list(admin.get(page("pinarea")).context["cl"].result_list) == []
    assert admin.get(page("pinarea", "change", theirs.pk)).status_code == 302
    answer = admin.post(page("pinarea", "import"), {"state": abroad.pk, "file": file(GOOD), "do": "1"})
    assert answer.context["result"] is None
    assert PinArea.objects.count() == 1
