"""How Django finds the ground floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DistrictsConfig(AppConfig):
    """The territory and the people in it."""

    name = "districts"
    verbose_name = _("Territory and officers")
    default_auto_field = "django.db.models.BigAutoField"
