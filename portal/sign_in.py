"""Signing in: the door is closed to newcomers, officers are known by user name, and a new password is registered."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils import timezone

from districts import onboarding
from districts.actors import officer_actor
from districts.models import Officer


class ClosedDoorAdapter(DefaultAccountAdapter):
    """Tells allauth how this house differs: officers are onboarded by an administrator and never sign up."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Nobody makes an account of their own."""
        return False

    def set_password(self, user: Officer, password: str) -> None:
        """Let an officer choose a new password, in the register like every other act of onboarding."""
        now = timezone.now()
        onboarding.set_password(user, password=password, by=officer_actor(user, at=now), at=now)
