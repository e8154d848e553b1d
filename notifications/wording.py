"""Wording: the only way words get into a message, from a closed set of checked facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Final

from districts.models import Unit
from notifications.models import Template
from notifications.sentences import AROUND, CORE, DEADLINE, KEY, KEY_OF, PRACTICE, SPOKEN, URGENCY

LANGUAGES: Final = ("hi", "en")
TOPICS: Final = (
    "case_forwarded", "deadline_missed", "case_recalled", "case_raised", "case_returned", "case_disowned", "digest",
    "contact_test", "case_to_and_fro", "help_wanted",
)  # fmt: skip
REQUIRED: Final = frozenset({"reference", "urgency"})
OPTIONAL: Final = frozenset({"unit", "call_back", "link"})
# Where a topic needs other facts than a reference and its urgency.
REQUIRED_FOR: Final[Mapping[str, frozenset[str]]] = {
    "deadline_missed": REQUIRED | {"deadline"},
    "digest": frozenset({"count", "urgency"}),
    # A test of a number is about no case.
    "contact_test": frozenset({"unit"}),
}
OPTIONAL_FOR: Final[Mapping[str, frozenset[str]]] = {
    "digest": frozenset({"call_back", "link"}),
    "contact_test": frozenset({"call_back", "link"}),
}

# A fact is refused unless it has exactly this shape: no name and no word of the post has one.
SHAPES: Final = {
    "reference": re.compile(r"[A-Z]{2,4}-[0-9]{4}-[0-9]{4}"),
    "urgency": re.compile(r"P[0-3]"),
    "deadline": re.compile("|".join(DEADLINE["en"])),
    "unit": re.compile(r"[A-Z0-9][A-Z0-9_-]{1,39}"),
    "call_back": re.compile(r"\+?[0-9]{3,15}"),
    "link": re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,80}(?:/[A-Za-z0-9._~-]{1,90}){1,4}"),
    "count": re.compile(r"[1-9][0-9]{0,3}"),
}
#: A link by which the post may answer for its unit; over the telephone it presses a key instead.
TAP: Final = re.compile(r"https?://[^/]+(?:/[^/]+)*/a/[A-Za-z0-9_-]+")
# The name of a unit is written by an administrator; one that could hide a telephone number is said by its code.
PLAIN_NAME: Final = re.compile(r"(?!.*[0-9०-९]{4})[\w\u0900-\u097f .,()/&'-]{1,120}")
GSM_7: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_DOUBLE: Final = frozenset("^{}\\[~]|€")


class Unspeakable(ValueError):
    """A fact that no message may carry, or a topic without its facts. It is a fault of the caller."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one message, and the id of the template they came from."""

    text: str
    language: str
    template_id: str
    #: The state's own version, where it has one that fits, and the name it is sent under.
    template: Template | None = None
    header: str = ""


