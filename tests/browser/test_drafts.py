"""A constable without a line: what was written stays on the telephone, and goes once when the line is back."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, PHONE, alert, claim, forward, sign_in, somebody
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser
WORDS = "पड़ोसी कहते हैं कि वह नदी की ओर गया"


@pytest.fixture
def reference(browser: Browser, portal: Portal) -> str:
    """A case that is with the desk of Jhunjhunu."""
    found = alert(portal)
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        claim(operator, found)
        forward(operator, found, typed="jhunj")
    return found


def write(desk: Page, reference: str) -> None:
    desk.goto(f"/cases/{reference}")
    desk.locator("#notes summary").click()
    desk.fill("#notes [name=text]", WORDS)


def test_a_draft_survives_airplane_mode_a_reload_and_a_new_sign_in(browser: Browser, portal: Portal, reference: str):
    with somebody(browser, portal, PHONE, forgiven="console: htmx:") as desk:
        sign_in(desk, "desk.jhunjhunu")
        write(desk, reference)
        desk.context.set_offline(True)
        desk.locator("#notes button").click()
        expect(desk.locator("#drafts [data-count=waits]")).to_contain_text("1")
        desk.context.clear_cookies()  # the session has ended meanwhile
        desk.context.set_offline(False)
        desk.reload()
        sign_in(desk, "desk.jhunjhunu")
        expect(desk.locator("#drafts")).to_be_hidden(timeout=30_000)
        desk.goto(f"/cases/{reference}")
        expect(desk.locator(".timeline")).to_contain_text(WORDS)
        assert desk.locator(".timeline p", has_text=WORDS).count() == 1
        assert desk.evaluate("Object.keys(localStorage).filter((n) => n.startsWith('draft:')).length") == 0


def test_what_is_half_written_is_there_again_after_a_reload(browser: Browser, portal: Portal, reference: str):
    with somebody(browser, portal, PHONE) as desk:
        sign_in(desk, "desk.jhunjhunu")
        write(desk, reference)
        desk.reload()
        expect(desk.locator("#notes [name=text]")).to_have_value(WORDS)


def test_no_words_are_older_than_a_day(browser: Browser, portal: Portal, reference: str):
    with somebody(browser, portal, PHONE) as desk:
        sign_in(desk, "desk.jhunjhunu")
        write(desk, reference)
        begun = datetime.now(UTC)
        desk.clock.set_fixed_time(begun + timedelta(hours=23, minutes=58))
        desk.reload()
        expect(desk.locator("#notes [name=text]")).to_have_value(WORDS)
        desk.clock.set_fixed_time(begun + timedelta(hours=24, minutes=1))
        # Not on the page of the case alone: whoever opens anything that day finds the telephone clean.
        desk.goto("/inbox")
        assert WORDS not in desk.evaluate("JSON.stringify(localStorage)")
        desk.goto(f"/cases/{reference}")
        expect(desk.locator("#notes [name=text]")).to_have_value("")


def test_signing_out_wipes_it_and_a_colleague_finds_nothing(browser: Browser, portal: Portal, reference: str):
    with somebody(browser, portal, PHONE) as desk:
        sign_in(desk, "desk.jhunjhunu")
        write(desk, reference)
        assert WORDS in desk.evaluate("JSON.stringify(localStorage)")
        desk.locator("details.menu summary").click()
        desk.locator('form[action$="/accounts/logout/"] button').click()
        desk.wait_for_url("**/accounts/login/**")
        assert WORDS not in desk.evaluate("JSON.stringify(localStorage)")


def test_the_draft_of_somebody_else_is_gone_when_another_signs_in(browser: Browser, portal: Portal, reference: str):
    with somebody(browser, portal, PHONE) as desk:
        sign_in(desk, "desk.jhunjhunu")
        write(desk, reference)
        desk.context.clear_cookies()
        sign_in(desk, "desk.kota-city")
        expect(desk.locator("h1")).to_be_visible()
        assert WORDS not in desk.evaluate("JSON.stringify(localStorage)")


def test_a_page_that_fetches_itself_again_shuts_no_panel_and_takes_back_no_word(
    browser: Browser, portal: Portal, reference: str
):
    with somebody(browser, portal, PHONE) as desk, somebody(browser, portal, DESK) as operator:
        sign_in(desk, "desk.jhunjhunu")
        desk.locator(f"#ack-{reference} summary").click()
        desk.fill(f"#ack-{reference} [name=officer_phone]", "+915550009999")
        second = alert(portal)
        sign_in(operator, "op1")
        claim(operator, second)
        forward(operator, second, typed="jhunj")
        expect(desk.locator(f"#card-{second}")).to_be_visible(timeout=30_000)
        expect(desk.locator(f"#ack-{reference} button.big")).to_be_visible()
        expect(desk.locator(f"#ack-{reference} [name=officer_phone]")).to_have_value("+915550009999")
        desk.locator(f"#ack-{reference} button.big").click()
        expect(desk.locator(f"#ack-{reference}")).to_have_count(0)
