"""Portals that end with the tests that need them."""

import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.stack.portal import Portal


@pytest.fixture(scope="module")
def open_folder() -> Generator[Path]:
    """A temporary folder that other accounts may pass through, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="portal-stack-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="module")
def new_portal(open_folder: Path) -> Generator[Callable[..., Portal]]:
    """Makes portals, each on a data folder of its own, and ends them."""
    portals: list[Portal] = []

    def make(name: str, **how: object) -> Portal:
        portals.append(Portal(open_folder / name, **how))  # type: ignore[arg-type]  # handed on as it is
        return portals[-1]

    yield make
    for portal in portals:
        portal.end()


@pytest.fixture(scope="module")
def portal(new_portal: Callable[..., Portal]) -> Portal:
    """A running portal, shared by the tests of a module."""
    return new_portal("shared").start()
