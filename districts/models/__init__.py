"""The records of the ground floor, one noun per module."""

from districts.models.contact import Contact
from districts.models.counterpart import Counterpart
from districts.models.duty import Duty
from districts.models.facts import Fact, PinArea, Place, PlaceKind, StdArea
from districts.models.officer import Officer, Posting, Role
from districts.models.partner import Partner, PartnerKey
from districts.models.policy import Policy, Urgency
from districts.models.register import RegisterEntry
from districts.models.territory import District, State, Unit, UnitKind

__all__ = [
    "Contact",
    "Counterpart",
    "District",
    "Duty",
    "Fact",
    "Officer",
    "Partner",
    "PartnerKey",
    "PinArea",
    "Place",
    "PlaceKind",
    "Policy",
    "Posting",
    "RegisterEntry",
    "Role",
    "State",
    "StdArea",
    "Unit",
    "UnitKind",
    "Urgency",
]
