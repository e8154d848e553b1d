"""A call taken with the keyboard alone, and two cases of one person joined from the page."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, alert, sign_in, somebody
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser
#: Where pictures of the pages go, if somebody asks for them.
PICTURES = os.environ.get("PORTAL_PICTURES", "")


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def test_a_call_is_taken_with_the_keyboard_alone_and_joined_to_its_twin(browser: Browser, portal: Portal):
    number = "+915550987654"
    twin = alert(portal, subject={"handle": "ravi.kalpanik", "phones": [{"number": number}]})
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        operator.goto("/intake/phone")
        keys = operator.keyboard
        keys.type(f"{number}\ninstagram.com/ravi.kalpanik")
        keys.press("Tab")
        keys.type("भाई ने कहा कि वह छत पर है और सबको अलविदा कह रहा है")
        keys.press("Tab")
        keys.type("झील के पास, 333001")
        keys.press("Tab")
        keys.press("ArrowUp")
        for _ in range(4):
            if operator.evaluate("document.activeElement.name") == "practice":
                break
            keys.press("Tab")
        keys.press("Space")
        expect(operator.locator(".clue.k-phone")).to_contain_text(number)
        expect(operator.locator(".clue.k-pin")).to_contain_text("333001")
        expect(operator.locator("#hints .twins")).to_contain_text(twin)
        picture(operator, "phone")
        keys.press("Control+Enter")
        operator.wait_for_url("**/cases/*")
        reference = operator.url.rpartition("/")[2]
        expect(operator.locator("#strip")).to_contain_text(reference)
        expect(operator.locator(".twins")).to_contain_text(twin)
        picture(operator, "phone_case")

        operator.locator(".twins form button").first.click()
        expect(operator.locator("article.alert")).to_have_count(2)
        expect(operator.locator(".twins")).to_have_count(0)
        operator.locator("#unjoin summary").click()
        picture(operator, "phone_joined")
        operator.locator("#unjoin form button").last.click()
        expect(operator.locator("article.alert")).to_have_count(1)


def test_the_form_works_without_a_script(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK, java_script_enabled=False) as operator:
        sign_in(operator, "op1")
        operator.goto("/intake/phone")
        operator.fill("[name=said]", "no link, no number")
        operator.check("[name=practice]")
        operator.locator("#call button.go").click()
        operator.wait_for_url("**/cases/*")
