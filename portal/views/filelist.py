"""The sealed files of a case as its page lists them: what they are called, what they are, and what to beware of."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from cases import files
from cases.models import Case, SealedFile

LABELS = {
    "empty": gettext_lazy("empty"),
    "archive": gettext_lazy("archive"),
    "active": gettext_lazy("may run something: do not open it on a work computer"),
    "misnamed": gettext_lazy("is not what its name says"),
    "markup": gettext_lazy("hides a page in it"),
}


def files_of(case: Case) -> QuerySet[SealedFile]:
    """Return what is kept beside a case: its own, and what came with the alerts that are in it now."""
    with_alerts = Q(alert__links__case=case, alert__links__ended_at=None)
    return SealedFile.objects.filter(with_alerts | Q(case=case, alert=None)).order_by("received_at", "pk").distinct()


def shown(file: SealedFile, reference: str) -> dict[str, Any]:
    """Return a file as the page lists it."""
    return {
        "id": file.pk,
        "name": file.name,
        "size": file.size,
        "sha256": file.sha256,
        "media_type": file.media_type,
        "received_at": file.received_at,
        "received_from": file.received_from,
        "labels": [str(LABELS[label]) for label in files.labels_of(file)],
        "url": reverse("case_file", args=[reference, file.pk]),
        "picture": reverse("case_picture", args=[reference, file.pk]) if file.media_type in files.PICTURES else None,
    }
