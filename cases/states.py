"""The life of a case as a table: every verb, from where to where, who may, what it keeps and what it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """Where a case stands."""

    RECEIVED = "received", _("new")
    IN_TRIAGE = "in_triage", _("in triage")
    FORWARDED = "forwarded", _("forwarded")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    TEAM_MOVING = "team_moving", _("team on its way")
    CONTACT_MADE = "contact_made", _("contact made")
    CLOSED = "closed", _("closed")


class Leg(models.TextChoices):
    """Where one forwarding stands; the status of the case is derived from these."""

    FORWARDED = "forwarded", _("forwarded")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    TEAM_MOVING = "team_moving", _("team on its way")
    CONTACT_MADE = "contact_made", _("contact made")
    REPORTED = "reported", _("reported")
    RETURNED = "returned", _("returned")
    RECALLED = "recalled", _("recalled")
    CLOSED = "closed", _("closed")


OPEN_LEGS = frozenset({Leg.FORWARDED, Leg.ACKNOWLEDGED, Leg.TEAM_MOVING, Leg.CONTACT_MADE, Leg.REPORTED})
# How far along a leg is, and what the case is called when that is the furthest of its open legs.
PROGRESS: dict[str, Status] = {
    Leg.FORWARDED: Status.FORWARDED,
    Leg.ACKNOWLEDGED: Status.ACKNOWLEDGED,
    Leg.TEAM_MOVING: Status.TEAM_MOVING,
    Leg.CONTACT_MADE: Status.CONTACT_MADE,
    Leg.REPORTED: Status.CONTACT_MADE,
}
ORDER = list(Status)


class Part(models.TextChoices):
    """What a unit is asked to do for a case."""

    LEAD = "lead", _("lead")
    SUPPORT = "support", _("support")
    FAMILY = "family", _("tell the family")
    EMERGENCY_112 = "emergency_112", _("emergency 112")
    OTHER_STATE = "other_state", _("another state")


class Promise(models.TextChoices):
    """The kinds of deadline. Written in capitals wherever the outside sees them."""

    CLAIM = "CLAIM", _("claim")
    FORWARD = "FORWARD", _("forward")
    ACKNOWLEDGE = "ACKNOWLEDGE", _("acknowledge")
    MOVE = "MOVE", _("send a team")
    CONTACT = "CONTACT", _("reach the person")
    FLASH = "FLASH", _("flash report")
    REPORT = "REPORT", _("detailed report")
    OTHER_STATE = "OTHER_STATE", _("confirmation of the other state")
    INFORMATION = "INFORMATION", _("answer to a request")
    FOLLOW_UP = "FOLLOW_UP", _("look back")
    RECALL = "RECALL", _("word that the recall is known")


class Settled(models.TextChoices):
    """How a deadline ended."""

    MET = "met", _("met")
    MISSED = "missed", _("missed")
    LIFTED = "lifted", _("lifted")


class Outcome(models.TextChoices):
    """The fixed codes a case closes with."""

    S1 = "S1", _("attempt under way, saved")
    S2 = "S2", _("in distress, no attempt, safe")
    S3 = "S3", _("reached by telephone or message only, safe")
    S4 = "S4", _("with family before police came")
    H = "H", _("in hospital")
    D = "D", _("died")
    N1 = "N1", _("not at the place")
    N2 = "N2", _("place not established")
    N3 = "N3", _("account false or foreign")
    M = "M", _("no danger found")
    X = "X", _("another state has taken over")
    DUP = "DUP", _("duplicate")


# Somebody is there to be looked after: these are looked back at.
LOOKED_BACK_AT = frozenset({Outcome.S1, Outcome.S2, Outcome.S3, Outcome.S4, Outcome.H})
# Promise 9: these say that somebody was reached, so somebody must have confirmed it.
NEEDS_CONTACT = frozenset({Outcome.S1, Outcome.S2, Outcome.S3, Outcome.S4, Outcome.H})


class Verb(StrEnum):
    """Everything that can be done to a case."""

    CLAIM = "claim"
    RELEASE = "release"
    URGENCY = "urgency"
    FORWARD = "forward"
    RECALL = "recall"
    ACKNOWLEDGE = "acknowledge"
    NAME_OFFICER = "name-officer"
    RETURN = "return"
    MOVE = "move"
    CONTACT = "contact"
    REPORT = "report"
    HELP = "help"
    CLOSE = "close"
    SET_ASIDE = "set-aside"
    REOPEN = "reopen"
    SIGHTINGS = "sightings"
    STRIKE = "strike"
    FOLLOW_UP = "follow-up"
    FAMILY = "family"
    HELPLINE = "helpline"
    ASK = "ask"
    ANSWER = "answer"
    CONFIRM = "confirm"
    OUTREACH = "outreach"
    JOIN = "join"
    UNJOIN = "unjoin"
    REQUEST_INFORMATION = "request-information"
    ESCALATE = "escalate"
    PAUSE = "pause"
    RESUME = "resume"
    NOTES = "notes"
    REVEAL = "reveal"
    SILENCE = "silence"


class Who(StrEnum):
    """Which side of the house may do it."""

    CELL = "cell"
    UNIT = "unit"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table of life. ``legs`` are the states of the actor's own forwarding for verbs of a unit."""

    who: Who
    allowed: frozenset[Status]
    legs: frozenset[Leg] = frozenset()
    lands: Status | Leg | None = None
    meets: tuple[Promise, ...] = ()
    lifts: tuple[Promise, ...] = ()
    starts: tuple[Promise, ...] = field(default=())
    # The cell may do it too where no unit has the case: to its own promises.
    own_too: bool = False


