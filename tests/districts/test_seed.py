"""Seed files: planted whole or not at all, twice without harm, and their faults named with their place."""

from __future__ import annotations

import copy
import csv
import json
import runpy
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import QuerySet
from django.test import override_settings
from django.utils import timezone

from districts import onboarding, seeding
from districts.models import (
    Contact,
    District,
    Officer,
    Partner,
    PartnerKey,
    Policy,
    Posting,
    RegisterEntry,
    State,
    Unit,
    UnitKind,
)
from tests.database import ground
from tests.districts.conftest import CHEAP, PASSWORD, actor, state_file, unit

pytestmark = pytest.mark.django_db
DATA = Path(__file__).resolve().parents[2] / "districts" / "data"
EVERYTHING = [Contact, District, Officer, Partner, PartnerKey, Policy, Posting, RegisterEntry, State, Unit]


def plant(tmp_path: Path, document: object) -> str:
    file = tmp_path / "seed.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    out = StringIO()
    call_command("seed", str(file), stdout=out, stderr=out)
    return out.getvalue()


def rows() -> dict[str, list[dict[str, object]]]:
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in EVERYTHING}


def test_planted_twice_every_row_is_as_it_was(db, tmp_path):
    said = plant(tmp_path, state_file("AA"))
    before = rows()
    assert "4 units" in said
    assert "nothing had to be changed" in plant(tmp_path, state_file("AA"))
    assert rows() == before


def test_what_the_file_says_otherwise_is_changed_and_registered(home, tmp_path):
    file = state_file("AA")
    file["policies"][0]["claim_s"] = 3
    file["units"][0]["contacts"][0]["phone"] = "+915550099999"
    assert "2 acts registered" in plant(tmp_path, file)
    assert Policy.objects.get().claim_s == 3
    assert Contact.objects.get(unit__code="AA-NORTH").phone == "+915550099999"
    assert Contact.objects.get(unit__code="AA-NORTH").email == "aa.north@police.example"


def test_a_password_changed_by_hand_a_posting_ended_and_a_key_revoked_stay(home, tmp_path, now):
    admin, desk = actor("aa.admin", now), Officer.objects.get(username="aa.desk")
    onboarding.set_password(desk, password="chosen since then", by=actor("aa.desk", now), at=now)
    onboarding.end_posting(Posting.objects.get(officer=desk), by=admin, at=now)
    onboarding.revoke_key(PartnerKey.objects.get(), by=admin, at=now)
    said = plant(tmp_path, state_file("AA"))
    assert "officers[2].password: was changed by hand since, and stays." in said
    assert "partners[0].key: was revoked, and stays so." in said
    assert Officer.objects.get(pk=desk.pk).check_password("chosen since then")
    assert not Posting.objects.valid(now).filter(officer=desk).exists()
    assert not PartnerKey.objects.filter(revoked_at=None).exists()


def test_a_password_changed_in_the_file_is_the_new_one(home, tmp_path):
    file = state_file("AA")
    file["officers"][2]["password"] = "another from the file"
    plant(tmp_path, file)
    assert Officer.objects.get(username="aa.desk").check_password("another from the file")
    assert Officer.objects.get(username="aa.op").check_password(PASSWORD)


def test_a_second_state_leaves_the_first_alone_even_where_names_are_the_same(home, tmp_path):
    before = rows()
    file = state_file("BB")
    plant(tmp_path, file)
    for name, known in before.items():
        assert [row for row in rows()[name] if row in known] == known
    file["officers"][0]["username"] = "aa.op"
    with pytest.raises(CommandError, match=r"officers\[0\]\.username: “aa.op” is the user name of somebody in another"):
        plant(tmp_path, file)
    file = state_file("BB")
    file["partners"][0]["key"] = "key-of-meta-in-aa-0001"
    with pytest.raises(CommandError, match=r"partners\[0\]\.key: this key belongs to another partner"):
        plant(tmp_path, file)


