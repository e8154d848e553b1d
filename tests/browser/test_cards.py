"""A card of the inbox on a constable's telephone: to call and to drive, without opening the case."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.people import DESK, PHONE, alert, claim, forward, sign_in, somebody
from tests.browser.test_pages import FIRST_LOAD, ONE_ACT, Line
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser
PATIENT = 30_000


def test_whoever_has_the_case_calls_and_finds_the_way_from_the_list(browser: Browser, portal: Portal):
    reference = alert(portal)
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        claim(operator, reference)
        forward(operator, reference, typed="jhunj")
    with somebody(browser, portal, PHONE) as before:
        sign_in(before, "desk.jhunjhunu")
        signed_in = before.context.storage_state()
    with somebody(browser, portal, PHONE, storage_state=signed_in, has_touch=True) as desk:
        line = Line(desk)
        desk.goto("/inbox")
        expect(desk.locator("html")).to_have_attribute("data-link", "live", timeout=PATIENT)
        assert line.brought("first load") <= FIRST_LOAD
        card = desk.locator(f"#card-{reference}")
        expect(card.locator("a[href^='tel:'], a[href^='geo:']")).to_have_count(0)
        for touched in (card.locator(".at-hand button"), card.locator(".at-hand > a")):
            box = touched.bounding_box()
            assert box is not None
            assert box["height"] >= 44
            assert box["x"] + box["width"] <= PHONE["width"]

        card.locator(".at-hand button").tap()
        expect(card.locator("a[href='tel:+915550123456']")).to_be_visible(timeout=PATIENT)
        assert line.brought("a number on the card") <= ONE_ACT
        card.locator(".at-hand > a").tap()
        expect(card.locator("a[href^='geo:']")).to_be_visible(timeout=PATIENT)
        assert line.brought("the way on the card") <= ONE_ACT
        assert desk.url.endswith("/inbox")
        assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

        # The list is fetched again while somebody dials: what was asked for stays, and is asked for once.
        desk.evaluate("""new Promise((stands) => {
            document.addEventListener("htmx:afterSettle", () => setTimeout(stands, 200), { once: true });
            htmx.ajax("GET", "/inbox", { target: "#inbox", swap: "morph:outerHTML" });
        })""")
        expect(card.locator("a[href='tel:+915550123456']")).to_be_visible()
        expect(card.locator("a[href^='geo:']")).to_be_visible()
        looks = f"""SELECT kind FROM cases_readentry JOIN cases_case ON cases_case.id = case_id
            WHERE reference = '{reference}' AND actor = 'officer:desk.jhunjhunu' AND kind IN ('reveal', 'way')
            ORDER BY kind"""
        assert portal.ask(looks, address="owner_url") == [("reveal",), ("way",)]

        # Acknowledging takes nothing of it away, and goes as it did.
        desk.locator(f"#ack-{reference} summary").tap()
        desk.locator(f"#ack-{reference} button.big").tap()
        expect(desk.locator(f"#ack-{reference}")).to_have_count(0, timeout=PATIENT)
        expect(card.locator(".at-hand button")).to_be_visible()
