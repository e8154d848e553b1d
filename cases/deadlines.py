"""Deadlines: start, keep, lift and miss promises. A missed promise climbs its ladder, one row per step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from cases import history, ladder, pauses
from cases.models import Case, Deadline, Forwarding
from cases.states import Promise, Settled
from districts.actors import CLOCK, Actor
from districts.models import Policy, Unit
from notifications import outbox

SECONDS: dict[str, str] = {
    Promise.CLAIM: "claim_s",
    Promise.FORWARD: "forward_s",
    Promise.ACKNOWLEDGE: "acknowledge_s",
    Promise.MOVE: "move_s",
    Promise.CONTACT: "contact_s",
    Promise.FLASH: "flash_s",
    Promise.REPORT: "report_s",
    Promise.OTHER_STATE: "other_state_s",
    Promise.INFORMATION: "information_s",
    Promise.FOLLOW_UP: "follow_up_{number}_s",
    Promise.RECALL: "recall_s",
}
# A look back is owed within days: it wakes nobody at night, and climbs by days.
CALM_LADDER = [{"after_s": day * 86400, "rung": rung, "channels": ["sms"]} for day, rung in enumerate((1, 3, 4))]
# What holds where a state has entered no policy at all: the times of the house, and its ladder.
HOUSE_LADDER = [
    {"after_s": after, "rung": rung, "channels": ["sms", "voice"]}
    for rung, after in enumerate((0, 180, 300, 600, 900), start=1)
]


def policy_for(unit: Unit, urgency: str) -> Policy:
    """Return the policy in force for a unit: its own, else its state's, else the state's for P1, else the house's."""
    rows = Policy.objects.filter(Q(unit=unit) | Q(unit=None, state_id=unit.state_id))
    ranked = sorted(rows, key=lambda row: (row.urgency != urgency, row.unit_id is None, row.urgency != "P1"))
    usable = [row for row in ranked if row.urgency in {urgency, "P1"}]
    return usable[0] if usable else Policy(state_id=unit.state_id, urgency=urgency, ladder=HOUSE_LADDER)


def start(
    case: Case,
    kind: Promise,
    *,
    unit: Unit,
    by: Actor,
    at: datetime,
    forwarding: Forwarding | None = None,
    number: int = 0,
) -> Deadline:
    """Start a promise of ``unit``, frozen from the policy of now. ACKNOWLEDGE has its whole ladder from the start."""
    promise = promised(case, kind, unit=unit, at=at, forwarding=forwarding, number=number)
    promise.save(force_insert=True)
    if kind == Promise.ACKNOWLEDGE:
        _raise_ladder(promise, base=at, by=by, at=at)
    return promise


def promised(
    case: Case, kind: Promise, *, unit: Unit, at: datetime, forwarding: Forwarding | None = None, number: int = 0
) -> Deadline:
    """Return a promise that is yet to be written; whoever writes a new case writes it with the case."""
    policy = policy_for(unit, case.urgency)
    return Deadline(
        case=case,
        forwarding=forwarding,
        unit=unit,
        kind=kind,
        number=number,
        started_at=at,
        due_at=at + timedelta(seconds=getattr(policy, SECONDS[kind].format(number=number))),
        ladder=CALM_LADDER if kind == Promise.FOLLOW_UP else policy.ladder,
    )


def keep(case: Case, kinds: Iterable[Promise], *, at: datetime, forwarding: Forwarding | None = None) -> None:
    """Settle promises as met, their waiting steps as lifted, and take back what is still owed for them."""
    for deadline in _open(case, kinds, forwarding):
        _settle(deadline, Settled.LIFTED if deadline.level else Settled.MET, at=at)
    pauses.end_idle(case, forwarding, at=at)
    _take_back(case, kinds, forwarding, at=at)


def lift(case: Case, kinds: Iterable[Promise], *, at: datetime, forwarding: Forwarding | None = None) -> None:
    """Settle promises that nobody has to keep any more, and take back what is still owed for them."""
    for deadline in _open(case, kinds, forwarding):
        _settle(deadline, Settled.LIFTED, at=at)
    pauses.end_idle(case, forwarding, at=at)
    _take_back(case, kinds, forwarding, at=at)


def settle_one(case: Case, kind: Promise, number: int, how: Settled, *, at: datetime) -> None:
    """Settle one of several promises of a kind, its waiting steps as lifted, and take back what is owed for it."""
    running = Deadline.objects.filter(case=case, kind=kind, number=number, settled_at=None).order_by("level", "pk")
    for deadline in running.select_for_update(of=("self",), no_key=True):
        _settle(deadline, Settled.LIFTED if deadline.level else how, at=at)
    outbox.cancel(group=ladder.group_of(case, None, kind, number), at=at)


