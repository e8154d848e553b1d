"""People at their screens: what an operator and a district desk do, in the words of the page."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, ViewportSize, expect

from tests.stack.portal import Portal

PASSWORD = "setu-demo-2026"
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1440, "height": 900}
_NUMBERS = count(1)


class Complaints:
    """What a page must never do: ask a foreign host, break its own content policy, or fail in a script."""

    def __init__(self, context: BrowserContext) -> None:
        self.found: list[str] = []
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.found.append(f"script: {error.error}"))

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname != "127.0.0.1":
            self.found.append(f"foreign host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.found.append(f"{response.status}: {response.request.method} {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        # A refusal (4xx) is said on the console as well; the tests that provoke one look at the page.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.found.append(f"console: {message.text}")


@contextmanager
def somebody(
    browser: Browser, portal: Portal, size: ViewportSize, *, forgiven: str = "nothing", **how: Any
) -> Iterator[Page]:
    """Sit down at a screen; stand up only if no page did what it must not, but for what the test brought about."""
    # A page that the service worker fetches is out of a test's hands; the test of the worker allows it.
    how.setdefault("service_workers", "block")
    context = browser.new_context(base_url=portal.url, viewport=size, locale="en-US", **how)  # type: ignore[arg-type]  # handed on as it is
    context.set_default_timeout(30_000)
    complaints = Complaints(context)
    try:
        yield context.new_page()
        left = [complaint for complaint in complaints.found if forgiven not in complaint]
        assert left == [], left
    finally:
        context.close()


def sign_in(page: Page, username: str) -> None:
    """Sign in with the password of the demo."""
    page.goto("/accounts/login/")
    page.fill("#id_login", username)
    page.fill("#id_password", PASSWORD)
    page.click("main form button.go")
    page.wait_for_url(lambda url: "/accounts/" not in url)


def alert(portal: Portal, *, level: str = "imminent", text: str = "", **more: Any) -> str:
    """Send a practice alert as a platform does and return the reference of its case."""
    number = f"{datetime.now(UTC):%H%M%S}-{next(_NUMBERS)}"
    body = {
        "partner_reference": f"SHOW-{number}",
        "platform": "instagram",
        "sent_at": datetime.now(UTC).isoformat(),
        "practice": True,
        "urgency": {"level": level, "reason": "live video" if level == "imminent" else "farewell"},
        "content": {"text": text or "अब और नहीं सह सकता। सबको अलविदा।", "language": "hi", "live": level == "imminent"},
        "subject": {
            "handle": f"asha.{number}",
            "display_names": ["आशा शर्मा"],
            "claimed_age": 24,
            "phones": [{"number": "+915550123456", "verified": True}],
        },
        "locations": [
            {"source": "text", "text": "बस अड्डे के पास", "pin": "333001", "city": "Jhunjhunu", "region": "Rajasthan"}
        ],
    } | more
    request = urllib.request.Request(
        f"{portal.url}/api/v1/alerts",
        data=json.dumps(body).encode(),
        headers={
            "Authorization": "Bearer practice-rajasthan-0001",
            "Idempotency-Key": number,
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        reference: str = json.load(answer)["reference"]
    return reference


def row(page: Page, reference: str) -> Any:
    """Return the row of a case on the console."""
    return page.locator(f"#row-{reference}")


def claim(page: Page, reference: str) -> None:
    """
    Claim a case that rings from the console, and wait until it rings no more.

    The alarm comes a moment after the row and moves all rows down: a click that falls into this moment meets nothing.
    A click that comes before the scripts are at work sends the form without them, and leads to the page of the case.
    """
    expect(page.locator("html[data-link=live][data-ringing]")).to_have_count(1, timeout=30_000)
    alarm = page.locator(f"#ringing [data-reference='{reference}']")
    expect(alarm).to_be_visible(timeout=30_000)
    row(page, reference).locator("form button").click()
    expect(row(page, reference).locator("[data-sheet]")).to_be_visible(timeout=30_000)
    expect(alarm).to_have_count(0, timeout=30_000)


def forward(page: Page, reference: str, *, typed: str) -> None:
    """Forward a case from the console: the sheet, a few letters, Enter, Enter."""
    row(page, reference).locator("[data-sheet]").click()
    page.fill("#sheet-search", typed)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    # The page stays as it is, and with it the sound of the desk.
    expect(page.locator("#forward-sheet")).to_be_hidden(timeout=30_000)


def fetched_again(page: Page) -> None:
    """Let a page of a case fetch itself, as when somebody else did something, and wait until it stands."""
    page.evaluate(
        """new Promise((stands) => {
            document.addEventListener("htmx:afterSettle", () => setTimeout(stands, 200), { once: true });
            const how = { target: "#case", swap: "morph:outerHTML", headers: { "X-Live": "1" } };
            htmx.ajax("GET", location.pathname, how);
        })"""
    )
