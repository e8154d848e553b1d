"""Two portals of two states, two databases and real HTTP between them: the boy of Rajasthan who is in Rajkot."""

import base64
import hashlib
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from notifications.webhooks.sending import signature
from portal.night import Desk
from tests.stack.portal import Portal
from tests.stack.portal import wait_for as wait

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]
PASSWORD = "four words in a row"
#: A second portal beside the first, on two cores that others use as well.
LONG = 240.0
NAME_OF_OURS = "Sushila Rathore"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
KEYS = {"rj": "key-of-rajasthan-at-gujarat-000", "gj": "key-of-gujarat-at-rajasthan-000"}
SECRETS = {name: "whsec_" + base64.b64encode(f"the secret of {name} over there".encode()).decode() for name in KEYS}
STRANGER = "key-of-a-stranger-at-gujarat-00"
META = "key-of-meta-at-rajasthan-000000"


def wait_for(what: Callable[[], object], otherwise: str, *, detail: Callable[[], str] = str) -> None:
    wait(what, otherwise, seconds=LONG, detail=detail)


def unit(code: str, kind: str, name: str, parent: str = "") -> dict[str, Any]:
    contacts = [{"post": "control_room", "rung": 1, "phone": "+915550000101"}]
    words = {"code": code, "kind": kind, "name_en": name, "name_hi": name, "contacts": contacts}
    return words | ({"parent": parent} if parent else {})


def officer(username: str, unit_code: str, role: str, name: str) -> dict[str, Any]:
    posted = {"postings": [{"unit": unit_code, "role": role}]}
    return {"username": username, "password": PASSWORD, "name": name, "language": "en"} | posted


def seed_of(code: str, name: str, other: str, other_name: str, *, there: str, more: dict[str, Any]) -> dict[str, Any]:
    """Return the seed of one state, in which the other one's portal is a partner and a control room."""
    mine, theirs = code.lower(), other.lower()
    abroad = f"{code}-OUT-{other}"
    units = [
        unit(f"{code}-CELL", "state_cell", f"Cell of {name}"),
        unit(abroad, "other_state", other_name, f"{code}-CELL"),
    ]
    partner = {
        "code": theirs, "name": f"{other_name} Police", "key": KEYS[theirs], "signing_secret": SECRETS[theirs],
        "require_signature": True, "webhook_url": f"{there}/api/v1/handed-over/{other}-OUT-{code}",
    }  # fmt: skip
    portal = {"unit": abroad, "partner": theirs, "address": there, "key": KEYS[mine], "signing_secret": SECRETS[mine]}
    return {
        "state": {"code": code, "name_en": name, "name_hi": name, "languages": ["hi", "en"]},
        "units": units + more.get("units", []),
        "officers": [officer("op1", f"{code}-CELL", "operator", NAME_OF_OURS), *more.get("officers", [])],
        "partners": [partner, *more.get("partners", [])],
        "counterparts": [portal],
        "policies": [],
    }


class States:
    """Rajasthan and Gujarat, which are partners of one another."""

    def __init__(self, new_portal: Callable[..., Portal], folder: Path) -> None:
        self.rj, self.gj, self.folder = new_portal("rajasthan"), new_portal("gujarat"), folder
        self.rj.launch()
        self.gj.launch()
        self.plant(self.rj, seed_of(
            "RJ", "Rajasthan", "GJ", "Gujarat", there=self.gj.url,
            more={"partners": [{"code": "meta", "name": "Meta", "key": META}]},
        ))  # fmt: skip
        rajkot = {
            "units": [unit("GJ-RAJKOT", "district", "Rajkot City", "GJ-CELL")],
            "officers": [officer("rajkot", "GJ-RAJKOT", "district_desk", "Desk of Rajkot")],
            "partners": [{"code": "stranger", "name": "Stranger", "key": STRANGER}],
        }
        self.plant(self.gj, seed_of("GJ", "Gujarat", "RJ", "Rajasthan", there=self.rj.url, more=rajkot))

    def plant(self, portal: Portal, seed: dict[str, Any]) -> None:
        wait_for(portal.answers, "it did not answer", detail=portal.said)
        at_work = {"web", "worker", "beat"}
        wait_for(lambda: at_work <= portal.living().keys(), "it does not work", detail=portal.said)
        file = self.folder / f"{seed['state']['code']}.json"
        file.write_text(json.dumps(seed))
        done = portal.command("seed", str(file))
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def states(new_portal: Callable[..., Portal], open_folder: Path) -> States:
    return States(new_portal, open_folder)


