"""What happens under an operator's hands: a slip is taken back, and what others change is said and takes no word."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, PASSWORD, alert, claim, fetched_again, forward, row, sign_in, somebody
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser
PATIENT = 30_000
WORDS = "भाई का फ़ोन आया, वह घर से निकल चुका है"


@pytest.fixture(scope="module")
def desks(browser: Browser, portal: Portal) -> Iterator[tuple[Page, Page]]:
    """Two operators of one cell, each at a screen."""
    with somebody(browser, portal, DESK) as one, somebody(browser, portal, DESK) as other:
        sign_in(one, "op1")
        sign_in(other, "op2")
        yield one, other


def begin(page: Page, address: str = "/console") -> Page:
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("data-link", "live", timeout=PATIENT)
    page.bring_to_front()
    return page


def claimed(page: Page, portal: Portal) -> str:
    reference = alert(portal)
    claim(page, reference)
    return reference


def test_a_forward_is_taken_back_with_one_key_and_the_unit_is_told(desks: tuple[Page, Page], portal: Portal):
    operator = begin(desks[0])
    reference = claimed(operator, portal)
    operator.evaluate("self.theSamePage = true")
    forward(operator, reference, typed="jhunj")
    toast = operator.locator("#undo form", has_text=reference)
    expect(toast.locator("[data-undo-unit]")).to_have_text("झुंझुनूं")
    expect(toast.locator("kbd")).to_have_text("Z")
    assert 0 < int(toast.locator("[data-undo-seconds]").inner_text()) <= 10
    operator.keyboard.press("z")
    expect(toast).to_have_count(0, timeout=PATIENT)
    expect(row(operator, reference)).not_to_contain_text("झुंझुनूं", timeout=PATIENT)
    assert operator.evaluate("self.theSamePage"), "the page was left, and with it the sound of the desk"
    undone = f"""SELECT facts->>'undone' FROM cases_caseevent JOIN cases_case ON cases_case.id = case_id
        WHERE reference = '{reference}' AND action = 'recalled'"""
    assert portal.ask(undone, address="owner_url") == [("true",)]
    withdrawn = f"""SELECT 1 FROM notifications_message JOIN cases_case ON cases_case.id = about_id
        WHERE reference = '{reference}' AND topic = 'case_recalled'"""
    assert portal.ask(withdrawn, address="owner_url")


def test_after_ten_seconds_nothing_offers_to_take_it_back(desks: tuple[Page, Page], portal: Portal):
    operator = begin(desks[0])
    reference = claimed(operator, portal)
    forward(operator, reference, typed="jhunj")
    operator.keyboard.press("/")
    operator.keyboard.type("z")  # in a field it is a letter
    expect(row(operator, reference)).to_contain_text("झुंझुनूं", timeout=PATIENT)
    expect(operator.locator("#undo form")).to_have_count(0, timeout=PATIENT)
    operator.locator("#search").blur()
    operator.keyboard.press("z")
    operator.goto(f"/cases/{reference}")
    expect(operator.locator("form[data-undo-until]")).to_have_count(0)
    expect(operator.locator("article.leg .state")).to_have_text("प्रेषित")


def test_what_a_colleague_changes_is_said_with_the_difference_and_takes_no_word_away(
    desks: tuple[Page, Page], portal: Portal
):
    one, other = desks
    reference = claimed(begin(one), portal)
    begin(one, f"/cases/{reference}")
    one.locator("#notes summary").click()
    one.fill("#notes [name=text]", WORDS)
    one.locator("#set-aside summary").click()
    one.fill("#set-aside [name=reason]", "half a reason")
    begin(other)
    _does(other, reference, "claim", {"reason": "breakfast"})
    _does(other, reference, "urgency", {"urgency": "P2", "reason": "old song"})
    changed = one.locator("#changed")
    expect(changed).to_be_visible(timeout=PATIENT)
    expect(changed.locator("[data-changed-count]")).to_have_text("2", timeout=PATIENT)
    changed.locator("summary").click()
    expect(changed.locator("del", has_text="अति गंभीर")).to_be_visible()
    expect(changed.locator("ins", has_text="सामान्य")).to_be_visible()
    expect(changed.locator("li").first).to_contain_text("old song")
    expect(changed.locator("li").last).to_contain_text("breakfast")
    expect(one.locator(".top .u-P2")).to_be_visible()
    expect(one.locator("#notes [name=text]")).to_have_value(WORDS)
    # Nor does an act of one's own take away what is written beside it, nor one that ends the place of a form.
    one.locator("#notes button").click()
    expect(one.locator(".timeline")).to_contain_text(WORDS, timeout=PATIENT)
    expect(one.locator("#notes [name=text]")).to_have_value("")
    expect(one.locator("#set-aside [name=reason]")).to_have_value("half a reason")
    _does(other, reference, "forward", {"unit": "RJ-JHUNJHUNU", "role": "lead"})
    expect(one.locator("article.leg")).to_contain_text("झुंझुनूं", timeout=PATIENT)
    expect(one.locator("#set-aside [name=reason]")).to_have_value("half a reason")
    expect(changed.locator("[data-changed-count]")).to_have_text("4")  # and whom that has woken
    changed.locator("[data-changed-seen]").click()
    expect(changed).to_be_hidden()


def test_a_page_that_fetches_itself_again_keeps_the_field_for_typing_a_unit(desks: tuple[Page, Page], portal: Portal):
    one, _ = desks
    reference = claimed(begin(one), portal)
    begin(one, f"/cases/{reference}")
    typing = one.locator("#case .picker [type=search]").first
    expect(typing).to_be_visible()
    fetched_again(one)
    expect(typing).to_be_visible()


def test_the_timeline_shows_one_kind_of_lines_by_keyboard_and_keeps_it_when_the_page_fetches_itself_again(
    desks: tuple[Page, Page], portal: Portal
):
    one, other = desks
    reference = claimed(begin(one), portal)
    begin(one, f"/cases/{reference}")
    one.locator("#notes summary").click()
    one.fill("#notes [name=text]", WORDS)
    one.evaluate("self.theSamePage = true")
    notes, steps = one.locator("a[data-lines=note]"), one.locator("a[data-lines=step]")
    expect(notes).to_have_count(0)  # there is none yet
    steps.focus()
    one.keyboard.press("Enter")
    expect(steps).to_have_attribute("aria-current", "true")
    expect(one.locator(".timeline .a-claimed")).to_be_visible()
    expect(one.locator(".timeline .a-received")).to_be_hidden()
    begin(other)
    _does(other, reference, "notes", {"text": "the brother has called"})
    # A colleague's note: counted, told in the strip, and not among the steps.
    expect(notes.locator(".count")).to_have_text("1", timeout=PATIENT)
    expect(steps).to_have_attribute("aria-current", "true")
    expect(one.locator(".timeline .a-noted")).to_be_hidden()
    expect(one.locator("#changed [data-changed-count]")).to_have_text("1")
    one.locator("#changed summary").click()
    expect(one.locator("#changed .news")).to_contain_text("the brother has called")
    expect(one.locator("#changed .news li")).to_be_visible()
    expect(one.locator("#notes [name=text]")).to_have_value(WORDS)
    notes.focus()
    one.keyboard.press("Enter")
    expect(one.locator(".timeline .a-noted")).to_be_visible()
    fetched_again(one)
    expect(notes).to_have_attribute("aria-current", "true")
    assert one.evaluate("self.theSamePage"), "the page was left, and with it what was being written"
    one.emulate_media(media="print")
    expect(one.locator(".timeline .a-received")).to_be_visible()
    one.emulate_media(media="screen")
    one.reload()
    expect(one.locator(".timeline .a-noted")).to_be_visible()
    expect(one.locator(".timeline .a-received")).to_be_hidden()


def test_whoever_finds_a_colleague_at_work_sees_who_and_takes_over_with_a_reason(
    desks: tuple[Page, Page], portal: Portal
):
    one, other = desks
    reference = claimed(begin(one), portal)
    begin(other)
    row(other, reference).focus()
    other.keyboard.press("c")
    expect(other.locator("#strip")).to_contain_text("विक्रम मीणा", timeout=PATIENT)
    expect(other.locator("#preview-take [name=reason]")).to_be_focused(timeout=PATIENT)
    other.keyboard.type("Vikram is on the telephone")
    other.keyboard.press("Enter")
    expect(row(other, reference).locator("[data-sheet]")).to_be_visible(timeout=PATIENT)
    expect(row(one, reference).locator("[data-sheet]")).to_have_count(0, timeout=PATIENT)


def test_what_one_did_oneself_is_no_news(desks: tuple[Page, Page], portal: Portal):
    operator = begin(desks[0])
    reference = claimed(operator, portal)
    begin(operator, f"/cases/{reference}")
    operator.evaluate(f"Setu.act('/cases/{reference}/notes', {{text: 'from another tab'}})")
    expect(operator.locator(".timeline")).to_contain_text("from another tab", timeout=PATIENT)
    expect(operator.locator("#changed")).to_be_hidden()


def test_the_script_asks_one_question_at_a_time_and_each_answer_has_its_time(desks: tuple[Page, Page], portal: Portal):
    operator = begin(desks[0])
    reference = claimed(operator, portal)
    begin(operator, f"/cases/{reference}")
    operator.locator("#outreach > summary").click()
    script = operator.locator("#outreach [data-ask=call]")
    script.locator("summary").click()
    expect(script.locator("li:visible")).to_have_count(1)
    script.locator("[data-ask-next]").click()
    script.locator("[data-ask-next]").click()
    expect(script.locator("li:visible")).to_contain_text("क्या आप अभी सुरक्षित हैं?")
    script.locator("[data-ask-answer]").nth(1).click()
    expect(script.locator("[data-ask-place]")).to_have_text("4 / 7")
    note = operator.locator("#outreach [name=note]")
    expect(note).to_have_value(re.compile(r"^\d\d:\d\d:\d\d क्या आप अभी सुरक्षित हैं\? – नहीं$"))
    expect(operator.locator("#outreach [name=kind][value=call]")).to_be_checked()
    _choose(operator, "reached")
    operator.locator("#outreach form button.go").click()
    expect(operator.locator(".legs")).to_contain_text("क्या आप अभी सुरक्षित हैं? – नहीं", timeout=PATIENT)


def test_a_sign_in_that_ends_takes_no_word_along_and_the_page_goes_on_in_place(browser: Browser, portal: Portal):
    # A page that is left while it fetches says so on its console.
    with somebody(browser, portal, DESK, forgiven="console: htmx:") as operator:
        sign_in(operator, "op1")
        reference = claimed(begin(operator), portal)
        begin(operator, f"/cases/{reference}")
        operator.locator("#notes summary").click()
        operator.fill("#notes [name=text]", WORDS)
        operator.context.clear_cookies(name="sessionid")
        operator.locator("#notes button").click()
        prompt = operator.locator("#signin")
        expect(prompt).to_be_visible(timeout=PATIENT)
        expect(operator.locator("#notes [name=text]")).to_have_value(WORDS)
        with operator.expect_popup() as opened:
            prompt.locator("a").click()
        door = opened.value
        door.fill("#id_login", "op1")
        door.fill("#id_password", PASSWORD)
        door.click("main form button.go")
        expect(prompt).to_be_hidden(timeout=PATIENT)
        operator.locator("#notes button").click()
        expect(operator.locator(".timeline")).to_contain_text(WORDS, timeout=PATIENT)
        expect(operator.locator("html")).to_have_attribute("data-link", "live", timeout=PATIENT)

        # A form that leaves the page asks before it takes what is written to the door.
        operator.goto("/intake/phone")
        operator.fill("[name=said]", WORDS)
        operator.check("[name=practice]")
        operator.context.clear_cookies(name="sessionid")
        operator.evaluate("document.querySelector('#call').requestSubmit()")
        expect(prompt).to_be_visible(timeout=PATIENT)
        with operator.expect_popup() as opened:
            prompt.locator("a").click()
        door = opened.value
        door.fill("#id_login", "op2")
        door.fill("#id_password", PASSWORD)
        door.click("main form button.go")
        # Somebody else has sat down: what op1 wrote is not sent under another name.
        operator.wait_for_url("**/console", timeout=PATIENT)


def _choose(page: Page, result: str) -> None:
    field = page.locator("#outreach [name=result]").first
    if field.evaluate("field => field.tagName") == "SELECT":
        field.select_option(result)
    else:
        page.locator(f"#outreach [name=result][value={result}]").check()


def _does(page: Page, reference: str, verb: str, fields: dict[str, str]) -> None:
    done = page.evaluate(
        "([url, fields]) => Setu.act(url, fields).then(Boolean)", [f"/cases/{reference}/{verb}", fields]
    )
    assert done, page.locator("#strip").inner_text()
