"""Firing: promises are missed and steps of ladders taken, many in one transaction, and each as if it were alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from cases import history, ladder, taps
from cases.history import Line
from cases.models import Deadline, Tap
from cases.rungs import Rungs
from cases.states import Settled
from districts.actors import Actor
from districts.models import Contact
from notifications import outbox
from notifications.outbox import Owing

#: Which ladder a step belongs to.
Series = tuple[UUID, UUID | None, str, int, datetime]


class Strike:
    """
    What one stroke of the clock brings about: gathered deadline by deadline, and written in a handful of statements.

    Whoever makes one holds the deadlines it is given, each of another case or the only one, and calls ``write`` at the
    end: until then nothing of it is in the database. What many of them need (who stands on a rung, the number of the
    cell) is asked for once.
    """

    def __init__(self, *, by: Actor, at: datetime) -> None:
        self._by, self._at = by, at
        self._rungs = Rungs(at=at)
        self._numbers: dict[int, str] = {}
        #: The old rows that are given, by key, and the steps of ladders as far as they are known.
        self._given: dict[UUID, Deadline] = {}
        self._ladders: dict[Series, list[Deadline]] = {}
        self._new: dict[UUID, Deadline] = {}
        self._settled: list[Deadline] = []
        self._moved: list[Deadline] = []
        self._taps: list[Tap] = []
        self._owed: list[Owing] = []
        self._lines: list[Line] = []

    def miss(self, overdue: Sequence[Deadline]) -> None:
        """Settle promises as missed and raise their ladders; take the steps that are among them."""
        self._rungs.ask(deadline.unit for deadline in overdue)
        self._given |= {deadline.pk: deadline for deadline in overdue}
        climbing = with_ladder([deadline for deadline in overdue if not deadline.level])
        for deadline in overdue:
            if deadline.level:
                self.take(deadline)
                continue
            self._settle(deadline)
            # Already there for an acknowledgement, and where somebody would not wait and has taken its first step.
            if series_of(deadline) not in climbing:
                self.raise_ladder(deadline, base=deadline.due_at)
            due_at = deadline.due_at.isoformat()
            self._record(
                deadline,
                "deadline_missed",
                {"deadline": deadline.kind, "due_at": due_at, "unit": deadline.unit.code},
            )

    def raise_ladder(self, promise: Deadline, *, base: datetime) -> list[Deadline]:
        """Make a row for each step of the ladder, take at once those that are due, and return all of them."""
        steps = [
            Deadline(
                case=promise.case,
                forwarding=promise.forwarding,
                unit=promise.unit,
                kind=promise.kind,
                number=promise.number,
                level=level,
                started_at=promise.started_at,
                due_at=base + timedelta(seconds=step["after_s"]),
                rung=step["rung"],
                channels=step["channels"],
            )
            for level, step in enumerate(promise.ladder, start=1)
        ]
        self._ladders[series_of(promise)] = steps
        self._new |= {step.pk: step for step in steps}
        for step in steps:
            # A step that was pulled forward over an empty rung has been settled by the one before it.
            if step.due_at <= self._at and step.settled_at is None:
                self.take(step)
        return steps

    def take(self, step: Deadline) -> None:
        """Take a step: tell its rung, or say that nobody is on it and take the next step at once."""
        if step.pk not in self._new:
            self._given.setdefault(step.pk, step)
        self._settle(step)
        told = self._rungs.standing_on(step.unit, step.rung or 0)
        facts: dict[str, object] = {"deadline": step.kind, "level": step.level, "rung": step.rung}
        if told.passed_over:
            facts["passed_over"] = [{"post": str(contact), "why": str(why)} for contact, why in told.passed_over]
        if told.posts:
            links = {contact.pk: self._link(step, contact) for contact in told.posts}
            self._owed.append(ladder.owing(step, told.posts, links=links, call_back=self._number(step)))
            posts = [str(contact) for contact in told.posts]
            self._record(step, "rung_told", facts | {"posts": posts, "channels": step.channels})
            return
        self._record(step, "rung_empty", facts)
        following = self._following(step)
        if following is None:
            self._record(step, "nobody_left_to_tell", facts)
            return
        # The next rung takes the empty one's place in time; the row says so, so that it is not early.
        following.due_at, following.paused_until = min(following.due_at, step.due_at), None
        if following.pk not in self._new:
            self._moved.append(following)
        self.take(following)

    def write(self) -> None:
        """Write all of it down, history last: it locks the chains."""
        Deadline.objects.bulk_create(self._new.values())
        if self._moved:
            Deadline.objects.bulk_update(self._moved, ["due_at", "paused_until"])
        keys = [deadline.pk for deadline in self._settled]
        open_still = Deadline.objects.filter(pk__in=keys, settled_at=None)
        if open_still.update(settled_at=self._at, settled_as=Settled.MISSED) != len(keys):
            msg = "a deadline that was held has been settled by somebody else"
            raise RuntimeError(msg)
        Tap.objects.bulk_create(self._taps)
        outbox.owe_all(self._owed, at=self._at)
        history.record_all(self._lines, by=self._by, at=self._at)

    def _settle(self, deadline: Deadline) -> None:
        deadline.settled_at, deadline.settled_as = self._at, Settled.MISSED
        if deadline.pk not in self._new:
            self._settled.append(deadline)

    def _following(self, step: Deadline) -> Deadline | None:
        """Return the next step of the ladder that waits, locked."""
        series = series_of(step)
        if series not in self._ladders:
            self._look_up()
        later = (one for one in self._ladders[series] if one.level > step.level and one.settled_at is None)
        return min(later, key=lambda one: one.level, default=None)

    def _look_up(self) -> None:
        """
        Lock what waits above the steps that are given, of all of them at once.

        Nobody else can hold it: whoever locks a ladder does so from below, and waits for the step that we hold.
        """
        above = Q()
        for step in self._given.values():
            if step.level and series_of(step) not in self._ladders:
                self._ladders[series_of(step)] = []
                above |= Q(
                    case=step.case_id, forwarding=step.forwarding_id, kind=step.kind, number=step.number,
                    started_at=step.started_at, level__gt=step.level,
                )  # fmt: skip
        cases = {step.case_id: step.case for step in self._given.values()}
        rows = Deadline.objects.filter(above, settled_at=None).exclude(pk__in=self._given).order_by("pk")
        for row in rows.select_related("unit", "forwarding").select_for_update(of=("self",), no_key=True):
            row.case = cases[row.case_id]
            self._ladders[series_of(row)].append(row)

    def _link(self, step: Deadline, contact: Contact) -> str:
        made = taps.make(step, contact, at=self._at)
        if made is None:
            return ""
        tap, link = made
        self._taps.append(tap)
        return link

    def _number(self, step: Deadline) -> str:
        state = step.case.state_id
        if state not in self._numbers:
            self._numbers[state] = ladder.cell_number(state)
        return self._numbers[state]

    def _record(self, deadline: Deadline, action: str, facts: Mapping[str, object]) -> None:
        unit = deadline.unit if deadline.forwarding_id else None
        self._lines.append(Line(deadline.case, action, dict(facts), unit))


def series_of(deadline: Deadline) -> Series:
    """Return which ladder a promise has, or a step is part of."""
    return deadline.case_id, deadline.forwarding_id, str(deadline.kind), deadline.number, deadline.started_at


def with_ladder(promises: Collection[Deadline]) -> set[Series]:
    """Return of which promises the steps have been written already."""
    if not promises:
        return set()
    steps = Deadline.objects.filter(case__in={promise.case_id for promise in promises}, level__gt=0)
    steps = steps.filter(started_at__in={promise.started_at for promise in promises})
    return {series_of(step) for step in steps.only("case", "forwarding", "kind", "number", "started_at")}
