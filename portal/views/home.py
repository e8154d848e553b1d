"""The way home, by role, and the language of whoever reads."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from districts.actors import officer_actor
from districts.models import Officer
from districts.onboarding.own import choose_language
from portal.doors import OfficerRequest
from portal.views import frame
from portal.views.answers import answers, json_answer, problem, wants_json


@answers("GET")
def home(request: OfficerRequest) -> HttpResponse:
    """Send each role to its own page; somebody without a posting reads that they have none (home_nobody.html)."""
    if name := frame.home_of(request.actor):
        return redirect(name)
    if wants_json(request):
        return json_answer({"postings": []})
    return render(request, "home_nobody.html")


@answers("GET")
def signed_in(request: OfficerRequest) -> HttpResponse:
    """Say that somebody is signed in (signed_in.html), and who: a page that was open before goes on by it."""
    if wants_json(request):
        return json_answer({"officer": request.user.username})
    return render(request, "signed_in.html")


@answers("POST", signed_in=False)
def language(request: HttpRequest) -> HttpResponse:
    """Take the language somebody chose: an officer's is stored with them, a visitor's in a cookie."""
    wanted = request.POST.get("language", "")
    if wanted not in dict(settings.LANGUAGES):
        return problem(request, 422)
    response = HttpResponseRedirect(own_path(request.POST.get("next", "")) or "/", status=303)
    if isinstance(request.user, Officer):
        now = timezone.now()
        by = officer_actor(request.user, at=now)
        choose_language(Officer.objects.get(pk=request.user.pk), language=wanted, by=by, at=now)
    else:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=31536000,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


def own_path(path: str) -> str:
    """Return a path of ours as it stands, and nothing for any other address."""
    sound = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if sound else ""
