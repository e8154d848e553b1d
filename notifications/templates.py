"""Templates: a state's own words for a topic, checked so that no name, number, place or post gets into one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from districts.actors import Actor
from districts.models import Contact, Officer, State, Unit, UnitKind
from districts.onboarding import authority, register
from districts.refusals import Refusal
from notifications import wording
from notifications.models import Channel, Template

#: What stands for each variable where a template is shown and measured: of the longest sort that is usual.
SAMPLE: Final[Mapping[str, str]] = {
    "reference": "RJ-4829-1736",
    "urgency": "P1",
    "deadline": "CLAIM",
    "unit": "RJ-JHUNJHUNU",
    "call_back": "+915550000001",
    "link": "https://setu.police.example/cases/RJ-4829-1736",
    "count": "12",
}
SAMPLE_UNIT: Final = Unit(code="RJ-JHUNJHUNU", name_en="Jhunjhunu", name_hi="झुंझुनूं")
#: More than this of SMS, and a telephone far out shows the end before the beginning.
PARTS_MAX: Final = 4
VARIABLE: Final = re.compile(r"\{([a-z_]+)\}")
#: "Press 1" is one digit; two of them, whatever stands between, are the beginning of a number.
NUMBER: Final = re.compile(r"\d[\s.,()+/–-]*\d")
ADDRESS: Final = re.compile(r"://|@|\bwww\b|\w\.\w", re.IGNORECASE)
#: What is said of nobody (DESIGN 3), and no word that tells what somebody wrote or means to do.
HARM: Final = (
    "आरोपी", "पीड़ित", "झूठ", "आत्महत्या", "खुदकुशी", "फांसी", "फाँसी", "ज़हर", "accused", "victim", "suspect", "suicide",
    "hanging", "poison", "overdose",
)  # fmt: skip
DLT_ID: Final = re.compile(r"[0-9]{6,30}")
DLT_HEADER: Final = re.compile(r"[A-Za-z0-9-]{3,11}")
BETWEEN: Final = re.compile(r"[^\w\u0900-\u097f]+")
#: Places that are smaller than a district.
BELOW: Final = (UnitKind.CIRCLE, UnitKind.STATION)


Fault = str | LazyText | None


class TemplateNotSound(Refusal):
    """A template that could say what no message may say, or that cannot be sent as written."""

    code = "template_not_sound"
    sentence = _("This template can not be used: %(problem)s")


class Book:
    """The templates of one topic in force at a moment, asked for once for each state."""

    def __init__(self, topic: str, *, at: datetime) -> None:
        self._topic, self._at = topic, at
        self._states: dict[int, dict[tuple[str, str], Template]] = {}

    def of(self, contact: Contact, channel: str) -> Template | None:
        """Return the words of the post's state for a channel in the post's language; None for the house's own."""
        state_id = contact.unit.state_id
        if state_id not in self._states:
            rows = _in_force(self._at).filter(state=state_id, topic=self._topic).order_by("version")
            self._states[state_id] = {(row.channel, row.language): row for row in rows}
        language = contact.language if contact.language in wording.LANGUAGES else wording.LANGUAGES[0]
        return self._states[state_id].get((channel, language))


@transaction.atomic
def add_template(state: State, *, by: Actor, at: datetime, **given: Any) -> Template:
    """
    Add words of a state for a topic on a channel in a language: the next version, in force from now or from later on.

    :raises NotYourDesk: if somebody else administers the state
    :raises TemplateNotSound: if it could say what no message may say
    """
    authority.check_state(by, state, subject=_("message template"))
    values = _sound(state, given)
    kin = _kin(state, **{name: values[name] for name in ("topic", "channel", "language")})
    latest = kin.order_by("-version").first()
    template = Template(
        state=state,
        version=(latest.version if latest else 0) + 1,
        **values | {"valid_from": max(values.get("valid_from") or at, at)},
    )
    return register.add(template, note=register.Note(by, at, state))


@transaction.atomic
def reword(template: Template, changes: Mapping[str, Any], *, by: Actor, at: datetime) -> Template:
    """
    Let another version follow; what was sent in the old one stays true of it.

    :raises NotYourDesk: if somebody else administers the state
    :raises TemplateNotSound: if it could say what no message may say
    """
    fields = ("topic", "channel", "language", "text", "dlt_template_id", "dlt_header")
    values: dict[str, Any] = {name: getattr(template, name) for name in fields}
    values |= {
        name: changes[name] for name in ("text", "dlt_template_id", "dlt_header", "valid_from") if name in changes
    }
    return add_template(template.state, by=by, at=at, **values)


@transaction.atomic
def withdraw(template: Template, *, by: Actor, at: datetime) -> Template:
    """
    End every version of a template: the house's own words are sent again.

    :raises NotYourDesk: if somebody else administers the state
    """
    state = template.state
    authority.check_state(by, state, subject=template)
    kin = _kin(state, topic=template.topic, channel=template.channel, language=template.language)
    for one in kin.filter(valid_to=None).order_by("version"):
        register.change(
            one, {"valid_to": max(at, one.valid_from)}, note=register.Note(by, at, state), act="template_withdrawn"
        )
    return Template.objects.get(pk=template.pk)


def plant_templates(state: State, templates: object, *, by: Actor, at: datetime) -> list[str]:
    """
    Plant the ``templates`` of a seed file, and return what is worth a notice.

    One that cannot be used is passed over and said so: the house's own words are sent without it.
    """
    notices = []
    for number, given in enumerate(templates if isinstance(templates, list) else [templates]):
        try:
            with transaction.atomic():
                _plant(state, given, by=by, at=at)
        except Refusal as refusal:
            notices.append(f"templates[{number}]: {refusal}")
    return notices


