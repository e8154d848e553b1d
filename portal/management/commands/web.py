"""``manage.py web``: serve the pages and the partner API."""

import http.client
import os
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand

from portal.processes import end_on_term, prepare
from portal.pulse import Heart

#: Seconds in which the server must answer itself.
PATIENCE_S = 2.0
#: What a server that listens everywhere is asked at by itself.
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - looked up, not listened on


class Command(BaseCommand):
    help = "Serves the pages and the partner API on PORTAL_HOST:PORTAL_PORT."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        end_on_term()
        prepare(self, "web")
        Heart("web", well=answers_itself).start()
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


def answers_itself() -> bool:
    """Tell whether the server answers: a thread of ours may well be alive where its loop no longer is."""
    host = EVERYWHERE.get(settings.PORTAL_HOST, settings.PORTAL_HOST)
    asked = http.client.HTTPConnection(host, settings.PORTAL_PORT, timeout=PATIENCE_S)
    try:
        asked.request("GET", "/healthz", headers={"Host": "localhost"})
        return asked.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()
