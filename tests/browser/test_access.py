"""Nobody is shut out: axe-core finds nothing serious on any page in both themes, and the keyboard alone will do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, PASSWORD, PHONE, alert, forward, row, sign_in, somebody
from tests.browser.words import ROOT
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser
AXE = (ROOT / "tests/browser/axe/axe.min.js").read_text(encoding="utf-8")
GRAVE = {"serious", "critical"}
THEMES = ["light", "dark"]


@pytest.fixture(scope="module")
def forwarded(browser: Browser, portal: Portal) -> str:
    reference = alert(portal)
    alert(portal, level="concern")
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        row(operator, reference).locator("button.go").click()
        forward(operator, reference, typed="jhunj")
    return reference


def faults(page: Page) -> list[str]:
    """Return what axe-core calls serious or critical, each with the first place it stands at."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['impact']} {one['id']}: {one['nodes'][0]['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in GRAVE
    ]


def look(page: Page, theme: str) -> None:
    page.context.add_cookies([{"name": "theme", "value": theme, "url": page.url}])


@pytest.mark.parametrize("theme", THEMES)
def test_the_pages_of_the_cell_shut_nobody_out(browser: Browser, portal: Portal, forwarded: str, theme: str):
    with somebody(browser, portal, DESK) as page:
        sign_in(page, "op1")
        look(page, theme)
        found = {}
        for address in (
            "/console", "/console?q=झुंझ", "/console?view=returned", f"/cases/{forwarded}", "/wall", "/intake/phone",
            "/tray", "/register", "/telephones",
        ):  # fmt: skip
            page.goto(address)
            expect(page.locator("html")).not_to_have_attribute("data-link", "waiting")
            found[address] = faults(page)
        page.goto("/console")
        row(page, forwarded).focus()
        page.keyboard.press("Enter")
        expect(page.locator("#preview")).to_contain_text(forwarded)
        found["preview"] = faults(page)
        page.keyboard.press("?")
        found["keys"] = faults(page)
        assert {address: what for address, what in found.items() if what} == {}, json.dumps(found, indent=1)


@pytest.mark.parametrize("theme", THEMES)
def test_the_pages_of_a_unit_shut_nobody_out(browser: Browser, portal: Portal, forwarded: str, theme: str):
    with somebody(browser, portal, PHONE) as page:
        page.goto("/accounts/login/")
        found = {"login": faults(page)}
        sign_in(page, "desk.jhunjhunu")
        look(page, theme)
        for address in ("/inbox", "/inbox?tab=closed", f"/cases/{forwarded}", "/cases/RJ-0000-0000"):
            page.goto(address)
            found[address] = faults(page)
        assert {address: what for address, what in found.items() if what} == {}, json.dumps(found, indent=1)


def test_a_planted_fault_is_found(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK) as page:
        page.goto("/accounts/login/")
        page.evaluate("document.querySelector('#id_login').insertAdjacentHTML('afterend', '<button></button>')")
        assert any("button-name" in fault for fault in faults(page))


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