@dataclass(frozen=True, slots=True)
class Length:
    """How long an SMS is, as the network counts it."""

    signs: int
    #: How many fit into one, and into each of several.
    one: int
    each: int

    @property
    def parts(self) -> int:
        """How many SMS it costs."""
        return 1 if self.signs <= self.one else -(-self.signs // self.each)


def required(topic: str) -> frozenset[str]:
    """Return the facts without which there is nothing to say."""
    return REQUIRED_FOR.get(topic, REQUIRED)


def optional(topic: str) -> frozenset[str]:
    """Return the facts that a message of the topic may have besides."""
    return OPTIONAL_FOR.get(topic, OPTIONAL)


def check(topic: str, facts: Mapping[str, str]) -> None:
    """
    Refuse everything that is not a known topic with well-shaped facts.

    :raises Unspeakable: naming the fact, never its value: what was refused may be somebody's name
    """
    if topic not in TOPICS:
        raise Unspeakable(f"{topic!r} is not a topic; the topics are {', '.join(TOPICS)}")
    unknown = sorted(set(facts) - required(topic) - optional(topic))
    if unknown or not required(topic) <= set(facts):
        missing = sorted(required(topic) - set(facts))
        raise Unspeakable(f"{topic} takes no {unknown}" if unknown else f"{topic} needs {missing}")
    for name, value in facts.items():
        if not isinstance(value, str) or not SHAPES[name].fullmatch(value):
            raise Unspeakable(f"the fact {name!r} of {topic} has not the shape of one")


def say(
    topic: str,
    *,
    channel: str,
    language: str,
    facts: Mapping[str, str],
    unit: Unit | None = None,
    practice: bool = False,
    template: Template | None = None,
) -> Wording:
    """
    Return the words for a topic on a channel, in a language of the reader (Hindi when we do not speak theirs).

    They are those of the template, if one is given and all it speaks of is known; else the house's own. A mail's first
    line is its subject, with an empty line below it.

    :raises Unspeakable: if a fact is unknown, missing or malformed
    """
    check(topic, facts)
    language = language if language in LANGUAGES else LANGUAGES[0]
    words = _words(facts, language=language, unit=unit, spoken=channel == "voice")
    left_out = "".join(f"-{name}" for name in sorted(optional(topic) - set(facts)))
    # Over the telephone the post answers by a key. How is the last that is said, after the state's own words, too.
    answers = channel == "voice" and (topic in KEY_OF or TAP.fullmatch(facts.get("link", "")) is not None)
    pressing = (KEY_OF.get(topic, KEY)[language],) if answers else ()
    house_id = f"{topic}.{language}.{channel}{'.key' if answers else ''}{'.practice' if practice else ''}{left_out}"
    if template is not None and names_in(template.text) <= set(words):
        text = " ".join((template.text.format_map(words), *pressing))
        if practice:
            # What is registered with the operators says nothing of practice, so it does not go by its number.
            return Wording(f"{PRACTICE[language]} {text}", language, house_id, template)
        return Wording(text, language, template.dlt_template_id or house_id, template, template.dlt_header)
    before, after = AROUND[language, channel]
    marked = (PRACTICE[language],) if practice else ()
    core = CORE[language, topic]
    if channel == "email":
        head = _fill((*marked, *before, core[0]), words)
        text = "\n".join((" ".join(head), "", *_fill((*core[1:], *after), words)))
    else:
        text = " ".join(_fill((*marked, *before, *core, *after, *pressing), words))
    return Wording(text=text, language=language, template_id=house_id)


def house_text(topic: str, *, channel: str, language: str) -> str:
    """Return the house's own words with their variables, for a state to begin its own from."""
    before, after = AROUND[language, channel]
    core = CORE[language, topic]
    known = required(topic) | optional(topic)
    pieces = [piece for piece in (*before, *core, *after) if names_in(piece) <= known]
    if channel != "email":
        return " ".join(pieces)
    first = pieces.index(core[0]) + 1
    return "\n".join((" ".join(pieces[:first]), "", *pieces[first:]))


def sms_length(text: str) -> Length:
    """Return how long a text is as an SMS: 160 signs of English in one, 70 of Hindi; 153 and 67 in each of several."""
    if all(sign in GSM_7 or sign in GSM_7_DOUBLE for sign in text):
        return Length(sum(2 if sign in GSM_7_DOUBLE else 1 for sign in text), 160, 153)
    return Length(len(text.encode("utf-16-le")) // 2, 70, 67)


def sms_parts(text: str) -> int:
    """Return how many SMS a text costs."""
    return sms_length(text).parts


def names_in(piece: str) -> set[str]:
    """Return the names of the words in a piece."""
    return {name for _, name, _, _ in Formatter().parse(piece) if name}


def _words(facts: Mapping[str, str], *, language: str, unit: Unit | None, spoken: bool) -> dict[str, str]:
    """Return what stands for each fact in that language."""
    words = dict(facts)
    if "urgency" in facts:
        words["urgency"] = URGENCY[language][facts["urgency"]]
    if "deadline" in facts:
        words["deadline"] = DEADLINE[language][facts["deadline"]]
    if unit is not None and "unit" in facts:
        name = unit.name_en if language == "en" else unit.name_hi
        words["unit"] = name if PLAIN_NAME.fullmatch(name) else unit.code
    if spoken:
        for name in {"reference", "call_back"} & set(words):
            words[name] = spell(words[name], language=language)
    return words


def spell(value: str, *, language: str) -> str:
    """Return a reference or a number as a voice says it, with a rest where a hyphen stands."""
    if language == "hi":
        return ", ".join(" ".join(SPOKEN[sign] for sign in group) for group in value.split("-"))
    return " ".join(value.replace("-", "")).replace("+ ", "+")


def _fill(pieces: Iterable[str], words: Mapping[str, str]) -> list[str]:
    """Return the pieces with their words; a piece whose word is missing is left out."""
    return [piece.format_map(words) for piece in pieces if names_in(piece) <= set(words)]
