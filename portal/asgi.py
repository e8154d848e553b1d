"""What uvicorn serves."""

import os
from typing import cast

from django.conf import settings
from django.core.asgi import get_asgi_application

from portal.api.gate import AROUND_A_FILE, Application, gate
from portal.api.throttle import Throttle, throttled

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

# Django types what it calls as dicts; what it is called with by any server is the looser shape of ASGI.
django = cast("Application", get_asgi_application())

from portal.api.v1 import telephone  # noqa: E402 - it knows models, which are there only now
from portal.live.stream import live  # noqa: E402 - the same

gated = gate(
    live(django),
    prefix="/api/v1/",
    bytes_max=settings.ALERT_BYTES_MAX,
    file_bytes_max=settings.FILE_BYTES_MAX + AROUND_A_FILE,
)
application = throttled(
    gated,
    prefix="/api/v1/",
    throttle=Throttle(rate=settings.PARTNER_RATE, burst=2 * settings.PARTNER_RATE, at_once=256, shared=16),
    line_of=telephone.line_of,
)
