"""What uvicorn serves."""

import os
from threading import Thread
from typing import cast

import django
from django.conf import settings

from portal.api.gate import AROUND_A_FILE, Application, gate
from portal.api.throttle import Throttle, throttled

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

django.setup(set_prefix=False)

from districts import jurisdiction  # noqa: E402 - it knows models, which are there only now
from portal.api.v1 import telephone  # noqa: E402 - the same
from portal.handler import OneThreadHandler  # noqa: E402 - the same
from portal.live.stream import live  # noqa: E402 - the same

# Django types what it calls as dicts; what it is called with by any server is the looser shape of ASGI.
pages = cast("Application", OneThreadHandler())
gated = gate(
    live(pages),
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
# The first alert must not wait the seconds that the names of all places take to load.
Thread(target=jurisdiction.clues_in, args=("कोटा Kota",), name="names of places", daemon=True).start()
