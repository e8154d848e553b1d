"""Sealed files of a case: handed out as they are and never shown, with copies of pictures, and added by officers."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import access, evidence, files
from cases.models import Case, SealedFile
from districts.refusals import Refusal
from portal import pictures
from portal.doors import OfficerRequest, case_or_404, first_or_404
from portal.views.answers import answers, json_answer, problem, refused, wants_json
from portal.views.casefile import case_of
from portal.views.filelist import files_of

log = logging.getLogger(__name__)

#: Should a browser show it all the same: no script, no form, no frame, no connection, not even our own origin.
LOCKED_UP = "sandbox; default-src 'none'; frame-ancestors 'none'"


class FileForm(forms.Form):
    """A file that an officer adds."""

    file = forms.FileField(label=gettext_lazy("File"), allow_empty_file=True, max_length=1000)


@answers("POST")
def add(request: OfficerRequest, reference: str) -> HttpResponse:
    """Keep a file beside the case, unchanged."""
    case = case_or_404(request, reference)
    form, now = FileForm(request.POST, request.FILES), timezone.now()
    if not form.is_valid():
        return problem(request, 422, facts={"reference": case.reference, "errors": _errors(form)})
    sent = form.cleaned_data["file"]
    if sent.size > settings.FILE_BYTES_MAX:
        return problem(request, 413)
    try:
        file = files.attach(case, content=sent.read(), name=sent.name, by=request.actor, at=now)
    except Refusal as refusal:
        return refused(request, refusal)
    if wants_json(request):
        return json_answer(case_of(case, actor=request.actor, now=now) | {"file_id": str(file.pk)})
    return HttpResponseRedirect(reverse("case", args=[case.reference]), status=303)


@answers("GET")
def download(request: OfficerRequest, reference: str, file_id: UUID) -> HttpResponse:
    """Hand a file out as it was sealed: as an attachment of no kind, so that no browser makes anything of it."""
    case, file = _file_or_404(request, reference, file_id, at=timezone.now())
    content = _unsealed(case, file)
    if content is None:
        return _broken(request, case)
    return _locked_up(content, "application/octet-stream", name=file.name or file.sha256[:12])


@answers("GET")
def picture(request: OfficerRequest, reference: str, file_id: UUID) -> HttpResponse:
    """Show a copy of a picture, made anew and without what stood around it; the sealed one is never shown."""
    case, file = _file_or_404(request, reference, file_id, at=timezone.now())
    content = _unsealed(case, file) if file.media_type in files.PICTURES else b""
    if content is None:
        return _broken(request, case)
    try:
        copy = pictures.copy_of(content)
    except pictures.NoPicture as none:
        raise Http404 from none
    return _locked_up(copy, "image/jpeg")


def _file_or_404(request: OfficerRequest, reference: str, file_id: UUID, *, at: datetime) -> tuple[Case, SealedFile]:
    case = first_or_404(access.cases_for(request.actor).filter(reference=reference))
    file = first_or_404(files_of(case).filter(pk=file_id))
    access.look(case, by=request.actor, at=at, kind="file", what=f"{case.reference}/{file.pk}")
    return case, file


def _unsealed(case: Case, file: SealedFile) -> bytes | None:
    """Return the bytes, checked; nothing if they are not what was sealed, which somebody must look into at once."""
    try:
        return evidence.unseal(file.sha256)
    except evidence.SealBroken:
        said = {"reference": case.reference, "file": str(file.pk), "sha256": file.sha256}
        log.critical("the seal of file %(file)s of %(reference)s is broken", said, extra=said)
        return None


def _broken(request: OfficerRequest, case: Case) -> HttpResponse:
    """Say it; that somebody asked stays written down."""
    title = _("The sealed file is not what was sealed.")
    detail = _("It is not handed out. Call the state cell: somebody must look into it at once.")
    return problem(request, 409, code="seal_broken", title=title, detail=detail, facts={"reference": case.reference})


def _locked_up(content: bytes, media_type: str, *, name: str = "") -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = LOCKED_UP
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if name:
        response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response


def _errors(form: forms.Form) -> list[dict[str, str]]:
    return [
        {"pointer": f"/{name}", "code": error.code or "invalid", "detail": " ".join(error.messages)}
        for name, found in form.errors.as_data().items()
        for error in found
    ]
