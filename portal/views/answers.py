"""Answers: JSON or a page, by what the asker accepts; and a problem document or page when it did not work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from districts.refusals import Refusal
from portal.views.frame import remembered_control_room

View = Callable[..., HttpResponse]
PROBLEM_JSON = "application/problem+json"
JSON_TYPES = ("application/json", PROBLEM_JSON)


@dataclass(frozen=True, slots=True)
class Words:
    """What a status says: its code for machines, what is so, and what can be done."""

    code: str
    title: Any
    detail: Any = ""


WORDS: Mapping[int, Words] = {
    400: Words("bad_request", _("The request could not be read."), _("Go back and try again.")),
    401: Words("not_signed_in", _("You are not signed in."), _("Sign in and try again.")),
    403: Words("forbidden", _("This page is not part of your post."), _("Go back to your own page.")),
    404: Words(
        "not_found",
        _("There is nothing here for you to see."),
        _("Check the reference. If you should have this case, call the state cell."),
    ),
    405: Words(
        "method_not_allowed", _("This address is not used in that way."), _("Go back and use the button there.")
    ),
    409: Words("refused", _("This cannot be done now."), _("Look at the case again.")),
    413: Words("too_large", _("What was sent is too large."), _("Send less at a time.")),
    422: Words("invalid", _("Something is missing or cannot be right."), _("Correct the fields that are marked.")),
    500: Words(
        "unexpected",
        _("The portal could not do this."),
        _("Nothing was changed. Try again; if it goes on, call the state cell by telephone."),
    ),
    503: Words(
        "unavailable",
        _("The portal cannot reach its database."),
        _("Nothing was changed. Try again in a few seconds, or call the state cell by telephone."),
    ),
}


def wants_json(request: HttpRequest) -> bool:
    """Tell whether the asker would rather read JSON; the partner API answers nothing else."""
    if request.path_info.startswith("/api/"):
        return True
    return request.get_preferred_type(["text/html", *JSON_TYPES]) in JSON_TYPES


def is_htmx(request: HttpRequest) -> bool:
    """Tell whether a part of a page asks, and not the page."""
    return request.headers.get("HX-Request") == "true"


def json_answer(facts: Mapping[str, Any], *, status: int = 200) -> JsonResponse:
    """Return facts as JSON; times are RFC 3339 in UTC."""
    return JsonResponse(dict(facts), status=status, json_dumps_params={"ensure_ascii": False})


def problem(
    request: HttpRequest,
    status: int,
    *,
    code: str = "",
    title: object = "",
    detail: object = "",
    facts: Mapping[str, Any] | None = None,
    control_room: str = "",
) -> HttpResponse:
    """
    Return a problem document (RFC 9457), or the page that says the same.

    The page has no form, no token and nothing of the address in it: foreign and absent are the same bytes.
    """
    words = WORDS[status]
    said = {
        "code": code or words.code,
        "title": str(title or words.title),
        "detail": str(detail or words.detail),
        "status": status,
    }
    if wants_json(request):
        body = dict(facts or {}) | {"type": f"/problems/{said.pop('code')}"} | said
        response: HttpResponse = JsonResponse(
            body, status=status, content_type=PROBLEM_JSON, json_dumps_params={"ensure_ascii": False}
        )
    else:
        number = control_room or remembered_control_room(request)
        page = said | {"language": get_language(), "control_room": number, "theme": request.COOKIES.get("theme", "")}
        response = HttpResponse(render_to_string("problem.html", page), status=status)
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Return a rule's refusal as a problem: 409, its code, its sentence, its facts."""
    facts = {name: value if isinstance(value, int | bool) else str(value) for name, value in refusal.facts.items()}
    return problem(request, 409, code=refusal.code, title=str(refusal), detail=str(refusal), facts=facts)


def not_signed_in(request: HttpRequest) -> HttpResponse:
    """Send a person to the sign-in page; tell a script, and a part of a page, that it must sign in."""
    if wants_json(request):
        return problem(request, 401)
    came_from = request.get_full_path()
    if is_htmx(request):
        # A part of a page must not be taken for the page: go back to the page it belongs to.
        came_from = request.headers.get("HX-Current-URL", "/").removeprefix(settings.PUBLIC_URL)
        came_from = came_from if came_from.startswith("/") and not came_from.startswith("//") else "/"
        return HttpResponse(
            status=401, headers={"HX-Redirect": f"{settings.LOGIN_URL}?{urlencode({'next': came_from})}"}
        )
    if request.method not in {"GET", "HEAD"}:
        came_from = "/"
    return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': came_from})}")


def answers(*methods: str, signed_in: bool = True) -> Callable[[View], View]:
    """
    Say which methods a view answers, and whether its asker must be signed in.

    The list stays on the view as ``answered_methods``, where ``manage.py routes`` reads it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in answered_methods:
                response = problem(request, 405)
                response.headers["Allow"] = ", ".join(answered_methods)
                return response
            if signed_in and not request.user.is_authenticated:
                return not_signed_in(request)
            return view(request, *args, **kwargs)

        answered.answered_methods = answered_methods  # type: ignore[attr-defined]  # read by manage.py routes
        return answered

    answered_methods = (*methods, "HEAD") if "GET" in methods else methods
    return decorate
