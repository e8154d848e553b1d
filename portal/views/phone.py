"""The telephone form: six fields during a call, likely twins while typing, saved and claimed at once."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import linking
from cases.intake import Pointer, hard_keys, telephone
from cases.intake.pasted import Clues
from cases.intake.telephone import Call
from cases.linking import Likeness
from cases.models import Identifier
from districts.actors import Sight
from districts.keys import uuid7
from districts.models.policy import Urgency
from portal.doors import OfficerRequest
from portal.views import suggested
from portal.views.answers import answers, json_answer, problem, wants_json
from portal.views.casefile import case_of
from portal.views.forms import TEXT, OpenChoiceField

#: Who calls, as the form offers it; any other word is taken as well.
SOURCES: list[tuple[str, Any]] = [
    ("family", gettext_lazy("family")),
    ("friend", gettext_lazy("friend")),
    ("platform", gettext_lazy("platform")),
    ("112", gettext_lazy("112")),
    ("police", gettext_lazy("police")),
    ("other", gettext_lazy("somebody else")),
]
KINDS = Identifier.Kind


def _box(label: Any, *, rows: int = 0, longest: int = 500, required: bool = False) -> forms.CharField:  # noqa: ANN401 - a lazy text
    """Make a field; ``rows`` gives it room for several lines, and nothing is suggested from calls before."""
    attrs = {"autocomplete": "off"}
    widget = forms.Textarea(attrs=attrs | {"rows": str(rows)}) if rows else forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, required=required, max_length=longest, widget=widget)


class CallForm(forms.Form):
    """What is asked during a call. Nothing is refused because the caller does not know it; something must be said."""

    pasted = _box(gettext_lazy("Link, number, handle, e-mail, PIN: paste or type anything"), rows=2, longest=TEXT)
    said = _box(gettext_lazy("What they said"), rows=4, longest=TEXT, required=True)
    place = _box(gettext_lazy("Place, in their words"))
    urgency = forms.ChoiceField(label=gettext_lazy("Urgency"), choices=Urgency.choices, initial=Urgency.P1)
    caller_phone = _box(gettext_lazy("Telephone of the caller"), longest=40)
    source = OpenChoiceField(label=gettext_lazy("Who calls"), choices=SOURCES, longest=80, required=False)
    practice = forms.BooleanField(label=gettext_lazy("This is practice"), required=False)
    # What a script may send by name; a person pastes it.
    subject_phone = _box("", longest=40)
    subject_handle = _box("", longest=200)
    url = _box("", longest=2000)
    once = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Refuse half a letter, which no database keeps, and an address that can be none."""
        said = dict(self.cleaned_data)
        for name, value in said.items():
            if (
                isinstance(value, str)
                and not value.isascii()
                and any("\ud800" <= letter <= "\udfff" for letter in value)
            ):
                self.add_error(
                    name, forms.ValidationError(_("Some letters in it are broken. Type it again."), "invalid")
                )
        address = said.get("url") or ""
        if address and (len(address.split()) > 1 or "." not in address):
            self.add_error("url", forms.ValidationError(_("This is no web address."), "invalid"))
        return said

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin where the first thing is pasted."""
        super().__init__(*args, **kwargs)
        self.fields["pasted"].widget.attrs["autofocus"] = True

    def call(self) -> Call:
        """Return what was written down so far; what cannot be right is left out."""
        said = self.cleaned_data
        words = {name: said.get(name) or "" for name in Call.__dataclass_fields__ if name != "practice"}
        return Call(**words | {"urgency": said.get("urgency") or str(Urgency.P1)}, practice=bool(said.get("practice")))


@answers("GET", "POST")
def page(request: OfficerRequest) -> HttpResponse:
    """Show the telephone form (phone.html; ``form``, ``chips``, ``twins``, ``joins``), or take the call."""
    _cell_only(request)
    if request.method != "POST":
        return _shown(request, CallForm(initial={"once": uuid7(), "urgency": Urgency.P1}))
    try:
        form = CallForm(_said(request))
    except ValueError:
        return problem(request, 400)
    if not form.is_valid():
        return _invalid(request, form)
    taken = telephone.take(form.call(), by=request.actor, at=timezone.now(), alert_id=form.cleaned_data["once"] or None)
    if wants_json(request):
        shown = case_of(taken.case, actor=request.actor, now=timezone.now())
        return json_answer(shown | {"joined": taken.joined})
    reference = {"reference": taken.case.reference, "name": taken.case.claimed_by or ""}
    if not taken.claimed:
        messages.warning(request, _("The call was added to %(reference)s, which is with %(name)s.") % reference)
    elif taken.joined:
        messages.success(request, _("The call was added to %(reference)s. It is yours.") % reference)
    else:
        messages.success(request, _("%(reference)s is saved and yours.") % reference)
    return HttpResponseRedirect(reverse("case", args=[taken.case.reference]), status=303)


@answers("GET", "POST")
def twins(request: OfficerRequest) -> HttpResponse:
    """
    Show what was read so far, and likely twins (partials/phone_hints.html), or return them as JSON.

    The page asks with POST: what somebody says in such a call does not belong into an address.
    """
    _cell_only(request)
    form = CallForm(request.POST if request.method == "POST" else request.GET)
    form.is_valid()
    context = _hints(request, form.call())
    if wants_json(request):
        return json_answer({"chips": context["chips"], "twins": context["twins"]})
    return render(request, "partials/phone_hints.html", context)


def _hints(request: OfficerRequest, call: Call) -> dict[str, Any]:
    """Return the chips of what was written so far, and the cases that may be about the same person."""
    clues = call.clues
    accounts = [(p.platform or clues.platform, p.value) for p in clues.pointers if p.kind == KINDS.ACCOUNT]
    like = Likeness(
        pointers=frozenset((p.kind, p.value) for p in clues.pointers),
        keys=tuple(hard_keys("", "", accounts=accounts, posts=clues.posts)),
        text=call.said,
        practice=call.practice,
    )
    rows = suggested.rows_of(linking.alike(like, by=request.actor, around=timezone.now()))
    return {"chips": _chips(clues), "twins": rows, "joins": any("post" in row["why"] for row in rows)}


def _chips(clues: Clues) -> list[dict[str, str]]:
    """Return what was read, with its name: a page that is a post is called one."""

    def chip(pointer: Pointer) -> dict[str, str]:
        label = _("address of the post") if pointer.value in clues.posts else str(KINDS(pointer.kind).label)
        return {"kind": pointer.kind, "label": label, "value": pointer.value, "platform": pointer.platform}

    pins = [{"kind": "pin", "label": _("PIN"), "value": pin, "platform": ""} for pin in clues.pins]
    return [*map(chip, clues.pointers), *pins]


def _shown(request: OfficerRequest, form: CallForm, *, status: int = 200) -> HttpResponse:
    empty: dict[str, Any] = {"chips": [], "twins": [], "joins": False}
    hints = _hints(request, form.call()) if form.is_bound else empty
    return render(request, "phone.html", {"form": form} | hints, status=status)


def _invalid(request: OfficerRequest, form: CallForm) -> HttpResponse:
    """Say what is missing or cannot be right; nothing was received."""
    if not wants_json(request):
        return _shown(request, form, status=422)
    errors = [
        {"pointer": f"/{name}", "code": error.code or "invalid", "detail": " ".join(error.messages)}
        for name, found in form.errors.as_data().items()
        for error in found
    ]
    return problem(request, 422, facts={"errors": errors})


def _said(request: HttpRequest) -> Any:  # noqa: ANN401 - a form takes either
    """
    Return the fields of a request: of a form, or of a JSON object.

    :raises ValueError: if it is neither
    """
    if request.content_type != "application/json":
        return request.POST
    said = json.loads(request.body)
    if not isinstance(said, dict):
        raise ValueError  # noqa: TRY004 - a body that cannot be read, whatever is wrong with it
    return said


def _cell_only(request: OfficerRequest) -> None:
    """
    Let in the state cell.

    :raises Http404: for everybody else; nobody learns from an answer what is behind it
    """
    if request.actor.sight != Sight.CELL:
        raise Http404
