"""The live desk: rings in hidden tabs and in twelve at once, notices a dead line, and lets one of two have a case."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.people import DESK, alert, row, sign_in, somebody
from tests.stack.portal import Portal, wait_for

pytestmark = pytest.mark.browser
#: Chromium without a screen hides no tab. This is the worst that it does to a hidden one: timers wake once a minute,
#: nothing is painted.
HIDDEN = """
    Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
    Object.defineProperty(document, "hidden", { get: () => true });
    const [later, often] = [setTimeout, setInterval];
    self.setTimeout = (act, wait, ...rest) => later(act, Math.max(wait || 0, 60000), ...rest);
    self.setInterval = (act, wait, ...rest) => often(act, Math.max(wait || 0, 60000), ...rest);
    self.requestAnimationFrame = () => 0;
"""
#: The promise is two seconds at the 95th percentile; two busy cores are given more, and the figure is printed.
P95_S = 2.0
ON_BUSY_CORES = 4.0
PATIENT = 30_000
RINGS = "document.documentElement.dataset.ringing && !!document.querySelector('#ringing [data-reference=\"{}\"]')"


@pytest.fixture(scope="module")
def strict_browser(browser: Browser) -> Iterator[Browser]:
    """Chromium as it is on a desk: no sound before a click on the very page."""
    strict = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*FLAGS, "--autoplay-policy=document-user-activation-required"]
    )
    yield strict
    strict.close()


def state(page: Page, name: str) -> str:
    found: str = page.evaluate(f"document.documentElement.dataset.{name} || ''")
    return found


def lives(page: Page) -> Page:
    expect(page.locator("html")).to_have_attribute("data-link", "live", timeout=PATIENT)
    return page


def claim(page: Page, reference: str) -> None:
    row(page, reference).locator("form button").click()
    expect(row(page, reference).locator("[data-sheet]")).to_be_visible(timeout=PATIENT)


def quiet(page: Page, reference: str) -> None:
    expect(page.locator(f"#ringing [data-reference='{reference}']")).to_have_count(0, timeout=PATIENT)


def alarmed(page: Page, reference: str) -> bool:
    """Whether the page rings for the case; asked from outside, because nothing inside a hidden tab is in time."""
    return bool(page.evaluate(RINGS.format(reference)))


def rings(page: Page, reference: str) -> None:
    wait_for(lambda: alarmed(page, reference), f"{reference} does not ring")


def sounds(page: Page, tone: str) -> None:
    wait_for(lambda: state(page, "sounding") == tone, "it does not sound")


@pytest.mark.alone
def test_an_alert_is_seen_and_rings_in_a_hidden_tab_within_two_seconds(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK) as page:
        sign_in(page, "op1")
        lives(page)
        tab = page.context.new_page()
        tab.add_init_script(HIDDEN)
        page.close()
        tab.goto("/console")
        wait_for(lambda: state(tab, "link") == "live", "the hidden tab has no link")
        took, references = [], []
        for _ in range(10):
            began = time.monotonic()
            references.append(alert(portal))
            wait_for(lambda: alarmed(tab, references[-1]), "it does not ring")
            took.append(time.monotonic() - began)
            assert tab.title().startswith("● (")
            assert "mark-alarm.svg" in (tab.get_attribute("#mark", "href") or "")
        p95 = statistics.quantiles(took, n=20)[-1]
        print(f"alert posted to alarm in a hidden tab: p50 {statistics.median(took):.3f} s, p95 {p95:.3f} s")  # noqa: T201 - the measured value
        assert p95 < (P95_S if os.environ.get("SETU_QUIET_MACHINE") else ON_BUSY_CORES), took
        for reference in references:
            tab.evaluate(f"Setu.act('/cases/{reference}/claim', {{}})")
        wait_for(lambda: not any(alarmed(tab, reference) for reference in references), "it rings on after the claim")


def test_twelve_tabs_on_one_connection_all_ring_and_one_of_them_sounds(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK) as first:
        sign_in(first, "op1")
        tabs = [first]
        for _ in range(11):
            tabs.append(first.context.new_page())
            tabs[-1].goto("/console")
        for tab in tabs:
            lives(tab)
        tabs[3].bring_to_front()
        if tabs[3].locator("#arm").is_visible():
            tabs[3].click("[data-arm]")
        reference = alert(portal)
        for tab in tabs:
            rings(tab, reference)
            expect(row(tab, reference)).to_be_visible(timeout=PATIENT)
        wait_for(lambda: [state(tab, "sounding") for tab in tabs].count("P0") == 1, "not exactly one tab sounds")
        streams = portal.ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query = 'SELECT 1'")
        assert streams[0][0] == 1
        tabs[0].bring_to_front()
        claim(tabs[0], reference)
        for tab in tabs:
            quiet(tab, reference)


def test_without_a_click_there_is_no_sound_and_a_red_strip_says_so(strict_browser: Browser, portal: Portal):
    with somebody(strict_browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        fresh = operator.context.new_page()
        operator.close()
        lives(_at(fresh, "/console"))
        strip = fresh.locator("#arm")
        expect(strip).to_be_visible(timeout=PATIENT)
        reference = alert(portal)
        rings(fresh, reference)
        assert state(fresh, "sounding") == ""
        expect(strip).to_be_visible()
        fresh.click("[data-arm]")
        expect(strip).to_be_hidden(timeout=PATIENT)
        wait_for(lambda: state(fresh, "sounding") == "P0", "the alarm does not sound")
        wait_for(lambda: portal.ask("SELECT 1 FROM portal_desk WHERE until > now()"), "the server counts no desk")
        claim(fresh, reference)
        quiet(fresh, reference)


def test_one_desk_silences_an_alarm_and_the_other_rings_on(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK) as one, somebody(browser, portal, DESK) as other:
        for page, who in ((one, "op1"), (other, "op2")):
            sign_in(page, who)
            lives(page)
            if page.locator("#arm").is_visible():
                page.click("[data-arm]")
        reference = alert(portal)
        for page in (one, other):
            rings(page, reference)
            sounds(page, "P0")
        # Whatever rang before is silenced here as well.
        while state(one, "sounding"):
            one.keyboard.press("a")
        wait_for(lambda: state(one, "sounding") == "", "it sounds on at the desk that silenced it")
        expect(one.locator(f"#ringing [data-reference='{reference}'] .hushed")).to_be_visible()
        assert state(other, "sounding") == "P0"
        silenced = "SELECT 1 FROM ops.audit WHERE action = 'alarm_silenced'"
        wait_for(lambda: portal.ask(silenced, address="ops_url"), "nobody wrote down that it was silenced")
        one.goto(f"/cases/{reference}")
        expect(one.locator(".timeline")).to_contain_text("अलार्म शांत किया")
        other.bring_to_front()
        claim(other, reference)
        for page in (one, other):
            quiet(page, reference)


def test_of_two_operators_who_claim_at_once_one_wins_and_the_other_sees_who(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK) as one, somebody(browser, portal, DESK) as other:
        sign_in(one, "op1")
        sign_in(other, "op2")
        lives(one)
        lives(other)
        reference = alert(portal)
        for page in (one, other):
            expect(row(page, reference)).to_be_visible(timeout=PATIENT)
        press = f"document.querySelector('#row-{reference} form button').click()"
        one.evaluate(press)
        other.evaluate(press)
        for page in (one, other):
            expect(row(page, reference).locator(".holder")).to_be_visible(timeout=PATIENT)
        winners = [page for page in (one, other) if row(page, reference).locator("[data-sheet]").count()]
        assert len(winners) == 1
        loser = other if winners == [one] else one
        winner_name = winners[0].locator(".menu summary span").inner_text()
        expect(row(loser, reference).locator(".holder")).to_contain_text(winner_name)


def test_from_alert_to_forwarded_in_at_most_three_keys(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        lives(operator)
        reference = alert(portal)
        expect(row(operator, reference)).to_be_visible(timeout=PATIENT)
        row(operator, reference).focus()
        operator.keyboard.press("f")
        sheet = operator.locator("#forward-sheet")
        expect(sheet).to_be_visible(timeout=PATIENT)
        send = sheet.locator("[type=submit]")
        # With a suggestion the button has the focus, and the second key sends.
        expect(send).to_be_focused(timeout=PATIENT)
        expect(sheet.locator("input[name=unit]:checked")).to_have_value("RJ-JHUNJHUNU")
        operator.keyboard.press("Enter")
        expect(row(operator, reference)).to_contain_text("झुंझुनूं", timeout=PATIENT)


def test_no_key_fires_while_somebody_writes(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        lives(operator)
        reference = alert(portal)
        expect(row(operator, reference)).to_be_visible(timeout=PATIENT)
        operator.keyboard.press("/")
        expect(operator.locator("#search")).to_be_focused()
        operator.keyboard.type("afcn1234lk?")
        expect(operator.locator("#search")).to_have_value("afcn1234lk?")
        assert operator.locator("dialog[open]").count() == 0
        expect(row(operator, reference).locator(".holder")).to_have_count(0)
        operator.keyboard.press("Escape")
        row(operator, reference).focus()
        operator.keyboard.press("Enter")
        expect(operator.locator("#preview")).to_contain_text(reference, timeout=PATIENT)
        operator.keyboard.press("c")
        expect(row(operator, reference).locator(".holder")).to_be_visible(timeout=PATIENT)
        operator.keyboard.press("?")
        expect(operator.locator("#keys")).to_be_visible()


def test_rows_keep_their_places_under_hands_that_work(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK) as operator:
        sign_in(operator, "op1")
        lives(operator)
        first, second = alert(portal, level="high"), alert(portal, level="high")
        expect(row(operator, second)).to_be_visible(timeout=PATIENT)
        operator.keyboard.press("l")
        order = _order(operator)
        operator.evaluate(f"Setu.act('/cases/{second}/urgency', {{urgency: 'P0', reason: 'live'}})")
        expect(row(operator, second).locator(".u-P0")).to_be_visible(timeout=PATIENT)
        new = alert(portal)
        expect(row(operator, new)).to_be_visible(timeout=PATIENT)
        assert _order(operator) == [new, *order]
        operator.keyboard.press("l")
        wait_for(lambda: _order(operator).index(second) < _order(operator).index(first), "it is not sorted again")


@pytest.mark.alone
def test_a_dead_server_is_noticed_within_25_seconds_and_the_page_recovers_by_itself(browser: Browser, portal: Portal):
    with somebody(browser, portal, DESK, forgiven="console") as operator:
        sign_in(operator, "op1")
        lives(operator)
        if operator.locator("#arm").is_visible():
            operator.click("[data-arm]")
        web = portal.pids()["web"]
        began = time.monotonic()
        os.kill(web, signal.SIGSTOP)
        try:
            expect(operator.locator("#link")).to_be_visible(timeout=60_000)
            took = time.monotonic() - began
        finally:
            os.kill(web, signal.SIGCONT)
        print(f"a silent server was noticed after {took:.1f} s")  # noqa: T201 - the measured value
        assert took <= 25
        expect(operator.locator("#link")).to_be_hidden(timeout=60_000)
        os.kill(web, signal.SIGKILL)
        wait_for(lambda: portal.pids().get("web") not in {None, web}, "nobody started the web process again")
        reference = alert_when_it_answers(portal)
        expect(row(operator, reference)).to_be_visible(timeout=60_000)


def alert_when_it_answers(portal: Portal) -> str:
    wait_for(portal.answers, "the portal does not answer")
    return alert(portal)


def _order(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('#queue tbody tr')].map(row => row.dataset.reference)"
    )
    return found


def _at(page: Page, address: str) -> Page:
    page.goto(address)
    return page
