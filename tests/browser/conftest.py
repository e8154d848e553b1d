"""A real Chromium before a real, running portal with the demo state."""

import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.stack.portal import Portal

CHROMIUM = "/usr/bin/chromium"
#: Without these Chromium asks its maker's hosts at every start; as root it refuses to run in a sandbox.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def portal() -> Generator[Portal]:
    """A portal with the demo state for each file of tests: what one leaves open fills no other one's queue."""
    with tempfile.TemporaryDirectory(prefix="portal-browser-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        running = Portal(folder / "data")
        running.more = {}
        try:
            yield running.start()
        finally:
            running.end()


@pytest.fixture(scope="package")
def browser() -> Generator[Browser]:
    """Chromium; it goes with the last browser test, or its event loop would meet tests that use the database."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()
