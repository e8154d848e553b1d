"""What axe-core says of a page: whom it would shut out."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.browser.words import ROOT

#: The page must have run it before it is asked.
AXE = (ROOT / "tests/browser/axe/axe.min.js").read_text(encoding="utf-8")
GRAVE = {"serious", "critical"}


def grave(page: Page, *, colours_only: bool = False) -> list[str]:
    """Return what axe-core calls serious or critical, each with the first place it stands at."""
    asked: dict[str, Any] = {"resultTypes": ["violations"]}
    if colours_only:
        asked["runOnly"] = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
    found: dict[str, Any] = page.evaluate("asked => axe.run(document, asked)", asked)
    return [
        f"{one['impact']} {one['id']} x{len(one['nodes'])}: {one['nodes'][0]['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in GRAVE
    ]
