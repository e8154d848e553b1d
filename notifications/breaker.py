"""Breakers: which providers are out of order, known to all processes alike, and when each is tried again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from notifications.channels.ways import TELEPHONES, rehearses, ways_of
from notifications.channels.wire import NotSent, Refused, Sent
from notifications.life import is_urgent
from notifications.models import Attempt, Channel, Message, Outcome, Provider

# So many failures in a row, of whichever messages, and nothing more is given to a provider but one trial at a time.
THRESHOLD: Final = 5
TRIAL_EVERY: Final = timedelta(seconds=5)
# It sends us all away, not this message: our key, our bill, our address.
SENDS_US_AWAY: Final = frozenset({401, 402, 403, 404, 407})
# A mail server that answers so is at work, and busy with this letter or this mailbox alone.
NOT_THIS_LETTER: Final = 430
NEVER: Final = 500
# Perhaps taken: whoever may have it is asked again under the same id before anybody else is, as often as this.
UNCLEAR: Final = frozenset({Outcome.UNANSWERED, Outcome.ABANDONED})
ASKED_AGAIN: Final = 1
ASKED_AGAIN_SLOWLY: Final = 3
# What a provider says of a message that it took and did not bring.
UNDELIVERED: Final = frozenset({"failed", "no_answer"})


@dataclass(frozen=True, slots=True)
class Standing:
    """How the providers of a channel stand at a moment: which there are, which are shut, which may be tried again."""

    ways: tuple[str, ...]
    shut: frozenset[str] = frozenset()
    on_trial: frozenset[str] = frozenset()

    @property
    def all_shut(self) -> bool:
        """Whether no provider of the channel is to be given anything but a trial."""
        return bool(self.ways) and self.shut >= set(self.ways)


def standing(channel: str, *, at: datetime) -> Standing:
    """Return how the providers of a channel stand."""
    ways = tuple(ways_of(channel))
    rows = Provider.objects.filter(name__in=ways, opened_at__isnull=False) if ways else ()
    opened = {row.name: row for row in rows}
    due = frozenset(name for name, row in opened.items() if row.probe_at and row.probe_at <= at)
    return Standing(ways, frozenset(opened), due)


def choose(message: Message, tries: Sequence[Attempt], now: Standing) -> str | None:
    """
    Return by which provider a message goes next; None if every one has refused it for good.

    Who may have taken it is asked again first, under the same id: somebody else would send it twice. Only when that one
    stays unclear does another get it, because silence does more harm than a message too many.
    """
    if rehearses(message) or not now.ways:
        return TELEPHONES
    no = {one.provider for one in tries if one.outcome == Outcome.REFUSED or one.heard in UNDELIVERED}
    ways = [way for way in now.ways if way not in no]
    if not ways:
        return None
    last = tries[-1] if tries else None
    if last is not None and last.provider in ways:
        again = ASKED_AGAIN if is_urgent(message) else ASKED_AGAIN_SLOWLY
        if last.outcome in UNCLEAR and _unclear_at(last.provider, tries) <= again:
            return last.provider
        place = ways.index(last.provider) + 1
        ways = ways[place:] + ways[:place]
    return next((way for way in ways if way not in now.shut), ways[0])


def take_trial(name: str, *, at: datetime) -> bool:
    """Take the one trial of a provider that is due, if nobody was quicker."""
    return bool(Provider.objects.filter(name=name, probe_at__lte=at).update(probe_at=at + TRIAL_EVERY))


def note(channel: str, answers: Iterable[tuple[str, Sent | NotSent]], *, at: datetime) -> bool:
    """
    Count what providers answered; tell whether one that was shut has answered again.

    The caller has locked all the messages it needs: a provider's row is locked last, by everybody.
    """
    answers = [(name, said) for name, said in answers if name and name != TELEPHONES]
    heard = [(name, alive) for name, said in answers if (alive := _is_alive(channel, said)) is not None]
    bad = {name: said for name, said in answers if isinstance(said, NotSent)}
    names = sorted({name for name, _ in heard})
    if not names:
        return False
    rows = {row.name: row for row in Provider.objects.filter(name__in=names)}
    calm = all(alive for _, alive in heard) and all(
        name in rows and not rows[name].failures and _is_fresh(rows[name], at=at) for name in names
    )
    if calm:
        return False  # the usual case: nobody waits for a lock that changes nothing
    Provider.objects.bulk_create([Provider(name=name, channel=channel) for name in names], ignore_conflicts=True)
    reopened = False
    for row in Provider.objects.filter(name__in=names).select_for_update(no_key=True).order_by("name"):
        was_open = row.opened_at is not None
        for name, alive in heard:
            if name == row.name:
                _count(row, alive=alive, why=bad[name].detail if not alive else "", at=at)
        row.save()
        reopened = reopened or (was_open and row.opened_at is None)
    return reopened


def _count(row: Provider, *, alive: bool, why: str, at: datetime) -> None:
    if alive:
        row.failures, row.opened_at, row.probe_at, row.last_ok_at = 0, None, None, at
        return
    row.failures += 1
    row.last_failure_at, row.last_error = at, why
    if row.failures >= THRESHOLD:
        row.opened_at = row.opened_at or at
        row.probe_at = at + TRIAL_EVERY


def _is_alive(channel: str, said: Sent | NotSent) -> bool | None:
    """Tell whether an answer shows a provider at work; None if it says nothing of that."""
    if channel == Channel.EMAIL and said.status_code is not None and NOT_THIS_LETTER <= said.status_code < NEVER:
        return None
    if isinstance(said, Refused):
        return False if said.status_code in SENDS_US_AWAY else None
    return isinstance(said, Sent)


def _is_fresh(row: Provider, *, at: datetime) -> bool:
    """Tell whether its last good answer is written down recently enough for those who look at it."""
    return row.last_ok_at is not None and timedelta(0) <= at - row.last_ok_at < timedelta(seconds=30)


def _unclear_at(provider: str, tries: Sequence[Attempt]) -> int:
    return sum(one.provider == provider and one.outcome in UNCLEAR for one in tries)
