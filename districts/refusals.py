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


# ---- onboarding: who may -----------------------------------------------------------------------------------


class NotYourDesk(Refusal):
    """Somebody onboards where they are no administrator."""

    code = "not_your_desk"
    sentence = _("%(subject)s is not in your charge. Ask the administrator of that state or unit.")


class NotOnYourself(Refusal):
    """An administrator would change their own postings."""

    code = "not_on_yourself"
    sentence = _("Nobody changes a posting of their own. Ask another administrator to do it for %(officer)s.")


# ---- onboarding: what does not fit -------------------------------------------------------------------------


class FieldNotSound(Refusal):
    """A value can not be what it is given as."""

    code = "field_not_sound"
    sentence = _("“%(field)s”: %(problem)s")


class Taken(Refusal):
    """There is one of that name already."""

    code = "taken"
    sentence = _("%(subject)s exists already. Change that one, or choose another name.")


class ImpossibleRow(Refusal):
    """The database refused what no rule foresaw."""

    code = "impossible"
    sentence = _("%(subject)s cannot be stored like this (%(rule)s). Look at the values again.")


class EndsBeforeItBegins(Refusal):
    """An end lies before its beginning."""

    code = "ends_before_it_begins"
    sentence = _("%(subject)s would end before it begins. Give a later end.")


class OtherStatesUnit(Refusal):
    """Two things of different states would be tied together."""

    code = "other_states_unit"
    sentence = _("%(subject)s belongs to another state than %(other)s. Choose one of the same state.")


class UnitBelowItself(Refusal):
    """A unit would stand above itself."""

    code = "unit_below_itself"
    sentence = _("%(unit)s stands above %(parent)s, so it cannot also be below it. Choose another unit above.")


class UnitClosed(Refusal):
    """The unit has ended."""

    code = "unit_closed"
    sentence = _("%(unit)s is closed. Choose the unit that took over its territory.")


class UnitsBelow(Refusal):
    """A unit is to be closed while others still look up to it."""

    code = "units_below"
    sentence = _("%(unit)s still has units below it: %(below)s. Place them under another unit first.")


class SecondCell(Refusal):
    """A state would have two cells."""

    code = "second_cell"
    sentence = _("%(state)s has its cell already. Close that one first, or choose another kind of unit.")


class RoleNotThere(Refusal):
    """The role makes no sense at that kind of unit."""

    code = "role_not_there"
    sentence = _("%(role)s is no role at %(unit)s (%(kind)s). There it can be: %(allowed)s.")


class AlreadyPosted(Refusal):
    """The officer serves there in that role in that time already."""

    code = "already_posted"
    sentence = _("%(officer)s is posted there in this role already. End that posting first, or change its time.")


class AlreadyOnDuty(Refusal):
    """The same is entered for that post, officer and time already."""

    code = "already_on_duty"
    sentence = _("%(subject)s has such an entry for that officer in that time already. Call that one off first.")


class JustTested(Refusal):
    """The number has been tested a moment ago."""

    code = "tested_just_now"
    sentence = _("%(subject)s was tested a moment ago. Wait a minute for what comes of it.")


class NothingToTest(Refusal):
    """The post has no telephone."""

    code = "nothing_to_test"
    sentence = _("%(subject)s has no telephone to test. Enter one first.")


class RosterFaulty(Refusal):
    """A duty roster has faults, so nothing of it is stored."""

    code = "roster_faulty"
    sentence = _("Nothing was stored: %(faults)s lines have faults. Correct them and send the file again.")


class TwoStates(Refusal):
    """An officer would serve in two states at once."""

    code = "two_states"
    sentence = _("%(officer)s is posted in another state. End the postings there first.")


class AlreadyEnded(Refusal):
    """The posting, key or unit has ended before."""

    code = "already_ended"
    sentence = _("%(subject)s has ended already. Begin a new one instead.")


class PostingNeeded(Refusal):
    """A new officer without a place would be in nobody's charge."""

    code = "posting_needed"
    sentence = _("Say at which unit and in which role %(officer)s will serve.")


class TwoKeysLive(Refusal):
    """The partner has two live keys."""

    code = "two_keys_live"
    sentence = _("%(partner)s has two live keys already. Revoke one of them first.")


class LadderNotSound(Refusal):
    """A ladder can not be climbed as written."""

    code = "ladder_not_sound"
    sentence = _("Ladder, step %(step)s: %(problem)s")


class SeedFault(Refusal):
    """A seed file can not be planted."""

    code = "seed_fault"
    sentence = _("%(place)s: %(problem)s")
