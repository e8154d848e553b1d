"""Nobody is shut out: the keyboard alone will do, and what axe-core would find on a page (test_screens) is found."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.access import AXE, grave
from tests.browser.people import DESK, alert, row, sign_in, somebody
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser


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
