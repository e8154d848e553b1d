"""The main path as scripts and browsers walk it: received, claimed, forwarded, answered, reported, closed."""

from tests.portal.conftest import do, read

HANDED_OVER = {"officer_name": "SI Mohan", "officer_phone": "+915550007777", "eta_minutes": 12}


def test_a_case_is_walked_from_the_alert_to_its_outcome(post, desk):
    case, op1, north = post(), desk("op1"), desk("north")

    assert do(op1, case, "claim").json()["state"] == "in_triage"
    sent = do(op1, case, "forward", unit="RJ-NORTH", role="lead", note="near the lake").json()
    assert (sent["state"], sent["forwardings"][0]["unit"]) == ("forwarded", "RJ-NORTH")

    rows = north.get("/inbox", headers={"Accept": "application/json"}).json()["cases"]
    assert [(row["reference"], row["verb"]) for row in rows] == [(case.reference, "acknowledge")]
    assert do(north, case, "acknowledge", **HANDED_OVER).json()["state"] == "acknowledged"
    assert do(north, case, "move", team="PRV 12").json()["state"] == "team_moving"
    met = do(north, case, "contact", confirmed="person", condition="safe, with the family").json()
    assert met["state"] == "contact_made"
    told = do(north, case, "report", kind="flash", outcome="S2", text="Found at home, safe.", hospital="no").json()
    assert told["reports"][0]["facts"] == {"hospital": "no"}

    closed = do(op1, case, "close", outcome="S2", note="with the family").json()
    assert (closed["state"], closed["outcome"]) == ("closed", "S2")
    assert [line["action"] for line in closed["timeline"]] == [
        "received", "claimed", "forwarded", "rung_told", "acknowledged", "team_moving", "contact_made", "reported",
        "closed",
    ]  # fmt: skip
    left = {deadline["kind"] for deadline in closed["deadlines"] if not deadline["settled_as"]}
    assert left == {"FOLLOW_UP"}, "who was reached is looked back at; nothing else is waited for"
    # What is looked back at, what was learned late and what was asked for still have a place.
    assert closed["allowed"] == [
        "reopen", "follow-up", "sightings", "strike", "family", "helpline", "answer", "notes", "reveal",
    ]  # fmt: skip
    # The unit keeps sight of what it did.
    assert read(north, case)["state"] == "closed"


def test_a_returned_case_is_out_of_sight_and_back_in_the_queue(forwarded, desk):
    north, op1 = desk("north"), desk("op1")
    gone = do(north, forwarded, "return", reason="not in our area", suggested_unit="RJ-SOUTH")
    assert (gone.status_code, gone.json()) == (200, {"reference": forwarded.reference, "state": "returned"})
    assert north.get(f"/cases/{forwarded.reference}").status_code == 404

    rows = op1.get("/console?view=returned", headers={"Accept": "application/json"}).json()["cases"]
    assert rows[0]["returned"]["reason"] == "not in our area"
    again = do(op1, forwarded, "forward", unit="RJ-SOUTH", role="lead").json()
    assert [leg["state"] for leg in again["forwardings"]] == ["returned", "forwarded"]
    assert again["forwardings"][0]["suggested_unit"] == "RJ-SOUTH"


def test_a_recalled_case_is_taken_from_the_unit(forwarded, desk):
    north, op1 = desk("north"), desk("op1")
    assert do(op1, forwarded, "recall", unit="RJ-NORTH", reason="wrong district").json()["state"] == "in_triage"
    assert north.get(f"/cases/{forwarded.reference}").status_code == 404
    assert north.get("/inbox", headers={"Accept": "application/json"}).json()["cases"] == []


def test_each_side_reads_which_of_its_posts_were_told(forwarded, desk):
    def told(who: str) -> set[tuple[str, str]]:
        return {(message["to_ref"], message["channel"]) for message in read(desk(who), forwarded)["messages"]}

    rung = {("RJ-NORTH/control_room", "sms"), ("RJ-NORTH/control_room", "voice")}
    assert told("op1") == rung
    assert told("north") == rung
    do(desk("op1"), forwarded, "forward", unit="RJ-SOUTH", role="support")
    assert told("north") == rung
    assert len(told("op1")) == 4
