"""What counts as an English sentence on a Hindi page, and what does not."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.reading import english_on, sentences_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The unit needs help", ["The unit needs help"]),
        ("कृपया Look at it again अभी", ["Look at it again"]),
        ("The SMS was sent", ["The was sent"]),
        ("it’s not ours.", ["it’s not ours"]),
        ("Sign in", []),
        ("RJ-JHUNJHUNU control_room op1", []),
        ("नई दिल्ली New Delhi 110001 IN", []),
        ("P0 → P1 MSI-7700001 image/jpeg 12 KB", []),
        ("साइबर National Cyber Crime Portal देखें", ["National Cyber Crime Portal"]),
        ("जयपुर Jaipur City North 302001", []),
        ("Jaipur City North is late today", ["is late today"]),
    ],
)
def test_a_sentence_is_three_words_in_a_row_that_are_no_code_and_no_name(text: str, found: list[str]) -> None:
    assert list(sentences_in(text, ["Jaipur City North"])) == found


@pytest.mark.browser
def test_a_planted_sentence_is_found_wherever_it_stands(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(
        """<html lang="hi"><head><title>Not yet translated</title></head><body>
        <p>सब ठीक</p><details><summary>और</summary><p>Hidden in a panel</p></details>
        <p lang="en">This is meant so</p><script>var this_is = "not for people";</script>
        <input placeholder="Type some words here" aria-label="Name of a field"><code>select all from cases</code>
        <img alt="A map of units" title="What it shows"></body></html>"""
    )
    found = english_on(page, data=())
    page.close()
    assert sorted(found) == sorted(
        [
            "title: Not yet translated", "p: Hidden in a panel", "input[placeholder]: Type some words here",
            "input[aria-label]: Name of a field", "img[alt]: A map of units", "img[title]: What it shows",
        ]
    )  # fmt: skip
