"""The shape of an alert on the wire. It checks form; ``cases.intake`` decides."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from portal.api.v1.fields import OPTIONAL, Flag, Moment, Number, OneOf, Text, Whole, words
from portal.api.v1.problems import Fault, Invalid, InvalidAddition, faults_in
from portal.api.v1.reading import Reading, pointer_to

NAME, ADDRESS, ITEMS, WARNINGS_MAX = 200, 2000, 2000, 100
LEVELS = ("imminent", "high", "concern")
#: Evidence under a word we do not know is still evidence: it is kept, and the word is named in ``warnings``.
EVENTS = ("login", "post", "other")
SOURCES = ("gps", "ip", "profile", "checkin", "text", "sim", "address")


def several(form: serializers.Serializer[Any], *, most: int) -> serializers.ListSerializer[Any]:
    """Return a field for a list of objects."""
    return serializers.ListSerializer(child=form, max_length=most, **OPTIONAL)


class Urgency(serializers.Serializer[Any]):
    """How urgent the partner takes it to be. It decides how fast somebody is woken, so it is never guessed."""

    level = OneOf(choices=LEVELS, **OPTIONAL)
    reason = Text(2000)


class Content(serializers.Serializer[Any]):
    """What was posted."""

    posted_at = Moment(**OPTIONAL)
    detected_at = Moment(**OPTIONAL)
    text = Text(help_text="As it was posted. As long as the body may be.")
    language = Text(40)
    urls = words(ADDRESS)
    live = Flag(**OPTIONAL)
    removed = Flag(**OPTIONAL)


class Phone(serializers.Serializer[Any]):
    """A number of the person."""

    number = Text(40, help_text="E.164 where it can be; kept as it is written where it can not.")
    verified = Flag(**OPTIONAL)


class Email(serializers.Serializer[Any]):
    """An address of the person."""

    address = Text(320)
    verified = Flag(**OPTIONAL)


class Subject(serializers.Serializer[Any]):
    """Who it is about."""

    platform_user_id = Text(NAME)
    handle = Text(NAME)
    display_names = words(NAME)
    profile_urls = words(ADDRESS)
    bio = Text(20000)
    claimed_age = Whole(min_value=0, max_value=150, **OPTIONAL)
    phones = several(Phone(), most=100)
    emails = several(Email(), most=100)


class IPEvent(serializers.Serializer[Any]):
    """A moment at which the account was used from an address."""

    ip = Text(64)
    port = Whole(min_value=0, max_value=65535, **OPTIONAL)
    at = Moment(**OPTIONAL)
    event = Text(40, help_text=f"One of: {', '.join(EVENTS)}. Another word is kept and named in `warnings`.")
    possible_proxy = Flag(**OPTIONAL)


class Device(serializers.Serializer[Any]):
    """A device the account was used from."""

    type = Text(NAME)
    id = Text(NAME)
    at = Moment(**OPTIONAL)


class Location(serializers.Serializer[Any]):
    """A piece of evidence of where the person may be."""

    # ``Field.source`` is of the library; the serializer takes this one away from the class.
    source = Text(  # type: ignore[assignment]  # see above
        40, help_text=f"One of: {', '.join(SOURCES)}. Another word is kept and named in `warnings`."
    )
    lat = Number(min_value=-90, max_value=90, **OPTIONAL)
    lon = Number(min_value=-180, max_value=180, **OPTIONAL)
    accuracy_m = Number(min_value=0, max_value=50_000_000, **OPTIONAL)
    text = Text(2000)
    pin = Text(20)
    city = Text(NAME)
    region = Text(NAME)
    country = Text(NAME)
    at = Moment(**OPTIONAL)
    verified = Flag(**OPTIONAL)


class AssociatedAccount(serializers.Serializer[Any]):
    """Another account that belongs to the person or leads to them."""

    platform = Text(NAME)
    handle = Text(NAME)
    relation = Text(NAME)


class Contact(serializers.Serializer[Any]):
    """Somebody who may know where the person is."""

    relation = Text(NAME)
    handle = Text(NAME)
    phone = Text(40)


class PlatformActions(serializers.Serializer[Any]):
    """What the platform has done already."""

    helpline_shown = Flag(**OPTIONAL)
    account_disabled = Flag(**OPTIONAL)


class PartnerContact(serializers.Serializer[Any]):
    """Whom the cell can ask at the partner's."""

    name = Text(NAME)
    phone = Text(40)


