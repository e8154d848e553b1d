"""Nobody is shut out: the keyboard alone will do, and what axe-core would find on a page (test_screens) is found."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.access import AXE, grave
from tests.browser.people import DESK, PASSWORD, PHONE, alert, claim, forward, row, sign_in, somebody
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser


@pytest.fixture
def forwarded(browser: Browser, portal: Portal) -> str:
    """A case that the cell has sent to Jhunjhunu."""
    reference = alert(portal)
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        claim(operator, reference)
        forward(operator, reference, typed="jhunj")
    return reference


def test_a_planted_fault_is_found(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK) as page:
        page.goto("/accounts/login/")
        page.evaluate(AXE)
        page.evaluate("document.querySelector('#id_login').insertAdjacentHTML('afterend', '<button></button>')")
        assert any("button-name" in fault for fault in grave(page))


def test_a_case_is_claimed_and_looked_at_without_a_mouse(browser: Browser, portal: Portal):
    reference = alert(portal)
    with somebody(browser, portal, DESK) as page:
        sign_in(page, "op1")
        expect(page.locator("html")).to_have_attribute("data-link", "live", timeout=30_000)
        for _ in range(60):
            page.keyboard.press("j")
            if page.evaluate("document.activeElement.dataset.reference") == reference:
                break
        page.keyboard.press("Enter")
        expect(page.locator("#preview")).to_contain_text(reference)
        page.keyboard.press("c")
        expect(row(page, reference).locator(".holder")).to_be_visible()
        page.keyboard.press("Control+k")
        expect(page.locator("#command-words")).to_be_focused()
        page.keyboard.type(reference)
        page.keyboard.press("Enter")
        expect(page.locator("#case h1")).to_have_text(reference)
        tab_to(page, "#notes > summary")
        page.keyboard.press("Enter")
        tab_to(page, "#notes [name=text]")
        page.keyboard.type("Cjk1 is written, and is no key")
        tab_to(page, "#notes button")
        page.keyboard.press("Enter")
        expect(page.locator(".timeline")).to_contain_text("Cjk1 is written, and is no key", timeout=30_000)


def test_a_unit_takes_charge_moves_and_calls_for_help_without_a_mouse(browser: Browser, portal: Portal, forwarded: str):
    with somebody(browser, portal, PHONE) as page:
        page.goto("/accounts/login/")
        tab_to(page, "#id_login")
        page.keyboard.type("desk.jhunjhunu")
        tab_to(page, "#id_password")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/inbox")
        tab_to(page, f"#ack-{forwarded} summary")
        page.keyboard.press("Enter")
        tab_to(page, f"#ack-{forwarded} button.big")
        page.keyboard.press("Enter")
        expect(page.locator(f"#ack-{forwarded}")).to_have_count(0, timeout=30_000)
        tab_to(page, f"#card-{forwarded} h2 a")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/cases/{forwarded}")
        for button, line in (
            ("#move button", "a-team_moving"),
            ("#help button", "a-help_wanted"),
            (".quick button", "a-contact_made"),
        ):
            tab_to(page, button)
            page.keyboard.press("Enter")
            expect(page.locator(f".timeline .{line}")).to_be_visible(timeout=30_000)


def tab_to(page: Page, place: str) -> None:
    """Press Tab, as somebody without a mouse does, until the place has the focus."""
    reached = "place => document.activeElement === document.querySelector(place)"
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(reached, place):
            return
    raise AssertionError(f"Tab does not reach {place}")
