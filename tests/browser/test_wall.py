"""The wall board: grey and in words when nothing fresh has come, and a map that is read without colours."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, alert, claim, forward, sign_in, somebody
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser
#: What a square looks like without its colours: its corners and its border.
WITHOUT_COLOURS = """state => {
    const square = document.querySelector(".tile").cloneNode(true);
    square.setAttribute("class", `tile t-${state}`);
    const rect = square.querySelector("rect");
    rect.setAttribute("rx", document.querySelector(`.t-${state} rect`)?.getAttribute("rx") ?? rect.getAttribute("rx"));
    document.querySelector(".map svg").append(square);
    const style = getComputedStyle(rect);
    const seen = [style.strokeWidth, style.strokeDasharray, rect.getAttribute("rx")].join(" ");
    square.remove();
    return seen;
}"""


def test_it_goes_grey_and_says_so_when_nothing_has_come_for_thirty_seconds(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK, forgiven="console: htmx:") as wall:
        sign_in(wall, "op1")
        wall.clock.install()
        wall.goto("/wall")
        _is_fresh(wall)
        wall.route(re.compile(r"/wall$"), lambda route: route.abort())
        wall.clock.run_for(29_000)
        _is_fresh(wall)
        wall.clock.run_for(3_000)
        expect(wall.locator("#stale")).to_be_visible()
        expect(wall.locator("#stale")).to_contain_text(re.compile(r"3[0-9]"))
        assert re.search("[\u0900-\u097f]", wall.inner_text("#stale"))
        assert "grayscale" in wall.evaluate("getComputedStyle(document.querySelector('main')).filter")
        wall.unroute(re.compile(r"/wall$"))
        with wall.expect_response(re.compile(r"/wall$")):
            wall.clock.run_for(6_000)
        _is_fresh(wall)


def test_a_square_is_known_by_its_corners_its_border_and_its_word(browser: Browser, portal: Portal):
    reference = alert(portal)
    with somebody(browser, portal, DESK) as wall:
        sign_in(wall, "op1")
        claim(wall, reference)
        forward(wall, reference, typed="baran")
        wall.goto("/wall")
        waiting = wall.locator(".tile.t-waiting", has_text="बारां")
        expect(waiting.locator(".number")).to_contain_text("प्रतीक्षा")
        expect(wall.locator(".tile.t-quiet").first).to_be_visible()
        assert wall.locator(".tile.t-quiet .word").count() == 0
        seen = {
            state: wall.evaluate(WITHOUT_COLOURS, state)
            for state in ("late", "waiting", "open", "unreachable", "quiet")
        }
        assert len(set(seen.values())) == len(seen), seen


def _is_fresh(wall: Page) -> None:
    expect(wall.locator("#stale")).to_be_hidden()
    assert wall.evaluate("getComputedStyle(document.querySelector('main')).filter") == "none"
