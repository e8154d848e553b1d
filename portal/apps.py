"""How Django finds the roof."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """HTTP, processes and the clock."""

    name = "portal"
    verbose_name = "Jeevan Setu"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks that refuse a wrong set-up, and the Celery app that every task belongs to."""
        from portal import celery, checks  # noqa: F401, PLC0415 - both register themselves, after the apps are loaded
