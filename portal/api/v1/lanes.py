"""Lanes: one partner's flood waits in its own queue, and the database is left to the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock

from django.conf import settings

from portal.api.v1.problems import Busy

PATIENCE_S = 10.0
WAITING_MAX = 256


@dataclass(slots=True)
class _Lane:
    """The places of one key, and how many are in them or wait."""

    places: BoundedSemaphore
    users: int = field(default=0)


class Lanes:
    """Gives each key some places at once. Whoever waits holds no connection to the database."""

    def __init__(self, width: int, *, patience_s: float = PATIENCE_S, waiting_max: int = WAITING_MAX) -> None:
        """Make lanes of that width."""
        self._width = width
        self._patience_s = patience_s
        self._waiting_max = waiting_max
        self._guard = Lock()
        self._lanes: dict[str, _Lane] = {}

    @contextmanager
    def place_in(self, name: str) -> Iterator[None]:
        """
        Wait for a place in the lane, and hold it.

        :raises Busy: if too many wait already, or none becomes free in time
        """
        lane = self._enter(name)
        try:
            if not lane.places.acquire(timeout=self._patience_s):
                raise Busy
            try:
                yield
            finally:
                lane.places.release()
        finally:
            self._leave(name, lane)

    def __len__(self) -> int:
        return len(self._lanes)

    def _enter(self, name: str) -> _Lane:
        with self._guard:
            lane = self._lanes.get(name) or _Lane(BoundedSemaphore(self._width))
            if lane.users >= self._width + self._waiting_max:
                raise Busy
            self._lanes[name] = lane
            lane.users += 1
            return lane

    def _leave(self, name: str, lane: _Lane) -> None:
        with self._guard:
            lane.users -= 1
            if lane.users == 0:
                del self._lanes[name]


# A third of the connections for each key: two floods at once still leave room for the console and for everybody else.
lanes = Lanes(max(2, settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"] // 3))
