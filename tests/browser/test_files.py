"""Files on the page of a case: a picture that nobody sees over a shoulder, and what partner and officer add."""

from __future__ import annotations

import hashlib
import io
import json
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.people import DESK, sign_in, somebody
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser
WORDS = "वह अभी झील के किनारे है"


def jpeg(size: tuple[int, int] = (320, 200)) -> bytes:
    image, out = Image.new("RGB", size, "crimson"), io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def ask(portal: Portal, path: str, body: bytes, kind: str = "application/json") -> dict[str, str]:
    """Send something as a platform does."""
    headers = {
        "Authorization": "Bearer practice-rajasthan-0001", "Idempotency-Key": uuid4().hex, "Content-Type": kind,
    }  # fmt: skip
    request = urllib.request.Request(f"{portal.url}/api/v1/alerts{path}", data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return dict(json.load(answer))


def form(content: bytes, name: str) -> tuple[bytes, str]:
    head = f'--B\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return head + content + b"\r\n--B--\r\n", "multipart/form-data; boundary=B"


def test_a_picture_is_blurred_until_it_is_pressed_and_an_officer_adds_a_file(
    browser: Browser, portal: Portal, tmp_path: Path
):
    alert = ask(portal, "", json.dumps({
        "partner_reference": f"FILES-{uuid4().hex[:8]}", "platform": "instagram",
        "sent_at": datetime.now(UTC).isoformat(),
        "subject": {"handle": f"asha.{uuid4().hex[:6]}"},
    }).encode())  # fmt: skip
    ask(portal, f"/{alert['id']}/files", *form(jpeg(), "screen.jpg"))
    ask(portal, f"/{alert['id']}/supplements", json.dumps({"text": WORDS}).encode())
    ask(portal, f"/{alert['id']}/retract", json.dumps({"reason": "It was a film"}).encode())
    own = tmp_path / "note.txt"
    own.write_bytes(b"seen at the gate")

    with somebody(browser, portal, DESK) as officer:
        sign_in(officer, "op1")
        officer.goto(f"/cases/{alert['reference']}")
        expect(officer.locator(".added")).to_contain_text(WORDS)
        expect(officer.locator("article.alert [role=note]")).to_contain_text("It was a film")

        veil = officer.locator("#files details.veil")
        picture = veil.locator("img")
        expect(picture).to_be_hidden()
        veil.locator("summary").click()
        expect(picture).to_be_visible()
        officer.wait_for_function("() => document.querySelector('.veil img').naturalWidth === 320")
        assert "blur" in picture.evaluate("image => getComputedStyle(image).filter")
        veil.locator("input").check()
        assert picture.evaluate("image => getComputedStyle(image).filter") == "none"
        veil.locator("input").uncheck()
        assert "blur" in picture.evaluate("image => getComputedStyle(image).filter")

        officer.locator("#files > details.panel summary").click()
        officer.set_input_files("#file", str(own))
        with officer.expect_navigation():
            officer.locator("#files > details.panel button").click()
        added = officer.locator("#files .files-list a", has_text="note.txt")
        expect(added).to_be_visible()
        with officer.expect_download() as kept:
            added.click()
        assert hashlib.sha256(kept.value.path().read_bytes()).digest() == hashlib.sha256(own.read_bytes()).digest()
