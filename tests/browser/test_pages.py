"""What every page owes to everybody: quick on a thin line, true to the server's clock, readable without colour."""

import gzip
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Response, expect

from tests.browser.people import DESK, PHONE, alert, forward, row, sign_in, somebody
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser
FIRST_LOAD = 60 * 1024
ONE_ACT = 8 * 1024


def test_the_first_load_of_the_inbox_and_one_act_fit_a_thin_line(browser: Browser, portal: Portal):
    reference = alert(portal)
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        row(operator, reference).locator("button.go").click()
        forward(operator, reference, typed="jhunj")
    with somebody(browser, portal, PHONE) as desk:
        sign_in(desk, "desk.jhunjhunu")
        answers: list[Response] = []
        with desk.context.new_page() as fresh:
            fresh.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright takes no builtin
            fresh.goto("/inbox", wait_until="networkidle")
            first = sum(_gzipped(answer) for answer in answers)
            names = sorted(answer.url.rpartition("/")[2] for answer in answers)
            assert first <= FIRST_LOAD, names
            assert not any(name.endswith(".woff2") for name in names)
            answers.clear()
            fresh.locator(f"#ack-{reference} summary").click()
            with fresh.expect_response("**/acknowledge") as done:
                fresh.locator(f"#ack-{reference} button.big").click()
            assert _gzipped(done.value) <= ONE_ACT


def test_a_wrong_clock_on_the_desk_changes_no_countdown(browser: Browser, portal: Portal):
    reference = alert(portal, level="high")
    with somebody(browser, portal, DESK) as right, somebody(browser, portal, DESK) as wrong:
        wrong.clock.install(time=datetime.now(UTC) + timedelta(minutes=5))
        shown = []
        for page in (right, wrong):
            sign_in(page, "op1")
            page.wait_for_timeout(700)  # longer than the countdown's beat
            shown.append(_seconds(row(page, reference).locator(".t").first.inner_text()))
        assert 0 <= shown[0] - shown[1] <= 10  # the second page was opened a little later


def test_a_new_alert_appears_on_the_console_by_itself(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        reference = alert(portal)
        expect(row(operator, reference)).to_be_visible(timeout=8_000)


def test_urgency_is_shape_border_word_and_colour(browser: Browser, portal: Portal):
    reference = alert(portal)
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        badge = row(operator, reference).locator(".urgency")
        expect(badge).to_have_text("अति गंभीर")
        expect(badge).to_have_css("border-style", "solid")
        assert badge.locator("use").get_attribute("href", timeout=1000).endswith("#p0")  # type: ignore[union-attr]  # the page was opened above


def test_the_language_and_the_colours_are_remembered(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op2")
        expect(operator.locator("html")).to_have_attribute("lang", "en")
        operator.click("button[name=language][value=hi]")
        expect(operator.locator("html")).to_have_attribute("lang", "hi")
        operator.click(".tools > .themes [data-theme-set=contrast]")
        operator.goto("/register")
        expect(operator.locator("html")).to_have_attribute("data-theme", "contrast")
        operator.click("button[name=language][value=en]")
        expect(operator.locator("html")).to_have_attribute("lang", "en")


def test_the_keyboard_reaches_the_content_first(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        operator.keyboard.press("Tab")
        expect(operator.locator(".skip")).to_be_focused()
        operator.keyboard.press("Enter")
        expect(operator.locator("#main")).to_be_focused()


def test_when_the_server_is_away_the_page_says_so_and_keeps_what_it_shows(browser: Browser, portal: Portal):
    reference = alert(portal)
    with somebody(browser, portal, DESK, forgiven="503") as operator:
        sign_in(operator, "op1")
        expect(operator.locator("html")).to_have_attribute("data-link", "live", timeout=30_000)
        operator.route("**/console*", lambda route: route.fulfill(status=503, body="away"))
        alert(portal)  # the page is told that something changed, and fetches
        expect(operator.locator("#lost")).to_be_visible(timeout=30_000)
        expect(row(operator, reference)).to_be_visible()
        operator.unroute("**/console*")
        alert(portal)
        expect(operator.locator("#lost")).to_be_hidden(timeout=30_000)


def _gzipped(answer: Response) -> int:
    return len(gzip.compress(answer.body(), 6))


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(\+?)(?:(\d+):)?(\d\d):(\d\d)", text)
    assert found, text
    seconds = int(found[2] or 0) * 3600 + int(found[3]) * 60 + int(found[4])
    return -seconds if found[1] else seconds
