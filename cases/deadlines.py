"""Deadlines: start, keep, lift and miss promises. A missed promise climbs its ladder, one row per step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from cases import ladder, pauses
from cases.firing import Strike, series_of, with_ladder
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
    # Unordered: the order people read policies in asks five tables, and each urgency is there once.
    return _in_force(
        Policy.objects.filter(Q(unit=unit) | Q(unit=None, state_id=unit.state_id)).order_by(), unit, urgency
    )


def _in_force(policies: Iterable[Policy], unit: Unit, urgency: str) -> Policy:
    """Return which of the policies of a unit and its state is in force."""
    ranked = sorted(policies, key=lambda row: (row.urgency != urgency, row.unit_id is None, row.urgency != "P1"))
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
    case: Case,
    kind: Promise,
    *,
    unit: Unit,
    at: datetime,
    forwarding: Forwarding | None = None,
    number: int = 0,
    policies: Iterable[Policy] | None = None,
) -> Deadline:
    """
    Return a promise that is yet to be written; whoever writes a new case writes it with the case.

    ``policies`` are those of the unit and its state, where somebody has asked for them already.
    """
    policy = policy_for(unit, case.urgency) if policies is None else _in_force(policies, unit, case.urgency)
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
    strike = Strike(by=by, at=at)
    strike.take(step)
    strike.write()


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


def overdue(*, at: datetime, limit: int, beside: Collection[UUID] = ()) -> list[Deadline]:
    """
    Lock and return the most overdue deadlines, one of a case, with the chains of their histories. It waits for nothing.

    What somebody else holds is theirs for now: another sweeper, who has the case by its chain, or an officer in the
    middle of an act. Whoever holds many rows and waits for none takes nobody into a deadlock, and each fires once.
    """
    due = Deadline.objects.filter(settled_at=None, due_at__lte=at, case__chain_head__seq__gt=0)
    due = due.exclude(pk__in=beside).order_by("due_at", "level")
    # ``of`` keeps the lock off the case row, which an officer may be moving right now.
    locked = due.select_for_update(of=("self", "case__chain_head"), no_key=True, skip_locked=True)
    rows = locked.select_related("case__state", "case__chain_head", "unit", "forwarding")[:limit]
    first: dict[UUID, Deadline] = {}
    for deadline in rows:
        first.setdefault(deadline.case_id, deadline)
    return list(first.values())


def miss(due: Sequence[Deadline], *, at: datetime) -> None:
    """Settle what is overdue as missed, and tell whom the ladders name. The caller holds it all: see ``overdue``."""
    strike = Strike(by=CLOCK, at=at)
    strike.miss(due)
    strike.write()


def miss_next(*, at: datetime) -> Deadline | None:
    """
    Settle the most overdue deadline as missed, tell whom its ladder names, and return it; None if nothing is due.

    Open a reach of the clock around each call.
    """
    due = overdue(at=at, limit=1)
    miss(due, at=at)
    return due[0] if due else None


def _raise_ladder(promise: Deadline, *, base: datetime, by: Actor, at: datetime) -> list[Deadline]:
    """Write a row for each step of the ladder, take at once those that are due, and return all of them."""
    strike = Strike(by=by, at=at)
    steps = strike.raise_ladder(promise, base=base)
    strike.write()
    return steps


def _has_ladder(promise: Deadline) -> bool:
    """Tell whether the steps of a promise have been written."""
    return series_of(promise) in with_ladder([promise])


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
