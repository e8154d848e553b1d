"""A served portal and those who listen to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from portal.asgi import pages
from portal.live.stream import live
from tests.portal.conftest import plant, signed_in
from tests.portal.live.listening import Listener, serving


@pytest.fixture
def port(transactional_db: None) -> Iterator[int]:
    """The portal with two states in it, on a real socket."""
    plant()
    with serving(live(pages)) as port:
        yield port
    connection.close()


@pytest.fixture
def listen(port: int) -> Iterator[Callable[..., Listener]]:
    """Sit down and listen."""
    listeners: list[Listener] = []

    def listen(username: str, **how: str) -> Listener:
        listeners.append(Listener(port, signed_in(username), **how))
        return listeners[-1].lives()

    yield listen
    for listener in listeners:
        listener.close()
