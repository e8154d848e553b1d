"""Sign-in by user name, and what a posting allows outside the cases: who may open the onboarding desk."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.db.models import Model
from django.utils import timezone

from districts.models import Officer, Posting, Role

ONBOARDING_APPS = frozenset({"districts"})


def is_administrator(officer: Officer) -> bool:
    """Tell whether the officer is posted as an administrator right now."""
    if not officer.is_active:
        return False
    return Posting.objects.valid(timezone.now()).filter(officer=officer, role=Role.ADMINISTRATOR).exists()


class PostingBackend(ModelBackend):
    """Permissions on the ground floor for administrators, none for anybody else."""

    def has_perm(self, user_obj: object, perm: str, obj: Model | None = None) -> bool:
        """Allow onboarding permissions to whoever is posted as administrator."""
        if obj is not None or not isinstance(user_obj, Officer):
            return False
        return perm.split(".", maxsplit=1)[0] in ONBOARDING_APPS and is_administrator(user_obj)

    def has_module_perms(self, user_obj: object, app_label: str) -> bool:
        """Show the onboarding sections to administrators."""
        return isinstance(user_obj, Officer) and app_label in ONBOARDING_APPS and is_administrator(user_obj)
