"""The tray: mail that is no alert. Nothing leaves it unseen, and the cell can make a case of any of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.intake import Received
from cases.mail.reader import Reader
from cases.mail.rounds import opened_from_tray
from cases.models import Alert, MailReceipt, Verdict
from cases.refusals import NotYours
from districts.actors import Actor
from districts.refusals import Refusal

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 3))"


class AlreadyOpened(Refusal):
    """Somebody has made a case of it before."""

    code = "already_opened"
    sentence = _("A case was made of this mail already: %(reference)s. Open that one.")


def tray_of(actor: Actor) -> QuerySet[MailReceipt]:
    """Return what lies in the tray of the actor's cell: what has become a case lies there no more."""
    if not actor.in_state_cell:
        return MailReceipt.objects.none()
    opened = Alert.objects.filter(pk=OuterRef("pk"))
    return MailReceipt.objects.filter(~Exists(opened), state=actor.state_id, verdict=Verdict.TRAY)


def open_mail(mail_id: UUID, *, reader: Reader, by: Actor, at: datetime) -> Received:
    """
    Make a case of a mail in the tray.

    :raises NotYours: if it is not an officer of the state cell
    :raises AlreadyOpened: if a case was made of it before
    """
    if not by.in_state_cell:
        raise NotYours(reference=mail_id, verb=_("open"), who=_("the state cell"))
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, [str(mail_id)])
    before = Alert.objects.filter(pk=mail_id, links__ended_at=None).values_list("links__case__reference", flat=True)
    if (reference := before.first()) is not None:
        raise AlreadyOpened(reference=reference)
    receipt = MailReceipt.objects.select_related("state").get(pk=mail_id, verdict=Verdict.TRAY)
    return opened_from_tray(receipt, reader=reader, by=by, at=at)