@pytest.fixture(scope="module")
def op1(states: States) -> Desk:
    return Desk(states.rj.url, "op1", PASSWORD)


def alert_on_the_boy(url: str, number: int) -> dict[str, Any]:
    body = {
        "partner_reference": f"MSI-{number}", "platform": "instagram", "sent_at": "2026-11-21T17:52:08Z",
        "content": {"text": "I can not go on. Rajkot, near the racecourse.", "posted_at": "2026-11-21T17:40:00Z"},
        "subject": {"handle": f"kalpit.{number}", "platform_user_id": str(number), "display_names": ["Kalpit Kalpanik"],
                    "claimed_age": 17, "phones": [{"number": "+915550001234", "verified": True}],
                    "emails": [{"address": "kalpit@mail.example"}]},
        "locations": [{"source": "gps", "lat": 22.3039, "lon": 70.8022, "accuracy_m": 400}],
    }  # fmt: skip
    sent = {"Authorization": f"Bearer {META}"}
    answer = httpx.post(
        f"{url}/api/v1/alerts", json=body, headers=sent | {"Idempotency-Key": f"alert-{number}"}, timeout=30
    )
    assert answer.status_code == 201, answer.text
    kept = httpx.post(
        f"{url}/api/v1/alerts/{answer.json()['id']}/files",
        files={"file": ("post.png", PICTURE)},
        headers=sent,
        timeout=30,
    )
    assert kept.status_code == 201, kept.text
    return dict(answer.json())


def crossing_of(op1: Desk, reference: str) -> dict[str, Any]:
    return dict(op1.read(reference)["crossings"][-1])


def signed(secret: str, content: bytes, message: str) -> dict[str, str]:
    now = int(time.time())
    made = signature(secret, webhook_id=message, moment=now, body=content)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(now),
        "webhook-signature": made,
        "Content-Type": "application/json",
    }


def tell(url: str, secret: str, alert_id: str, *, message: str, state: str = "closed") -> int:
    data = {"id": alert_id, "partner_reference": "x", "state": state, "outcome": "S1"}
    body = json.dumps({"type": "alert.closed", "timestamp": "2026-11-30T00:00:00Z", "data": data}).encode()
    return httpx.post(url, content=body, headers=signed(secret, body, message), timeout=30).status_code


@pytest.fixture(scope="module")
def handed_over(states: States, op1: Desk) -> dict[str, Any]:
    """The boy's case, handed over while Gujarat's portal was down, and what both sides know once it was up."""
    received = alert_on_the_boy(states.rj.url, 7700001)
    reference = received["reference"]
    op1.act(reference, "claim")
    web = states.gj.pids()["web"]
    os.kill(web, signal.SIGSTOP)
    try:
        op1.act(reference, "forward", unit="RJ-OUT-GJ", role="other_state")
        wait_for(lambda: crossing_of(op1, reference)["api"]["attempts"] >= 2, "nobody tried to reach Gujarat")
        waiting = crossing_of(op1, reference)
    finally:
        # What it was sent while it hung it takes in now, and again: it is one case all the same.
        os.kill(web, signal.SIGCONT)
    wait_for(
        lambda: crossing_of(op1, reference)["api"]["sources_arrived"] == 2,
        "it did not cross: ",
        detail=lambda: str(crossing_of(op1, reference)["api"]),
    )
    return {
        "reference": reference,
        "sha256": received["sha256"],
        "waiting": waiting,
        "there": crossing_of(op1, reference),
    }


