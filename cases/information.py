"""Information: what the cell asks the partners of a case for, by the names of fields and in no other words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import history, telling, transitions
from cases.models import Case, InformationRequest
from cases.states import Verb
from districts.actors import Actor
from districts.refusals import Refusal

#: The members of an alert that help to find a person: a partner is asked for these and for nothing else.
NEEDS = (
    "subject.phones", "locations", "ip_events", "content.text", "content.urls", "subject.handle",
    "subject.platform_user_id", "content.posted_at", "subject.display_names", "subject.profile_urls", "subject.emails",
    "contacts", "partner_contact", "subject.claimed_age", "devices",
)  # fmt: skip


class NothingAsked(Refusal):
    """A request that names nothing a partner could send."""

    code = "nothing_asked"
    sentence = _("%(reference)s: say what the partner is asked for.")


@transaction.atomic
def request_information(case: Case, *, needs: Sequence[str], by: Actor, at: datetime) -> InformationRequest:
    """
    Ask every partner of the case for some fields; each reads them in its alert, and answers with a supplement.

    :raises NothingAsked: if nothing is named, or something that no alert has
    :raises NotYours: if somebody of a unit asks
    :raises WrongMoment: if the case is closed
    """
    case = transitions.locked(case, Verb.REQUEST_INFORMATION, by=by)
    asked = [need for need in NEEDS if need in needs]
    if not asked or set(needs) - set(NEEDS):
        raise NothingAsked(reference=case.reference)
    request = InformationRequest(case=case, needs=asked, at=at, by=by.label)
    request.save(force_insert=True)
    case.last_activity_at = at
    case.save(update_fields=["last_activity_at"])
    telling.tell(case, telling.INFORMATION_REQUESTED, at=at)
    history.record(case, "information_requested", by=by, at=at, facts={"needs": asked})
    return request
