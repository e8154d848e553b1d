"""Every screen of the portal: who looks at it, at which size, by which address, and what they have opened on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import psycopg
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.people import DESK, PASSWORD, PHONE
from tests.browser.scene import Scene
from tests.browser.test_second_factor import code

BOTH = ("light", "dark")


class Screen(NamedTuple):
    """One picture: its name, the route it shows, its address, and what is done before it is taken."""

    name: str
    route: str
    address: str | Callable[[Scene], str]
    open: Callable[[Page, Scene], None] | None = None
    themes: tuple[str, ...] = BOTH
    #: Only what the window shows: a sheet lies over the page.
    window: bool = False
    printed: bool = False
    #: The window is as long as the page: what sticks to its edge would lie over the middle of the picture.
    tall: bool = False


class Viewer(NamedTuple):
    """Somebody at a screen of their own."""

    username: str
    size: ViewportSize
    screens: tuple[Screen, ...]
    #: What they do once, before anything is looked at.
    before: Callable[[Page, Scene], None] | None = None
    #: And after everything was looked at, whatever was found.
    after: Callable[[Scene], None] | None = None
    #: What they bring about, and is no fault of the page.
    forgiven: str = "nothing"


def _case(name: str, more: str = "") -> Callable[[Scene], str]:
    return lambda scene: f"/cases/{scene[name]}{more}"


def _preview(page: Page, scene: Scene) -> None:
    page.locator(f"#row-{scene['claimed']}").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#preview")).to_contain_text(scene["claimed"])


def _sheet(page: Page, scene: Scene) -> None:
    page.locator(f"#row-{scene['claimed']} [data-sheet]").click()
    page.fill("#sheet-search", "jai")
    page.locator("#forward-sheet label:not([hidden]) input[name=unit]").first.check()


def _keys(page: Page, _scene: Scene) -> None:
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_be_visible()


def _command(page: Page, _scene: Scene) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator("dialog[open]")).to_be_visible()


def _outreach(page: Page, _scene: Scene) -> None:
    page.locator("#outreach > summary").click()
    page.locator("#outreach .script summary").nth(1).click()


def _telephone(page: Page, scene: Scene) -> None:
    page.fill("#call [name=pasted]", "+915550445566\ninstagram.com/kalpanik.008")
    page.fill("#call [name=said]", "भाई ने कहा कि वह छत पर है और सबको अलविदा कह रहा है")
    page.fill("#call [name=place]", "झील के पास, 333001")
    page.check("#call [name=practice]")
    expect(page.locator("#hints .twins")).to_contain_text(scene["claimed"])


def _acknowledge(page: Page, _scene: Scene) -> None:
    page.locator("details.now summary").first.click()


def _steps(number: int) -> Callable[[Page, Scene], None]:
    """Go on to a step of the detailed report, as somebody who answers would."""

    def go(page: Page, _scene: Scene) -> None:
        panel = page.locator("#detailed")
        if panel.evaluate("panel => !panel.open"):
            page.locator("#detailed > summary").click()
        page.locator("form[data-stepping]").wait_for(state="attached")
        onward, back = page.locator("[data-steps-next]"), page.locator("[data-steps-back]")
        while back.is_visible():  # it opens where it was left
            back.click()
        page.locator("#detailed [name=outcome]").first.wait_for()
        if number > 1:
            page.locator("#detailed [name=outcome]").first.select_option("S2")
            onward.click()
        if number > 2:
            page.fill("#detailed [name=text]", "घर पर मिले, परिवार के साथ बात हुई")
            for _ in range(number - 2):
                onward.click()
        expect(page.locator("[data-steps-bar]")).to_contain_text(f"{number} / 5")
        panel.scroll_into_view_if_needed()

    return go


def _flash(page: Page, _scene: Scene) -> None:
    page.locator("#report > summary").click()


def _in_the_visitors_language(page: Page, _scene: Scene) -> None:
    """Press the page's own link: it opens in the language of the post that was called."""
    chosen = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}["django_language"]
    if page.locator("html").get_attribute("lang") != chosen:
        page.locator("header a").click()
        expect(page.locator("html")).to_have_attribute("lang", chosen)


def _return(page: Page, _scene: Scene) -> None:
    page.locator("#return > summary").click()
    expect(page.locator("#return .units label").first).to_be_visible()