class Alert(serializers.Serializer[Any]):
    """
    A report that somebody may be about to end their life.

    Only `partner_reference`, `sent_at` and one thing that leads to the person are needed. Send what you have, at once.
    """

    partner_reference = Text(
        NAME, required=True, allow_null=False, allow_blank=False, help_text="Yours; the same again is the same alert."
    )
    platform = Text(40)
    sent_at = Moment(help_text="When you sent it. Not more than a day ahead of our clock.")
    urgency = Urgency(**OPTIONAL)
    practice = Flag(**OPTIONAL)
    content = Content(**OPTIONAL)
    subject = Subject(**OPTIONAL)
    ip_events = several(IPEvent(), most=ITEMS)
    devices = several(Device(), most=ITEMS)
    locations = several(Location(), most=ITEMS)
    associated_accounts = several(AssociatedAccount(), most=ITEMS)
    contacts = several(Contact(), most=ITEMS)
    prior_references = words(NAME)
    platform_actions = PlatformActions(**OPTIONAL)
    partner_contact = PartnerContact(**OPTIONAL)
    reviewed_by_human = Flag(**OPTIONAL)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for one thing that leads to the person; without it nobody could be looked for."""
        subject, content = attrs.get("subject") or {}, attrs.get("content") or {}
        leads = (
            subject.get("handle", "") or "",
            subject.get("platform_user_id", "") or "",
            *(phone.get("number") or "" for phone in subject.get("phones") or ()),
            *(subject.get("profile_urls") or ()),
            *(content.get("urls") or ()),
        )
        if not any(lead.strip(" @") for lead in leads):
            needed = (
                "One of subject.handle, subject.platform_user_id, subject.phones, subject.profile_urls "
                "and content.urls is needed."
            )
            raise serializers.ValidationError({"subject": [ErrorDetail(needed, code="identifier_needed")]})
        return attrs


class Supplement(Alert):
    """More about an alert: any of its members, and words. Send what is new, as often as there is something new."""

    partner_reference = Text(NAME)
    sent_at = Moment(**OPTIONAL)
    text = Text(help_text="What there is to say. As long as the body may be.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for nothing: who it is about was said before."""
        return attrs


class Retraction(serializers.Serializer[Any]):
    """The alert was a mistake. Nothing is deleted, and nobody is called back by it: the cell reads it and decides."""

    reason = Text(2000, required=True, allow_null=False, allow_blank=False)


# Made once: a serializer copies all its fields when it is made, which costs more than checking an alert, and
# ``run_validation`` keeps nothing in it.
FORM = Alert()
SUPPLEMENT = Supplement()
RETRACTION = Retraction()


def checked(reading: Reading) -> dict[str, Any]:
    """
    Return the alert in our types.

    :raises Invalid: naming every field that is missing or wrong
    """
    if "/partner_reference" in reading.replaced:
        what = "This has characters that can not be kept, and a reference must be kept as it is."
        raise Invalid([Fault("/partner_reference", "bad_characters", what)])
    try:
        fields: dict[str, Any] = FORM.run_validation(reading.value)
    except serializers.ValidationError as wrong:
        raise Invalid([_ours(fault) for fault in faults_in(wrong.detail)]) from wrong
    return fields


def checked_addition(reading: Reading, form: serializers.Serializer[Any]) -> dict[str, Any]:
    """
    Return a supplement or a retraction in our types.

    :raises InvalidAddition: naming every field that is missing or wrong
    """
    try:
        fields: dict[str, Any] = form.run_validation(reading.value)
    except serializers.ValidationError as wrong:
        raise InvalidAddition([_ours(fault) for fault in faults_in(wrong.detail)]) from wrong
    if not any(value not in (None, "", [], {}) for value in reading.value.values()):
        raise InvalidAddition([Fault("", "required", "There is nothing in it.")])
    return fields


def warnings_of(reading: Reading, form: serializers.Serializer[Any] = FORM) -> list[str]:
    """Return the JSON pointers of what is kept in the sealed bytes and was not, or not wholly, understood."""
    found = [*_unknown(form, reading.value, ""), *reading.replaced, *_strange_words(reading.value)]
    found = list(dict.fromkeys(found))
    if len(found) > WARNINGS_MAX:
        return [*found[:WARNINGS_MAX], f"and {len(found) - WARNINGS_MAX} more"]
    return found


def _unknown(form: object, value: object, pointer: str) -> list[str]:
    """Return the members that the form does not know, at every level that it does."""
    if isinstance(form, serializers.ListSerializer) and isinstance(value, list):
        items = enumerate(value)
        return [name for number, item in items for name in _unknown(form.child, item, f"{pointer}/{number}")]
    if not isinstance(form, serializers.Serializer) or not isinstance(value, dict):
        return []
    found = []
    for key, item in value.items():
        here = pointer_to(pointer, key)
        field = form.fields.get(key)
        found += [here] if field is None else _unknown(field, item, here)
    return found


def _strange_words(body: dict[str, Any]) -> list[str]:
    """Return the words for the source of a place or the kind of an event that we do not know."""
    lists = (("locations", "source", SOURCES), ("ip_events", "event", EVENTS))
    return [
        f"/{name}/{number}/{word}"
        for name, word, known in lists
        for number, item in enumerate(body.get(name) or ())
        if item.get(word) and item[word].strip() not in known
    ]


def _ours(fault: Fault) -> Fault:
    """Put the codes of the library into our words; its sentences repeat nothing that was sent."""
    ours = {"invalid": "wrong_type", "not_a_list": "wrong_type", "max_length": "too_long", "blank": "required"}
    return Fault(fault.pointer, ours.get(fault.code, fault.code), fault.detail)
