"""The end of a shift at two screens: both sign, line by line, and nobody goes home while the worst is with nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, alert, row, sign_in, somebody
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser
PATIENT = 30_000
NEXT = "सात बजे भाई को फ़ोन"
RISK = "रात भर बारिश, रास्ते धीमे"


@pytest.fixture(scope="module")
def desks(browser: Browser, portal: Portal) -> Iterator[tuple[Page, Page]]:
    """Who goes home, and who comes."""
    with somebody(browser, portal, DESK) as going, somebody(browser, portal, DESK) as coming:
        sign_in(going, "op1")
        sign_in(coming, "op2")
        yield going, coming


def sign(page: Page) -> None:
    page.locator("form[action$='/shift/sign'] button.go").click()


def sheets(portal: Portal) -> list[tuple[object, ...]]:
    asked = """SELECT given.username, taken.username FROM cases_handover
        JOIN districts_officer given ON given.id = given_by_id
        LEFT JOIN districts_officer taken ON taken.id = taken_by_id ORDER BY signed_at"""
    return portal.ask(asked, address="owner_url")


def test_both_sides_sign_and_the_case_goes_with_the_sheet(desks: tuple[Page, Page], portal: Portal):
    going, coming = desks
    reference = alert(portal)
    going.goto("/console")
    row(going, reference).locator("form button").click()
    expect(row(going, reference).locator("[data-sheet]")).to_be_visible(timeout=PATIENT)
    going.goto("/shift")
    sign(going)  # without a next step
    assert sheets(portal) == []
    expect(going.locator(f"#step-{reference}")).to_be_focused()
    going.fill(f"#step-{reference}", NEXT)
    going.fill("#risks", RISK)
    sign(going)
    expect(going.locator("section.sheet")).to_contain_text(NEXT, timeout=PATIENT)
    assert sheets(portal) == [("op1", None)]

    coming.goto("/shift")
    waiting = coming.locator("section.sheet", has_text=NEXT)
    expect(waiting).to_contain_text(RISK)
    waiting.locator("button.go").click()  # nothing was read out yet
    expect(coming.locator("#strip, .told.error").first).to_be_visible(timeout=PATIENT)
    assert sheets(portal) == [("op1", None)]
    waiting.locator(f"input[value={reference}]").check()
    waiting.locator("button.go").click()
    expect(waiting).to_have_count(0, timeout=PATIENT)
    assert sheets(portal) == [("op1", "op2")]
    expect(coming.locator(f"#step-{reference}")).to_be_visible()
    going.goto("/shift")
    expect(going.locator(f"#step-{reference}")).to_have_count(0)
    expect(going.locator("details.line", has_text=NEXT)).to_be_attached()
    going.goto(f"/cases/{reference}")
    expect(going.locator(".timeline .a-handover_signed")).to_be_visible()
    expect(going.locator(".timeline .a-handover_taken")).to_be_visible()


def test_a_shift_does_not_end_while_the_most_urgent_is_held_by_nobody(desks: tuple[Page, Page], portal: Portal):
    going, coming = desks
    before = sheets(portal)
    going.goto("/intake/phone")
    reference = _rings(going)
    _does(going, reference, "release")
    going.goto("/shift")
    expect(going.locator(".told.error", has_text=reference)).to_be_visible()
    for step in going.locator("input[name^=step-]").all():
        step.fill(NEXT)
    going.fill("#risks", RISK)
    sign(going)
    expect(going.locator(".told.error", has_text=reference).first).to_be_visible(timeout=PATIENT)
    expect(going.locator("#risks")).to_have_value(RISK)  # what was written stays
    assert sheets(portal) == before

    coming.goto("/console")
    _does(coming, reference, "claim")
    sign(going)
    expect(going.locator("section.sheet", has_text=RISK)).to_be_visible(timeout=PATIENT)
    assert sheets(portal) == [*before, ("op1", None)]


def _rings(page: Page) -> str:
    """Take a call that is no practice: practice that nobody holds keeps nobody from going home."""
    fields = {
        "caller_phone": "+915550777001",
        "source": "phone",
        "said": "वह छत पर है",
        "place": "333001",
        "urgency": "P0",
    }
    return str(_sent(page, "/intake/phone", fields)["reference"])


def _does(page: Page, reference: str, verb: str) -> None:
    _sent(page, f"/cases/{reference}/{verb}", {})


def _sent(page: Page, address: str, fields: dict[str, str]) -> dict[str, object]:
    said: dict[str, object] = page.evaluate(
        """async ([address, fields]) => {
            const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
            const answer = await fetch(address, {
                method: "POST", body: new URLSearchParams(fields),
                headers: { "X-CSRFToken": token, Accept: "application/json" },
            });
            const said = await answer.json();
            if (!answer.ok) throw new Error(JSON.stringify(said));
            return said;
        }""",
        [address, fields],
    )
    return said
