"""Acts: every verb of a case, its form and the one rule it calls. The view is the same for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases import (
    access,
    claiming,
    crossings,
    family,
    forwarding,
    information,
    inquiries,
    linking,
    looking_back,
    notes,
    outcome,
    outreach,
    pacing,
    response,
    sightings,
    urgency,
    watching,
)
from cases.models import Alert, Case
from cases.states import Verb
from districts.actors import Actor
from portal.doors import first_or_404
from portal.views import forms, further_forms

Rule = Callable[[Case, dict[str, Any], Actor, datetime], object]


@dataclass(frozen=True, slots=True)
class Act:
    """What a verb takes, and which rule decides."""

    form: type[forms.VerbForm]
    rule: Rule


def _claim(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return claiming.claim(case, reason=said["reason"], by=by, at=at)


def _release(case: Case, _said: dict[str, Any], by: Actor, at: datetime) -> object:
    return claiming.release(case, by=by, at=at)


def _urgency(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return urgency.change_urgency(case, urgency=said["urgency"], reason=said["reason"], by=by, at=at)


def _forward(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    named = {name: said[name] for name in ("note", "suggestion_rank", "differs_because")}
    return forwarding.forward(case, to=said["unit"], part=said["role"], **named, by=by, at=at)


def _recall(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return forwarding.recall(case, unit=said["unit"], reason=said["reason"], by=by, at=at)


def _acknowledge(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    named = {name: said[name] for name in ("officer_name", "officer_phone", "eta_minutes")}
    return response.acknowledge(case, **named, by=by, at=at)


def _name_officer(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    named = {name: said[name] for name in ("officer_name", "officer_phone", "eta_minutes")}
    return response.name_officer(case, **named, by=by, at=at)


def _return(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    other = said["suggested_unit"]
    return forwarding.return_case(case, reason=said["reason"], suggested_unit=other, by=by, at=at)


def _move(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return response.move(case, team=said["team"], vehicle=said["vehicle"], by=by, at=at)


def _contact(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    named = {name: said[name] for name in ("confirmed", "condition", "place")}
    return response.contact(case, **named, by=by, at=at)


def _report(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    named = {name: said[name] for name in ("kind", "outcome", "text")}
    facts = {name: said[name] for name in forms.REPORT_FACTS if said[name]}
    return response.report(case, **named, facts=facts, by=by, at=at)


def _help(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return response.ask_help(case, text=said["text"], by=by, at=at)


def _close(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return outcome.close(case, outcome=said["outcome"], note=said["note"], by=by, at=at)


def _set_aside(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return outcome.set_aside(case, reason=said["reason"], by=by, at=at)


def _reopen(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return outcome.reopen(case, reason=said["reason"], by=by, at=at)


def _outreach(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    named = {name: said[name] for name in ("kind", "result", "note", "despite")}
    return outreach.attempt(case, **named, by=by, at=at)


def _follow_up(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return looking_back.look_back(case, result=said["result"], note=said["note"], by=by, at=at)


def _family(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return family.change(case, told=said["told"] == "yes", reason=said["reason"], by=by, at=at)


def _helpline(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    named = {name: said[name] for name in ("helpline", "result", "note")}
    return outreach.hand_to_helpline(case, consent=said["consent"] == "yes", **named, by=by, at=at)


def _ask(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    names = ("kind", "addressee", "basis", "purpose", "subject", "officer_name", "officer_rank", "officer_phone")
    return inquiries.ask(case, inquiries.Question(**{name: said[name] for name in names}), by=by, at=at)


def _answer(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    names = ("lat", "lon", "radius_m", "seen_at")
    # Of a telecom company's word the rule makes a fix; a platform's or 112's is what was said to them.
    place = sightings.Place(source="address", text=said["place"], **{name: said[name] for name in names})
    return inquiries.answer(case, number=said["number"], text=said["answer"], place=place, by=by, at=at)


def _confirm(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    names = ("unit", "code", "officer_name", "officer_phone", "their_reference")
    return crossings.confirm(case, **{name: said[name] for name in names}, by=by, at=at)


def _sighting(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    names = ("source", "whose", "text", "pin", "phone", "lat", "lon", "radius_m", "seen_at")
    place = sightings.Place(**{name: said[name] for name in names})
    corrects = first_or_404(sightings.of(case).filter(pk=said["corrects"])) if said["corrects"] else None
    return sightings.add(case, place, corrects=corrects, by=by, at=at)


def _strike(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    sighting = first_or_404(sightings.of(case).filter(pk=said["sighting"]))
    return sightings.strike(case, sighting, reason=said["reason"], by=by, at=at)


def _join(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    other = first_or_404(access.cases_for(by).filter(reference=said["other"]))
    access.look(other, by=by, at=at, kind="join")
    return linking.join(case, other, by=by, at=at)


def _unjoin(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    alert = first_or_404(Alert.objects.filter(pk=said["alert"], links__case=case, links__ended_at=None))
    return linking.unjoin(case, alert, by=by, at=at)


def _information(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return information.request_information(case, needs=said["needs"], by=by, at=at)


def _escalate(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return pacing.escalate(case, unit=said["unit"], reason=said["reason"], by=by, at=at)


def _pause(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return pacing.pause(case, unit=said["unit"], minutes=said["minutes"], reason=said["reason"], by=by, at=at)


def _resume(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return pacing.resume(case, unit=said["unit"], by=by, at=at)


def _note(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return notes.note(case, text=said["text"], by=by, at=at)


def _reveal(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return notes.reveal(case, field=said["field"], reason=said["reason"], by=by, at=at)


def _silence(case: Case, said: dict[str, Any], by: Actor, at: datetime) -> object:
    return watching.silence(case, desk=said["desk"], by=by, at=at)


ACTS: Mapping[str, Act] = {
    Verb.CLAIM: Act(forms.ClaimForm, _claim),
    Verb.RELEASE: Act(forms.PlainForm, _release),
    Verb.URGENCY: Act(forms.UrgencyForm, _urgency),
    Verb.FORWARD: Act(forms.ForwardForm, _forward),
    Verb.RECALL: Act(forms.RecallForm, _recall),
    Verb.ACKNOWLEDGE: Act(forms.AcknowledgeForm, _acknowledge),
    Verb.NAME_OFFICER: Act(forms.AcknowledgeForm, _name_officer),
    Verb.RETURN: Act(forms.ReturnForm, _return),
    Verb.MOVE: Act(forms.MoveForm, _move),
    Verb.CONTACT: Act(forms.ContactForm, _contact),
    Verb.REPORT: Act(forms.ReportForm, _report),
    Verb.HELP: Act(forms.HelpForm, _help),
    Verb.CLOSE: Act(forms.CloseForm, _close),
    Verb.SET_ASIDE: Act(forms.ReasonForm, _set_aside),
    Verb.REOPEN: Act(forms.ReasonForm, _reopen),
    Verb.OUTREACH: Act(forms.OutreachForm, _outreach),
    Verb.FOLLOW_UP: Act(further_forms.FollowUpForm, _follow_up),
    Verb.FAMILY: Act(further_forms.FamilyForm, _family),
    Verb.HELPLINE: Act(further_forms.HelplineForm, _helpline),
    Verb.ASK: Act(further_forms.AskForm, _ask),
    Verb.ANSWER: Act(further_forms.AnswerForm, _answer),
    Verb.CONFIRM: Act(further_forms.ConfirmForm, _confirm),
    Verb.SIGHTINGS: Act(further_forms.SightingForm, _sighting),
    Verb.STRIKE: Act(further_forms.StrikeForm, _strike),
    Verb.JOIN: Act(forms.JoinForm, _join),
    Verb.UNJOIN: Act(forms.UnjoinForm, _unjoin),
    Verb.REQUEST_INFORMATION: Act(forms.InformationForm, _information),
    Verb.ESCALATE: Act(forms.EscalateForm, _escalate),
    Verb.PAUSE: Act(forms.PauseForm, _pause),
    Verb.RESUME: Act(forms.ResumeForm, _resume),
    Verb.NOTES: Act(forms.NoteForm, _note),
    Verb.REVEAL: Act(forms.RevealForm, _reveal),
    Verb.SILENCE: Act(forms.DeskForm, _silence),
}
