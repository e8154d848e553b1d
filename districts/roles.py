"""What a posting allows outside the cases: who may open the onboarding desk."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.utils import timezone  # noqa: TID251 - Django asks for permissions without telling the time

from districts.models import Officer, Posting, Role

ONBOARDING_APPS = frozenset({"districts"})


def is_administrator(officer: Officer) -> bool:
    """Tell whether the officer is posted as an administrator right now."""
    if not officer.is_active:
        return False
    return Posting.objects.valid(timezone.now()).filter(officer=officer, role=Role.ADMINISTRATOR).exists()


class PostingBackend(ModelBackend):
    """Sign-in by user name; permissions on the ground floor for administrators, none for anybody else."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Allow onboarding permissions to whoever is posted as administrator."""
        if obj is not None or not isinstance(user_obj, Officer):
            return False
        return perm.split(".")[0] in ONBOARDING_APPS and is_administrator(user_obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Show the onboarding sections to administrators."""
        return isinstance(user_obj, Officer) and app_label in ONBOARDING_APPS and is_administrator(user_obj)
