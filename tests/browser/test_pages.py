"""What every page owes to everybody: quick on a thin line, true to the server's clock, readable without colour."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, PHONE, alert, claim, forward, row, sign_in, somebody
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser
WAYS = ("downloadThroughput", "uploadThroughput")
PATIENT = 30_000
FIRST_LOAD = 60 * 1024
ONE_ACT = 8 * 1024


class Line:
    """A thin line, 400 kbit/s with 400 ms there and back, and every byte that came over it, headers included."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._came: list[int] = []
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send(
            "Network.emulateNetworkConditions", {"offline": False, "latency": 400} | dict.fromkeys(WAYS, 51_200)
        )
        session.on("Network.loadingFinished", lambda said: self._came.append(int(said["encodedDataLength"])))

    def brought(self, what: str) -> int:
        """Return how many bytes have come since the last question."""
        came, self._came = sum(self._came), []
        print(f"{what}: {came} bytes")  # noqa: T201 - the measured value
        assert came, "nothing was measured"
        return came


def test_every_act_of_a_unit_fits_a_thin_line_and_two_taps_acknowledge(browser: Browser, portal: Portal):
    first, second = alert(portal), alert(portal)
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        for reference in (first, second):
            claim(operator, reference)
            forward(operator, reference, typed="jhunj")
    with somebody(browser, portal, PHONE) as before:
        sign_in(before, "desk.jhunjhunu")
        signed_in = before.context.storage_state()
    # A telephone that has never seen a page of ours.
    with somebody(browser, portal, PHONE, storage_state=signed_in, has_touch=True) as desk:
        line = Line(desk)
        desk.goto("/inbox")
        expect(desk.locator("html")).to_have_attribute("data-link", "live", timeout=PATIENT)
        assert line.brought("first load") <= FIRST_LOAD
        desk.locator(f"#ack-{first} summary").tap()
        desk.locator(f"#ack-{first} button.big").tap()
        expect(desk.locator(f"#ack-{first}")).to_have_count(0, timeout=PATIENT)
        assert line.brought("acknowledge") <= ONE_ACT
        desk.goto(f"/cases/{first}")
        assert line.brought("the page of a case") <= FIRST_LOAD

        acts = [
            ("#move button", "a-team_moving"),
            (".quick button.plain >> nth=0", "a-noted"),
            ("#help button", "a-help_wanted"),
            (".reach button", "a-revealed"),
            (".quick button >> nth=0", "a-contact_made"),
        ]
        for button, line_of_history in acts:
            desk.locator(button).tap()
            expect(desk.locator(f".timeline .{line_of_history}")).to_be_visible(timeout=PATIENT)
            assert line.brought(line_of_history) <= ONE_ACT
        desk.select_option("#flash-outcome", "S2")
        desk.fill("#flash-text", "घर पर मिले, परिवार साथ है।")
        desk.locator("#report button").tap()
        expect(desk.locator(".timeline .a-reported")).to_be_visible(timeout=PATIENT)
        assert line.brought("flash report") <= ONE_ACT

        _hands_back(desk, second, line)
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        operator.goto("/console?view=returned")
        expect(row(operator, second)).to_contain_text("सीकर का पता है")


def _hands_back(desk: Page, reference: str, line: Line) -> None:
    desk.goto(f"/cases/{reference}")
    desk.locator("#return summary").tap()
    desk.fill("#return [name=reason]", "सीकर का पता है")
    desk.fill("#return-search", "sikar")
    desk.locator("#return input[value=RJ-SIKAR]").check()
    line.brought("the page of a case and the list of units")
    desk.locator("#return button.big").tap()
    desk.wait_for_url("**/inbox*", timeout=PATIENT)
    assert line.brought("return") <= 2 * ONE_ACT  # and the inbox it leads to


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


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(\+?)(?:(\d+):)?(\d\d):(\d\d)", text)
    assert found, text
    seconds = int(found[2] or 0) * 3600 + int(found[3]) * 60 + int(found[4])
    return -seconds if found[1] else seconds