_ALL = frozenset(Status)
_OPEN = _ALL - {Status.CLOSED}
# What nobody owes any more once a case has ended. A look back is owed because it has.
_UNTIL_THE_END = tuple(kind for kind in Promise if kind != Promise.FOLLOW_UP)
_WITH_UNITS = _OPEN - {Status.RECEIVED, Status.IN_TRIAGE}
_ON_THE_WAY = frozenset({Leg.ACKNOWLEDGED, Leg.TEAM_MOVING})
_IN_CHARGE = _ON_THE_WAY | {Leg.CONTACT_MADE, Leg.REPORTED}

MOVES: dict[Verb, Move] = {
    Verb.CLAIM: Move(Who.CELL, _OPEN, lands=Status.IN_TRIAGE, meets=(Promise.CLAIM,), starts=(Promise.FORWARD,)),
    Verb.RELEASE: Move(Who.CELL, _OPEN, lands=Status.RECEIVED, lifts=(Promise.FORWARD,), starts=(Promise.CLAIM,)),
    Verb.URGENCY: Move(Who.CELL, _OPEN),
    Verb.FORWARD: Move(
        Who.CELL,
        _OPEN - {Status.RECEIVED},
        lands=Leg.FORWARDED,
        meets=(Promise.FORWARD,),
        starts=(Promise.ACKNOWLEDGE,),
    ),
    Verb.RECALL: Move(
        Who.CELL, _WITH_UNITS, legs=OPEN_LEGS, lands=Leg.RECALLED, starts=(Promise.FORWARD, Promise.RECALL)
    ),
    Verb.ACKNOWLEDGE: Move(
        Who.UNIT,
        _WITH_UNITS,
        legs=frozenset({Leg.FORWARDED}),
        lands=Leg.ACKNOWLEDGED,
        meets=(Promise.ACKNOWLEDGE, Promise.OTHER_STATE),
        starts=(Promise.MOVE,),
    ),
    # One tap and a key name a post. The person who is in charge there signs in later and says who it is.
    Verb.NAME_OFFICER: Move(Who.UNIT, _WITH_UNITS, legs=_IN_CHARGE),
    Verb.RETURN: Move(
        Who.UNIT,
        _WITH_UNITS,
        legs=frozenset({Leg.FORWARDED, Leg.ACKNOWLEDGED, Leg.TEAM_MOVING}),
        lands=Leg.RETURNED,
        starts=(Promise.FORWARD,),
    ),
    Verb.MOVE: Move(
        Who.UNIT,
        _WITH_UNITS,
        legs=frozenset({Leg.ACKNOWLEDGED}),
        lands=Leg.TEAM_MOVING,
        meets=(Promise.MOVE,),
        starts=(Promise.CONTACT,),
    ),
    # Somebody may be found before a team is sent; the unmoved promise is then no longer owed.
    Verb.CONTACT: Move(
        Who.UNIT,
        _WITH_UNITS,
        legs=_ON_THE_WAY | {Leg.CONTACT_MADE},
        lands=Leg.CONTACT_MADE,
        meets=(Promise.CONTACT,),
        lifts=(Promise.MOVE,),
        starts=(Promise.FLASH, Promise.REPORT),
    ),
    Verb.REPORT: Move(Who.UNIT, _WITH_UNITS, legs=_IN_CHARGE, lands=Leg.REPORTED),
    # Whoever stands before a locked door is heard at once, wherever the unit has got to.
    Verb.HELP: Move(Who.UNIT, _WITH_UNITS, legs=OPEN_LEGS),
    Verb.CLOSE: Move(Who.CELL, _OPEN - {Status.RECEIVED}, lands=Status.CLOSED, lifts=_UNTIL_THE_END),
    Verb.SET_ASIDE: Move(
        Who.CELL, frozenset({Status.RECEIVED, Status.IN_TRIAGE}), lands=Status.CLOSED, lifts=_UNTIL_THE_END
    ),
    Verb.REOPEN: Move(Who.CELL, frozenset({Status.CLOSED}), lands=Status.RECEIVED, starts=(Promise.CLAIM,)),
    Verb.FOLLOW_UP: Move(Who.BOTH, frozenset({Status.CLOSED}), meets=(Promise.FOLLOW_UP,)),
    # Who knows more says so, also after the end: the next case of the person begins with it.
    Verb.SIGHTINGS: Move(Who.BOTH, _ALL),
    Verb.STRIKE: Move(Who.BOTH, _ALL),
    Verb.FAMILY: Move(Who.BOTH, _ALL),
    Verb.HELPLINE: Move(Who.CELL, _ALL),
    Verb.OUTREACH: Move(Who.CELL, _OPEN),
    Verb.ASK: Move(Who.CELL, _OPEN, starts=(Promise.INFORMATION,)),
    Verb.ANSWER: Move(Who.CELL, _ALL, meets=(Promise.INFORMATION,)),
    Verb.CONFIRM: Move(
        Who.CELL,
        _WITH_UNITS,
        legs=frozenset({Leg.FORWARDED}),
        lands=Leg.ACKNOWLEDGED,
        meets=(Promise.OTHER_STATE,),
    ),
    # A closed case takes nothing in: what is joined to it would be hidden. It is opened again first.
    Verb.JOIN: Move(Who.CELL, _OPEN),
    Verb.UNJOIN: Move(Who.CELL, _OPEN, starts=(Promise.CLAIM,)),
    Verb.REQUEST_INFORMATION: Move(Who.CELL, _OPEN),
    # A unit that needs help does not wait until its own ladder has climbed.
    Verb.ESCALATE: Move(Who.BOTH, _OPEN, legs=OPEN_LEGS, own_too=True),
    Verb.PAUSE: Move(Who.CELL, _OPEN, legs=OPEN_LEGS, own_too=True),
    Verb.RESUME: Move(Who.CELL, _OPEN, legs=OPEN_LEGS, own_too=True),
    Verb.NOTES: Move(Who.BOTH, _ALL),
    Verb.REVEAL: Move(Who.BOTH, _ALL),
    Verb.SILENCE: Move(Who.CELL, _OPEN),
}
