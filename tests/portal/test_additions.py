"""What a partner adds to its alert, as the officers of a case see it: words, files, a place, or that it was wrong."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cases.models import Case
from districts.actors import CLOCK
from districts.reach import reach_of
from tests.portal.conftest import STRANGERS, do, plant, read, signed_in

KEYS = count(1)
WORDS = "Aarav is at the old lake, call +915550009876"


class Meta:
    """The machine of a partner, which knows nothing of the case but what it is told."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)

    def post(self, address: str, body: dict[str, Any] | None = None, **form: Any) -> dict[str, Any]:
        headers = {"Authorization": "Bearer key-of-rj-meta-000000", "Idempotency-Key": f"added-{next(KEYS)}"}
        raw = {"data": form} if form else {"data": json.dumps(body), "content_type": "application/json"}
        answer = self.client.post(f"/api/v1/alerts{address}", headers=headers, **raw)
        assert answer.status_code in {201, 202}, answer.content
        return dict(answer.json())

    def alert(self, number: int) -> tuple[str, Case]:
        told = self.post("", {
            "partner_reference": f"ADD-{number}", "platform": "instagram", "sent_at": "2026-11-21T17:52:08Z",
            "subject": {"platform_user_id": f"1784{number}", "handle": f"aarav.{number}",
                        "display_names": ["Aarav Kalpanik"]},
        })  # fmt: skip
        with reach_of(CLOCK):
            return told["id"], Case.objects.get(reference=told["reference"])


@pytest.fixture
def meta(transactional_db: None, settings: Any, tmp_path: Any) -> Meta:
    settings.FILES_DIR = str(tmp_path)
    plant()
    return Meta()


def supplement(meta: Meta, alert: str) -> None:
    meta.post(f"/{alert}/supplements", {
        "text": WORDS, "subject": {"phones": [{"number": "+915550009876", "verified": True}]},
        "locations": [{"source": "text", "text": "Old lake", "pin": "324005", "city": "Kota"}],
    })  # fmt: skip
    meta.post(f"/{alert}/files", file=SimpleUploadedFile("screen.txt", b"hello"))


def page(client: Client, case: Case) -> str:
    answer = client.get(f"/cases/{case.reference}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_what_a_supplement_says_is_shown_and_masked_for_whoever_does_not_hold_the_case(meta: Meta):
    alert, case = meta.alert(1)
    supplement(meta, alert)
    op1, op2, north, dig = map(signed_in, ("op1", "op2", "north", "dig"))
    assert do(op1, case, "claim").status_code == 200
    assert do(op1, case, "forward", unit="RJ-NORTH", role="lead").status_code == 200

    (told,) = read(op1, case)["alerts"]
    (added, file) = told["additions"]
    assert (added["kind"], added["text"], added["parsed"]["phones"]) == ("supplement", WORDS, ["+915550009876"])
    assert (added["places"][0]["pin"], added["parsed"]["handle"]) == ("324005", None)
    assert (file["kind"], told["retracted"]) == ("file", None)
    assert [one["name"] for one in read(op1, case)["files"]] == ["screen.txt"]
    assert WORDS in page(op1, case)
    assert "324005" in page(op1, case)

    for other in (op2, north):
        (hidden, _) = read(other, case)["alerts"][0]["additions"]
        assert hidden["text"] == "••• is at the old lake, call •••"
        assert hidden["parsed"]["phones"] == ["••••••9876"]
        assert hidden["places"] == added["places"]
        assert "is at the old lake" in page(other, case)
        assert "+915550009876" not in page(other, case)
    assert "is at the old lake" not in page(dig, case)
    for username in STRANGERS:
        assert signed_in(username).get(f"/cases/{case.reference}").status_code in {302, 403, 404}


def test_a_retraction_stands_on_the_page_of_everybody_who_has_the_case_and_changes_nothing(meta: Meta):
    alert, case = meta.alert(2)
    op1, north = signed_in("op1"), signed_in("north")
    assert do(op1, case, "claim").status_code == 200
    assert do(op1, case, "forward", unit="RJ-NORTH", role="lead").status_code == 200
    before = read(op1, case)
    assert "Taken back by the partner" not in page(op1, case)
    meta.post(f"/{alert}/retract", {"reason": "It was a film"})

    for somebody in (op1, north):
        found = read(somebody, case)
        assert found["alerts"][0]["retracted"]["text"] == "It was a film"
        assert (found["state"], found["urgency"]) == (before["state"], before["urgency"])
        assert "Taken back by the partner" in page(somebody, case)
    told = [message for message in read(op1, case)["messages"] if message["topic"] == "case_raised"]
    assert {message["to_ref"] for message in told} == {"RJ-CELL/desk", "RJ-NORTH/control_room"}


def test_words_and_files_go_with_their_alert_when_cases_are_joined_and_come_back_when_they_are_parted(meta: Meta):
    (_, case), (alert, other) = meta.alert(3), meta.alert(4)
    supplement(meta, alert)
    op1 = signed_in("op1")
    assert do(op1, case, "claim").status_code == 200

    def seen(of: Case) -> tuple[int, list[str], bool]:
        found = read(op1, of)
        words = sum(len(one["additions"]) for one in found["alerts"])
        return words, [file["name"] for file in found["files"]], "+915550009876" in str(found["person"])

    nothing, all_of_it = (0, [], False), (2, ["screen.txt"], True)
    assert seen(case) == nothing
    assert do(op1, case, "join", other=other.reference).status_code == 200
    assert (seen(case), seen(other)) == (all_of_it, nothing)
    url = read(op1, case)["files"][0]["url"]
    assert b"".join(op1.get(url)) == b"hello"
    # What comes for the alert from now on comes to the case that it is in.
    meta.post(f"/{alert}/supplements", {"text": "and one more"})
    assert seen(case)[0] == 3

    assert do(op1, case, "unjoin", alert=alert).status_code == 200
    assert op1.get(url).status_code == 404
    assert do(op1, other, "claim").status_code == 200
    assert (seen(case), seen(other)) == (nothing, (3, *all_of_it[1:]))