def spoilt(*path: str | int, value: Any = None) -> dict[str, Any]:
    """Return a seed file with one value taken out, or replaced."""
    file = copy.deepcopy(state_file("AA"))
    place: Any = file
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return file


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("{", r"not JSON at line 1, column 2"),
        ([], r"the file: there must be an object here"),
        (spoilt("state"), r"state: this is missing\. Add it\."),
        (spoilt("state", "name_hi"), r"state\.name_hi: this is missing"),
        (spoilt("state", "languages", value="hi"), r"state: “languages”: give a list"),
        (spoilt("units", value={}), r"units: there must be a list here"),
        (spoilt("units", 1, value="AA"), r"units\[1\]: there must be an object here"),
        (spoilt("units", 3, "code"), r"units\[3\]\.code: this is missing"),
        (
            spoilt("units", 0, "kind", value="tribe"),
            r"units\[0\]\.kind: “tribe” is no kind of unit\. Use one of: state_cell",
        ),
        (spoilt("units", 0, "parent", value="AA-NOWHERE"), r"units\[0\]\.parent: there is no unit “AA-NOWHERE”"),
        (spoilt("units", 3, "parent", value="AA-NORTH"), r"units\[.\]\.parent: these units stand above each other"),
        (spoilt("units", 0, "code", value="AA-SOUTH"), r"units\[1\]\.code: this unit is listed twice"),
        (spoilt("units", 0, "district", value="Atlantis"), r"units\[0\]\.district: there is no revenue district"),
        (spoilt("units", 0, "valid_from", value="soon"), r"units\[0\]\.valid_from: write a day such as"),
        (spoilt("units", 1, "kind", value="state_cell"), r"units\[.\]: .*has its cell already"),
        (spoilt("units", 0, "contacts", 0, "rung"), r"units\[0\]\.contacts\[0\]\.rung: this is missing"),
        (spoilt("units", 0, "contacts", 0, "rung", value="1"), r"contacts\[0\]\.rung: there must be a whole number"),
        (spoilt("units", 0, "contacts", 0, "phone", value="0744"), r"never"),
        (spoilt("units", 0, "contacts", 0, "email", value="nobody"), r"units\[0\]\.contacts\[0\]: “e-mail”"),
        (spoilt("officers", 0, "password"), r"officers\[0\]\.password: this is missing"),
        (spoilt("officers", 0, "name"), r"officers\[0\]\.name: this is missing"),
        (spoilt("officers", 0, "username", value="two words"), r"officers\[0\]: “user name”"),
        (
            spoilt("officers", 0, "postings", 0, "role", value="king"),
            r"postings\[0\]\.role: “king” is no role\. Use one",
        ),
        (
            spoilt("officers", 0, "postings", 0, "role", value="field_officer"),
            r"postings\[0\]\.role: field officer is no role at",
        ),
        (
            spoilt("officers", 0, "postings", 0, "unit", value="BB-X"),
            r"officers\[0\]\.postings\[0\]\.unit: there is no unit",
        ),
        (spoilt("officers", 0, "totp_secret", value="!!"), r"officers\[0\]\.totp_secret: .*base32"),
        (spoilt("partners", 0, "code"), r"partners\[0\]\.code: this is missing"),
        (spoilt("partners", 0, "practice", value="no"), r"partners\[0\]\.practice: write true or false"),
        (spoilt("partners", 0, "webhook_url", value="here"), r"partners\[0\]: “webhook address”"),
        (spoilt("policies", 0, "urgency", value="P9"), r"policies\[0\]\.urgency: use one of P0"),
        (spoilt("policies", 0, "ladder", value=[{"after_s": 0}]), r"policies\[0\]: Ladder, step 1: give after_s"),
        (spoilt("policies", 0, "claim_s", value=-1), r"policies\[0\]: “claim_s”: give a whole number of seconds"),
        (spoilt("policies", 0, "unit", value="BB-X"), r"policies\[0\]\.unit: there is no unit"),
    ],
)
def test_a_fault_is_named_with_its_place_and_nothing_is_stored(db, tmp_path, file, fault):
    if fault == "never":  # a short service number is a number
        plant(tmp_path, file)
        return
    with pytest.raises(CommandError, match=fault) as told:
        plant(tmp_path, file)
    assert "seed.json" in str(told.value)
    assert str(told.value).endswith("Nothing was stored.")
    assert all(not model._default_manager.exists() for model in EVERYTHING)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_a_file_that_cannot_be_read_is_a_sentence(db, tmp_path, content):
    if content:
        (tmp_path / "seed.json").write_bytes(content)
    with pytest.raises(CommandError, match=r"seed\.json (is not UTF-8|cannot be read)"):
        call_command("seed", str(tmp_path / "seed.json"))


def test_what_nobody_knows_and_what_cannot_be_used_is_told_and_does_no_harm(db, tmp_path):
    file = state_file("AA") | {"layouts": [{"sender": "x"}], "colour": "blue"}
    file["units"][0]["paren"] = "AA-RANGE"
    said = plant(tmp_path, file)
    assert "layouts[0]: Mail layout" in said
    assert "colour: not known, passed over." in said
    assert "units[0].paren: not known, passed over." in said


