"""Refusals: a rule's "no", with a code for machines, a sentence for people, and what can be done instead."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from districts.refusals import Refusal


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


class ReasonNeeded(Refusal):
    """An act that has to say why."""

    code = "reason_needed"
    sentence = _("%(reference)s: write the reason, so that the next one who looks understands.")


class NothingToReveal(Refusal):
    """The field has nothing in it."""

    code = "nothing_to_reveal"
    sentence = _("%(reference)s: there is nothing to show in “%(field)s”.")


class SameCase(Refusal):
    """A case can not be joined to itself."""

    code = "same_case"
    sentence = _("%(reference)s is this case. Give the reference of the other one.")


class PracticeAndReal(Refusal):
    """One of two cases is an exercise."""

    code = "practice_and_real"
    sentence = _("One of %(reference)s and %(other)s is practice. Practice and real are never joined.")


class StillWithUnits(Refusal):
    """The case that would be emptied is with a unit."""

    code = "still_with_units"
    sentence = _(
        "%(reference)s is with %(units)s. Recall it first, or open %(reference)s and join the other case to it."
    )


class NothingToJoin(Refusal):
    """The case has no alert of its own any more."""

    code = "nothing_to_join"
    sentence = _("%(reference)s has no alert of its own any more: it was joined into another case before.")


class NotInThisCase(Refusal):
    """The alert belongs to another case, or there is none."""

    code = "not_in_this_case"
    sentence = _("%(reference)s has no such alert. Look at the case again.")


class OnlyAlert(Refusal):
    """A case keeps at least one alert."""

    code = "only_alert"
    sentence = _("%(reference)s has this one alert only. A case is not left without one: close it instead.")


class NoPlaceSaid(Refusal):
    """A sighting without anything that could be a place."""

    code = "no_place_said"
    sentence = _("%(reference)s: say where: words, a PIN, a number or coordinates.")


class NoSuchSighting(Refusal):
    """The sighting is none of this case's."""

    code = "no_such_sighting"
    sentence = _("%(reference)s has no such hint of a place. Look at the case again.")


class AlreadyStruck(Refusal):
    """Somebody has struck the sighting before."""

    code = "already_struck"
    sentence = _("%(reference)s: this hint of a place is struck already. Look at the case again.")


class ReceiptAcknowledged(Refusal):
    """Somebody of the unit has acknowledged the receipt before."""

    code = "receipt_acknowledged"
    sentence = _("%(reference)s: your unit has acknowledged this already. There is nothing more to do.")


class NothingToLookBackAt(Refusal):
    """No look back is owed."""

    code = "nothing_to_look_back_at"
    sentence = _("%(reference)s: no look back is owed. If the person is in danger, open the case again.")


class FamilyNotTold(Refusal):
    """Somebody has said that the family must not be told."""

    code = "family_not_told"
    sentence = _("%(reference)s: the family must not be told: %(why)s. If it must be all the same, write the reason.")


class ConsentNeeded(Refusal):
    """A helpline is given somebody's number only if they have said yes."""

    code = "consent_needed"
    sentence = _("%(reference)s: ask the person first, and hand over to a helpline only if they say yes.")


class NoRequest(Refusal):
    """There is no open request of that number."""

    code = "no_request"
    sentence = _("%(reference)s has no open request %(number)s. Look at the list of requests.")


class NoCallRecords(Refusal):
    """Somebody has asked for call records."""

    code = "no_call_records"
    sentence = _("%(reference)s: call records are not asked for here. Ask for where the telephone is now.")


class WrongCode(Refusal):
    """What was read back is not what stands on the sheet."""

    code = "wrong_code"
    sentence = _("%(reference)s: this is not the code of the sheet. Have it read again from the sheet, digit by digit.")


class OfficerNamed(Refusal):
    """Somebody is named already."""

    code = "officer_named"
    sentence = _("%(reference)s: %(officer)s is named as the officer in charge. Write a note if that has changed.")


class LinkSpent(Refusal):
    """A one-tap link has been used, has run out, or somebody has answered in its place."""

    code = "link_spent"
    sentence = _("This link has been used or has run out.")


class NothingRuns(Refusal):
    """No promise, or no further step of a ladder, is running."""

    code = "nothing_runs"
    sentence = _("%(reference)s: nothing is running here that could be hurried or held. Look at the ladder.")


class AlreadyPaused(Refusal):
    """One pause at a time."""

    code = "already_paused"
    sentence = _("%(reference)s is paused until %(until)s. Let it go on first.")


class NotPaused(Refusal):
    """There is no pause to be ended."""

    code = "not_paused"
    sentence = _("%(reference)s is not paused.")


class PauseTooLong(Refusal):
    """The policy allows less."""

    code = "pause_too_long"
    sentence = _("%(reference)s may be paused for %(minutes)s minutes at most.")


class InChargeNeeded(Refusal):
    """Only the shift in-charge may hold this one."""

    code = "in_charge_needed"
    sentence = _("%(reference)s is live or imminent, or was held before: only the shift in-charge may pause it.")


class UrgentAndNobodys(Refusal):
    """A shift would end while a case of the highest urgency is held by nobody."""

    code = "urgent_and_nobodys"
    sentence = _(
        "%(references)s: most urgent, and nobody holds it. Claim it, or have somebody claim it, before the shift ends."
    )


class NextStepNeeded(Refusal):
    """A case would be handed over without a word."""

    code = "next_step_needed"
    sentence = _("%(references)s: write the next step, so that the next desk knows what to do.")


class AlreadyHandedOver(Refusal):
    """The sheet waits already, or was taken."""

    code = "already_handed_over"
    sentence = _("This shift was handed over at %(at)s. Look at the sheet again.")


class NotFromYourself(Refusal):
    """Somebody would take over their own shift."""

    code = "not_from_yourself"
    sentence = _("Nobody takes over from themselves. The operator of the next shift signs here.")


class NotReadOut(Refusal):
    """A case on the sheet was not ticked."""

    code = "not_read_out"
    sentence = _("%(references)s: not ticked yet. Have each case read out, and tick it.")
