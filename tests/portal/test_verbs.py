"""Each verb: by the right side at the right moment, and what is said otherwise."""

import pytest

from cases.models import CaseEvent
from districts.actors import CLOCK
from districts.reach import reach_of
from portal.views.acts import ACTS
from tests.portal.conftest import JSON, PHONE, arrive, do, read

SOUND = {
    "claim": {},
    "release": {},
    "urgency": {"urgency": "P0", "reason": "live"},
    "forward": {"unit": "RJ-NORTH", "role": "lead"},
    "recall": {"unit": "RJ-NORTH", "reason": "wrong district"},
    "acknowledge": {"officer_name": "SI Mohan", "officer_phone": "+915550007777", "eta_minutes": "10"},
    "name-officer": {"officer_name": "SI Mohan", "officer_phone": "+915550007777", "eta_minutes": "10"},
    "return": {"reason": "not ours"},
    "move": {"team": "PRV 12"},
    "contact": {"confirmed": "person", "condition": "safe"},
    "help": {"text": "a doctor"},
    "report": {"kind": "flash", "outcome": "S2", "text": "Found at home."},
    "close": {"outcome": "S2"},
    "set-aside": {"reason": "an old song"},
    "reopen": {"reason": "a new post"},
    "outreach": {"kind": "call", "result": "no_answer"},
    "sightings": {"source": "text", "whose": "person", "text": "old lake"},
    "strike": {"sighting": "01a20924-d7d5-7086-80d6-c895989c3b29", "reason": "an old post"},
    "follow-up": {"result": "safe"},
    "family": {"told": "no", "reason": "beaten at home"},
    "helpline": {"helpline": "14416", "consent": "yes", "result": "handed_over"},
    "ask": {
        "kind": "telecom",
        "addressee": "Nodal officer",
        "basis": "dpdp_7f",
        "purpose": "to reach a person in danger",
        "subject": PHONE,
        "officer_name": "Insp. Rao",
    },
    "answer": {"number": "1", "answer": "tower at the lake"},
    "confirm": {"unit": "RJ-NORTH", "code": "123456", "officer_name": "PI", "officer_phone": "+915550007777"},
    "join": {"other": "RJ-0000-0000"},
    "unjoin": {"alert": "01a20924-d7d5-7086-80d6-c895989c3b29"},
    "request-information": {"needs": "ip_events"},
    "escalate": {},
    "pause": {"minutes": "5", "reason": "talking to the person"},
    "resume": {},
    "notes": {"text": "called the hostel"},
    "reveal": {"field": "phone", "reason": "to call back"},
    "silence": {"desk": "4f2a"},
}
CELL = {
    "claim",
    "release",
    "urgency",
    "forward",
    "recall",
    "close",
    "set-aside",
    "reopen",
    "outreach",
    "pause",
    "resume",
    "silence",
}
UNIT = {"acknowledge", "name-officer", "return", "move", "contact", "help", "report"}


def test_every_verb_is_in_the_table():
    assert set(SOUND) == set(ACTS)


#: The verb, what was done before it, and what it is refused as.
WRONG_MOMENTS = [
    ("op1", "release", [], "not_yours"),
    ("op1", "forward", [], "wrong_moment"),
    ("op1", "recall", [], "wrong_moment"),
    ("op1", "close", [], "wrong_moment"),
    ("op1", "reopen", [], "wrong_moment"),
    ("op2", "forward", ["claim"], "already_claimed"),
    ("op2", "claim", ["claim"], "already_claimed"),
    ("op2", "close", ["claim"], "already_claimed"),
    ("op1", "forward", ["claim", "forward"], "already_forwarded"),
    ("op1", "set-aside", ["claim", "forward"], "wrong_moment"),
    ("op1", "close", ["claim", "forward"], "contact_not_confirmed"),
    ("north", "move", ["claim", "forward"], "wrong_moment"),
    ("north", "contact", ["claim", "forward"], "wrong_moment"),
    ("north", "report", ["claim", "forward"], "wrong_moment"),
    ("north", "acknowledge", ["claim", "forward", "acknowledge"], "wrong_moment"),
    ("north", "name-officer", ["claim", "forward"], "wrong_moment"),
    ("north", "name-officer", ["claim", "forward", "acknowledge"], "officer_named"),
    ("op1", "resume", ["claim"], "not_paused"),
    ("op1", "pause", ["claim", "pause"], "already_paused"),
    ("op2", "pause", ["claim"], "already_claimed"),
    ("op1", "escalate", ["claim", "close-N2"], "wrong_moment"),
    ("dig", "escalate", ["claim", "forward"], "not_yours"),
    ("north", "return", ["claim", "forward", "acknowledge", "contact"], "wrong_moment"),
    *[("op1", verb, ["claim", "close-N2"], "wrong_moment") for verb in sorted(CELL - {"reopen"})],
    *[("north", verb, ["claim", "forward", "close-N2"], "wrong_moment") for verb in sorted(UNIT)],
    *[("north", verb, ["claim", "forward"], "not_yours") for verb in sorted(CELL)],
    *[("op1", verb, ["claim", "forward"], "not_yours") for verb in sorted(UNIT)],
    *[("dig", verb, ["claim", "forward"], "not_yours") for verb in sorted(CELL | UNIT)],
]


