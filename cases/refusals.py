"""Refusals: a rule's "no", with a code for machines, a sentence for people, and what can be done instead."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """A rule said no. ``facts`` fill the sentence and travel with it to machines."""

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str | LazyText] = _("This cannot be done now.")

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code)
        self.facts = facts

    def __str__(self) -> str:
        return str(self.sentence) % {name: str(value) for name, value in self.facts.items()}


class NotYours(Refusal):
    """Somebody of the wrong side, or without a working role, tried."""

    code = "not_yours"
    sentence = _("%(reference)s: “%(verb)s” is not part of your post. Ask %(who)s to do it.")


class WrongMoment(Refusal):
    """The case or the forwarding does not stand where the verb needs it."""

    code = "wrong_moment"
    sentence = _("%(reference)s is %(status)s. “%(verb)s” can be done only while it is: %(allowed)s.")


class AlreadyClaimed(Refusal):
    """Another operator holds the case."""

    code = "already_claimed"
    sentence = _("%(reference)s is with %(holder)s. To take it over, claim it again and give a reason.")


class AlreadyForwarded(Refusal):
    """The unit has the case already."""

    code = "already_forwarded"
    sentence = _("%(reference)s is already with %(unit)s. Recall it first, or choose another unit.")


class UnitNotActing(Refusal):
    """A case can not be sent to that unit."""

    code = "unit_not_acting"
    sentence = _("%(unit)s does not take cases at this time. Choose a police unit that acts.")


class NotWithUnit(Refusal):
    """The unit named has no open forwarding of the case."""

    code = "not_with_unit"
    sentence = _("%(reference)s is not with %(unit)s. Look at the list of forwardings and choose one of them.")


class ContactNotConfirmed(Refusal):
    """An outcome says that somebody was reached and nobody has confirmed it."""

    code = "contact_not_confirmed"
    sentence = _(
        "%(reference)s: nobody has confirmed contact, and outcome %(outcome)s says so. "
        "Record the contact first, or close it with the outcome that says why not."
    )


class LoweringNeedsReason(Refusal):
    """Urgency may be lowered by a human only, with a reason."""

    code = "reason_needed"
    sentence = _("%(reference)s: to change the urgency, write the reason.")


class NothingToReveal(Refusal):
    """The field has nothing in it."""

    code = "nothing_to_reveal"
    sentence = _("%(reference)s: there is nothing to show in “%(field)s”.")
