"""Pages of the desk for one act each: they explain, ask to go on, and do it by POST only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action

from districts.admin.desk import RuleAdmin
from districts.refusals import Refusal

#: As the police write it, whatever the language.
DAY_AND_TIME = "d-m-Y H:i"
Answer = TypeVar("Answer", bound=Callable[..., HttpResponse])


def page(title: str | Promise, *, path: str) -> Callable[[Answer], Answer]:
    """Offer an act at the top of a row's page, at an address of its own below it."""
    return cast("Callable[[Answer], Answer]", action(description=title, url_path=path))


class NothingToFill(forms.Form):
    """A form of one button."""


def answer_act(
    section: RuleAdmin,
    request: HttpRequest,
    object_id: str,
    *,
    title: Any,
    explained: Any,
    do: Callable[[Any, Any], str | None],
    done: Any,
    form_class: type[forms.Form] = NothingToFill,
) -> HttpResponse:
    """
    Show what will happen; when it is confirmed do it, and show what came of it.

    What ``do`` returns is a secret: it is in this one answer, and in no message, session or log.
    """
    row = section.get_object(request, object_id)
    if row is None:
        raise Http404
    if not section.has_change_permission(request, row):
        raise PermissionDenied
    form = form_class(request.POST if request.method == "POST" else None)
    form.instance = row  # type: ignore[attr-defined]  # a new password is compared with the name
    secret, refused = None, ""
    here = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    if request.method == "POST" and form.is_valid():
        try:
            secret = do(row, form)
        except Refusal as refusal:
            refused = str(refusal)
        else:
            if secret is None:
                messages.success(request, done)
                return HttpResponseRedirect(reverse(here, args=[row.pk]))
    context = {
        **section.admin_site.each_context(request),
        "opts": section.opts,
        "title": title,
        "row": row,
        "explained": explained,
        "form": form,
        "refused": refused,
        "secret": secret,
        "done": done,
        "back": reverse(here, args=[row.pk]),
    }
    return TemplateResponse(request, "onboarding/act.html", context, status=409 if refused else 200)


def row_links(section: str, rows: Iterable[tuple[int, str, datetime, datetime | None]]) -> SafeString:
    """Return dated rows of another section, each leading to its own page."""
    return format_html_join(
        "",
        '<div><a class="text-primary-600" href="{}">{}</a> · {} – {}</div>',
        (
            (
                reverse(f"admin:districts_{section}_change", args=[pk]),
                words,
                date_format(timezone.localtime(begins), DAY_AND_TIME),
                date_format(timezone.localtime(ends), DAY_AND_TIME) if ends else "",
            )
            for pk, words, begins, ends in rows
        ),
    )