def lift_everything(case: Case, *, at: datetime) -> None:
    """Settle every promise of a case as lifted: nobody owes anything for it any more."""
    known = Deadline.objects.filter(case=case, forwarding=None, level=0).values_list("kind", "number").distinct()
    groups = {ladder.group_of(case, None, kind, number) for kind, number in known}
    groups |= {ladder.group_of(case, None, kind) for kind in Promise}
    for deadline in _locked(Deadline.objects.filter(case=case, settled_at=None)):
        _settle(deadline, Settled.LIFTED, at=at)
    for leg in (None, *case.forwardings.all()):
        pauses.end_idle(case, leg, at=at)
    groups |= {ladder.group_of(case, leg, "") for leg in case.forwardings.all()}
    for group in sorted(groups):
        outbox.cancel(group=group, at=at)


def running(case: Case, forwarding: Forwarding | None) -> list[Deadline]:
    """Lock and return what runs of one part of a case: of a forwarding, or of the cell's own promises."""
    return _locked(Deadline.objects.filter(case=case, forwarding=forwarding, settled_at=None))


def next_step(case: Case, *, by: Actor, at: datetime, unit_ids: Collection[int] | None = None) -> Deadline | None:
    """
    Lock and return the step that is taken next of all ladders that run, or of some units'; None if there is none.

    A promise that is not missed yet has no steps: its ladder is written now, each step due where the miss would put it.
    """
    rows = Deadline.objects.filter(case=case, settled_at=None).select_related("case__state", "unit", "forwarding")
    running = _locked(rows if unit_ids is None else rows.filter(unit_id__in=unit_ids))
    if not any(deadline.level for deadline in running):
        waiting = [promise for promise in running if promise.ladder and not _has_ladder(promise)]
        if not waiting:
            return None
        promise = min(waiting, key=lambda found: found.due_at)
        running = _raise_ladder(promise, base=promise.due_at, by=by, at=at)
    return min((step for step in running if step.level), key=lambda step: (step.due_at, step.level), default=None)


def take(step: Deadline, *, by: Actor, at: datetime) -> None:
    """Take a step now, ahead of its time. The row says so: its due time is now, and it will not be taken again."""
    step.due_at, step.paused_until = min(step.due_at, at), None
    step.save(update_fields=["due_at", "paused_until"])
    _fire(step, by=by, at=at)


def tighten(case: Case, *, at: datetime) -> list[str]:
    """
    Shorten what runs to what the urgency of now promises, counted from now; return the kinds that have become shorter.

    A case that has become more urgent may not wait as long as it was promised before. Nothing ever becomes longer.
    """
    running = _locked(Deadline.objects.filter(case=case, settled_at=None).select_related("unit"))
    shortened: set[str] = set()
    bases: dict[tuple[object, str], datetime] = {}
    for deadline in running:
        policy = policy_for(deadline.unit, case.urgency)
        part = (deadline.forwarding_id, deadline.kind)
        if not deadline.level:
            name = SECONDS.get(deadline.kind)
            due_at = min(deadline.due_at, at + timedelta(seconds=getattr(policy, name))) if name else deadline.due_at
            if deadline.kind != Promise.ACKNOWLEDGE:
                bases[part] = due_at  # its steps count from the miss, which is still to come
                deadline.ladder = policy.ladder
        else:
            afters = [step["after_s"] for step in policy.ladder if step["rung"] == deadline.rung]
            sooner = bases.get(part, at) + timedelta(seconds=min(afters)) if afters else deadline.due_at
            due_at = min(deadline.due_at, sooner)
        if due_at < deadline.due_at:
            shortened.add(str(deadline.kind))
        deadline.due_at = due_at
        deadline.save(update_fields=["due_at", "ladder"])
    return sorted(shortened)


def is_open(case: Case, kind: Promise) -> bool:
    """Tell whether the promise, or a step of its ladder, is still running."""
    return Deadline.objects.filter(case=case, kind=kind, settled_at=None).exists()


def was_missed(case: Case, kind: Promise) -> bool:
    """Tell whether the promise, as it was started last, has been missed."""
    promises = Deadline.objects.filter(case=case, forwarding=None, kind=kind, level=0).order_by("started_at", "pk")
    last = promises.last()
    return last is not None and last.settled_as == Settled.MISSED


def oldest_open() -> datetime | None:
    """Return when the first of all running deadlines is due, or was."""
    return Deadline.objects.filter(settled_at=None).order_by("due_at").values_list("due_at", flat=True).first()


