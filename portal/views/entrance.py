"""The entrance: user name and password, then the code of the second factor, at one address."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.account.views import LoginView
from allauth.mfa.base.views import authenticate
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse


class EntranceView(LoginView):
    """
    Takes the code where the password was taken.

    allauth asks for it at an address of its own, and a browser is sent there; a script posts ``code`` to the address it
    knows, after the password or together with it.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Give a lone code to the second step."""
        if request.method == "POST" and "code" in request.POST and "login" not in request.POST:
            return _second_step(request)
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def form_valid(self, form: LoginForm) -> HttpResponse:
        """Sign in, and go on to the second step if the code came along."""
        response: HttpResponse = super().form_valid(form)
        waits = isinstance(response, HttpResponseRedirect) and response.url == reverse("mfa_authenticate")
        return _second_step(self.request) if waits and self.request.POST.get("code") else response


def _second_step(request: HttpRequest) -> HttpResponse:
    """Check the code; without a password before it this leads back to the beginning."""
    response: HttpResponse = authenticate(request)
    return response


login = EntranceView.as_view()
