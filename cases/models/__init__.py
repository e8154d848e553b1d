"""The records of the second floor, one noun per module."""

from cases.models.addition import Addition, InformationRequest
from cases.models.alert import Alert, CaseLink, Door, HardKey, IdempotencyKey, SealedFile
from cases.models.case import Case, CaseGroupGrant, Identifier, Person, date_version
from cases.models.deadline import Deadline
from cases.models.event import CaseEvent, ChainHead, ReadEntry
from cases.models.forwarding import Forwarding, Outreach, Report
from cases.models.handover import Handover, HandoverLine
from cases.models.mail import MailLayout, MailReceipt, TrayKind, Verdict
from cases.models.pause import Pause
from cases.models.presence import Presence
from cases.models.tap import Tap

__all__ = [
    "Addition",
    "Alert",
    "Case",
    "CaseEvent",
    "CaseGroupGrant",
    "CaseLink",
    "ChainHead",
    "Deadline",
    "Door",
    "Forwarding",
    "Handover",
    "HandoverLine",
    "HardKey",
    "IdempotencyKey",
    "Identifier",
    "InformationRequest",
    "MailLayout",
    "MailReceipt",
    "Outreach",
    "Pause",
    "Person",
    "Presence",
    "ReadEntry",
    "Report",
    "SealedFile",
    "Tap",
    "TrayKind",
    "Verdict",
    "date_version",
]
