"""Every text can be read on its ground, in each theme: 6 to 1 or better."""

import re

import pytest

from tests.browser.words import ROOT

TOKENS = (ROOT / "portal/static/css/tokens.css").read_text(encoding="utf-8")
ON_ANY_GROUND = ("text", "quiet")
WITH_ITS_OWN_GROUND = ("p0", "p1", "p2", "p3", "good", "bad", "warn")


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_every_text_stands_out_from_its_ground(theme: str):
    colour = _colours(theme)
    pairs = [(text, ground) for text in ON_ANY_GROUND for ground in ("ground", "sheet", "raised")]
    pairs += [(text, ground) for text in WITH_ITS_OWN_GROUND for ground in (f"{text}-ground", "sheet")]
    pairs += [("link", "sheet"), ("link", "ground"), ("brand-text", "brand")]
    weak = {pair: round(_contrast(colour[pair[0]], colour[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 6} == {}


def test_a_weak_colour_is_found():
    assert _contrast("#ff8f1f", "#ffffff") < 6


def test_no_colour_is_named_outside_the_tokens():
    for name in ("frame", "parts", "case"):
        css = (ROOT / f"portal/static/css/{name}.css").read_text(encoding="utf-8")
        assert re.findall(r"#[0-9a-f]{3,8}\b(?!\s*{)", css) == [], name


def _colours(theme: str) -> dict[str, str]:
    block = TOKENS.split(f'[data-theme="{theme}"] {{')[1].split("}")[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_light(one), _light(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _light(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
