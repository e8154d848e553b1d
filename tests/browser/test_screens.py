"""
Every screen is looked at once, in both languages and themes: a picture of it goes to ``docs/screens/``.

What a machine can see of a fault is looked for at the same time: axe-core, foreign hosts, broken content policy (by
``somebody``), what is cut off at the side, a variable's name, and English on a Hindi page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, ViewportSize, expect

from portal.management.commands.routes import Route, routes
from tests.browser import scene as scenes
from tests.browser.access import AXE, grave
from tests.browser.people import somebody
from tests.browser.pictures import FOLDER, Album, alike, names_of
from tests.browser.reading import english_on
from tests.browser.scene import Scene
from tests.browser.screens import NO_SCREENS, VIEWERS, Screen, Viewer
from tests.stack.portal import Portal

pytestmark = pytest.mark.browser
LANGUAGES = ("hi", "en")
#: By the page's own button; a page without one, and the onboarding desk, wear it as the server or unfold would say.
WEAR = """theme => {
    const button = document.querySelector(`[data-theme-set=${theme}]`);
    if (button) return button.click();
    document.documentElement.dataset.theme = theme;
    document.documentElement.classList.toggle("dark", theme === "dark");
}"""


@pytest.fixture(scope="module")
def scene(portal: Portal) -> Scene:
    return scenes.play(portal)


@pytest.fixture(scope="module")
def album() -> Iterator[Album]:
    opened = Album()
    yield opened
    opened.finish()


@pytest.mark.timeout(900)  # two dozen pages in two languages, with axe on each: minutes where others use the cores
@pytest.mark.parametrize("viewer", VIEWERS.values(), ids=VIEWERS)
def test_every_screen_is_clean_in_both_languages_and_themes(
    browser: Browser, portal: Portal, scene: Scene, album: Album, viewer: Viewer
):
    found: dict[str, list[str]] = {}
    try:
        with somebody(browser, portal, viewer.size, forgiven=viewer.forgiven) as page:
            page.add_init_script(AXE)
            if viewer.username:
                _sit_down(page, portal, scene, viewer.username)
            if viewer.before:
                viewer.before(page, scene)
            for language in LANGUAGES:
                _speak(page, scene, viewer, language)
                for screen in viewer.screens:
                    name = f"{screen.name}.{language}"
                    if faults := _look_at(page, screen, viewer.size, scene, album, language):
                        found[name] = faults
    finally:
        if viewer.after:
            viewer.after(scene)
    assert found == {}, json.dumps(found, indent=1, ensure_ascii=False)


def test_no_page_is_forgotten():
    shown = {screen.route for viewer in VIEWERS.values() for screen in viewer.screens}
    read = {route for route in routes() if "GET" in route.methods}
    forgotten = [route for route in read if route.name not in shown and not _is_explained(route)]
    assert [route.path for route in forgotten] == []
    names = {route.name for route in read}
    assert [name for name in shown - names if not name.startswith("handler")] == [], "shown, and no page"
    needless = [
        name for name in NO_SCREENS
        if name in shown or (not name.startswith("/") and name not in names)
    ]  # fmt: skip
    assert needless == [], "explained, and no longer needed"


def test_every_picture_is_listed_and_none_is_left_over():
    wanted = {name for viewer in VIEWERS.values() for screen in viewer.screens for name in names_of(screen)}
    assert {path.stem for path in FOLDER.iterdir()} == wanted
    listed = re.findall(r"\(screens/([\w.-]+)\.webp\)", (FOLDER.parent / "screens.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(wanted)


def test_a_clock_changes_no_picture_and_a_page_does(tmp_path: Path):
    before, clock, page = (Image.new("RGB", (400, 300), "white") for _ in range(3))
    ImageDraw.Draw(clock).rectangle((10, 10, 50, 24), fill="black")
    ImageDraw.Draw(page).rectangle((0, 0, 400, 60), fill="black")
    before.save(tmp_path / "kept.webp", lossless=True)
    assert alike(tmp_path / "kept.webp", clock)
    assert not alike(tmp_path / "kept.webp", page)
    assert not alike(tmp_path / "kept.webp", Image.new("RGB", (400, 301), "white"))


def test_a_new_page_would_be_missed():
    assert not _is_explained(Route("/a-new-page", "a_new_page", ("GET",)))


def _is_explained(route: Route) -> bool:
    return route.name in NO_SCREENS or any(path.startswith("/") and route.path.startswith(path) for path in NO_SCREENS)


def _sit_down(page: Page, portal: Portal, scene: Scene, username: str) -> None:
    """Take over the session that the scene has signed in: the password is typed in other tests."""
    cookies = scene.desk(username)._http.cookies.jar
    page.context.add_cookies([{"name": one.name, "value": one.value or "", "url": portal.url} for one in cookies])


def _speak(page: Page, scene: Scene, viewer: Viewer, language: str) -> None:
    if viewer.username:
        desk = scene.desk(viewer.username)
        desk._http.post("/language", data={"language": language} | desk._token())
    else:
        page.context.add_cookies([{"name": "django_language", "value": language, "url": scene.url}])


def _look_at(page: Page, screen: Screen, size: ViewportSize, scene: Scene, album: Album, language: str) -> list[str]:
    address = screen.address(scene) if callable(screen.address) else screen.address
    page.emulate_media(media="print" if screen.printed else "screen")
    page.set_viewport_size(size)
    page.goto(address)
    expect(page.locator("html")).not_to_have_attribute("data-link", "waiting")
    if page.locator("#ringing").count():
        # The alarms and the sound of the desk are told after the page: without them it would be another page.
        expect(page.locator("html[data-ringing][data-sound]")).to_have_count(1)
    if screen.open:
        screen.open(page, scene)
    if screen.tall:
        page.set_viewport_size({**size, "height": page.evaluate("document.documentElement.scrollHeight")})
    faults = []
    for theme in screen.themes:
        page.evaluate(WEAR, theme)
        if language == LANGUAGES[0]:
            # What stands on a page and how it is nested is the same in every theme and language; its colours are not.
            faults += [f"{theme}: {fault}" for fault in grave(page, colours_only=theme != screen.themes[0])]
        album.add(f"{screen.name}.{language}.{theme}", page.screenshot(full_page=not screen.window))
    if urlsplit(page.url).path != urlsplit(address).path:
        faults.append(f"sent away to {page.url}")
    if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
        faults.append("wider than the window")
    text = page.inner_text("body")
    if "%(" in text:
        faults.append("a variable's name shows")
    if language == "hi":
        faults += [f"English: {said}" for said in english_on(page, data=scene.named())]
    return faults
