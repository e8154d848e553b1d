"""Seed files: planted whole or not at all, twice without harm, and their faults named with their place."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from districts.models import Officer, RegisterEntry, Unit

pytestmark = pytest.mark.django_db

SMALL = {
    "state": {"code": "T1", "name_en": "Testland", "name_hi": "परीक्षा", "languages": ["hi", "en"]},
    "units": [
        {
            "code": "T1-NORTH",
            "kind": "district",
            "parent": "T1-RANGE",
            "name_en": "North",
            "name_hi": "उत्तर",
            "contacts": [{"post": "control_room", "rung": 1, "phone": "+915550000101", "email": "cr@police.example"}],
        },
        {"code": "T1-RANGE", "kind": "range", "parent": "T1-CELL", "name_en": "Range", "name_hi": "रेंज"},
        {"code": "T1-CELL", "kind": "state_cell", "name_en": "Cell", "name_hi": "प्रकोष्ठ"},
    ],
    "officers": [
        {
            "username": "t.op",
            "password": "a long enough one",
            "name": "Op",
            "totp_secret": None,
            "postings": [{"unit": "T1-CELL", "role": "operator"}],
        }
    ],
    "partners": [{"code": "meta", "name": "Meta", "key": "test-key-of-meta-1", "practice": False}],
    "policies": [
        {"name": "default", "urgency": "P1", "claim_s": 60, "ladder": [{"after_s": 0, "rung": 1, "channels": ["sms"]}]}
    ],
}


def plant(tmp_path: Path, document: object) -> str:
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    out = StringIO()
    call_command("seed", str(file), stdout=out, stderr=out)
    return out.getvalue()


def test_a_small_state_is_planted_and_a_second_time_nothing_changes(tmp_path):
    said = plant(tmp_path, SMALL)
    assert "Testland" in said
    assert Unit.objects.count() == 3
    assert Officer.objects.get().check_password("a long enough one")
    acts = RegisterEntry.objects.count()
    print(said, acts)
    assert "nothing had to be changed" in plant(tmp_path, SMALL)
    assert RegisterEntry.objects.count() == acts