OPERATOR = Viewer("op1", DESK, (
    Screen("console", "console", "/console"),
    Screen("console-preview", "case_preview", "/console", _preview),
    Screen("console-forward", "console", "/console", _sheet, window=True),
    Screen("console-keys", "console", "/console", _keys, window=True),
    Screen("console-command", "console", "/console", _command, window=True),
    Screen("search", "console", "/console?q=झुंझ"),
    Screen("case", "case", _case("working")),
    Screen("case-claimed", "case", _case("claimed"), _outreach),
    Screen("case-other-state", "case", _case("crossing")),
    Screen("case-closed", "case", _case("closed")),
    Screen("case-print", "case", _case("working"), themes=("light",), printed=True),
    Screen("suggestions", "case_suggestions", _case("claimed", "/suggestions")),
    Screen("proof", "case_proof", _case("working", "/proof")),
    Screen("proof-print", "case_proof", _case("working", "/proof"), themes=("light",), printed=True),
    Screen("register", "register", "/register"),
    Screen("intake", "intake_phone", "/intake/phone", _telephone),
    Screen("tray", "tray", "/tray"),
    Screen("telephones", "telephones", "/telephones"),
    Screen("shift", "shift", "/shift"),
    Screen("diary", "shift_diary", "/shift/diary"),
    Screen("wall", "wall", "/wall", themes=("dark",)),
    Screen("readiness", "readiness", "/readiness", window=True),
    Screen("delivery", "delivery", "/delivery"),
))  # fmt: skip

UNIT = Viewer("desk.jhunjhunu", PHONE, (
    Screen("inbox", "inbox", "/inbox"),
    Screen("inbox-acknowledge", "inbox", "/inbox", _acknowledge),
    Screen("inbox-closed", "inbox", "/inbox?tab=closed"),
    Screen("unit-case", "case", _case("waiting")),
    Screen("unit-return", "case", _case("waiting"), _return),
    Screen("unit-working", "case", _case("working")),
    Screen("unit-report", "case", _case("working"), _flash),
    *(Screen(f"unit-report-{step}", "case", _case("working"), _steps(step), window=True) for step in range(1, 6)),
    Screen("unit-proof", "case_proof", _case("working", "/proof")),
    Screen("receipts", "receipts", "/receipts"),
    Screen("receipt", "receipt", lambda scene: f"/receipts/{scene.receipt}"),
    Screen("unit-readiness", "readiness", "/readiness"),
    Screen("not-found", "handler404", "/cases/RJ-0000-0000"),
    Screen("forbidden", "handler403", "/console"),
    Screen("password", "account_change_password", "/accounts/password/change/"),
    Screen("signed-in", "signed_in", "/signed-in"),
    Screen("sign-out", "account_logout", "/accounts/logout/"),
))  # fmt: skip

SUPERVISOR = Viewer("range.jaipur", DESK, (
    Screen("supervisor-register", "register", "/register"),
    Screen("supervisor-wall", "wall", "/wall", themes=("dark",)),
))  # fmt: skip

VISITOR = Viewer("", PHONE, (
    Screen("login", "account_login", "/accounts/login/"),
    Screen("tap", "tap", lambda scene: scene.tap, _in_the_visitors_language),
    Screen("offline", "offline", "/offline"),
    Screen("tap-gone", "tap", "/a/AAAAAAAAAAAAAAAAAAAAAA"),
))  # fmt: skip

ADMINISTRATOR = Viewer("admin1", DESK, (
    Screen("admin", "admin:index", "/admin/", tall=True),
    Screen("admin-list", "admin:districts_unit_changelist", "/admin/districts/unit/?q=jaipur", tall=True),
    Screen("admin-form", "admin:districts_unit_add", "/admin/districts/unit/add/", tall=True),
    Screen("admin-import", "admin:districts_pinarea_import", "/admin/districts/pinarea/import/", tall=True),
    Screen("admin-facts", "admin:districts_pinarea_changelist", "/admin/districts/pinarea/?q=3330", tall=True),
    Screen("admin-roster", "admin:districts_duty_roster", "/admin/districts/duty/roster/", tall=True),
    Screen("admin-duties", "admin:districts_duty_changelist", "/admin/districts/duty/", tall=True),
    Screen("admin-officers", "admin:districts_officer_changelist", "/admin/districts/officer/?q=range", tall=True),
    Screen(
        "admin-register", "admin:districts_registerentry_changelist", "/admin/districts/registerentry/?q=partner",
        tall=True,
    ),
))  # fmt: skip


