"""Hindi first: everything the portal says is said in Hindi, and the compiled catalogue is the written one."""

import json
import re
from pathlib import Path

import polib
import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.i18n import JavaScriptCatalog

from tests.browser.words import CATALOGUE, ROOT, Saying, sayings

PLACE = re.compile(r"%(?:\(\w+\))?[sd]")
#: The scripts of Django's admin that say something on the desk: beside a field for a day or a time.
SCRIPTS = [
    Path(admin.__file__).parent / "static" / "admin" / "js" / name
    for name in ("calendar.js", "admin/DateTimeShortcuts.js")
]
#: Words of accusation, and of winning and losing (DESIGN 3).
NEVER = ("आरोपी", "पीड़ित", "झूठा", "झूठी", "सफल", "अपराधी")


def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def test_every_sentence_is_in_the_catalogue_and_none_is_left_over():
    # `python -m tests.browser.words` brings it up to date.
    written = {Saying(entry.msgctxt, entry.msgid, entry.msgid_plural or None) for entry in catalogue()}
    said = set(sayings())
    assert {"not in the catalogue": said - written, "said no more": written - said} == {
        "not in the catalogue": set(),
        "said no more": set(),
    }


def test_everything_is_said_in_hindi():
    assert [entry.msgid for entry in catalogue() if not entry.translated() or entry.fuzzy] == []


def test_hindi_keeps_every_place_that_is_filled_in():
    broken = [
        entry.msgid
        for entry in catalogue()
        for hindi in ([entry.msgstr] if not entry.msgid_plural else list(entry.msgstr_plural.values()))
        if sorted(PLACE.findall(entry.msgid)) != sorted(PLACE.findall(hindi))
    ]
    assert broken == []


def test_the_compiled_catalogue_is_the_written_one():
    def words(entries: polib.POFile | polib.MOFile) -> dict[tuple[str | None, str], object]:
        return {(entry.msgctxt, entry.msgid): entry.msgstr_plural or entry.msgstr for entry in entries}

    assert words(polib.mofile(str(CATALOGUE.with_suffix(".mo")))) == words(catalogue())


def test_the_calendar_of_the_desk_speaks_hindi():
    """Django's own scripts say some words themselves; what its Hindi lacks is in ``djangojs.po``."""
    here = CATALOGUE.with_name("djangojs.po")
    ours = {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(here))}
    compiled = {(entry.msgctxt, entry.msgid) for entry in polib.mofile(str(here.with_suffix(".mo")))}
    assert ours.keys() == compiled
    theirs = polib.pofile(str(Path(admin.__file__).parent / "locale" / "hi" / "LC_MESSAGES" / "djangojs.po"))
    said = {entry for path in SCRIPTS for entry in _in_script(path.read_text(encoding="utf-8"))}
    assert {(None, "Choose a Date"), ("abbrev. month March", "Mar"), ("one letter Sunday", "S")} <= said
    known = {(entry.msgctxt, entry.msgid) for entry in [*theirs, *ours.values()] if entry.translated()}
    assert said - known == set()
    with override("hi"):
        answer = JavaScriptCatalog.as_view(packages=["django.contrib.admin"])(RequestFactory().get("/admin/jsi18n/"))
    catalogue = json.loads(re.search(r"newcatalog = ({.*?});", answer.content.decode(), re.DOTALL)[1])  # type: ignore[index]  # Django's own form
    assert catalogue["Choose a Date"] == ours[None, "Choose a Date"].msgstr


def _in_script(source: str) -> set[tuple[str | None, str]]:
    plain = re.findall(r"(?<![pn])gettext\(\s*(['\"])(.*?)(?<!\\)\1", source)
    named = re.findall(r"pgettext\(\s*'([^']+)',\s*'([^']+)'", source)
    counted = re.findall(r"ngettext\(\s*'([^']+)'", source)
    return {(None, text) for _quote, text in plain} | set(named) | {(None, text) for text in counted}


def test_no_word_accuses_anybody():
    texts = {
        path: path.read_text(encoding="utf-8") for path in [CATALOGUE, *(ROOT / "portal/templates").rglob("*.html")]
    }
    assert [
        (path.name, word) for path, text in texts.items() for word in NEVER if re.search(rf"(?<!\w){word}", text)
    ] == []


@pytest.mark.parametrize("english", ["This field is required.", "Person in crisis", "Incorrect password.", "Sign Out"])
def test_it_arrives_on_the_page(english: str):
    with override("hi"):
        assert re.search("[\u0900-\u097f]", _(english))


def test_one_and_many_are_counted_as_hindi_counts():
    from django.utils.translation import ngettext

    with override("hi"):
        one, many = (ngettext("%(count)s message sent", "%(count)s messages sent", n) % {"count": n} for n in (1, 2))
    assert (one, many) == ("1 संदेश भेजा गया", "2 संदेश भेजे गए")


def test_no_template_says_a_word_outside_the_catalogue():
    """A bare word in a template would be English for everybody."""
    bare = {
        f"{path.name}: {found}"
        for path in sorted((ROOT / "portal/templates").rglob("*.html"))
        if path.parent.name != "api"  # for engineers of the platforms, in English
        for found in _bare_words(path)
    }
    assert bare == set()


def _bare_words(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    for left_out in (r"{% blocktranslate.*?endblocktranslate %}", r"{% block width %}\w*{% endblock %}"):
        text = re.sub(left_out, "", text, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->|<[^>]*>", "\n", text, flags=re.DOTALL)
    # PIN, SHA-256 and what stands on a key are written alike in both languages.
    return list(re.findall(r"[A-Za-z]{2,}", re.sub(r"PIN|SHA-256|\bEnter\b|\bCtrl\b|\bTab\b|&\w+;", "", text)))