@pytest.mark.parametrize(("who", "verb", "before", "code"), WRONG_MOMENTS)
def test_a_verb_at_the_wrong_moment_is_refused_and_changes_nothing(post, desk, who, verb, before, code):
    case, hands = post(), {"op1": desk("op1"), "north": desk("north"), who: desk(who)}
    for step in before:
        word, _, outcome = step.partition("-")
        fields = {"outcome": outcome} if outcome else SOUND[word]
        assert do(hands["north" if word in UNIT else "op1"], case, word, **fields).status_code == 200, step
    was = read(hands["op1"], case)
    refused = do(hands[who], case, verb, **SOUND[verb])
    assert (refused.status_code, refused.json()["type"]) == (409, f"/problems/{code}"), refused.content
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert case.reference in refused.json()["title"]
    now = read(hands["op1"], case)
    assert [line["action"] for line in now["timeline"]] == [line["action"] for line in was["timeline"]]
    assert (now["state"], now["claimed_by"]) == (was["state"], was["claimed_by"])


#: A verb, a field, and what it cannot be.
BAD_FIELDS = [
    ("urgency", "urgency", "P7"), ("urgency", "reason", ""), ("urgency", "reason", "x" * 501),
    ("forward", "unit", "RJ-NOWHERE"), ("forward", "unit", ""), ("forward", "unit", "UP-AGRA"),
    ("forward", "role", "leader"), ("forward", "suggestion_rank", "first"), ("forward", "note", "x" * 2001),
    ("recall", "unit", "RJ-NOWHERE"), ("recall", "reason", "   "),
    ("close", "outcome", "S9"), ("close", "outcome", ""), ("outreach", "kind", "visit"), ("outreach", "result", ""),
    ("sightings", "source", "palmistry"), ("sightings", "whose", "neighbour"), ("sightings", "text", ""),
    ("sightings", "lat", "91"), ("sightings", "seen_at", "yesterday"),
    ("sightings", "seen_at", "2199-01-01T00:00:00Z"), ("sightings", "pin", "12"), ("strike", "sighting", "x"),
    ("family", "told", "perhaps"), ("family", "reason", ""), ("helpline", "helpline", "999"), ("ask", "basis", "whim"),
    ("ask", "purpose", ""), ("answer", "number", "0"), ("confirm", "code", "12a456"),
    ("pause", "minutes", ""), ("pause", "minutes", "0"), ("pause", "minutes", "soon"), ("pause", "reason", ""),
    ("pause", "unit", "RJ-NOWHERE"), ("escalate", "unit", "RJ-NOWHERE"), ("escalate", "reason", "x" * 501),
    ("notes", "text", ""), ("notes", "text", "zzq\x00"), ("notes", "text", "x" * 10001),
    ("reveal", "field", "address"), ("reveal", "reason", ""),
]  # fmt: skip
BAD_FIELDS_OF_UNITS = [
    ("acknowledge", "officer_name", ""), ("acknowledge", "officer_phone", "call me"),
    ("acknowledge", "officer_phone", ""), ("acknowledge", "eta_minutes", "soon"), ("acknowledge", "eta_minutes", "-1"),
    ("acknowledge", "eta_minutes", "99999999999999999999"), ("return", "reason", ""),
    ("return", "suggested_unit", "RJ-NOWHERE"), ("contact", "confirmed", "neighbour"), ("contact", "condition", ""),
    ("report", "kind", "long"), ("report", "outcome", "fine"), ("report", "text", ""), ("move", "team", "x" * 201),
]  # fmt: skip


@pytest.mark.parametrize("verb", ["sightings", "answer"])
@pytest.mark.parametrize(("given", "missing"), [("lat", "lon"), ("lon", "lat")])
def test_half_a_position_names_the_half_that_is_missing(forwarded, desk, verb, given, missing):
    answer = do(desk("op1"), forwarded, verb, **SOUND[verb] | {given: "25.2"})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{missing}"]


@pytest.mark.parametrize(("verb", "field", "value"), BAD_FIELDS + BAD_FIELDS_OF_UNITS)
def test_a_field_that_cannot_be_is_named_and_nothing_is_done(forwarded, desk, verb, field, value):
    client = desk("north" if (verb, field, value) in BAD_FIELDS_OF_UNITS else "op1")
    was = read(client, forwarded)["timeline"]
    answer = do(client, forwarded, verb, **SOUND[verb] | {field: value})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid"), answer.content
    assert f"/{field}" in [error["pointer"] for error in answer.json()["errors"]]
    assert "zzq" not in answer.content.decode()
    assert read(client, forwarded)["timeline"] == was
    page = client.post(f"/cases/{forwarded.reference}/{verb}", SOUND[verb] | {field: value})
    assert page.status_code == 422


