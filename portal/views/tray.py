"""The tray: mail that is no alert, for the cell to look through, and to make a case of."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.mail import tray
from cases.mail.reader import Reader
from cases.models import MailReceipt, TrayKind
from districts.actors import Sight
from districts.refusals import Refusal
from portal.doors import OfficerRequest, first_or_404, only
from portal.views.answers import answers, json_answer, refused, wants_json
from portal.views.casefile import case_of
from portal.views.paging import page_of

NEWEST = ("-id",)


@answers("GET")
def mails(request: OfficerRequest) -> HttpResponse:
    """Show the tray (tray.html; context: ``items`` as ``_item`` makes them, ``next``)."""
    only(request, Sight.CELL)
    page = page_of(tray.tray_of(request.actor), NEWEST, after=str(request.GET.get("after", "")))
    following = f"{reverse('tray')}?after={page.after}" if page.after else None
    items = [_item(receipt) for receipt in page.rows]
    if wants_json(request):
        return json_answer({"items": items, "next": following})
    return render(request, "tray.html", {"items": items, "next": following})


@answers("POST")
def open_mail(request: OfficerRequest, mail_id: UUID) -> HttpResponse:
    """Make a case of a mail in the tray."""
    only(request, Sight.CELL)
    at = timezone.now()
    # One that was opened before is still there to be refused with a sentence; one of another state is not.
    known = MailReceipt.objects.filter(pk=mail_id, state=request.actor.state_id, verdict="tray")
    receipt = first_or_404(known)
    try:
        with Reader() as reader:
            case = tray.open_mail(receipt.pk, reader=reader, by=request.actor, at=at).case
    except Refusal as refusal:
        if wants_json(request):
            return refused(request, refusal)
        messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("tray"))
    if wants_json(request):
        return json_answer(case_of(case, actor=request.actor, now=at))
    messages.success(request, _("%(reference)s was made of this mail.") % {"reference": case.reference})
    return HttpResponseRedirect(reverse("case", args=[case.reference]))


def _item(receipt: MailReceipt) -> dict[str, Any]:
    return {
        "id": str(receipt.pk),
        "kind": receipt.kind,
        "kind_label": str(TrayKind(receipt.kind).label),
        "received_at": receipt.received_at,
        "sha256": receipt.sha256,
        "subject": receipt.subject,
        "sender": receipt.sender,
        "url": reverse("tray-open", args=[receipt.pk]),
    }
