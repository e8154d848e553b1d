"""What a constable reports from the road: a few questions at a time, and a photograph that a thin line carries."""

import re
import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, PHONE, alert, claim, fetched_again, forward, sign_in, somebody
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser

#: Of all the moments in which something on the page changes, the one with the most steps in sight.
COUNT_THE_STEPS_IN_SIGHT = """() => {
    const inSight = () => document.querySelectorAll("#detailed [data-step]:not([hidden])").length;
    self.mostInSight = inSight();
    new MutationObserver(() => (self.mostInSight = Math.max(self.mostInSight, inSight())))
        .observe(document.body, { attributes: true, childList: true, subtree: true });
}"""


@pytest.fixture
def reference(browser: Browser, portal: Portal) -> str:
    """A case that the desk of Jhunjhunu has acknowledged."""
    found = alert(portal)
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        claim(operator, found)
        forward(operator, found, typed="jhunj")
    with somebody(browser, portal, PHONE) as desk:
        sign_in(desk, "desk.jhunjhunu")
        desk.locator(f"#ack-{found} summary").click()
        desk.locator(f"#ack-{found} button.big").click()
        desk.locator(f"#ack-{found}").wait_for(state="detached")
    return found


def test_the_detailed_report_goes_in_five_steps_and_is_found_again_after_a_reload(
    browser: Browser, portal: Portal, reference: str
):
    with somebody(browser, portal, PHONE) as desk:
        sign_in(desk, "desk.jhunjhunu")
        desk.goto(f"/cases/{reference}")
        _open(desk)
        bar, onward = desk.locator("[data-steps-bar]"), desk.locator("[data-steps-next]")
        expect(bar).to_contain_text("1 / 5")
        onward.click()
        expect(bar).to_contain_text("1 / 5")  # without an outcome there is no second step
        desk.locator("#detailed [name=outcome]").first.wait_for()
        _choose(desk, "S2")
        onward.click()
        desk.fill("#detailed [name=text]", "घर पर मिले, परिवार के साथ बात हुई")
        onward.click()
        desk.fill("#detailed [name=counselled]", "थाना प्रभारी")
        desk.reload()
        _open(desk)
        expect(bar).to_contain_text("3 / 5")
        expect(desk.locator("#detailed [name=counselled]")).to_have_value("थाना प्रभारी")
        # The page is fetched again because somebody else did something: the report stays where it is.
        desk.evaluate("document.querySelector('#detailed form').removeAttribute('data-touched')")
        desk.evaluate(COUNT_THE_STEPS_IN_SIGHT)
        fetched_again(desk)
        expect(bar).to_contain_text("3 / 5")
        assert desk.evaluate("self.mostInSight") == 1, "the steps stood below each other, and the page jumped"
        onward.click()
        expect(bar).to_contain_text("4 / 5")
        onward.click()
        expect(desk.locator("[data-steps-answers]")).to_contain_text("परिवार के साथ बात हुई")
        expect(desk.locator("[data-steps-answers]")).to_contain_text("थाना प्रभारी")
        desk.locator("[data-steps-send]").click()
        expect(desk.locator(".timeline")).to_contain_text("विस्तृत")
        # A second one begins at its beginning: at the last step nothing would be sent, and nothing would say why.
        _open(desk)
        expect(bar).to_contain_text("1 / 5")
        assert desk.evaluate(
            "Object.keys(sessionStorage).filter((name) => name.startsWith('step:')).map((name) => sessionStorage[name])"
        ) == ["0"]


def test_a_photograph_is_made_small_before_it_is_sent(browser: Browser, portal: Portal, reference: str, tmp_path: Path):
    picture = tmp_path / "diary.png"
    picture.write_bytes(_noise(1400, 1400))
    assert picture.stat().st_size > 2_000_000
    with somebody(browser, portal, PHONE) as desk:
        sign_in(desk, "desk.jhunjhunu")
        desk.goto(f"/cases/{reference}")
        desk.locator("#files summary").last.click()
        desk.set_input_files("#file", picture)
        expect(desk.locator("#files form button")).to_be_enabled(timeout=60_000)
        assert desk.evaluate("document.querySelector('#file').files[0].size") <= 200 * 1024
        desk.locator("#files form button").click()
        expect(desk.locator(".files-list")).to_contain_text(re.compile(r"diary\.jpg"))


def _open(desk: Page) -> None:
    if not desk.locator("#detailed").get_attribute("open"):
        panel = desk.locator("#detailed")
        if panel.evaluate("panel => !panel.open"):
            desk.locator("#detailed > summary").click()


def _choose(desk: Page, outcome: str) -> None:
    field = desk.locator("#detailed [name=outcome]").first
    if field.evaluate("field => field.tagName") == "SELECT":
        field.select_option(outcome)
    else:
        desk.locator(f"#detailed [name=outcome][value={outcome}]").check()


def _noise(width: int, height: int) -> bytes:
    """Return a picture that does not compress: what a telephone's camera makes of a page."""
    import random

    rows = b"".join(b"\0" + random.Random(row).randbytes(width * 3) for row in range(height))

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
