"""No message carries a name, a stranger's number, a place below the district, or a word of the post."""

import itertools
import re
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from districts.models import Unit
from notifications import wording
from notifications.sentences import AROUND, CORE, DEADLINE, KEY, KEY_OF, PRACTICE, URGENCY
from notifications.wording import TOPICS, Unspeakable, say, sms_parts

CHANNELS = ("sms", "voice", "email")
UNIT = Unit(code="RJ-JHUNJHUNU", name_en="Jhunjhunu", name_hi="झुंझुनूं")
LINK = "https://setu.police.example/a/q7Jb3kX0fYw2Zs8Rk1Tn4Q"
ALL = {"reference": "RJ-4829-1736", "urgency": "P0", "unit": "RJ-JHUNJHUNU", "call_back": "+915550000001", "link": LINK}
FORBIDDEN = ("आरोपी", "पीड़ित", "झूठ", "सफल", "आत्महत्या", "accused", "victim", "suspect", "suicide", "false", "success")

every_message = pytest.mark.parametrize(
    ("topic", "channel", "language"), list(itertools.product(TOPICS, CHANNELS, ("hi", "en")))
)


def facts_for(topic: str) -> dict[str, str]:
    known = wording.required(topic) | wording.optional(topic)
    return {name: value for name, value in (ALL | {"deadline": "ACKNOWLEDGE", "count": "12"}).items() if name in known}


@every_message
def test_every_topic_speaks_on_every_channel_in_both_languages(topic, channel, language) -> None:
    words = say(topic, channel=channel, language=language, facts=facts_for(topic), unit=UNIT)
    assert words.text.strip()
    # Over the telephone there is no link to tap: a key answers in its place, by a template of its own.
    assert words.template_id == f"{topic}.{language}.{channel}{'.key' if channel == 'voice' else ''}"
    assert (KEY_OF.get(topic, KEY)[language] in words.text) == (channel == "voice")
    assert not set("{}") & set(words.text)
    assert "None" not in words.text
    assert not [word for word in FORBIDDEN if word in words.text.lower()]
    hindi = re.search("[\u0900-\u097f]", words.text) is not None
    assert hindi == (language == "hi")
    assert (LINK in words.text) == (channel != "voice")


@every_message
def test_a_message_holds_its_facts_and_our_sentences_and_nothing_else(topic, channel, language) -> None:
    facts = facts_for(topic)
    text = say(topic, channel=channel, language=language, facts=facts, unit=UNIT, practice=True).text
    before, after = AROUND[language, channel]
    known = [LINK, UNIT.name_en, UNIT.name_hi, *URGENCY[language].values(), *DEADLINE[language].values()]
    for value in (facts.get("reference", "-"), facts["call_back"]):
        known += [value, wording.spell(value, language=language)] if value != "-" else []
    known += [facts["count"]] if "count" in facts else []
    for piece in (PRACTICE[language], KEY_OF.get(topic, KEY)[language], *CORE[language, topic], *before, *after):
        known += [literal for literal, *_ in Formatter().parse(piece)]
    for words in sorted(known, key=len, reverse=True):
        text = text.replace(words, "")
    assert text.strip(" \n.।:") == ""


@given(name=st.text(), value=st.text())
def test_a_fact_that_we_do_not_know_is_refused_and_not_repeated(name: str, value: str) -> None:
    if name in {*ALL, "deadline", "count"}:
        return
    with pytest.raises(Unspeakable):
        say("case_forwarded", channel="sms", language="hi", facts=ALL | {name: value})


@given(name=st.sampled_from(sorted(ALL)), value=st.text())
def test_a_fact_of_the_wrong_shape_is_refused_and_not_repeated(name: str, value: str) -> None:
    if wording.SHAPES[name].fullmatch(value):
        return
    with pytest.raises(Unspeakable) as refused:
        say("case_forwarded", channel="sms", language="hi", facts=ALL | {name: value})
    if len(value) > 4:
        assert value not in str(refused.value)


