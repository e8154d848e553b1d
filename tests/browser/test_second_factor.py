"""Signing in with a second factor, from switching it on to the next morning."""

import base64
import hashlib
import hmac
import struct
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import PASSWORD, PHONE, sign_in, somebody
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser


def test_an_officer_switches_it_on_and_signs_in_with_it(browser: Browser, portal: Portal):
    with somebody(browser, portal, PHONE) as officer:
        sign_in(officer, "nodal1")
        officer.goto("/accounts/2fa/")
        officer.click("a[href$='/totp/activate/']")
        if "reauthenticate" in officer.url:
            officer.fill("[name=password]", PASSWORD)
            officer.click("main form button.go")
        secret = officer.input_value("#authenticator_secret")
        officer.fill("[name=code]", code(secret))
        used = _half_minute()
        officer.click("main form button.go")
        officer.wait_for_url("**/recovery-codes/**")
        assert "%(" not in officer.inner_text("body")
    with somebody(browser, portal, PHONE) as officer:
        _password(officer)
        officer.fill("#id_code", "000000")
        officer.click("main form button.go")
        expect(officer.locator(".wrong")).to_have_text("कोड सही नहीं है।")
        while _half_minute() <= used:  # a code opens once
            officer.wait_for_timeout(500)
        officer.fill("#id_code", code(secret))
        officer.click("main form button.go")
        officer.wait_for_url("**/console")


def test_a_wrong_password_is_said_in_hindi_and_opens_nothing(browser: Browser, portal: Portal):
    with somebody(browser, portal, PHONE) as stranger:
        stranger.goto("/accounts/login/")
        stranger.fill("#id_login", "op1")
        stranger.fill("#id_password", "not-the-password")
        stranger.click("main form button.go")
        expect(stranger.locator("form .told.error")).to_contain_text("सही नहीं है")
        stranger.goto("/console")
        expect(stranger).to_have_url(f"{portal.url}/accounts/login/?next=%2Fconsole")


def _password(page: Page) -> None:
    page.goto("/accounts/login/")
    page.fill("#id_login", "nodal1")
    page.fill("#id_password", PASSWORD)
    page.click("main form button.go")
    page.wait_for_url("**/authenticate/**")


def _half_minute() -> int:
    return int(time.time() // 30)


def code(secret: str) -> str:
    """Return what an authenticator app shows now (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counted = hmac.new(key, struct.pack(">Q", _half_minute()), hashlib.sha1).digest()
    at = counted[-1] & 15
    return f"{(struct.unpack('>I', counted[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