def test_a_dated_posting_begins_and_ends_as_the_file_says(db, tmp_path, now):
    file = state_file("AA")
    file["officers"][2]["postings"] = [
        {
            "unit": "AA-NORTH",
            "role": "district_desk",
            "valid_from": "2025-01-01",
            "valid_to": "2025-02-01T00:00:00+05:30",
        }
    ]
    plant(tmp_path, file)
    plant(tmp_path, file)
    assert Posting.objects.filter(officer__username="aa.desk").count() == 1
    assert actor("aa.desk", now).unit_ids == ()


# ---- the demo ----------------------------------------------------------------------------------------------------


_planted: list[seeding.Planted] = []


@ground
def plant_whole_rajasthan() -> None:
    with override_settings(PASSWORD_HASHERS=CHEAP):
        document = json.loads((DATA / "rajasthan.json").read_text(encoding="utf-8"))
        _planted[:] = [seeding.plant(document, at=timezone.now())]


@pytest.fixture
def whole_rajasthan(db):
    return _planted[0]


@ground
def plant_whole_uttar_pradesh() -> None:
    with override_settings(PASSWORD_HASHERS=CHEAP):
        document = json.loads((DATA / "uttar_pradesh.json").read_text(encoding="utf-8"))
        seeding.plant(document, at=timezone.now())


@pytest.fixture
def whole_uttar_pradesh(db):
    """What stands before a test begins."""


@pytest.fixture
def rajasthan(whole_rajasthan):
    return whole_rajasthan


@pytest.fixture
def uttar_pradesh(whole_uttar_pradesh):
    """The other state of the demo."""


def source(name: str) -> list[dict[str, str]]:
    with (DATA / "source" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def of_the_state() -> QuerySet[Unit]:
    """Return the police units of a state itself: neither 112 nor the control rooms of other states."""
    return Unit.objects.acting().exclude(kind__in=[UnitKind.EMERGENCY_112, UnitKind.OTHER_STATE])


def test_rajasthan_is_all_there(rajasthan, now):
    police = source("rajasthan_police_units.csv")
    acting = of_the_state()
    assert {unit.code: (unit.name_en, unit.name_hi) for unit in acting} == {
        row["unit_code"]: (row["name_en"], row["name_hi"]) for row in police
    }
    assert len(police) == acting.count() == 51
    assert District.objects.count() == len(source("rajasthan_districts.csv")) == 41
    assert all(set(unit.contacts.values_list("rung", flat=True)) == {1, 3} for unit in acting)
    assert set(Contact.objects.filter(unit__code="RJ-CELL").values_list("rung", flat=True)) == {1, 2, 3, 5}
    assert unit("RJ-JAIPUR-EAST").parent.code == "RJ-ZONE-JAIPUR"
    assert rajasthan.notices == []


def test_every_unit_climbs_to_the_cell_past_a_fourth_rung(rajasthan):
    for below in of_the_state():
        climbed = [below]
        while climbed[-1].parent is not None:
            climbed.append(climbed[-1].parent)
        rungs = {contact.rung for place in climbed for contact in place.contacts.all()}
        assert climbed[-1].kind == UnitKind.STATE_CELL
        assert rungs == {1, 2, 3, 4, 5}


def test_somebody_can_sign_in_at_every_unit(rajasthan, now):
    for place in of_the_state():
        assert Posting.objects.valid(now).filter(unit=place, role="district_desk").exists(), place.code


def test_no_number_of_the_demo_rings_anywhere_and_none_twice(rajasthan, uttar_pradesh):
    phones = list(Contact.objects.values_list("phone", flat=True))
    assert of_the_state().filter(state__code="UP").count() == 75
    assert len(phones) == len(set(phones)) == 368
    assert all(phone.startswith("+9155500") and len(phone) == 13 for phone in phones)
    assert len(set(Contact.objects.values_list("email", flat=True))) == len(phones)


def test_what_the_demo_says_at_its_start_is_true(rajasthan, uttar_pradesh):
    demo = json.loads((DATA / "demo.json").read_text(encoding="utf-8"))
    for sign_in in demo["sign_ins"]:
        assert Officer.objects.get(username=sign_in["username"]).check_password(sign_in["password"])
    key = PartnerKey.objects.get(sha256=onboarding.digest(demo["practice_key"]))
    assert (key.partner.code, key.partner.practice) == (demo["partner"], True)
    # Only a practice partner may have a key that everybody knows.
    assert not PartnerKey.objects.filter(partner__practice=False).exists()


def test_the_files_of_the_demo_are_what_the_script_makes_of_the_tables():
    made = runpy.run_path(str(DATA / "make.py"))
    for name, plan in (("rajasthan", made["RAJASTHAN"]), ("uttar_pradesh", made["UTTAR_PRADESH"])):
        assert json.loads((DATA / f"{name}.json").read_text(encoding="utf-8")) == made["make"](plan)
