"""The console's finding and looking: search in both scripts within one's reach, views, who is there, the pane."""

import pytest

from cases.models import Presence, ReadEntry
from districts.actors import CLOCK
from districts.models import Unit
from districts.reach import reach_of
from tests.portal.conftest import JSON, PHONE, STRANGERS, arrive, do


def found(client, words):
    answer = client.get("/console", {"q": words}, headers=JSON)
    assert answer.status_code == 200, answer.content
    return {row["reference"] for row in answer.json()["cases"]}


def test_a_case_is_found_by_its_reference_or_a_part_of_it(post, desk):
    case, other, op1 = post(), post(), desk("op1")
    digits = case.reference.removeprefix("RJ-")
    for words in (case.reference, case.reference.lower(), digits, digits.replace("-", ""), digits.replace("-", " ")):
        assert found(op1, words) == {case.reference}, words
    assert case.reference in found(op1, digits[:3])
    assert other.reference not in found(op1, digits)


def test_a_case_is_found_by_what_points_to_the_person(post, desk):
    case, op1 = post(), desk("op1")
    with reach_of(CLOCK):
        handle = case.identifiers.get(kind="handle").value
        account = case.identifiers.get(kind="account").value
    for words in (handle, f"@{handle}", handle.upper(), handle[:5], account, PHONE, "055500 01234", "५५५०००१२३४"):
        assert case.reference in found(op1, words), words
    assert found(op1, "+915550009999") == set()
    assert found(op1, "nobody.at.all") == set()


def test_a_case_is_found_by_its_unit_in_either_script(forwarded, post, desk):
    other, op1 = post(), desk("op1")
    Unit.objects.filter(code="RJ-NORTH").update(name_en="Jhunjhunu", name_hi="झुंझुनूं")
    for words in ("jhunj", "JHUNJHUNU", "झुंझुनूं", "झुंझ", "rj-north"):
        assert found(op1, words) == {forwarded.reference}, words
    assert other.reference not in found(op1, "jhunj")


def test_a_closed_case_is_found_as_well(forwarded, desk):
    op1 = desk("op1")
    do(op1, forwarded, "close", outcome="N2")
    assert found(op1, forwarded.reference) == {forwarded.reference}


def test_nobody_finds_what_is_not_theirs(post, desk):
    case = post()
    with reach_of(CLOCK):
        handle = case.identifiers.get(kind="handle").value
    for words in (case.reference, handle, PHONE, "RJ-NORTH", case.reference.removeprefix("RJ-")):
        assert found(desk("up-op1"), words) == set(), words
    for stranger in ("north", "dig", "admin", "nobody"):
        assert desk(stranger).get("/console", {"q": case.reference}, headers=JSON).status_code == 403


@pytest.mark.parametrize("words", ["%", "_", "'", "\\", "x" * 500, "()", "+", "@", "'; --", '{"a"'])
def test_strange_words_find_nothing_and_break_nothing(post, desk, words):
    post()
    assert found(desk("op1"), words) == set()


def test_a_search_is_a_question_that_an_index_answers(post, desk, django_assert_max_num_queries):
    post()
    op1 = desk("op1")
    found(op1, "warm")
    with django_assert_max_num_queries(60):
        found(op1, "aarav")


def test_the_queue_says_who_is_there_and_how_old_a_case_is(post, desk):
    case, op1, op2 = post(), desk("op1"), desk("op2")
    assert op2.post(f"/cases/{case.reference}/presence", {"doing": "writing"}, headers=JSON).status_code == 200
    row = op1.get("/console", headers=JSON).json()["cases"][0]
    assert [(one["username"], one["doing"], one["mine"]) for one in row["presence"]] == [("op2", "writing", False)]
    assert row["age"] == {"minutes": 0, "level": 0}
    page = op1.get("/console").content.decode()
    assert "Officer op2 · writing" in page


def test_presence_is_for_the_cell_alone_and_no_look_at_the_case(forwarded, desk):
    address = f"/cases/{forwarded.reference}/presence"
    with reach_of(CLOCK):
        looks = ReadEntry.objects.count()
    assert desk("op1").post(address, {"doing": "sleeping"}, headers=JSON).status_code == 422
    assert desk("op1").post(address, {"doing": "reading"}, headers=JSON).status_code == 200
    assert desk("up-op1").post(address, {"doing": "reading"}, headers=JSON).status_code == 404
    for stranger in ("north", "south", "dig", "admin", "nobody"):
        assert desk(stranger).post(address, {"doing": "reading"}, headers=JSON).status_code == 403
    with reach_of(CLOCK):
        assert ReadEntry.objects.count() == looks
        assert Presence.objects.count() == 1


def test_the_pane_shows_a_case_masked_and_the_look_is_written_down(post, desk):
    case, op1 = post(), desk("op1")
    page = op1.get(f"/cases/{case.reference}/preview")
    assert page.templates[0].name == "partials/preview.html"
    text = page.content.decode()
    assert case.reference in text
    assert PHONE not in text
    assert "Aarav Kalpanik" not in text
    with reach_of(CLOCK):
        assert ReadEntry.objects.filter(case=case, actor="officer:op1", kind="preview").count() == 1
    for stranger in STRANGERS:
        assert desk(stranger).get(f"/cases/{case.reference}/preview").status_code in {403, 404}
    assert desk("up-op1").get(f"/cases/{case.reference}/preview").status_code == 404


def test_what_is_with_another_state_has_a_view_of_its_own(forwarded, post, desk):
    case, op1 = post(), desk("op1")
    do(op1, case, "claim")
    do(op1, case, "forward", unit="RJ-EAST", role="other_state")
    rows = op1.get("/console", {"view": "other_state"}, headers=JSON).json()["cases"]
    assert [row["reference"] for row in rows] == [case.reference]


def test_when_nothing_is_open_the_page_says_since_when_it_has_looked_and_at_what(land, desk):
    page = desk("op1").get("/console").content.decode()
    assert "All is calm" in page
    assert "Meta: no sign of life yet" in page
    arrive("UP")
    assert "All is calm" in desk("op1").get("/console").content.decode()
