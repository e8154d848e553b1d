"""
One tap: a post answers for its unit from the link in its message, without signing in (CONTRACT 5).

The token in the address is the whole proof, and there is no session: a forged form on a foreign page would need the
token, and whoever has that needs no forgery. So the form carries no CSRF token. Reading changes nothing, however often.
"""

from __future__ import annotations

import json
from datetime import datetime
from http import HTTPStatus
from threading import Lock
from typing import Any, Final

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from cases import ladder, tapping
from cases.models import Tap
from cases.refusals import LinkSpent
from districts.actors import CLOCK
from districts.models import Contact, State
from districts.models.policy import Urgency
from districts.reach import reach_of
from notifications import contact_tests
from notifications.models import NumberLink
from portal.api.throttle import Throttle
from portal.views.answers import PROBLEM_JSON, answers, json_answer, wants_json

log = structlog.get_logger("portal.tap")

#: What the page offers as the time until a team is there.
MINUTES: Final = (15, 30, 60)
LONGEST_MINUTES: Final = 1440
LARGEST_BODY: Final = 4096
LANGUAGES: Final = dict(settings.LANGUAGES)
Used = Tap.Used

#: Of one address: so many wrong links at once, and one more every two seconds. What holds is never refused: a whole
#: district may sit behind one address, and nobody guesses 128 bits. This keeps the log readable and the database idle.
MISSES: Final = Throttle(rate=0.5, burst=30, at_once=1000)
_misses_lock: Final = Lock()


@csrf_exempt
@answers("GET", "POST", signed_in=False)
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is asked (tap.html), or take the answer; one friendly page for every link that answers no more."""
    now = timezone.now()
    tap = tapping.answerable(token, at=now)
    if tap is None:
        link = contact_tests.answerable(token, at=now)
        return _test(request, link, at=now) if link else _gone(request)
    with translation.override(_language(request, tap.contact)):
        if request.method != "POST":
            return _answer(request, tap)
        try:
            used_as, eta_minutes = _said(request)
        except ValueError:
            return _answer(request, tap, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            if used_as == Used.NOT_OURS:
                tap = tapping.disown(tap, at=now)
            else:
                tap = tapping.acknowledge(tap, eta_minutes=eta_minutes, at=now)
        except LinkSpent:
            return _gone(request)
        return _answer(request, tap)


def _said(request: HttpRequest) -> tuple[Used, int | None]:
    """
    Return the answer and the minutes; a form without any field takes charge and leaves the time open.

    :raises ValueError: if it is no answer; nothing is guessed
    """
    said: Any = request.POST
    if request.content_type == "application/json":
        body = request.read(LARGEST_BODY + 1)
        said = json.loads(body) if body else {}
        if len(body) > LARGEST_BODY or not isinstance(said, dict):
            raise ValueError
    answer = str(said.get("answer") or Used.ACKNOWLEDGED)
    minutes = str(said.get("eta_minutes") or "").strip()
    used_as = Used.ACKNOWLEDGED if answer == "acknowledge" else Used(answer)
    if minutes and (not minutes.isdecimal() or not minutes.isascii() or int(minutes[:9]) > LONGEST_MINUTES):
        raise ValueError
    return used_as, int(minutes) if minutes else None


def _answer(request: HttpRequest, tap: Tap, *, status: int = HTTPStatus.OK) -> HttpResponse:
    """Return what stands in the message, and what has been answered: no name, no word of the post, no other place."""
    with reach_of(CLOCK):
        due_at = None if tap.used_as else tapping.due_at(tap)
        number = ladder.cell_number(tap.case.state_id)
    facts = {
        "reference": tap.case.reference,
        "urgency": str(tap.case.urgency),
        "unit": tap.contact.unit.code,
        "post": str(tap.contact),
        "practice": tap.case.practice,
        "answer": tap.used_as or None,
        "due_at": due_at,
        "expires_at": tap.expires_at,
        "call_back": number,
    }
    if wants_json(request):
        if status != HTTPStatus.OK:
            return _guarded(_problem("invalid", "This is no answer.", status, number))
        return _guarded(json_answer(facts, status=status))
    words = (
        facts
        | _frame(request, tap.case.state)
        | {
            "unit_name": tap.contact.unit.name,
            "urgency_label": Urgency(tap.case.urgency).label,
            "minutes": MINUTES,
            "used_at": tap.used_at,
            "wrong": status != HTTPStatus.OK,
            "case_url": f"{settings.PUBLIC_URL}/cases/{tap.case.reference}",
        }
    )
    return _guarded(HttpResponse(render_to_string("tap.html", words), status=status))


def _test(request: HttpRequest, link: NumberLink, *, at: datetime) -> HttpResponse:
    """Show that a number is being tested (tap_test.html), or take the word of whoever holds it that the test came."""
    contact = link.message.contact
    if contact is None or (request.method == "POST" and contact_tests.confirm(link, at=at) is None):
        return _gone(request)
    with translation.override(_language(request, contact)):
        facts = {
            "unit": contact.unit.code,
            "post": str(contact),
            "answer": "received" if link.used_at else None,
            "expires_at": link.expires_at,
            "call_back": ladder.cell_number(contact.unit.state_id),
        }
        if wants_json(request):
            return _guarded(json_answer(facts))
        words = facts | _frame(request, contact.unit.state) | {"unit_name": contact.unit.name, "used_at": link.used_at}
        return _guarded(HttpResponse(render_to_string("tap_test.html", words)))


def _frame(request: HttpRequest, state: State) -> dict[str, object]:
    """Return what stands above every answer: whose portal it is, the other language, this browser's colours."""
    return {
        "language": translation.get_language(),
        "other": next(code for code in LANGUAGES if code != translation.get_language()),
        "languages": LANGUAGES,
        "state_name": state.name,
        "theme": request.COOKIES.get("theme", ""),
    }