def sample(template: Template) -> wording.Wording:
    """Return how a template reads, with the words that usually stand for its variables."""
    known = wording.required(template.topic) | wording.optional(template.topic)
    facts = {name: SAMPLE[name] for name in known}
    return wording.say(
        template.topic,
        channel=template.channel,
        language=template.language,
        facts=facts,
        unit=SAMPLE_UNIT,
        template=template,
    )


def fault(topic: str, channel: str, text: str, *, state: State | None = None) -> Fault:
    """Return what is wrong with the text of a template, None if nothing is."""
    names = VARIABLE.findall(text)
    literal = VARIABLE.sub(" ", text)
    known = wording.required(topic) | wording.optional(topic)
    needed = (wording.required(topic) & {"reference", "deadline", "count"}) - set(names)
    if re.search(r"[{}]", literal) or set(names) - known:
        return _("in braces stands one of these, and nothing else: %(names)s.") % {"names": ", ".join(sorted(known))}
    if needed:
        return _("it must say %(names)s.") % {"names": ", ".join(f"{{{name}}}" for name in sorted(needed))}
    if NUMBER.search(literal):
        return _("it holds a number. Numbers come from variables only; a single digit is a key to press.")
    if ADDRESS.search(literal):
        return _("it holds an address. The only address is the variable {link}.")
    if word := next((word for word in HARM if word in literal.lower()), None):
        return _("“%(word)s” is said of nobody.") % {"word": word}
    return _fault_of_shape(channel, text, names) or (_fault_of_names(state, literal) if state else None)


def _fault_of_shape(channel: str, text: str, names: list[str]) -> Fault:
    """Return what is wrong with how a text would look on its channel."""
    lines = text.split("\n")
    if any(not sign.isprintable() for line in lines for sign in line):
        return _("it holds a sign that cannot be shown.")
    if channel == Channel.VOICE and "link" in names:
        return _("a voice speaks no link.")
    if channel != Channel.EMAIL and len(lines) > 1:
        return _("write it in one line.")
    if channel == Channel.EMAIL and (len(lines) < 3 or not lines[0].strip() or lines[1].strip()):
        return _("the first line of a mail is its subject, the second one is empty, then comes the letter.")
    return None


def _fault_of_names(state: State, literal: str) -> Fault:
    """Return whether a text names an officer, or a place smaller than a district."""
    words = f" {_plain(literal)} "
    places = Unit.objects.filter(state=state, kind__in=BELOW).values_list("name_en", "name_hi")
    people = Officer.objects.filter(postings__unit__state=state).values_list("name", flat=True)
    for name in {*people, *(name for pair in places for name in pair)}:
        if (plain := _plain(name)) and f" {plain} " in words:
            return _("it holds a name. Who and where come from the portal, to those who act.")
    return None


def _plain(words: str) -> str:
    """Return words without the signs between them, so that a name is found however it is set."""
    return BETWEEN.sub(" ", words).strip().lower()


def _sound(state: State, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a template as they are kept."""
    values = {name: str(given.get(name) or "").strip() for name in ("topic", "channel", "language")}
    text = str(given.get("text") or "").replace("\r\n", "\n").strip()
    if values["topic"] not in wording.TOPICS or values["language"] not in wording.LANGUAGES:
        raise TemplateNotSound(problem=_("give a topic and a language that there are."))
    if values["channel"] not in Channel.values:
        raise TemplateNotSound(problem=_("give a channel: sms, voice or email."))
    if problem := fault(values["topic"], values["channel"], text, state=state):
        raise TemplateNotSound(problem=problem)
    dlt_id, header = (str(given.get(name) or "").strip() for name in ("dlt_template_id", "dlt_header"))
    if (dlt_id or header) and values["channel"] == Channel.EMAIL:
        raise TemplateNotSound(problem=_("a mail has no DLT id and no DLT header."))
    if dlt_id and not DLT_ID.fullmatch(dlt_id):
        raise TemplateNotSound(problem=_("a DLT template id is a number of 6 to 30 digits."))
    if header and not DLT_HEADER.fullmatch(header):
        raise TemplateNotSound(problem=_("a DLT header has 3 to 11 letters, digits or hyphens."))
    values |= {"text": text, "dlt_template_id": dlt_id, "dlt_header": header}
    parts = wording.sms_parts(sample(Template(**values)).text) if values["channel"] == Channel.SMS else 1
    if parts > PARTS_MAX:
        raise TemplateNotSound(problem=_("it costs %(parts)s SMS; write it shorter.") % {"parts": parts})
    return values | {"valid_from": given.get("valid_from")}


def _plant(state: State, given: object, *, by: Actor, at: datetime) -> None:
    if not isinstance(given, dict):
        raise TemplateNotSound(problem=_("give topic, channel, language and text."))
    values = _sound(state, given)
    kin = _kin(state, **{name: values[name] for name in ("topic", "channel", "language")})
    latest = kin.filter(valid_to=None).order_by("-version").first()
    if latest is None or any(getattr(latest, n) != values[n] for n in ("text", "dlt_template_id", "dlt_header")):
        add_template(state, by=by, at=at, **values | {"valid_from": None})


def _kin(state: State, *, topic: str, channel: str, language: str) -> QuerySet[Template]:
    return Template.objects.filter(state=state, topic=topic, channel=channel, language=language).select_related("state")


def _in_force(at: datetime) -> QuerySet[Template]:
    return Template.objects.filter(Q(valid_to=None) | Q(valid_to__gt=at), valid_from__lte=at)