def _prove_who_one_is(page: Page, _scene: Scene) -> None:
    """Type the password once more, which the pages of the second factor ask for."""
    page.goto("/accounts/2fa/totp/activate/")
    if "reauthenticate" in page.url:
        page.fill("[name=password]", PASSWORD)
        page.click("main form button.go")
    page.locator("#authenticator_secret").wait_for()


def _switch_the_second_factor_on(page: Page, scene: Scene) -> None:
    _prove_who_one_is(page, scene)
    page.fill("[name=code]", code(page.input_value("#authenticator_secret")))
    page.click("main form button.go")
    page.wait_for_url("**/recovery-codes/**")


def _type_the_password(page: Page, _scene: Scene) -> None:
    page.goto("/accounts/login/")
    page.fill("#id_login", "nodal1")
    page.fill("#id_password", PASSWORD)
    page.click("main form button.go")
    page.wait_for_url("**/authenticate/**")


WITHOUT_SECOND_FACTOR = Viewer("nodal1", PHONE, (
    Screen("second-factor", "mfa_index", "/accounts/2fa/"),
    Screen("second-factor-activate", "mfa_activate_totp", "/accounts/2fa/totp/activate/"),
    Screen("reauthenticate", "account_reauthenticate", "/accounts/reauthenticate/"),
), before=_prove_who_one_is)  # fmt: skip

WITH_SECOND_FACTOR = Viewer("nodal1", PHONE, (
    Screen("second-factor-on", "mfa_index", "/accounts/2fa/"),
    Screen("recovery-codes", "mfa_view_recovery_codes", "/accounts/2fa/recovery-codes/"),
    Screen("recovery-codes-new", "mfa_generate_recovery_codes", "/accounts/2fa/recovery-codes/generate/"),
    Screen("second-factor-off", "mfa_deactivate_totp", "/accounts/2fa/totp/deactivate/"),
    Screen("reauthenticate-code", "mfa_reauthenticate", "/accounts/2fa/reauthenticate/"),
), before=_switch_the_second_factor_on)  # fmt: skip

AT_THE_SECOND_FACTOR = Viewer("", PHONE, (
    Screen("login-code", "mfa_authenticate", "/accounts/2fa/authenticate/"),
), before=_type_the_password)  # fmt: skip

UNPOSTED = Viewer("unposted1", PHONE, (
    Screen("home-nobody", "home", "/"),
))  # fmt: skip


def _take_a_table_away(_page: Page, scene: Scene) -> None:
    """Break one page as a half-done change of the database would: the portal may not read what the page needs."""
    with psycopg.connect(scene.owner_url) as database:
        database.execute("REVOKE SELECT ON cases_receipt FROM portal_unit, portal_app")


def _give_it_back(scene: Scene) -> None:
    with psycopg.connect(scene.owner_url) as database:
        database.execute("GRANT SELECT ON cases_receipt TO portal_unit")


def _says_that_it_failed(page: Page, _scene: Scene) -> None:
    expect(page.locator(".problem .status")).to_have_text("500")


BROKEN = Viewer("desk.jhunjhunu", PHONE, (
    Screen("broken", "handler500", "/receipts", _says_that_it_failed),
), before=_take_a_table_away, after=_give_it_back, forgiven="500: GET")  # fmt: skip

#: In this order: the second factor is switched on between two of them.
VIEWERS = {
    "operator": OPERATOR, "unit": UNIT, "supervisor": SUPERVISOR, "visitor": VISITOR, "administrator": ADMINISTRATOR,
    "without a posting": UNPOSTED, "before a page that fails": BROKEN,
    "without a second factor": WITHOUT_SECOND_FACTOR, "with a second factor": WITH_SECOND_FACTOR,
    "at the second factor": AT_THE_SECOND_FACTOR,
}  # fmt: skip

#: Addresses that answer GET and are no screen of their own, by name or by the beginning of the path, and why.
NO_SCREENS = {
    "case_sheet": "a PDF", "case_request": "a PDF",
    "case_way": "a part of a card of the inbox",
    "case_file": "a file", "case_picture": "a picture",
    "intake_phone_twins": "a part of the telephone form",
    "ringing": "a part of every page of the cell",
    "units": "a part of the forms that choose a unit",
    "events": "a stream",
    "mfa_download_recovery_codes": "a text file",
    "healthz": "JSON", "readyz": "JSON", "metrics": "text for a monitor",
    "/api/": "for partners: JSON, and its reference in English",
    "/admin/": "the desk's other sections are made of the pages that are looked at: list, form, import, plan",
}  # fmt: skip
