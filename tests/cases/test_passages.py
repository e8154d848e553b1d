"""Hand-overs by API: what is owed to another portal, how it is carried there, and what that portal may say of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from django.db import Error, transaction

from cases import claiming, crossings, evidence, forwarding
from cases.crossings import News, NoSuchPassage
from cases.intake import Pointer, receive
from cases.models import Case, CaseEvent, Crossing, Deadline, Forwarding, Parcel, Passage
from districts import onboarding
from districts.actors import CLOCK, Sight, partner_actor
from districts.keys import uuid7
from districts.models import Counterpart, Partner
from districts.onboarding import SEED
from districts.reach import reach_of
from notifications.models import Message
from tests.cases.conftest import Territory, arrival, as_engine, make_unit

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
REPORT = b'{"partner_reference": "MSI-1", "subject": {"handle": "aarav"}}'
THEIRS = UUID("01999999-0000-7000-8000-000000000001")


def later(number: float) -> timedelta:
    return timedelta(seconds=number)


@dataclass
class OtherPortal:
    """A portal of another state that a test holds by the hand: it keeps what comes, and answers as it is told to."""

    status: int = 201
    #: Says what the answer holds; without it, what a portal says of what it has sealed.
    says: Callable[[str, bytes], dict[str, Any]] | None = None
    taken: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    @property
    def paths(self) -> list[str]:
        return [path.removeprefix("/api/v1/alerts") for path, _headers, _body in self.taken]

    def answer_to(self, path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        self.taken.append((path, headers, body))
        if self.says:
            return self.says(path, body)
        told = {"id": str(THEIRS), "reference": "GJ-1234-5678", "state": "received"}
        return told | {"sha256": digest_in(body)}


def digest_in(body: bytes) -> str:
    """Return the digest of a body, or the one that a form names."""
    if body.startswith(b"--sealed-"):
        return body.split(b'name="sha256"\r\n\r\n')[1][:64].decode()
    return evidence.seal(body)


@pytest.fixture
def portal() -> Iterator[OtherPortal]:
    other = OtherPortal()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told = json.dumps(other.answer_to(self.path, dict(self.headers), body)).encode()
            self.send_response(other.status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    other.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield other
    server.shutdown()
    server.server_close()


@pytest.fixture
def gujarat(land: Territory, portal: OtherPortal, monday: datetime) -> Counterpart:
    """Gujarat, whose control room is reached by API."""
    state = land.rj_cell.state
    room = make_unit(state, "RJ-OUT-GJ", "other_state", land.rj_cell, {1: "control_room"})
    partner = Partner.objects.create(state=state, code="gj", name="Gujarat Police")
    reached = {"address": portal.url, "key": "key-of-rajasthan-0001", "signing_secret": SECRET, "partner": partner}
    return onboarding.add_counterpart(room, by=SEED, at=monday, **reached)


@pytest.fixture
def case(land: Territory, gujarat: Counterpart, monday: datetime) -> Case:
    """A claimed case whose report lies sealed on the disk."""
    by = partner_actor(land.rj_meta, sight=Sight.ENGINE)
    facts = {"sha256": evidence.seal(REPORT), "size": len(REPORT), "parsed": {"content_text": "at the lake"}}
    with reach_of(by):
        case = receive(arrival(land.rj_meta, **facts), by=by, at=monday).case
    with reach_of(land.rj_op1):
        return claiming.claim(case, by=land.rj_op1, at=monday)


def hand_over(case: Case, land: Territory, gujarat: Counterpart, at: datetime) -> Forwarding:
    with reach_of(land.rj_op1):
        return forwarding.forward(case, to=gujarat.unit, part="other_state", by=land.rj_op1, at=at)


def carry(at: datetime) -> int:
    return crossings.carry_due(clock=lambda: at, for_s=0)


def carry_all(at: datetime) -> None:
    while carry(at):
        pass


def stages() -> list[tuple[str, str]]:
    with as_engine():
        return list(Parcel.objects.order_by("number").values_list("kind", "stage"))


def hear(gujarat: Counterpart, state: str, at: datetime, *, said: datetime | None = None, outcome: str = "") -> bool:
    news = News(kind="alert.state_changed", alert_id=THEIRS, state=state, outcome=outcome, said_at=said or at)
    by = crossings.actor_of(gujarat)
    with reach_of(by):
        return crossings.hear(gujarat, news, by=by, at=at)


def crossing() -> Crossing:
    with as_engine():
        return Crossing.objects.select_related("forwarding", "passage").get()


def test_it_is_owed_by_the_transaction_that_forwards_and_seen_by_nobody_else(
    land: Territory, case: Case, gujarat: Counterpart, monday: datetime
) -> None:
    with pytest.raises(RuntimeError, match="the lights went out"), reach_of(land.rj_op1):
        forwarding.forward(case, to=gujarat.unit, part="other_state", by=land.rj_op1, at=monday)
        raise RuntimeError("the lights went out")
    assert stages() == []
    hand_over(case, land, gujarat, monday)
    assert stages() == [("alert", "owed"), ("source", "owed")]
    with reach_of(land.up_op1):
        assert not Parcel.objects.exists()
        assert not Passage.objects.exists()
    for desk in (land.jhunjhunu_desk, land.sikar_desk):
        with reach_of(desk), pytest.raises(Error, match="permission denied"), transaction.atomic():
            Parcel.objects.exists()
    with reach_of(land.rj_op1), pytest.raises(Error), transaction.atomic():
        Parcel.objects.update(sha256="0" * 64)


def test_a_silent_portal_is_tried_again_with_the_same_key_and_the_alert_goes_first(
    land: Territory, case: Case, gujarat: Counterpart, portal: OtherPortal, monday: datetime
) -> None:
    hand_over(case, land, gujarat, monday)
    portal.status = 503
    assert carry(monday) == 0
    assert carry(monday + later(1)) == 0
    assert portal.paths == [""]
    portal.status = 201
    assert carry(monday + later(3)) == 1
    carry_all(monday + later(4))
    assert stages() == [("alert", "delivered"), ("source", "delivered")]
    assert portal.paths == ["", "", f"/{THEIRS}/files"]
    first, second = (headers for _path, headers, _body in portal.taken[:2])
    assert first["Idempotency-Key"] == second["Idempotency-Key"]
    assert first["webhook-id"] != second["webhook-id"]
    assert portal.taken[0][2] == portal.taken[1][2]
    assert REPORT in portal.taken[2][2]
    assert crossing().passage.their_reference == "GJ-1234-5678"
    assert crossing().confirmed_at is None


def test_what_crosses_is_who_and_where_and_no_officer(
    land: Territory, case: Case, gujarat: Counterpart, portal: OtherPortal, monday: datetime
) -> None:
    hand_over(case, land, gujarat, monday)
    carry_all(monday)
    said = json.loads(portal.taken[0][2])
    assert said["partner_reference"] == case.reference
    assert said["subject"]["display_names"] == ["Aarav Kalpanik"]
    assert said["handed_over"]["trail"] == [{"portal": "RJ", "reference": case.reference}]
    assert [source["sha256"] for source in said["handed_over"]["sources"]] == [evidence.seal(REPORT)]
    everything = b"".join(body for _path, _headers, body in portal.taken).decode()
    for private in ("rj-op1", "Officer", "claimed", "mail.example"):
        assert private not in everything


@pytest.mark.parametrize(
    "says",
    [
        lambda _path, _body: {"id": str(THEIRS), "reference": "GJ-1234-5678", "sha256": "0" * 64},
        lambda _path, body: {"id": "no number", "sha256": digest_in(body)},
        lambda _path, _body: {},
    ],
    ids=["of other bytes", "without a number", "empty"],
)
def test_an_answer_that_is_not_about_what_was_sent_is_none(
    land: Territory, case: Case, gujarat: Counterpart, portal: OtherPortal, monday: datetime, says: Any
) -> None:
    portal.says = says
    hand_over(case, land, gujarat, monday)
    assert carry(monday) == 0
    assert stages()[0] == ("alert", "owed")
    with as_engine():
        assert Parcel.objects.get(kind="alert").detail == "the answer was not about what was sent"


def test_what_their_portal_refuses_goes_by_sheet_and_code(
    land: Territory, case: Case, gujarat: Counterpart, portal: OtherPortal, monday: datetime
) -> None:
    hand_over(case, land, gujarat, monday)
    portal.status = 422
    carry(monday)
    assert stages()[0] == ("alert", "failed")
    with as_engine():
        assert CaseEvent.objects.filter(case=case, action="parcel_failed").exists()
        assert Deadline.objects.get(kind="OTHER_STATE", level=0).settled_as == ""
    with reach_of(land.rj_op1):
        named = {"officer_name": "PI Patel", "officer_phone": "+915550000999"}
        code = Crossing.objects.get(case=case).code
        crossings.confirm(case, unit=gujarat.unit, code=code, **named, by=land.rj_op1, at=monday + later(60))
    assert crossing().confirmed_by == "officer:rj-op1"


def test_a_portal_that_does_not_answer_is_asked_by_one_call_at_a_time(
    land: Territory, case: Case, gujarat: Counterpart, portal: OtherPortal, monday: datetime
) -> None:
    hand_over(case, land, gujarat, monday)
    portal.status = 500
    for seconds in (0, 5, 20):
        carry(monday + later(seconds))
    with as_engine():
        first = Parcel.objects.get(kind="alert")
        assert first.attempts == 3
        # Two more cases have waited for it meanwhile.
        for number in (2, 3):
            twin_of(first.passage, number, at=monday)
    portal.taken.clear()
    carry(monday + later(60))
    assert len(portal.taken) == 1


def twin_of(passage: Passage, number: int, *, at: datetime) -> None:
    """Let one more hand-over of the case to the same portal wait, whose alert was tried before."""
    leg = Forwarding.objects.get(pk=passage.crossing.forwarding_id)
    leg.pk, leg.status, leg.ended_at = uuid7(), "returned", at
    leg.save(force_insert=True)
    case, first = passage.case, passage.parcels.get(kind="alert")
    crossing = Crossing.objects.create(case=case, forwarding=leg, code="000000", made_at=at, made_by="x")
    other = Passage.objects.create(case=case, crossing=crossing, counterpart=passage.counterpart, packed_at=at)
    kept = {name: getattr(first, name) for name in ("sha256", "size", "created_at", "give_up_at")}
    Parcel.objects.create(case=case, passage=other, number=number, kind="alert", attempts=1, due_at=at, **kept)


def test_who_has_it_in_hand_there_has_taken_over_and_old_news_change_nothing(
    land: Territory, case: Case, gujarat: Counterpart, monday: datetime
) -> None:
    leg = hand_over(case, land, gujarat, monday)
    with pytest.raises(NoSuchPassage):
        hear(gujarat, "in_triage", monday)
    carry_all(monday)
    assert hear(gujarat, "in_triage", monday + later(60))
    with as_engine():
        case.refresh_from_db()
        leg = Forwarding.objects.get(pk=leg.pk)
        assert (case.status, leg.status, str(leg.post)) == ("acknowledged", "acknowledged", "RJ-OUT-GJ/control_room")
        assert Deadline.objects.get(kind="OTHER_STATE", level=0).settled_as == "met"
        lines = CaseEvent.objects.filter(case=case).count()
    assert crossing().confirmed_by == "portal:RJ-OUT-GJ"
    assert hear(gujarat, "closed", monday + later(900), outcome="S1")
    for state, said in (("in_triage", 60), ("closed", 900), ("received", 30)):
        assert not hear(gujarat, state, monday + later(1000), said=monday + later(said))
    passage = crossing().passage
    assert (passage.their_state, passage.their_outcome) == ("closed", "S1")
    with as_engine():
        assert CaseEvent.objects.filter(case=case).count() == lines + 1
        # The desk is told of their end, whatever it is; what becomes of the case here is for the cell to say.
        rung = Message.objects.filter(about_id=case.pk, topic="case_raised", contact__unit=land.rj_cell)
        assert {message.channel for message in rung} == {"sms", "voice"}
        assert Case.objects.get(pk=case.pk).status == "acknowledged"


def test_set_aside_over_there_is_no_yes(land: Territory, case: Case, gujarat: Counterpart, monday: datetime) -> None:
    hand_over(case, land, gujarat, monday)
    carry_all(monday)
    assert hear(gujarat, "closed", monday + later(30))
    assert crossing().confirmed_at is None
    with as_engine():
        assert Deadline.objects.get(kind="OTHER_STATE", level=0).settled_as == ""


def test_no_other_portal_speaks_for_gujarat(
    land: Territory, case: Case, gujarat: Counterpart, monday: datetime
) -> None:
    hand_over(case, land, gujarat, monday)
    carry_all(monday)
    room = make_unit(land.rj_cell.state, "RJ-OUT-MP", "other_state", land.rj_cell, {})
    reached = {"address": "https://mp.example", "key": "key-of-rajasthan-0002", "signing_secret": SECRET}
    stranger = onboarding.add_counterpart(room, by=SEED, at=monday, **reached)
    with pytest.raises(NoSuchPassage):
        hear(stranger, "in_triage", monday)


@pytest.mark.parametrize("tried", [False, True])
def test_a_recall_keeps_here_what_has_not_set_out_and_is_told_where_it_has(
    land: Territory, case: Case, gujarat: Counterpart, portal: OtherPortal, monday: datetime, tried: bool
) -> None:
    hand_over(case, land, gujarat, monday)
    if tried:
        portal.status = 503
        carry(monday)
        portal.status = 201
    with reach_of(land.rj_op1):
        forwarding.recall(case, unit=gujarat.unit, reason="Officer Rao: is in Jaipur", by=land.rj_op1, at=monday)
    carry_all(monday + later(60))
    if not tried:
        assert stages() == [("alert", "lifted"), ("source", "lifted")]
        assert portal.taken == []
        return
    assert stages() == [("alert", "delivered"), ("source", "lifted"), ("withdrawal", "delivered")]
    assert portal.paths[-1] == f"/{THEIRS}/retract"
    assert "Rao" not in portal.taken[-1][2].decode()


def test_what_is_learned_later_follows_once(
    land: Territory, case: Case, gujarat: Counterpart, portal: OtherPortal, monday: datetime
) -> None:
    hand_over(case, land, gujarat, monday)
    carry_all(monday)
    by = partner_actor(land.rj_meta, sight=Sight.ENGINE)
    more = b'{"more": true}'
    with as_engine():
        account = case.hard_keys.get(key__startswith="account:").key.rpartition(":")[2]
    pointer = [point for point in arrival(land.rj_meta).pointers if point.kind == "phone"]
    again = {
        "sha256": evidence.seal(more), "size": len(more), "urgency": "P0",
        "pointers": (*pointer, Pointer("account", account, "instagram")),
        "body": {"locations": [{"source": "gps", "lat": 22.3, "lon": 70.8}]},
    }  # fmt: skip
    with reach_of(by):
        receive(arrival(land.rj_meta, **again), by=by, at=monday + later(60))
    for _round in range(3):
        with reach_of(CLOCK):
            crossings.grow_next(at=monday + later(61))
    carry_all(monday + later(62))
    assert stages()[2:] == [("supplement", "delivered"), ("source", "delivered")]
    said = json.loads(portal.taken[2][2])
    assert said["urgency"] == {"level": "imminent"}
    assert [place["lat"] for place in said["locations"]] == [22.3]
    assert "handle" not in said.get("subject", {})


def test_what_they_hand_back_is_the_same_case_first_in_the_queue_and_nobodys(
    land: Territory, case: Case, gujarat: Counterpart, monday: datetime
) -> None:
    hand_over(case, land, gujarat, monday)
    carry_all(monday)
    hear(gujarat, "in_triage", monday + later(60))
    came_back(case, gujarat, "GJ-1234-5678", at=monday + later(600))
    with as_engine():
        assert Case.objects.count() == 1
        case.refresh_from_db()
        leg = Forwarding.objects.get(case=case)
        assert (case.status, case.queue_place, case.claimed_by_id) == ("received", 0, None)
        assert (leg.status, leg.ended_because) == ("returned", "GJ-1234-5678")
        assert Deadline.objects.filter(kind="CLAIM", settled_at=None, level=0).exists()
        told = Message.objects.filter(topic="case_returned", contact__unit=land.rj_cell)
        assert {message.channel for message in told} == {"sms", "voice"}
        assert not Message.objects.filter(topic="case_to_and_fro").exists()
    # And once more to and fro: whoever is above is told to decide.
    with reach_of(land.rj_op1):
        claiming.claim(case, by=land.rj_op1, at=monday + later(700))
    hand_over(case, land, gujarat, monday + later(700))
    came_back(case, gujarat, "GJ-1234-5678/2", at=monday + later(900))
    with as_engine():
        assert Message.objects.filter(topic="case_to_and_fro").exists()


def came_back(case: Case, gujarat: Counterpart, reference: str, *, at: datetime) -> None:
    """Let Gujarat's portal hand the case over to us, as a case of its own that came from here."""
    assert gujarat.partner is not None
    by = partner_actor(gujarat.partner, sight=Sight.ENGINE)
    trail = [{"portal": "RJ", "reference": case.reference}, {"portal": "GJ", "reference": "GJ-1234-5678"}]
    facts = {"partner_reference": reference, "pointers": (), "parsed": {"handed_over": {"trail": trail}}}
    with reach_of(by):
        assert receive(arrival(gujarat.partner, **facts), by=by, at=at).case == case