def test_a_portal_that_is_down_is_tried_until_it_is_up_and_the_sheet_is_there_meanwhile(
    handed_over: dict[str, Any],
) -> None:
    waiting, there = handed_over["waiting"], handed_over["there"]
    assert waiting["api"]["stage"] == "owed"
    assert waiting["api"]["last_answer"] == "no answer in time"
    assert waiting["sheet"].endswith("/sheet/RJ-OUT-GJ.pdf")
    assert there["api"]["stage"] == "delivered"
    assert there["api"]["their_reference"].startswith("GJ-")
    # That their machine has it is not that somebody has it in hand.
    assert there["confirmed_at"] is None


def test_gujarat_sees_where_it_comes_from_with_sealed_sources_and_no_name_of_an_officer(
    states: States, handed_over: dict[str, Any]
) -> None:
    case = Desk(states.gj.url, "op1", PASSWORD).act(handed_over["there"]["api"]["their_reference"], "claim")
    alert = case["alerts"][0]
    assert alert["handed_over"]["trail"] == [{"portal": "RJ", "reference": handed_over["reference"]}]
    assert [source["arrived"] for source in alert["handed_over"]["sources"]] == [True, True]
    digests = {file["sha256"] for file in case["files"]}
    assert digests == {handed_over["sha256"], hashlib.sha256(PICTURE).hexdigest()}
    sealed = [Path(states.gj.record()["files_dir"]) / digest[:2] / digest for digest in (*digests, alert["sha256"])]
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in sealed] == [path.name for path in sealed]
    facts = sealed[-1].read_text()
    assert "Kalpit Kalpanik" in facts
    assert "22.3039" in facts
    for private in (NAME_OF_OURS, "op1", "kalpit@mail.example"):
        assert private not in facts
    assert case["person"]["claimed_age"] == 17
    assert case["minor"]


def test_who_claims_there_has_taken_over_and_the_promise_is_kept(op1: Desk, handed_over: dict[str, Any]) -> None:
    reference = handed_over["reference"]
    wait_for(lambda: crossing_of(op1, reference)["confirmed_at"], "Gujarat's yes did not come back")
    case = op1.read(reference)
    assert case["state"] == "acknowledged"
    owed = [deadline for deadline in case["deadlines"] if deadline["kind"] == "OTHER_STATE" and not deadline["level"]]
    assert [deadline["settled_as"] for deadline in owed] == ["met"]
    assert crossing_of(op1, reference)["api"]["their_state"] == "in_triage"


def test_the_same_parcel_again_is_the_same_case_and_an_old_signature_is_none(
    states: States, handed_over: dict[str, Any]
) -> None:
    address = states.rj.record()["ops_url"]
    assert address
    parcel, digest = states.rj.ask(
        "SELECT id::text, sha256 FROM cases_parcel ORDER BY number LIMIT 1", address="owner_url"
    )[0]
    content = (Path(states.rj.record()["files_dir"]) / str(digest)[:2] / str(digest)).read_bytes()
    door = {"Authorization": f"Bearer {KEYS['rj']}", "Idempotency-Key": str(parcel)}
    fresh = door | signed(SECRETS["rj"], content, "msg_a-replay")
    again = httpx.post(f"{states.gj.url}/api/v1/alerts", content=content, headers=fresh, timeout=30)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert again.json()["reference"] == handed_over["there"]["api"]["their_reference"]
    caught = httpx.post(f"{states.gj.url}/api/v1/alerts", content=content, headers=fresh, timeout=30)
    assert (caught.status_code, caught.json()["type"]) == (401, "/problems/signature_used")
    assert states.gj.ask("SELECT count(*) FROM cases_case", address="owner_url") == [(1,)]


