"""``manage.py web``: serve the pages and the partner API."""

import os
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand

from portal.processes import end_on_term, prepare


class Command(BaseCommand):
    help = "Serves the pages and the partner API on PORTAL_HOST:PORTAL_PORT."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        end_on_term()
        prepare(self, "web")
        uvicorn.run(
            "portal.asgi:application",
            host=settings.PORTAL_HOST,
            port=settings.PORTAL_PORT,
            # An open event stream would otherwise be waited for until the browser closes it.
            timeout_graceful_shutdown=3,
            access_log=False,
            log_config=None,
            lifespan="off",
            ws="none",
            server_header=False,
            forwarded_allow_ips=os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"),
        )