def test_a_supervising_unit_takes_no_case(post, desk):
    case, op1 = post(), desk("op1")
    do(op1, case, "claim")
    refused = do(op1, case, "forward", unit="RJ-RANGE", role="lead")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/unit_not_acting")


def test_a_second_operator_takes_over_with_a_reason(post, desk):
    case, op1, op2 = post(), desk("op1"), desk("op2")
    do(op1, case, "claim")
    assert "Officer op1" in do(op2, case, "claim").json()["title"]
    taken = do(op2, case, "claim", reason="op1 has gone off shift")
    assert (taken.status_code, taken.json()["claimed_by"]) == (200, "op2")
    assert "op1" in taken.json()["timeline"][-1]["sentence"]


def test_a_case_can_be_with_two_units_and_closing_ends_both(post, desk):
    case, op1 = post(), desk("op1")
    do(op1, case, "claim")
    do(op1, case, "forward", unit="RJ-NORTH", role="lead")
    both = do(op1, case, "forward", unit="RJ-SOUTH", role="family").json()
    assert [leg["unit"] for leg in both["forwardings"]] == ["RJ-NORTH", "RJ-SOUTH"]
    # Each unit sees its own part, and not that the other one has it.
    for who, own in (("north", "RJ-NORTH"), ("south", "RJ-SOUTH")):
        seen = read(desk(who), case)
        assert [leg["unit"] for leg in seen["forwardings"]] == [own]
        other = "RJ-SOUTH" if own == "RJ-NORTH" else "RJ-NORTH"
        assert other not in desk(who).get(f"/cases/{case.reference}", headers=JSON).content.decode()
    assert {leg["state"] for leg in do(op1, case, "close", outcome="N2").json()["forwardings"]} == {"closed"}


def test_a_forwarding_rank_is_kept(post, desk):
    case, op1 = post(), desk("op1")
    do(op1, case, "claim")
    do(op1, case, "forward", unit="RJ-NORTH", role="lead", suggestion_rank=0)
    with reach_of(CLOCK):
        event = CaseEvent.objects.get(case=case, action="forwarded")
        assert event.facts["suggestion_rank"] == 0


class TestWithAPage:
    def test_a_form_leads_back_with_a_message(self, post, desk):
        case, op1 = post(), desk("op1")
        done = op1.post(f"/cases/{case.reference}/claim", {"next": "/console"})
        assert (done.status_code, done.headers["Location"]) == (303, "/console")
        assert case.reference in op1.get("/console").content.decode()

    def test_htmx_gets_the_part_it_came_from(self, forwarded, desk):
        op1, north = desk("op1"), desk("north")
        address = f"/cases/{forwarded.reference}"
        for target, template in (("case", "partials/case.html"), ("queue", "partials/queue.html")):
            answer = op1.post(f"{address}/claim", headers={"HX-Request": "true", "HX-Target": target})
            assert (answer.status_code, answer.templates[0].name) == (200, template)
        answer = north.post(f"{address}/move", headers={"HX-Request": "true", "HX-Target": "inbox"})
        assert (answer.status_code, answer.templates[0].name) == (409, "partials/refusal.html")
        assert answer.headers["HX-Retarget"] == "#strip"
        answer = north.post(f"{address}/acknowledge", headers={"HX-Request": "true"})
        assert (answer.status_code, answer.templates[0].name) == (422, "partials/errors.html")
        answer = north.post(f"{address}/return", {"reason": "not ours"}, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/inbox")

    def test_a_refusal_is_said_on_the_page(self, forwarded, desk):
        answer = desk("north").post(f"/cases/{forwarded.reference}/move", {})
        assert answer.status_code == 409
        assert forwarded.reference in answer.context["refusal"]

    def test_a_unit_that_has_given_a_case_back_is_led_home(self, forwarded, desk):
        answer = desk("north").post(f"/cases/{forwarded.reference}/return", {"reason": "not ours"}, follow=True)
        assert answer.redirect_chain == [("/inbox", 303)]

    def test_what_was_revealed_stands_behind_no_address(self, forwarded, desk):
        north = desk("north")
        answer = north.post(f"/cases/{forwarded.reference}/reveal", SOUND["reveal"])
        assert (answer.status_code, answer.context["revealed"]["value"]) == (200, PHONE)
        assert PHONE not in north.get(f"/cases/{forwarded.reference}").content.decode()


def test_practice_and_real_are_told_apart(land, desk):
    practice = arrive(practice=True)
    rows = desk("op1").get("/console", headers=JSON).json()["cases"]
    assert [(row["reference"], row["practice"]) for row in rows] == [(practice.reference, True)]