def test_a_forged_word_and_a_strangers_question_come_to_nothing(
    states: States, op1: Desk, handed_over: dict[str, Any]
) -> None:
    before = crossing_of(op1, handed_over["reference"])
    alert_id = str(states.rj.ask("SELECT their_alert::text FROM cases_passage", address="owner_url")[0][0])
    door = f"{states.rj.url}/api/v1/handed-over/RJ-OUT-GJ"
    assert tell(door, SECRETS["gj"], alert_id, message="msg_forged-1") == 401
    assert tell(door.replace("GJ", "UP"), SECRETS["rj"], alert_id, message="msg_forged-2") == 401
    assert tell(door, SECRETS["rj"], "nothing", message="msg_forged-3") == 422
    assert tell(door, SECRETS["rj"], "01999999-0000-7000-8000-000000000000", message="msg_forged-4") == 404
    assert crossing_of(op1, handed_over["reference"]) == before

    stranger = {"Authorization": f"Bearer {STRANGER}", "Idempotency-Key": "stranger-1"}
    asked = httpx.get(f"{states.gj.url}/api/v1/alerts/{alert_id}", headers=stranger, timeout=30)
    assert asked.status_code == 404
    body = {
        "partner_reference": "S-1", "sent_at": "2026-11-21T17:52:08Z", "subject": {"handle": "somebody.else"},
        "handed_over": {"trail": [{"portal": "RJ", "reference": handed_over["reference"]}]},
    }  # fmt: skip
    told = httpx.post(f"{states.gj.url}/api/v1/alerts", json=body, headers=stranger, timeout=30)
    assert (told.status_code, told.json()["warnings"]) == (201, ["/handed_over"])
    assert told.json()["reference"] != handed_over["there"]["api"]["their_reference"]


def test_the_outcome_comes_back_and_what_is_learned_later_goes_there(
    states: States, op1: Desk, handed_over: dict[str, Any]
) -> None:
    reference, theirs = handed_over["reference"], handed_over["there"]["api"]["their_reference"]
    there, rajkot = Desk(states.gj.url, "op1", PASSWORD), Desk(states.gj.url, "rajkot", PASSWORD)
    op1.act(reference, "sightings", source="telecom", whose="person", lat="22.2917", lon="70.7932", radius_m="500")
    wait_for(
        lambda: any(seen["lat"] == 22.2917 for seen in there.read(theirs)["sightings"]), "the place did not follow"
    )
    there.act(theirs, "forward", unit="GJ-RAJKOT", role="lead")
    rajkot.act(theirs, "acknowledge", officer_name="SI Jadeja", officer_phone="+915550000777", eta_minutes="6")
    rajkot.act(theirs, "contact", confirmed="person", condition="safe")
    rajkot.act(theirs, "report", kind="flash", outcome="S1", text="Reached on the bridge, with his mother now.")
    there.act(theirs, "close", outcome="S1")
    wait_for(lambda: crossing_of(op1, reference)["api"]["their_outcome"] == "S1", "the outcome did not come back")
    case = op1.read(reference)
    # It is the cell here that says what its own case ends as.
    assert case["state"] == "acknowledged"
    assert "Jadeja" not in json.dumps(case)
    assert "bridge" not in json.dumps(case)


def test_what_is_handed_back_is_the_same_case_and_somebody_is_told(states: States, op1: Desk) -> None:
    reference = alert_on_the_boy(states.rj.url, 7700002)["reference"]
    op1.act(reference, "claim")
    op1.act(reference, "forward", unit="RJ-OUT-GJ", role="other_state")
    wait_for(lambda: crossing_of(op1, reference)["api"]["stage"] == "delivered", "it did not cross")
    theirs = crossing_of(op1, reference)["api"]["their_reference"]
    there = Desk(states.gj.url, "op1", PASSWORD)
    there.act(theirs, "claim")
    there.act(theirs, "forward", unit="GJ-OUT-RJ", role="other_state")
    wait_for(lambda: op1.read(reference)["forwardings"][-1]["state"] == "returned", "it did not come back")
    case = op1.read(reference)
    assert len(case["alerts"]) == 2
    assert states.rj.ask("SELECT count(*) FROM cases_case", address="owner_url") == [(2,)]
    told = states.rj.ask(
        "SELECT count(*) > 0 FROM notifications_message WHERE topic = 'case_returned'", address="owner_url"
    )
    assert told == [(True,)]
    # Nobody in Rajasthan has seen yet that it is theirs again; the two machines do not settle it among themselves.
    wait_for(lambda: crossing_of(there, theirs)["api"]["stage"] == "delivered", "Gujarat was not answered")
    if case["state"] == "received":
        assert crossing_of(there, theirs)["confirmed_at"] is None
    op1.act(reference, "claim", reason="handed back")
    op1.act(reference, "notes", text="seen")
    wait_for(lambda: crossing_of(there, theirs)["confirmed_at"], "Gujarat never heard that we have it")