def miss_next(*, at: datetime) -> Deadline | None:
    """
    Settle the most overdue deadline as missed, tell whom its ladder names, and return it; None if nothing is due.

    One deadline, one transaction: open a reach of the clock around each call. Sweepers side by side skip what another
    one holds, so that each fires once.
    """
    overdue = Deadline.objects.filter(settled_at=None, due_at__lte=at).order_by("due_at", "level")
    # ``of`` keeps the lock off the case row, which an officer may be moving right now.
    locked = overdue.select_for_update(of=("self",), no_key=True, skip_locked=True)
    deadline = locked.select_related("case__state", "unit", "forwarding").first()
    if deadline is None:
        return None
    if deadline.level:
        _fire(deadline, by=CLOCK, at=at)
        return deadline
    _settle(deadline, Settled.MISSED, at=at)
    # Already there for an acknowledgement, and where somebody would not wait and has taken its first step.
    if not _has_ladder(deadline):
        _raise_ladder(deadline, base=deadline.due_at, by=CLOCK, at=at)
    facts = {"deadline": deadline.kind, "due_at": deadline.due_at.isoformat(), "unit": deadline.unit.code}
    _record(deadline, "deadline_missed", by=CLOCK, at=at, facts=facts)
    return deadline


def _raise_ladder(promise: Deadline, *, base: datetime, by: Actor, at: datetime) -> list[Deadline]:
    """Write a row for each step of the ladder, take at once those that are due, and return all of them."""
    steps = Deadline.objects.bulk_create(
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
    )
    fired = False
    for step in steps:
        if step.due_at > at:
            continue
        if fired:
            # A step that was pulled forward over an empty rung has been settled by the one before it.
            step.refresh_from_db(fields=["settled_at", "due_at"])
        if step.settled_at is None:
            _fire(step, by=by, at=at)
            fired = True
    return steps


def _fire(step: Deadline, *, by: Actor, at: datetime) -> None:
    """Take a step: tell its rung, or say that nobody is on it and take the next step at once."""
    _settle(step, Settled.MISSED, at=at)
    told = ladder.tell(step, at=at)
    facts: dict[str, object] = {"deadline": step.kind, "level": step.level, "rung": step.rung}
    if told.passed_over:
        facts["passed_over"] = [{"post": str(contact), "why": str(why)} for contact, why in told.passed_over]
    if told.posts:
        posts = [str(contact) for contact in told.posts]
        _record(step, "rung_told", by=by, at=at, facts=facts | {"posts": posts, "channels": step.channels})
        return
    _record(step, "rung_empty", by=by, at=at, facts=facts)
    following = (
        _series(step)
        .filter(level__gt=step.level)
        .order_by("level")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if following is None:
        _record(step, "nobody_left_to_tell", by=by, at=at, facts=facts)
        return
    # The next rung takes the empty one's place in time; the row says so, so that it is not early.
    following.due_at, following.paused_until = min(following.due_at, step.due_at), None
    following.save(update_fields=["due_at", "paused_until"])
    _fire(following, by=by, at=at)


def _series(step: Deadline) -> QuerySet[Deadline]:
    return Deadline.objects.filter(
        case=step.case_id,
        forwarding=step.forwarding_id,
        kind=step.kind,
        number=step.number,
        started_at=step.started_at,
        settled_at=None,
    ).select_related("case__state", "unit", "forwarding")


def _has_ladder(promise: Deadline) -> bool:
    """Tell whether the steps of a promise have been written."""
    rows = Deadline.objects.filter(case=promise.case_id, forwarding=promise.forwarding_id, kind=promise.kind)
    return rows.filter(started_at=promise.started_at, level__gt=0).exists()


def _open(case: Case, kinds: Iterable[Promise], forwarding: Forwarding | None) -> list[Deadline]:
    return _locked(Deadline.objects.filter(case=case, forwarding=forwarding, kind__in=list(kinds), settled_at=None))


def _locked(running: QuerySet[Deadline]) -> list[Deadline]:
    """Lock what is still running, lowest level first: the order in which the sweep locks it too."""
    rows = running.order_by("kind", "level", "pk").select_for_update(of=("self",), no_key=True)
    # Two rounds. The first waits for a sweep that is missing the promise at this moment and writes the steps of its
    # ladder; the second sees them, and with the promise in our hands no further ones can come.
    list(rows)
    return list(rows.all())


def _settle(deadline: Deadline, how: Settled, *, at: datetime) -> None:
    deadline.settled_at = at
    deadline.settled_as = how
    deadline.save(update_fields=["settled_at", "settled_as"])


def _take_back(case: Case, kinds: Iterable[Promise], forwarding: Forwarding | None, *, at: datetime) -> None:
    for group in sorted({ladder.group_of(case, forwarding, kind) for kind in kinds}):
        outbox.cancel(group=group, at=at)


def _record(deadline: Deadline, action: str, *, by: Actor, at: datetime, facts: Mapping[str, object]) -> None:
    unit = deadline.unit if deadline.forwarding_id else None
    history.record(deadline.case, action, by=by, at=at, facts=dict(facts), unit=unit)
