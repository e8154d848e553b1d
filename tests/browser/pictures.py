"""Pictures of the pages: small enough for a repository, and written anew when the page looks different."""

from __future__ import annotations

import io
import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from PIL import Image, ImageChops

from tests.browser.screens import Screen
from tests.browser.words import ROOT

FOLDER = ROOT / "docs" / "screens"
COLOURS = 64
#: A longer page goes on as it began.
LONGEST = 2000
#: The share of a picture that may differ without being looked at again: the digits of a clock, a random reference.
CLOCKS = 0.02
#: How far a pixel must be from what it was to count as another one.
SEEN = 48


class Album:
    """Takes pictures as they come and writes them in the background, while the browser is at the next page."""

    def __init__(self, folder: Path = FOLDER, *, always: bool = bool(os.environ.get("PORTAL_PICTURES"))) -> None:
        self.folder, self.always = folder, always
        self._hands = ThreadPoolExecutor(2)
        self._waiting: dict[str, Future[bool]] = {}

    def add(self, name: str, png: bytes) -> None:
        """Take a picture."""
        self._waiting[name] = self._hands.submit(self._write, self.folder / f"{name}.webp", png)

    def finish(self) -> set[str]:
        """Wait until every picture is written, and return the names of those that look different from before."""
        written = {name for name, done in self._waiting.items() if done.result()}
        self._hands.shutdown()
        return written

    def names(self) -> set[str]:
        """Return the names of the pictures that were taken."""
        return set(self._waiting)

    def _write(self, path: Path, png: bytes) -> bool:
        with Image.open(io.BytesIO(png)) as taken:
            fresh = taken.convert("RGB").crop((0, 0, taken.width, min(taken.height, LONGEST)))
        if not self.always and path.exists() and alike(path, fresh):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        small = fresh.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        small.convert("RGB").save(path, lossless=True, method=2)
        return True


def alike(path: Path, fresh: Image.Image) -> bool:
    """Tell whether a picture on the disk shows the same page, whatever the clock on it says."""
    with Image.open(path) as kept:
        before = kept.convert("RGB")
    if before.size != fresh.size:
        return False
    differing = ImageChops.difference(before, fresh).convert("L").point(lambda value: 255 if value > SEEN else 0)
    return differing.histogram()[255] / (fresh.width * fresh.height) < CLOCKS


def names_of(screen: Screen) -> list[str]:
    """Return the names of a screen's pictures: one in each language and theme."""
    return [f"{screen.name}.{language}.{theme}" for language in ("hi", "en") for theme in screen.themes]
