"""Of a long timeline somebody reads one kind of lines: counted, kept by the address, and never lost to the rest."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cases.models import Case
from portal.views.lines import KIND_OF, KINDS
from portal.views.timeline import ACTIONS
from tests.portal.conftest import STRANGERS, do, read


def shown(page: str) -> tuple[str, dict[str, int], str]:
    """Return the kind that is shown, the counts of each kind, and the one marked as chosen."""
    (which,) = re.findall(r'<ol class="timeline" data-shown="(\w+)">', page)
    counts = re.findall(r'data-lines="(\w+)"[^>]*>.*?<span class="count">(\d+)</span>', page)
    (chosen,) = re.findall(r'data-lines="(\w+)" aria-current="true"', page)
    return which, {kind: int(count) for kind, count in counts}, chosen


def test_every_action_that_a_timeline_can_tell_has_a_kind() -> None:
    assert set(KIND_OF) == set(ACTIONS)
    assert set(KIND_OF.values()) == set(KINDS)


def test_each_kind_is_counted_and_a_page_without_a_wish_shows_all(forwarded: Case, desk: Any) -> None:
    op1 = desk("op1")
    do(op1, forwarded, "notes", text="one")
    do(op1, forwarded, "notes", text="two")
    do(op1, forwarded, "outreach", kind="call", result="no_answer")
    kinds = [line["kind"] for line in read(op1, forwarded)["timeline"]]
    which, counts, chosen = shown(op1.get(f"/cases/{forwarded.reference}").content.decode())
    assert (which, chosen) == ("all", "all")
    assert counts.pop("all") == len(kinds)
    assert counts == {kind: kinds.count(kind) for kind in KINDS if kind in kinds}
    assert counts["note"] == 2
    assert "look" not in counts


def test_without_script_the_address_chooses_and_no_line_is_taken_from_the_page(forwarded: Case, desk: Any) -> None:
    op1 = desk("op1")
    do(op1, forwarded, "notes", text="the brother rang")
    page = op1.get(f"/cases/{forwarded.reference}?lines=step").content.decode()
    assert (shown(page)[0], shown(page)[2]) == ("step", "step")
    # The sheet on paper and "what has changed" are made of all lines.
    assert "the brother rang" in page
    assert 'k-note"' in page


def test_what_a_page_fetches_again_keeps_the_choice_of_its_address(forwarded: Case, desk: Any) -> None:
    op1 = desk("op1")
    here = f"http://testserver/cases/{forwarded.reference}?lines=note"
    part = {"HX-Request": "true", "HX-Current-URL": here, "HX-Target": "case"}
    live = op1.get(f"/cases/{forwarded.reference}", headers=part | {"X-Live": "1"}).content.decode()
    assert shown(live)[0] == "note"
    act = op1.post(f"/cases/{forwarded.reference}/notes", {"text": "one"}, headers=part).content.decode()
    assert shown(act)[0] == "note"
    assert shown(act)[1]["note"] == 1


@pytest.mark.parametrize("wish", ["nothing", "%00", "", "all", "note'onload="])
def test_a_wish_that_is_none_of_ours_shows_all(forwarded: Case, desk: Any, wish: str) -> None:
    page = desk("op1").get(f"/cases/{forwarded.reference}?lines={wish}").content.decode()
    assert shown(page)[0] == "all"


def test_a_kind_without_a_line_can_stay_chosen(forwarded: Case, desk: Any) -> None:
    which, counts, _chosen = shown(desk("north").get(f"/cases/{forwarded.reference}?lines=look").content.decode())
    assert (which, counts["look"]) == ("look", 0)


@pytest.mark.parametrize("who", STRANGERS)
def test_no_wish_opens_a_case_to_a_stranger(forwarded: Case, desk: Any, who: str) -> None:
    answer = desk(who).get(f"/cases/{forwarded.reference}?lines=note")
    assert answer.status_code in {403, 404}
    assert b"timeline" not in answer.content
