"""Acts: what the register of onboarding says was done, in words, and about what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _

#: Every act that is registered, by its code. The floors above register theirs here as well.
ACTS: Mapping[str, Any] = {
    "state_added": _("state added"),
    "state_changed": _("details of a state changed"),
    "district_added": _("district added"),
    "district_changed": _("district changed"),
    "unit_added": _("unit added"),
    "unit_changed": _("unit changed"),
    "unit_closed": _("unit closed"),
    "contact_added": _("contact added"),
    "contact_changed": _("contact changed"),
    "contact_tested": _("contact tested"),
    "counterpart_added": _("portal of another state added"),
    "counterpart_changed": _("portal of another state changed"),
    "duty_added": _("duty added"),
    "duty_changed": _("duty changed"),
    "duty_ended": _("duty ended"),
    "duty_called_off": _("duty called off"),
    "place_added": _("place added"),
    "place_changed": _("place changed"),
    "pinarea_added": _("PIN added"),
    "pinarea_changed": _("PIN changed"),
    "stdarea_added": _("STD code added"),
    "stdarea_changed": _("STD code changed"),
    "facts_imported": _("facts imported from a file"),
    "officer_added": _("officer added"),
    "officer_changed": _("officer changed"),
    "officer_password_set": _("password set"),
    "officer_second_factor_set": _("second factor switched on"),
    "officer_second_factor_removed": _("second factor switched off"),
    "language_chosen": _("language chosen"),
    "posting_added": _("posting added"),
    "posting_changed": _("posting changed"),
    "posting_ended": _("posting ended"),
    "partner_added": _("partner added"),
    "partner_changed": _("partner changed"),
    "key_added": _("key of a partner added"),
    "key_changed": _("key of a partner changed"),
    "key_revoked": _("key of a partner revoked"),
    "policy_added": _("policy added"),
    "policy_changed": _("policy changed"),
    "template_added": _("wording of a message added"),
    "template_changed": _("wording of a message changed"),
    "template_withdrawn": _("wording of a message withdrawn"),
    "webhook_replayed": _("webhook sent once more"),
    "maillayout_added": _("mail layout added"),
    "maillayout_changed": _("mail layout changed"),
}
#: The noun that acts on a row begin with, where it is not the name of the table.
NOUNS: Mapping[str, str] = {"key": "partnerkey"}


def act_words(act: str) -> str:
    """Return an act in words; a code of a later release, which nobody here knows, as it stands."""
    return str(ACTS.get(act, act))


def acts_called(words: str) -> list[str]:
    """Return the acts whose words hold these, as somebody types them who reads the list."""
    return [act for act, said in ACTS.items() if words.casefold() in str(said).casefold()]


def subject_words(subject: str) -> str:
    """Return what an act was about: the noun in words, and the name the register knows it by."""
    noun, between, name = subject.partition(":")
    wanted = NOUNS.get(noun, noun)
    found = next((model for model in apps.get_models() if model._meta.model_name == wanted), None)
    return f"{found._meta.verbose_name} {name}" if found and between else subject
