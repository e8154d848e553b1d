"""A telephone without a network: a page that is opened says so and whom to call, and comes by itself afterwards."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.people import PHONE, sign_in, somebody
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser
KEPT = """async () => {
    const stores = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
    const files = await Promise.all(stores.map((store) => store.keys()));
    return files.flat().map((one) => new URL(one.url).pathname);
}"""


def test_a_page_opened_without_a_network_says_whom_to_call(browser: Browser, portal: Portal):
    with somebody(browser, portal, PHONE, service_workers="allow") as desk:
        sign_in(desk, "desk.jhunjhunu")
        desk.evaluate("navigator.serviceWorker.ready.then(() => true)")
        desk.wait_for_function("caches.match('/offline').then(Boolean)")
        desk.reload()  # from now on the worker stands between
        expect(desk.locator(".tabs")).to_be_visible()
        number = desk.locator("footer a[href^='tel:']").get_attribute("href") or "no number"

        desk.context.set_offline(True)
        desk.goto("/receipts")
        expect(desk.locator("h1")).to_have_text("नेटवर्क नहीं है")
        expect(desk.locator("h2")).to_have_text("No network")
        assert desk.locator(f"a[href='{number}']").count() == 2
        assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        kept = desk.evaluate(KEPT)
        assert set(kept) == {"/offline", "/static/css/tokens.css", "/static/css/tap.css"}

        desk.context.set_offline(False)
        desk.locator("a.go").first.click()
        expect(desk.locator("h1")).to_have_text("पावतियाँ")
