"""Lanes: one for each channel, so that a gateway that hangs holds up nobody but itself."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from notifications.channels import wire_for
from notifications.channels.wire import NotSent, Sent, Unreachable, Wire
from notifications.delivery import Answer, call_again, claim_due, hang_up, record
from notifications.models import Channel, Message

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

# How many messages of a channel are on the wire at once.
WIDTH: Final = {Channel.SMS: 16, Channel.VOICE: 16, Channel.EMAIL: 4}
# Longer than any wire promises to take; what is still out then is written down as unanswered.
PATIENCE_S: Final = 12.0
# How often somebody who waits for answers looks whether something new is due.
GLANCE_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Flight:
    """A message on the wire."""

    message: Message
    began: float


class Lane:
    """
    The way out of one channel: claims as many messages as it can put on the wire at once, and never waits for them.

    A provider that does not answer is knocked at and not stormed: its breaker is shut (``notifications.breaker``), and
    the claim hands out one message at a time to try.
    """

    def __init__(self, channel: str) -> None:
        self.channel = Channel(channel)
        self.flights: dict[Future[Sent], Flight] = {}
        #: Whether an answer could not be written down yet, because somebody holds its row.
        self.held_up = False
        self._pool = self._new_pool()

    def step(self, clock: Clock) -> bool:
        """Write down the answers that came, send what is due; tell whether something is still going on."""
        landed = self._land(clock)
        if self.channel == Channel.VOICE:
            hang_up(at=clock())
            call_again(at=clock())
        room = WIDTH[self.channel] - len(self.flights)
        claimed = claim_due(channel=self.channel, at=clock(), limit=room) if room > 0 else []
        for message in claimed:
            self._depart(message, clock)
        return bool(landed or claimed or self.flights)

    def _depart(self, message: Message, clock: Clock) -> None:
        try:
            wire = wire_for(message, at=clock())
            future = self._pool.submit(wire.send, message) if wire.outside else _done(wire, message)
        except Exception as problem:  # noqa: BLE001 - a wire that is set up wrongly must not stop the other channels
            future = Future()
            future.set_exception(problem)
        self.flights[future] = Flight(message, time.monotonic())

    def _land(self, clock: Clock) -> bool:
        self.held_up = False
        now = time.monotonic()
        lost = [f for f, flight in self.flights.items() if not f.done() and now - flight.began > PATIENCE_S]
        home = [future for future in self.flights if future.done()] + lost
        if not home:
            return False
        answers = [
            Answer(message.pk, message.attempts, outcome(future, message))
            for future, message in ((future, self.flights[future].message) for future in home)
        ]
        written = record(answers, at=clock())
        # Only now: what could not be written down (its row is held, the database was away) is written down next time.
        for future in home:
            if self.flights[future].message.pk in written:
                del self.flights[future]
            else:
                self.held_up = True
        if lost:
            # Their threads are stuck in somebody's socket; leave them there and go on with new ones.
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = self._new_pool()
        return True

    def _new_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(WIDTH[self.channel], thread_name_prefix=f"wire-{self.channel}")


class Office:
    """All lanes of one process, worked by one thread at a time however many ask."""

    def __init__(self) -> None:
        self.lanes = {channel: Lane(channel) for channel in Channel.values}
        self._guard = threading.Lock()
        self._asked = threading.Event()

    def deliver(self, *, clock: Clock, for_s: float, channels: Sequence[str] = Channel.values) -> None:
        """
        Deliver until nothing is due or ``for_s`` seconds are over; the next call meets what is on the wire then.

        When another thread is at it already it is asked to look once more, and this call returns at once.
        """
        until = time.monotonic() + for_s
        self._asked.set()
        while self._asked.is_set() and self._guard.acquire(blocking=False):
            try:
                self._asked.clear()
                self._work([self.lanes[Channel(channel)] for channel in channels], clock=clock, until=until)
            finally:
                self._guard.release()
            if time.monotonic() >= until:
                return

    def _work(self, lanes: Sequence[Lane], *, clock: Clock, until: float) -> None:
        while True:
            # Every lane takes its step: no short-circuit.
            busy = [lane for lane in lanes if lane.step(clock)]
            left = until - time.monotonic()
            if not busy or left <= 0:
                return
            flights = [future for lane in lanes for future in lane.flights]
            if any(lane.held_up for lane in lanes):
                time.sleep(min(GLANCE_S, left))
            elif flights:
                wait(flights, timeout=min(GLANCE_S, left), return_when=FIRST_COMPLETED)


OFFICE: Final = Office()


def deliver_one(message: Message, *, clock: Clock) -> None:
    """Send one message that has been claimed, and wait for what comes of it."""
    sent = _done(wire_for(message, at=clock()), message)
    while not record([Answer(message.pk, message.attempts, outcome(sent, message))], at=clock()):
        time.sleep(GLANCE_S)


def _done(wire: Wire, message: Message) -> Future[Sent]:
    """Try once, here and now, and return it as if it had been done elsewhere."""
    future: Future[Sent] = Future()
    try:
        future.set_result(wire.send(message))
    except Exception as problem:  # noqa: BLE001 - as in a thread of its own; `outcome` says what each means
        future.set_exception(problem)
    return future


def outcome(future: Future[Sent], message: Message) -> Sent | NotSent:
    """Return what a wire said, or that it said nothing."""
    if not future.done():
        return Unreachable("no answer in time", perhaps=True)
    problem = future.exception()
    if problem is None:
        return future.result()
    if isinstance(problem, NotSent):
        return problem
    # A fault of our own adapter must not stop the lane; the message is tried again until its horizon.
    log.error("the wire for message %s broke", message.pk, exc_info=problem)
    return Unreachable(f"our wire broke ({type(problem).__name__})", perhaps=True)
