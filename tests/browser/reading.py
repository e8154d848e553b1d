"""
Reading a page as somebody does who knows no English: every sentence on it that nobody put there as data.

Names, words of a post and of a mail, and codes are data. What is marked ``lang="en"`` is for whoever reads English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from playwright.sync_api import Page

#: So many words in a row are a sentence.
SENTENCE = 3
#: Everything that is read out or shown in time: closed panels, hints and the names of fields included.
TEXTS = """() => {
    const said = [["title", document.title]];
    const foreign = (element) => element.closest("[lang]")?.getAttribute("lang")?.startsWith("en");
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = words.nextNode(); node; node = words.nextNode()) {
        const place = node.parentElement;
        if (!place || place.closest("script, style, noscript, code") || foreign(place)) continue;
        if (node.data.trim()) said.push([place.tagName.toLowerCase(), node.data]);
    }
    for (const element of document.body.querySelectorAll("[title], [aria-label], [placeholder], [alt]")) {
        if (foreign(element)) continue;
        for (const name of ["title", "aria-label", "placeholder", "alt"]) {
            const words = element.getAttribute(name);
            if (words) said.push([`${element.tagName.toLowerCase()}[${name}]`, words]);
        }
    }
    return said;
}"""
WORD = re.compile(r"[A-Za-z]+(?:['’-][a-z]+)*")
#: An abbreviation (SMS, PIN, SHA) is written alike in both languages: no word, and no end of a sentence.
SHORT = re.compile(r"[A-Z]{2,}")
AROUND = ".,;:!?()[]{}“”‘’\"'–—…·/|"
#: Names of things that have no other name in Hindi.
PROPER = ("Tele-MANAS", "WhatsApp", "Jeevan Setu")


def english_on(page: Page, *, data: Iterable[str]) -> list[str]:
    """Return each English sentence on a page with where it stands; ``data`` is what people and files have named."""
    known = sorted({one for one in (*data, *PROPER) if one}, key=len, reverse=True)
    return [f"{place}: {found}" for place, text in page.evaluate(TEXTS) for found in sentences_in(text, known)]


def sentences_in(text: str, known: Iterable[str] = ()) -> Iterator[str]:
    """Yield every run of so many English words in a row."""
    for name in known:
        if name in text:
            text = text.replace(name, "\N{BULLET}")
    run: list[str] = []
    for token in [*text.split(), "\N{BULLET}"]:
        word = token.strip(AROUND)
        if not word or SHORT.fullmatch(word):
            continue
        if WORD.fullmatch(word):
            run.append(word)
            continue
        if len(run) >= SENTENCE:
            yield " ".join(run)
        run = []
