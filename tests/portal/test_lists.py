"""The lists: what stands in them, in which order, and that a longer one asks no more questions."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases import deadlines, ladder
from districts.actors import CLOCK
from districts.models import Contact, Unit
from districts.reach import reach_of
from portal.views import paging
from portal.views.countdown import Posts
from tests.portal.conftest import JSON, arrive, do

ROOT = Path(__file__).resolve().parents[2]


def references(client, address: str) -> list[str]:
    answer = client.get(address, headers=JSON)
    assert answer.status_code == 200, answer.content
    more = {"alarms", "dead_ends"} if address.startswith("/console") else set()
    assert set(answer.json()) == {"cases", "next"} | more
    return [row["reference"] for row in answer.json()["cases"]]


def forward_new(op1, **changes):
    case = arrive(**changes)
    do(op1, case, "claim")
    do(op1, case, "forward", unit="RJ-NORTH", role="lead")
    return case


@pytest.mark.parametrize("headers", [JSON, {"Accept": "text/html"}, {"HX-Request": "true"}])
@pytest.mark.parametrize(
    ("who", "address"), [("op1", "/console"), ("north", "/inbox"), ("dig", "/register"), ("op2", "/register")]
)
def test_three_rows_take_as_many_questions_as_one(land, desk, who, address, headers):
    op1, client = desk("op1"), desk(who)

    def questions() -> int:
        client.get(address, headers=headers)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address, headers=headers).status_code == 200
        return len(asked)

    forward_new(op1)
    one = questions()
    forward_new(op1)
    forward_new(op1)
    assert questions() == one
    assert one < 40


def test_a_case_page_takes_as_many_questions_however_long_its_life(forwarded, desk):
    op1 = desk("op1")

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            op1.get(f"/cases/{forwarded.reference}", headers=JSON)
        return len(asked)

    questions()
    few = questions()
    for number in range(3):
        do(op1, forwarded, "notes", text=f"note {number}")
        do(op1, forwarded, "outreach", kind="call", result="no_answer")
    do(op1, forwarded, "forward", unit="RJ-SOUTH", role="support")
    assert questions() == few


def test_the_queue_is_by_urgency_and_then_by_age(land, desk):
    ordinary, first, second, live = arrive(urgency="P2"), arrive(), arrive(), arrive(urgency="P0")
    assert references(desk("op1"), "/console") == [case.reference for case in (live, first, second, ordinary)]


def test_each_view_of_the_console_shows_its_own(land, desk):
    op1, op2 = desk("op1"), desk("op2")
    new, mine, others, sent, back, closed = (arrive() for _ in range(6))
    do(op1, mine, "claim")
    do(op2, others, "claim")
    for case in (sent, back):
        do(op1, case, "claim")
        do(op1, case, "forward", unit="RJ-NORTH", role="lead")
    do(desk("north"), back, "return", reason="not ours")
    do(op1, closed, "claim")
    do(op1, closed, "close", outcome="M")
    shown = {
        "all": [new, mine, others, sent, back],
        "unclaimed": [new],
        "mine": [mine, sent, back],
        "waiting": [sent],
        "returned": [back],
        "closed": [closed],
        "late": [],
        "paused": [],
        "other_state": [],
    }
    for view, cases in shown.items():
        assert set(references(op1, f"/console?view={view}")) == {case.reference for case in cases}, view
    page = op1.get("/console").context
    assert {view["name"]: view["count"] for view in page["views"]} == {
        name: None if name == "closed" else len(cases) for name, cases in shown.items()
    }


def test_what_is_paused_has_a_view_of_its_own_until_it_goes_on(land, desk):
    op1, held, other = desk("op1"), arrive(), arrive()
    for case in (held, other):
        do(op1, case, "claim")
    do(op1, held, "pause", minutes="5", reason="the father rings back")
    assert references(op1, "/console?view=paused") == [held.reference]
    assert references(desk("up-op1"), "/console?view=paused") == []
    do(op1, held, "resume")
    assert references(op1, "/console?view=paused") == []


def test_the_list_of_units_comes_for_those_who_return_a_case_and_names_their_own_state(land, desk):
    page = desk("north").get("/units", headers={"HX-Request": "true"}).content.decode()
    assert 'name="suggested_unit"' in page
    assert "RJ-SOUTH" in page
    assert "UP-AGRA" not in page
    assert {unit["code"] for unit in desk("agra").get("/units", headers=JSON).json()["units"]} == {"UP-AGRA"}
    assert desk("reviewer").get("/units", headers=JSON).status_code == 403


def test_late_means_that_a_promise_of_now_has_run_out(land, desk):
    op1, north = desk("op1"), desk("north")
    case = arrive()

    def late(after: timedelta) -> bool:
        """Whether the case is late once the sweep has met that moment; both say so, the list and the row."""
        with reach_of(CLOCK):
            while deadlines.miss_next(at=timezone.now() + after):
                pass
        found = references(op1, "/console?view=late") == [case.reference]
        (row,) = op1.get("/console", headers=JSON).json()["cases"]
        assert (row["due"] is not None and row["due"]["kind"] in missed_kinds(row)) == found
        return found

    def missed_kinds(row) -> set[str]:
        seen = op1.get(row["url"], headers=JSON).json()["deadlines"]
        return {deadline["kind"] for deadline in seen if deadline["settled_as"] == "missed" and not deadline["level"]}

    assert not late(timedelta(0))
    assert late(timedelta(seconds=61))
    do(op1, case, "claim")
    assert not late(timedelta(seconds=62))
    assert late(timedelta(seconds=301))
    do(op1, case, "forward", unit="RJ-NORTH", role="lead")
    assert not late(timedelta(seconds=0))
    assert late(timedelta(seconds=181))
    do(north, case, "acknowledge", officer_name="SI", officer_phone="112", eta_minutes=5)
    assert not late(timedelta(seconds=182))


def test_the_tabs_of_an_inbox(land, desk):
    op1, north = desk("op1"), desk("north")
    new, working, closed, recalled = (forward_new(op1) for _ in range(4))
    do(north, working, "acknowledge", officer_name="SI", officer_phone="112", eta_minutes=5)
    do(op1, closed, "close", outcome="N2")
    do(op1, recalled, "recall", unit="RJ-NORTH", reason="wrong")
    shown = {"open": [working, new], "new": [new], "working": [working], "closed": [closed]}
    for tab, cases in shown.items():
        assert references(north, f"/inbox?tab={tab}") == [case.reference for case in cases], tab
    verbs = {row["reference"]: row["verb"] for row in north.get("/inbox", headers=JSON).json()["cases"]}
    assert verbs == {new.reference: "acknowledge", working.reference: "move"}


def test_a_list_goes_on_where_the_last_page_ended(land, desk, monkeypatch):
    monkeypatch.setattr(paging, "PAGE", 2)
    op1, north = desk("op1"), desk("north")
    cases = [forward_new(op1, urgency=urgency) for urgency in ("P1", "P0", "P1", "P2", "P0")]
    queue = [cases[index].reference for index in (1, 4, 0, 2, 3)]
    for client, address, expected in (
        (op1, "/console", queue),
        (north, "/inbox", [case.reference for case in reversed(cases)]),
        (desk("dig"), "/register", [case.reference for case in reversed(cases)]),
        (op1, "/register", [case.reference for case in reversed(cases)]),
    ):
        found, here = [], address
        while here:
            answer = client.get(here, headers=JSON).json()
            found += [row["reference"] for row in answer["cases"]]
            here = answer["next"]
        assert found == expected, address


@pytest.mark.parametrize(
    "mark",
    [
        "x",
        "!!!",
        "W10",
        "WyJhIl0",
        "WyJQMSIsIm5vdyIsIngiXQ",
        "bnVsbA",
        "WyJQMSIsIjIwMjYtMTEtMjNUMTU6MDA6MDBaIiwieCJd",
    ],
)
def test_a_mark_that_is_none_of_ours_is_a_bad_request(land, desk, mark):
    client = desk("op1")
    assert client.get(f"/console?after={mark}", headers=JSON).status_code == 400
    assert client.get(f"/register?after={mark}").status_code == 400


@pytest.mark.parametrize("query", ["view=nothing", "view=%00", "tab=x", "unit=%00", "unit=RJ-NORTH&state=nowhere"])
def test_a_filter_that_is_none_of_ours_is_no_failure(land, desk, query):
    for address in ("/console", "/register"):
        assert desk("op1").get(f"{address}?{query}").status_code == 200


def test_the_register_shows_the_units_below_and_filters(land, desk):
    op1, dig = desk("op1"), desk("dig")
    north, south, east = arrive(), arrive(), arrive()
    for case, unit in ((north, "RJ-NORTH"), (south, "RJ-SOUTH"), (east, "RJ-EAST")):
        do(op1, case, "claim")
        do(op1, case, "forward", unit=unit, role="lead")
    do(op1, north, "forward", unit="RJ-SOUTH", role="support")
    assert references(dig, "/register") == [north.reference, south.reference]
    assert references(dig, "/register?unit=RJ-NORTH") == [north.reference]
    assert references(dig, "/register?unit=RJ-EAST") == []
    assert references(dig, "/register?state=acknowledged") == []
    assert {unit["code"] for unit in dig.get("/register").context["units_below"]} == {"RJ-NORTH", "RJ-SOUTH"}


def test_a_page_names_the_posts_that_the_ladder_tells(db):
    call_command("seed", str(ROOT / "districts" / "data" / "rajasthan.json"))
    vacant = Contact.objects.filter(rung=1, unit__code="RJ-SIKAR")
    vacant.update(vacant=True)
    posts = Posts(Unit.objects.get(code="RJ-CELL").state_id, at=timezone.now())
    for unit in Unit.objects.select_related("parent"):
        for rung in range(1, 6):
            told = sorted(contact.post for contact in ladder.contacts_on(unit, rung, at=timezone.now()))
            assert sorted(posts.on(unit.pk, rung)) == told, (unit.code, rung)


def test_the_countdown_says_how_long_and_who_is_told_next(forwarded, desk):
    (row,) = desk("op1").get("/console", headers=JSON).json()["cases"]
    assert (row["due"]["kind"], row["due"]["late"]) == ("ACKNOWLEDGE", False)
    assert 170 <= row["due"]["seconds"] <= 180
    assert (row["step"]["rung"], row["step"]["posts"]) == (3, ["SP"])
