"""Findings: what may be wrong, how heavy it weighs, and how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _


class Code(StrEnum):
    """What may be wrong. A code is stable: monitors are set up with it."""

    WATCH_SILENT = "watch_silent"
    PROCESS_SILENT = "process_silent"
    CELERY_SILENT = "celery_silent"
    BROKER_AWAY = "broker_away"
    DEADLINE_LATE = "deadline_late"
    MESSAGE_STUCK = "message_stuck"
    GATEWAY_OUT = "gateway_out"
    CASE_UNWATCHED = "case_unwatched"
    MAIL_SILENT = "mail_silent"
    PARTNER_SILENT = "partner_silent"
    CHECK_FAILED = "check_failed"
    POST_UNREACHABLE = "post_unreachable"
    LADDER_ENDED = "ladder_ended"
    CASE_UNCLOSED = "case_unclosed"
    HISTORY_UNSEALED = "history_unsealed"
    ROOT_UNPUBLISHED = "root_unpublished"


#: Only told to the cell: officers must act, and the portal works. Everything else stops the call to HEARTBEAT_URL.
FOR_THE_CELL = frozenset({Code.POST_UNREACHABLE, Code.LADDER_ENDED, Code.CASE_UNCLOSED})
#: Somebody must mend it, and meanwhile ``watch`` stands in and work moves: ``/readyz`` tells it and stays 200.
WORK_MOVES = FOR_THE_CELL | {
    Code.CELERY_SILENT,
    Code.BROKER_AWAY,
    Code.GATEWAY_OUT,
    Code.HISTORY_UNSEALED,
    Code.ROOT_UNPUBLISHED,
}

SENTENCES: Mapping[str, Any] = {
    Code.WATCH_SILENT: _("Nobody watches over the portal: watch gives no sign of life."),
    Code.PROCESS_SILENT: _("A process of the portal gives no sign of life: %(subject)s."),
    Code.CELERY_SILENT: _("The queue does not move (%(subject)s); watch stands in for it."),
    Code.BROKER_AWAY: _("The broker does not answer; work goes on, a few seconds later."),
    Code.DEADLINE_LATE: _("Deadlines are due and have not fired: %(count)s."),
    Code.MESSAGE_STUCK: _("Messages are due and do not get out by %(subject)s: %(count)s. Telephone the units."),
    Code.GATEWAY_OUT: _(
        "No provider of %(subject)s answers. Urgent messages go by the other channels; call the provider."
    ),
    Code.CASE_UNWATCHED: _("Open cases for which no deadline runs: %(count)s. Look after them yourselves."),
    Code.MAIL_SILENT: _("Nobody looks into the mailbox. Alerts by mail may be waiting there."),
    Code.PARTNER_SILENT: _("%(subject)s has not been heard from. Ask there whether alerts are stuck."),
    Code.CHECK_FAILED: _("watch could not look at this: %(subject)s."),
    Code.POST_UNREACHABLE: _(
        "Posts that no message reached on any channel: %(count)s. Telephone them or the next post."
    ),
    Code.LADDER_ENDED: _("Everybody on the ladder has been told and nobody has acted: %(count)s cases."),
    Code.HISTORY_UNSEALED: _("The histories have not been sealed for minutes. Tell whoever runs the portal."),
    Code.ROOT_UNPUBLISHED: _("Nobody outside has taken the newest seal (%(subject)s). Tell whoever runs the portal."),
    Code.CASE_UNCLOSED: _("The units have reported and the cell has not closed for a day: %(count)s cases."),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong now. It names parts, posts and references, never a person."""

    code: Code
    subject: str = ""
    state_id: int | None = None
    count: int = 1
    examples: tuple[str, ...] = field(default=())
    #: Since when, if that is known better than "since we looked".
    since: datetime | None = None

    @property
    def key(self) -> tuple[str, int | None, str]:
        """What makes it the same finding at the next look."""
        return str(self.code), self.state_id, self.subject


def stops_the_heartbeat(code: str) -> bool:
    """Tell whether a human outside must be called for it."""
    return code not in FOR_THE_CELL


def stops_work(code: str) -> bool:
    """Tell whether ``/readyz`` answers 503 for it."""
    return code not in WORK_MOVES


def sentence(code: str, *, subject: str, count: int) -> str:
    """Return what is said of it, in the reader's language."""
    words = SENTENCES.get(code)
    return str(words) % {"subject": subject, "count": count} if words else code
