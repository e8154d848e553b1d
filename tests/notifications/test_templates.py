"""A state's own words: versions that are never changed, and no name, number, place or word of a post in any of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, IntegrityError, connection, transaction

from districts.actors import CLOCK, Actor, Kind, Sight
from districts.models import Contact, Officer, Posting, RegisterEntry, State, Unit
from districts.onboarding import SEED
from districts.reach import reach_of
from districts.refusals import NotYourDesk
from notifications import templates, wording
from notifications.lanes import Office
from notifications.models import Channel, Message, Template
from notifications.templates import TemplateNotSound
from tests.notifications.conftest import Owe, deliver, now
from tests.notifications.gateways import GatewayServer

WORDS = {
    "topic": "case_forwarded",
    "channel": "sms",
    "language": "hi",
    "text": "{reference} {urgency}: संकट में व्यक्ति, {unit}। {link} राजस्थान पुलिस",
    "dlt_template_id": "1107161234567890123",
    "dlt_header": "RJPOLC",
}
FACTS = {"reference": "RJ-4829-1736", "urgency": "P1", "unit": "RJ-JHUNJHUNU", "link": "http://127.0.0.1:8000/cases/x"}


@pytest.fixture
def state(jhunjhunu: Unit) -> State:
    return jhunjhunu.state


def add(state: State, at: datetime, **changes: Any) -> Template:
    with reach_of(SEED):
        return templates.add_template(state, by=SEED, at=at, **WORDS | changes)


def test_a_post_is_told_in_the_states_own_words_with_their_dlt_numbers(
    owe: Owe, office: Office, control_room: Contact, sp: Contact, sms: GatewayServer, state: State, monday: datetime
) -> None:
    template = add(state, monday)
    (message, english) = owe((control_room, "sms"), (sp, "sms"), facts=FACTS)
    deliver(office, monday)
    body = next(one.body for one in sms.asked if one.id == str(message.pk))
    assert body["text"].startswith("RJ-4829-1736 अति आवश्यक: संकट में व्यक्ति, झुंझुनूं। http")
    assert (body["template_id"], body["header"]) == ("1107161234567890123", "RJPOLC")
    assert now(message).wording_id == template.pk
    other = next(one.body for one in sms.asked if one.id == str(english.pk))
    assert (other["template_id"], "header" in other) == ("case_forwarded.en.sms-call_back", False)


def test_without_what_a_template_speaks_of_the_house_speaks_for_itself(
    owe: Owe, control_room: Contact, state: State, monday: datetime
) -> None:
    add(state, monday)
    (message,) = owe((control_room, "sms"))
    assert message.text == "RJ-4829-1736 अति आवश्यक: संकट में व्यक्ति।"
    assert (message.wording_id, message.template_id[:14]) == (None, "case_forwarded")


def test_practice_says_so_and_does_not_go_by_the_number_of_the_real_words(
    owe: Owe, control_room: Contact, state: State, monday: datetime
) -> None:
    add(state, monday)
    (message,) = owe((control_room, "sms"), facts=FACTS, practice=True)
    assert message.text.startswith("अभ्यास। RJ-4829-1736")
    assert (message.template_id, message.header) == ("case_forwarded.hi.sms.practice-call_back", "")


def test_a_message_keeps_the_version_it_was_sent_with(
    owe: Owe, office: Office, control_room: Contact, sms: GatewayServer, state: State, monday: datetime
) -> None:
    first = add(state, monday)
    (message,) = owe((control_room, "sms"), facts=FACTS)
    with reach_of(SEED):
        second = templates.reword(first, {"text": "{reference} {urgency} नया। {link}"}, by=SEED, at=monday)
    (later,) = owe((control_room, "sms"), facts=FACTS)
    deliver(office, monday + timedelta(seconds=1))
    assert (second.version, now(message).wording_id, now(later).wording_id) == (2, first.pk, second.pk)
    assert "नया" not in next(one.body["text"] for one in sms.asked if one.id == str(message.pk))
    assert "नया" in later.text


def test_a_version_begins_when_it_is_to_and_ends_when_it_is_withdrawn(
    owe: Owe, control_room: Contact, state: State, monday: datetime
) -> None:
    template = add(state, monday, valid_from=monday + timedelta(days=1))
    assert owe((control_room, "sms"), facts=FACTS)[0].wording_id is None
    tomorrow = monday + timedelta(days=1)
    assert owe((control_room, "sms"), facts=FACTS, at=tomorrow)[0].wording_id == template.pk
    with reach_of(SEED):
        templates.withdraw(template, by=SEED, at=tomorrow + timedelta(hours=1))
    after = owe((control_room, "sms"), facts=FACTS, at=tomorrow + timedelta(hours=2))[0]
    assert after.wording_id is None
    with reach_of(SEED):
        acts = list(RegisterEntry.objects.filter(act__contains="template").order_by("pk").values_list("act", flat=True))
    assert acts == ["template_added", "template_withdrawn"]


def test_another_states_words_are_never_ours(owe: Owe, control_room: Contact, state: State, monday: datetime) -> None:
    other = State.objects.create(code="UP", name_en="Uttar Pradesh", name_hi="उत्तर प्रदेश", languages=["hi"])
    add(other, monday)
    assert owe((control_room, "sms"), facts=FACTS)[0].wording_id is None


@pytest.mark.parametrize(
    "text",
    [
        "{reference} call 9829012345",
        "{reference} call 98 29-01(23)",
        "{reference} call ९८२९",
        "{reference} call २ ३",
        "{reference} see http://x",
        "{reference} see setu.example",
        "{reference} write to a@b",
        "{reference} {name}",
        "{reference} {text}",
        "{reference} {reference!r}",
        "{reference} {unit.code}",
        "{reference} {unit:>200}",
        "{reference} {",
        "{{reference}}",
        "{reference} Rameshwar Kalpanik is in danger",
        "{reference} रामेश्वर कल्पनिक",
        "{reference} near Surajgarh Thana",
        "{reference} the accused",
        "{reference} आत्महत्या",
        "{reference} {count}",
        "no reference at all {urgency}",
        "{reference}\nsecond line",
        "{reference} \u202e{urgency}",
        "{reference} " + "लंबा " * 200,
    ],
)
def test_what_must_not_leave_gets_into_no_template(state: State, jhunjhunu: Unit, monday: datetime, text: str) -> None:
    Unit.objects.create(
        state=state, code="RJ-SURAJGARH", kind="station", name_en="Surajgarh Thana", name_hi="सूरजगढ़ थाना",
        group=Group.objects.create(name="RJ-SURAJGARH"),
    )  # fmt: skip
    for name in ("Rameshwar Kalpanik", "रामेश्वर कल्पनिक"):
        officer = Officer.objects.create(username=f"o{len(name)}", name=name)
        Posting.objects.create(officer=officer, unit=jhunjhunu, role="district_desk", valid_from=monday)
    with pytest.raises(TemplateNotSound):
        add(state, monday, text=text)
    assert not Template.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"topic": "gossip"},
        {"channel": "pigeon"},
        {"language": "fr"},
        {"dlt_template_id": "abc"},
        {"dlt_header": "RJ POLICE!"},
        {"channel": "voice", "dlt_template_id": "", "dlt_header": ""},  # it speaks no link
        {"channel": "email", "text": "{reference}\n\nx"},  # a mail has no DLT number
        {"topic": "deadline_missed"},  # it does not say which
        {"topic": "digest", "text": "{urgency}"},
    ],
)
def test_what_cannot_be_sent_as_written_is_refused(state: State, monday: datetime, changes: dict[str, Any]) -> None:
    with pytest.raises(TemplateNotSound):
        add(state, monday, **changes)


@pytest.mark.parametrize(
    "text", ["{reference} 9829012345", "{reference} ९८२ ९", "{reference} {name}", "{x", "see a.b", "http://x", "a@b"]
)
def test_the_database_itself_keeps_numbers_names_and_addresses_out(state: State, monday: datetime, text: str) -> None:
    """Whoever writes it, past every rule."""
    sound = {"state": state, "version": 1, "valid_from": monday} | {
        name: WORDS[name] for name in ("topic", "channel", "language", "text")
    }
    with reach_of(SEED):
        Template.objects.create(**sound)
    with pytest.raises(IntegrityError, match="template_h"), reach_of(SEED):
        Template.objects.create(**sound | {"version": 2, "text": text})


def test_what_was_sent_is_never_rewritten_and_no_officer_writes_words(state: State, monday: datetime) -> None:
    template = add(state, monday)
    for statement in (
        "UPDATE notifications_template SET text = 'x'",
        "UPDATE notifications_template SET dlt_template_id = ''",
        "DELETE FROM notifications_template",
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as one:
            one.execute(statement)
    unit = Unit.objects.get()
    for sight in (Sight.CELL, Sight.UNIT, Sight.ENGINE):
        officer = Actor(
            kind=Kind.OFFICER, label="officer:x", name="X", sight=sight, state_id=state.pk, unit_ids=(unit.pk,),
            group_ids=(unit.group_id,),
        )  # fmt: skip
        with reach_of(officer):
            assert Template.objects.filter(valid_to=None).count() == 1
        with pytest.raises(DatabaseError, match="row-level security"), reach_of(officer):
            template.pk, template.version = None, 2
            template.save(force_insert=True)
    with reach_of(SEED), pytest.raises(NotYourDesk):
        templates.add_template(state, by=CLOCK_OF_NOBODY, at=monday, **WORDS)


CLOCK_OF_NOBODY = Actor(kind=Kind.OFFICER, label="officer:nobody", name="Nobody", sight=Sight.GROUND)


@pytest.mark.parametrize("channel", Channel.values)
@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("topic", wording.TOPICS)
def test_the_houses_own_words_are_a_sound_template(topic: str, channel: str, language: str) -> None:
    text = wording.house_text(topic, channel=channel, language=language)
    assert templates.fault(topic, channel, text) is None
    template = Template(topic=topic, channel=channel, language=language, text=text)
    said = templates.sample(template)
    assert said.template is template
    house = wording.say(
        topic, channel=channel, language=language, unit=templates.SAMPLE_UNIT,
        facts={name: templates.SAMPLE[name] for name in wording.required(topic) | wording.optional(topic)},
    )  # fmt: skip
    assert said.text == house.text


def test_a_seed_file_may_bring_words_and_a_slip_in_one_stops_nothing(state: State, monday: datetime) -> None:
    sound = dict(WORDS)
    with reach_of(SEED):
        for _ in range(2):
            notices = templates.plant_templates(
                state, [sound, WORDS | {"text": "call 9829012345"}, 7], by=SEED, at=monday
            )
            assert [notice.partition(":")[0] for notice in notices] == ["templates[1]", "templates[2]"]
    assert [row.version for row in Template.objects.all()] == [1]
    with reach_of(SEED):
        templates.plant_templates(state, [sound | {"dlt_header": "RJCELL"}], by=SEED, at=monday)
    assert sorted(row.version for row in Template.objects.all()) == [1, 2]


def test_words_of_a_message_are_asked_for_once_however_many_are_told(
    owe: Owe, control_room: Contact, sp: Contact, state: State, monday: datetime, django_assert_max_num_queries: Any
) -> None:
    add(state, monday)
    with reach_of(CLOCK):
        Message.objects.count()
    book = templates.Book("case_forwarded", at=monday)
    book.of(control_room, "sms")
    with django_assert_max_num_queries(0):
        assert book.of(sp, "sms") is None
        assert book.of(control_room, "sms") is not None
