"""
The plants: each is a few exact replacements in a copy of the tree.

A replacement whose words are not found, or found more than once, fails loudly: the tree has changed, and the plant must.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement in one file."""

    file: str
    old: str
    new: str

    def make(self, tree: Path) -> None:
        """Make it in a copy of the tree."""
        place = tree / self.file
        text = place.read_text(encoding="utf-8")
        if (found := text.count(self.old)) != 1:
            raise SystemExit(f"{self.file} has these words {found} times, not once; mend the plant:\n{self.old}")
        place.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Plant:
    """A fault, and a word of what the harness must say of it."""

    name: str
    what: str
    found_by: tuple[str, ...]
    edits: tuple[Edit, ...]


PLANTS = (
    Plant(
        "answer_before_commit",
        "the partner is told 201 half a second before the transaction is committed",
        ("lost", "another id", "another case"),
        (
            Edit(
                "portal/api/v1/views.py",
                """        with reach_of(by):
            if signed:
                signed.accept()
            answer = receive_once(arrival, key=key, by=by, at=at, answer=partial(_seal_and_tell, raw=raw, told=told))
""",
                """        import threading, time
        told_early, said_early = threading.Event(), []

        def receive() -> None:
            try:
                with reach_of(by):
                    if signed:
                        signed.accept()
                    tell = partial(_seal_and_tell, raw=raw, told=told)
                    said_early.append(receive_once(arrival, key=key, by=by, at=at, answer=tell))
                    told_early.set()
                    time.sleep(0.5)
            except BaseException as problem:
                said_early.append(problem)
            finally:
                told_early.set()
                connection.close()

        threading.Thread(target=receive).start()
        told_early.wait()
        answer = said_early[0]
        if isinstance(answer, BaseException):
            raise answer
""",
            ),
        ),
    ),
    Plant(
        "eta_task",
        "a deadline is fired by a task with an ETA in the broker, and the row is swept by nobody",
        ("asleep", "do not fire", "late"),
        (
            Edit(
                "cases/deadlines.py",
                "    promise.save(force_insert=True)\n",
                "    promise.save(force_insert=True)\n    in_the_broker(promise)\n",
            ),
            Edit(
                "cases/deadlines.py",
                "from cases.firing import Strike, series_of, with_ladder\n",
                "from cases.firing import Strike, in_the_broker, series_of, with_ladder\n",
            ),
            Edit(
                "cases/firing.py",
                "        self._new |= {step.pk: step for step in steps}\n",
                "        self._new |= {step.pk: step for step in steps}\n"
                "        for step in steps:\n            in_the_broker(step)\n",
            ),
            Edit(
                "cases/firing.py",
                "#: Which ladder a step belongs to.\n",
                """def in_the_broker(deadline: Deadline) -> None:
    from celery import current_app
    from django.db import transaction

    def send() -> None:
        current_app.send_task("cases.miss_one", kwargs={"deadline": str(deadline.pk)}, eta=deadline.due_at)

    transaction.on_commit(send, robust=True)


#: Which ladder a step belongs to.
""",
            ),
            Edit(
                "cases/deadlines.py",
                "def overdue(*, at: datetime, limit: int, beside: Collection[UUID] = ()) -> list[Deadline]:\n",
                "def overdue(*, at: datetime, limit: int, beside: Collection[UUID] = (), only: object = None):\n",
            ),
            Edit(
                "cases/deadlines.py",
                '    due = due.exclude(pk__in=beside).order_by("due_at", "level")\n',
                "    due = due.filter(pk=only) if only else due.none()\n",
            ),
            Edit(
                "cases/tasks.py",
                '@shared_task(name="cases.miss_due", ignore_result=True)\n',
                """@shared_task(name="cases.miss_one", ignore_result=True)
def miss_one(*, deadline: str) -> None:
    with reach_of(CLOCK):
        now = clock.now()
        deadlines.miss(deadlines.overdue(at=now, limit=1, only=deadline), at=now)


@shared_task(name="cases.miss_due", ignore_result=True)
""",
            ),
        ),
    ),
    Plant(
        "sent_before_called",
        "a message is marked as taken before the gateway is called",
        ("called sent that nobody took",),
        (
            Edit(
                "notifications/lanes.py",
                "    def _depart(self, message: Message, clock: Clock) -> None:\n",
                "    def _depart(self, message: Message, clock: Clock) -> None:\n"
                '        record([Answer(message.pk, message.attempts, Sent(f"early-{message.pk}"))], at=clock())\n',
            ),
        ),
    ),
    Plant(
        "no_unique_key",
        "two sweepers may raise the same ladder: no unique key per deadline and level, and no lock in its place",
        ("there twice", "same post twice"),
        (
            Edit(
                "cases/migrations/0091_after_the_case.py",
                """        migrations.AddConstraint(
            model_name="deadline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settled_at", None)),
                fields=("case", "forwarding", "kind", "number", "level"),
                name="one_open_deadline_per_kind_and_level",
                nulls_distinct=False,
            ),
        ),
""",
                "",
            ),
            # With the lock in place the key has nothing to do, nor has the count: they are walls, and each holds alone.
            Edit(
                "cases/deadlines.py",
                '    locked = due.select_for_update(of=("self", "case__chain_head"), no_key=True, skip_locked=True)\n',
                "    locked = due\n",
            ),
            Edit(
                "cases/deadlines.py",
                "    return list(first.values())\n",
                "    __import__('time').sleep(0.05)\n    return list(first.values())\n",
            ),
            Edit(
                "cases/firing.py",
                "Deadline.objects.filter(pk__in=keys, settled_at=None)\n",
                "Deadline.objects.filter(pk__in=keys)\n",
            ),
            # Two sweepers at work, as on two machines.
            Edit("portal/watch.py", "SILENCE = 5.0\n", "SILENCE = -1.0\n"),
        ),
    ),
    Plant(
        "one_lane",
        "all channels share one lane: while a gateway hangs, the others wait",
        ("held up by the SMS gateway",),
        (
            Edit(
                "notifications/lanes.py",
                "            busy = [lane for lane in lanes if lane.step(clock)]\n",
                "            busy = []\n"
                "            for lane in lanes:\n"
                "                if not any(other.flights for other in lanes if other is not lane) and lane.step(clock):\n"
                "                    busy.append(lane)\n",
            ),
        ),
    ),
)
