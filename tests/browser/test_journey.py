"""An alert on its way through the house, seen by those who work on it, and by those who must not see it."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, PHONE, alert, claim, forward, row, sign_in, somebody
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser
TIME_LEFT = re.compile(r"^\+?(\d+:)?\d\d:\d\d$")


def test_from_the_alert_to_the_outcome(browser: Browser, portal: Portal):
    reference = alert(portal)
    with somebody(browser, portal, DESK) as operator, somebody(browser, portal, PHONE) as desk:
        _operator_claims_and_forwards(operator, reference)
        _district_acknowledges_in_two_taps(desk, reference)
        _district_moves_reaches_and_reports(desk, reference)
        _operator_closes(operator, reference)
        desk.goto("/inbox?tab=closed")
        expect(desk.locator("main")).to_contain_text(reference)


def test_a_stranger_finds_an_empty_inbox_and_nothing_at_the_address(browser: Browser, portal: Portal):
    reference = alert(portal)
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        claim(operator, reference)
        forward(operator, reference, typed="झुंझ")
    for username in ("desk.kota-city", "up.op1", "admin1"):
        with somebody(browser, portal, PHONE) as stranger:
            sign_in(stranger, username)
            expect(stranger.locator("body")).not_to_contain_text(reference)
            answer = stranger.goto(f"/cases/{reference}")
            assert answer is not None
            foreign = (answer.status, answer.text())
            absent = stranger.goto("/cases/RJ-0000-0000")
            assert absent is not None
            assert foreign == (absent.status, absent.text())
            assert foreign[0] == 404


def test_everything_can_be_done_without_a_script(browser: Browser, portal: Portal):
    reference = alert(portal)
    with somebody(browser, portal, DESK, java_script_enabled=False) as operator:
        sign_in(operator, "op1")
        row(operator, reference).locator("button.go").click()
        row(operator, reference).locator("[data-sheet]").click()
        operator.locator("#forward input[type=radio][name=unit][value=RJ-JHUNJHUNU]").check()
        operator.locator("#forward form:has(input[type=radio][name=unit]) button[type=submit]").click()
        expect(operator.locator(".legs")).to_contain_text("झुंझुनूं")
    with somebody(browser, portal, PHONE, java_script_enabled=False) as desk:
        sign_in(desk, "desk.jhunjhunu")
        _acknowledge(desk, reference)
        desk.goto(f"/cases/{reference}")
        desk.locator("#move button").click()
        expect(desk.locator(".quick")).to_be_visible()


def test_a_unit_hands_a_case_back_and_sees_it_no_more(browser: Browser, portal: Portal):
    reference = alert(portal)
    with somebody(browser, portal, DESK) as operator, somebody(browser, portal, PHONE) as desk:
        sign_in(operator, "op1")
        claim(operator, reference)
        forward(operator, reference, typed="jhunj")
        sign_in(desk, "desk.jhunjhunu")
        desk.goto(f"/cases/{reference}")
        desk.locator("#return summary").click()
        desk.fill("#return [name=reason]", "व्यक्ति सीकर में है")
        desk.locator("#return button.big").click()
        desk.wait_for_url("**/inbox*")
        expect(desk.locator(f"#card-{reference}")).to_have_count(0)
        operator.goto("/console?view=returned")
        expect(row(operator, reference)).to_contain_text("व्यक्ति सीकर में है")


def test_a_refusal_is_said_in_the_strip_and_the_page_stays(browser: Browser, portal: Portal):
    reference = alert(portal)
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        row(operator, reference).locator("button.go").click()
        expect(row(operator, reference).locator("[data-sheet]")).to_be_visible()
        operator.goto(f"/cases/{reference}")
        operator.locator("#close summary").click()
        operator.select_option("#close select", "S1")
        operator.locator("#close button.go").click()
        expect(operator.locator("#strip")).to_contain_text(reference)
        expect(operator.locator("#case h1")).to_have_text(reference)


def test_a_name_is_masked_until_somebody_gives_a_reason(browser: Browser, portal: Portal):
    reference = alert(portal)
    with somebody(browser, portal, DESK) as operator, somebody(browser, portal, PHONE) as desk:
        sign_in(operator, "op1")
        claim(operator, reference)
        forward(operator, reference, typed="jhunj")
        sign_in(desk, "desk.jhunjhunu")
        desk.goto(f"/cases/{reference}")
        expect(desk.locator("body")).not_to_contain_text("+915550123456")
        desk.locator("#reveal summary").click()
        desk.locator("#reveal input[value=phone]").check()
        desk.fill("#reveal [name=reason]", "कॉल करना है")
        desk.locator("#reveal button").click()
        expect(desk.locator(".revealed")).to_contain_text("+915550123456")
        expect(desk.locator(".timeline")).to_contain_text("कॉल करना है")


def _operator_claims_and_forwards(page: Page, reference: str) -> None:
    sign_in(page, "op1")
    expect(page).to_have_url(re.compile("/console"))
    assert TIME_LEFT.match(row(page, reference).locator(".t").first.inner_text())
    claim(page, reference)
    forward(page, reference, typed="jhunjunu")  # as it is heard, not as it is written
    expect(row(page, reference)).to_contain_text("झुंझुनूं")


def _district_acknowledges_in_two_taps(page: Page, reference: str) -> None:
    sign_in(page, "desk.jhunjhunu")
    expect(page).to_have_url(re.compile("/inbox"))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    _acknowledge(page, reference)
    expect(page.locator(f"#ack-{reference}")).to_have_count(0)


def _acknowledge(page: Page, reference: str) -> None:
    page.locator(f"#ack-{reference} summary").click()
    page.locator(f"#ack-{reference} button.big").click()


def _district_moves_reaches_and_reports(page: Page, reference: str) -> None:
    page.goto(f"/cases/{reference}")
    page.fill("#move-vehicle", "PRV 1234")
    page.locator("#move button").click()
    expect(page.locator("#move")).to_have_count(0)
    page.locator(".quick button").first.click()
    expect(page.locator("#report")).to_have_attribute("open", "")
    page.select_option("#flash-outcome", "S2")
    page.fill("#flash-text", "घर पर मिले, परिवार साथ है।")
    page.locator("#report button").click()
    expect(page.locator(".legs")).to_contain_text("घर पर मिले")


def _operator_closes(page: Page, reference: str) -> None:
    page.goto(f"/cases/{reference}")
    page.locator("#close summary").click()
    page.select_option("#close select", "S2")
    page.locator("#close button.go").click()
    expect(page.locator("#close")).to_have_count(0)
    expect(page.locator(".top")).to_contain_text("सुरक्षित")