@given(data=st.data(), topic=st.sampled_from(TOPICS), channel=st.sampled_from(CHANNELS), language=st.text(max_size=5))
def test_whatever_well_shaped_facts_come_no_variable_is_left_open(data, topic, channel, language) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted(wording.optional(topic)))))
    needed = wording.required(topic)
    facts = {name: data.draw(st.from_regex(wording.SHAPES[name], fullmatch=True)) for name in sorted(names | needed)}
    words = say(topic, channel=channel, language=language, facts=facts, unit=UNIT)
    assert not set("{}") & set(words.text)
    assert words.language in wording.LANGUAGES
    left_out = sorted(wording.optional(topic) - names)
    answers = topic in KEY_OF or wording.TAP.fullmatch(facts.get("link", ""))
    key = ".key" if channel == "voice" and answers else ""
    assert words.template_id == f"{topic}.{words.language}.{channel}{key}" + "".join(f"-{name}" for name in left_out)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"reference": "Ramesh Kumar"}, "reference"),
        ({"call_back": "call Ramesh on 98290"}, "call_back"),
        ({"unit": "झुंझुनूं"}, "unit"),
        ({"urgency": "he wrote that he will jump"}, "urgency"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": f"{LINK}?name=ramesh"}, "link"),
        ({"name": "Ramesh"}, "name"),
        ({"deadline": "ACKNOWLEDGE"}, "deadline"),
        ({"reference": 4829}, "reference"),
    ],
)
def test_what_must_not_leave_is_named_by_its_fact(changes, why: str) -> None:
    with pytest.raises(Unspeakable, match=why):
        say("case_forwarded", channel="sms", language="hi", facts=ALL | changes)


def test_a_topic_needs_its_facts() -> None:
    with pytest.raises(Unspeakable, match="deadline"):
        say("deadline_missed", channel="sms", language="hi", facts=ALL)
    with pytest.raises(Unspeakable, match="topic"):
        say("gossip", channel="sms", language="hi", facts=ALL)


@pytest.mark.parametrize("name", ["Kota 9829012345", "कोटा ९८२९०१२३४५", "Kota\n<script>", "x" * 121])
def test_a_unit_with_an_odd_name_is_called_by_its_code(name: str) -> None:
    unit = Unit(code="RJ-KOTA", name_en=name, name_hi=name)
    text = say("case_forwarded", channel="sms", language="en", facts=ALL, unit=unit).text
    assert "RJ-KOTA" in text
    assert name not in text


def test_a_voice_says_the_reference_digit_by_digit_and_twice() -> None:
    text = say("case_forwarded", channel="voice", language="en", facts=ALL, unit=UNIT).text
    assert text.count("R J 4 8 2 9 1 7 3 6") == 2
    assert "+9 1 5 5 5 0 0 0 0 0 0 1" in text


def test_a_hindi_voice_says_the_reference_in_words_that_no_engine_misreads() -> None:
    text = say("case_forwarded", channel="voice", language="hi", facts=ALL, unit=UNIT).text
    assert text.count("आर जे, चार आठ दो नौ, एक सात तीन छह") == 2
    assert "प्लस नौ एक पाँच पाँच पाँच शून्य शून्य शून्य शून्य शून्य शून्य एक" in text
    assert not re.search(r"[0-9A-Z]", text)


def test_a_mail_has_a_subject_of_one_line() -> None:
    text = say("case_forwarded", channel="email", language="hi", facts=ALL, unit=UNIT).text
    subject, empty, *body = text.split("\n")
    assert subject == "RJ-4829-1736: अभी तुरंत: संकट में व्यक्ति।"
    assert empty == ""
    assert LINK in "\n".join(body)


@every_message
def test_an_sms_costs_two_parts_in_hindi_and_one_in_english(topic, channel, language) -> None:
    if channel == "sms":
        for deadline in DEADLINE["en"] if topic == "deadline_missed" else [""]:
            facts = facts_for(topic) | ({"deadline": deadline} if deadline else {})
            parts = sms_parts(say(topic, channel="sms", language=language, facts=facts, unit=UNIT).text)
            assert parts <= (1 if language == "en" else 2)
            short: dict[str, str] = {name: facts[name] for name in wording.required(topic)}
            assert sms_parts(say(topic, channel="sms", language=language, facts=short).text) == 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
     ("क" * 70, 1), ("क" * 71, 2), ("क" * 134, 2), ("क" * 135, 3), ("😀" * 35, 1), ("😀" * 36, 2)],
)  # fmt: skip
def test_the_parts_of_an_sms_are_counted_as_the_network_does(text: str, parts: int) -> None:
    assert sms_parts(text) == parts
