"""The records of the second floor, one noun per module."""

from cases.models.addition import Addition, InformationRequest
from cases.models.alert import Alert, CaseLink, Door, HardKey, IdempotencyKey, SealedFile
from cases.models.case import Case, CaseGroupGrant, Identifier, Person, date_version
from cases.models.crossing import Crossing
from cases.models.deadline import Deadline
from cases.models.event import CaseEvent, ChainHead, ReadEntry
from cases.models.forwarding import Forwarding, Outreach, Report
from cases.models.handover import Handover, HandoverLine
from cases.models.inquiry import Inquiry
from cases.models.looking_back import FollowUp
from cases.models.mail import MailLayout, MailReceipt, TrayKind, Verdict
from cases.models.passage import Parcel, Passage
from cases.models.pause import Pause
from cases.models.presence import Presence
from cases.models.receipt import Receipt
from cases.models.seal import Seal, SealedLine, Stamp
from cases.models.sighting import Sighting, SightingStrike
from cases.models.tap import Tap

__all__ = [
    "Addition",
    "Alert",
    "Case",
    "CaseEvent",
    "CaseGroupGrant",
    "CaseLink",
    "ChainHead",
    "Crossing",
    "Deadline",
    "Door",
    "FollowUp",
    "Forwarding",
    "Handover",
    "HandoverLine",
    "HardKey",
    "IdempotencyKey",
    "Identifier",
    "InformationRequest",
    "Inquiry",
    "MailLayout",
    "MailReceipt",
    "Outreach",
    "Parcel",
    "Passage",
    "Pause",
    "Person",
    "Presence",
    "ReadEntry",
    "Receipt",
    "Report",
    "Seal",
    "SealedFile",
    "SealedLine",
    "Sighting",
    "SightingStrike",
    "Stamp",
    "Tap",
    "TrayKind",
    "Verdict",
    "date_version",
]