def _gone(request: HttpRequest) -> HttpResponse:
    """Answer alike for a link that was used, has run out, or never was: whom to call, and nothing else."""
    with translation.override(settings.LANGUAGE_CODE):
        numbers = ladder.cell_numbers()
    wait_s = _missed(request.META.get("REMOTE_ADDR", ""))
    status = HTTPStatus.TOO_MANY_REQUESTS if wait_s else HTTPStatus.NOT_FOUND
    if wants_json(request):
        number = numbers[0][1] if len(numbers) == 1 else ""
        response: HttpResponse = _problem("link_spent", str(LinkSpent()), status, number)
    else:
        words = {"numbers": numbers, "theme": request.COOKIES.get("theme", "")}
        response = HttpResponse(render_to_string("tap_gone.html", words), status=status)
    if wait_s:
        response.headers["Retry-After"] = str(int(wait_s) + 1)
        log.warning("wrong one-tap links from one address", address=request.META.get("REMOTE_ADDR", ""))
    return _guarded(response, language="hi, en")


def _missed(address: str) -> float:
    """Count a wrong link of an address, and return for how long it has sent too many."""
    with _misses_lock:
        wait_s = MISSES.enter(address)
        if not wait_s:
            MISSES.leave(address)
        return wait_s


def _language(request: HttpRequest, post: Contact) -> str:
    """Return the language asked for, else the one of the post."""
    wanted = request.GET.get("lang") or post.language
    return wanted if wanted in LANGUAGES else settings.LANGUAGE_CODE


def _problem(kind: str, title: str, status: int, number: str) -> JsonResponse:
    body = {"type": f"/problems/{kind}", "title": title, "status": int(status), "telephone": number}
    return JsonResponse(body, status=status, content_type=PROBLEM_JSON, json_dumps_params={"ensure_ascii": False})


def _guarded(response: HttpResponse, *, language: str = "") -> HttpResponse:
    """Keep the address out of search engines and out of what the next page is told."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Content-Language"] = language or str(translation.get_language())
    return response
