"""
A picture of every page, in both languages and themes, for people to look at: ``tests/.shots/``.

Those in ``docs/screens/`` are chosen from here. What a machine can see of ugliness is tested: nothing is cut off at the
side, and no name of a message's variable shows through.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.people import DESK, PHONE, alert, forward, row, sign_in, somebody
from tests.browser.words import ROOT
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser
SHOTS = ROOT / "tests" / ".shots"
LOOKS = [("hi", "dark"), ("en", "light"), ("hi", "light"), ("en", "dark")]


@pytest.fixture(scope="module")
def cases(browser: Browser, portal: Portal) -> dict[str, str]:
    """Cases at several places of their life."""
    found = {
        "working": alert(portal),
        "forwarded": alert(portal, text="किसी को मेरी ज़रूरत नहीं। आज सब ख़त्म।"),
        "claimed": alert(portal, level="high"),
        "lowered": alert(portal, level="concern", text="पुराना गीत, चिंता के शब्द।"),
        "new": alert(portal, level="concern"),
    }
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        for name in ("working", "forwarded", "claimed", "lowered"):
            row(operator, found[name]).locator("button.go").click()
            row(operator, found[name]).locator("[data-sheet]").wait_for()
        for name in ("working", "forwarded"):
            forward(operator, found[name], typed="jhunj")
        operator.goto(f"/cases/{found['lowered']}")
        operator.locator("#urgency summary").click()
        operator.locator("#urgency input[value=P2]").check()
        operator.fill("#urgency [name=reason]", "पुरानी पोस्ट")
        operator.locator("#urgency button").click()
        operator.locator(".top .u-P2").wait_for()
    with somebody(browser, portal, PHONE) as desk:
        sign_in(desk, "desk.jhunjhunu")
        desk.locator(f"#ack-{found['working']} summary").click()
        desk.locator(f"#ack-{found['working']} button.big").click()
        desk.locator(f"#ack-{found['working']}").wait_for(state="detached")
    return found


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_pages_of_the_cell(browser: Browser, portal: Portal, cases: dict[str, str], language: str, theme: str):
    with somebody(browser, portal, DESK) as page:
        sign_in(page, "op1")
        _look(page, language, theme)
        _shoot(page, "/console", f"console.{language}.{theme}")
        row(page, cases["claimed"]).locator("[data-sheet]").click()
        page.fill("#sheet-search", "jai")
        page.locator("#forward-sheet label:not([hidden]) input[name=unit]").first.check()
        _keep(page, f"forward.{language}.{theme}")
        page.keyboard.press("Escape")
        page.goto("/console")
        row(page, cases["new"]).focus()
        page.keyboard.press("Enter")
        page.locator("#preview [data-previewed]").wait_for()
        _keep(page, f"console-preview.{language}.{theme}")
        _shoot(page, "/wall", f"wall.{language}")
        _shoot(page, f"/cases/{cases['working']}", f"case.{language}.{theme}")
        _shoot(page, f"/cases/{cases['claimed']}", f"case-claimed.{language}.{theme}")
        _shoot(page, "/telephones", f"telephones.{language}.{theme}")
        _shoot(page, "/shift", f"shift.{language}.{theme}")
        _shoot(page, "/shift/diary", f"diary.{language}.{theme}")
        _look(page, "hi", theme)


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_pages_of_a_unit(browser: Browser, portal: Portal, cases: dict[str, str], language: str, theme: str):
    with somebody(browser, portal, PHONE) as page:
        sign_in(page, "desk.jhunjhunu")
        _look(page, language, theme)
        _shoot(page, "/inbox", f"inbox.{language}.{theme}")
        page.locator("details.now summary").first.click()
        _keep(page, f"inbox-acknowledge.{language}.{theme}")
        _shoot(page, f"/cases/{cases['forwarded']}", f"unit-case.{language}.{theme}")
        _shoot(page, f"/cases/{cases['working']}", f"unit-working.{language}.{theme}")
        _shoot(page, "/inbox?tab=closed", f"inbox-closed.{language}.{theme}")
        _shoot(page, "/cases/RJ-0000-0000", f"not-found.{language}.{theme}")
        _shoot(page, "/accounts/2fa/", f"second-factor.{language}.{theme}")
        page.goto("/inbox")
        _look(page, "hi", theme)


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_pages_of_the_others(browser: Browser, portal: Portal, cases: dict[str, str], language: str):
    with somebody(browser, portal, DESK) as page:
        sign_in(page, "range.jaipur")
        _look(page, language, "light")
        _shoot(page, "/register", f"register.{language}.light")
        _look(page, "hi", "light")
    with somebody(browser, portal, PHONE) as page:
        page.goto("/accounts/login/")
        _look(page, language, "light")
        _shoot(page, "/accounts/login/", f"login.{language}.light")


def _look(page: Page, language: str, theme: str) -> None:
    page.context.add_cookies([{"name": "theme", "value": theme, "url": page.url}])
    page.click(f"button[name=language][value={language}]")
    page.wait_for_load_state()


def _shoot(page: Page, address: str, name: str) -> None:
    page.goto(address)
    _keep(page, name)


def _keep(page: Page, name: str) -> None:
    page.wait_for_timeout(150)  # the countdown's first beat
    path: Path = SHOTS / f"{name}.png"
    page.screenshot(path=path, full_page="forward" not in name)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    assert "%(" not in page.inner_text("body"), name
