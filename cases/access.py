"""Access: the only doors to a case, said in Python on top of row security; grants to units, and who looked."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from guardian.core import ObjectPermissionChecker
from guardian.shortcuts import assign_perm, remove_perm

from cases.models import Case, CaseGroupGrant, Forwarding, ReadEntry
from districts.actors import Actor, Kind, Sight
from districts.models import Unit

SEE = "view_case"
WORK = "work_case"


def cases_for(actor: Actor) -> QuerySet[Case]:
    """Return the cases ``actor`` may see. Row security says the same again, from the same table of grants."""
    if actor.sight == Sight.CELL and actor.state_id is not None:
        return Case.objects.filter(state_id=actor.state_id)
    if actor.sight == Sight.UNIT:
        granted = CaseGroupGrant.objects.filter(
            content_object=OuterRef("pk"), group__in=actor.group_ids, permission__codename=SEE
        )
        return Case.objects.filter(Exists(granted))
    if actor.sight == Sight.ENGINE and actor.kind == Kind.CLOCK:
        return Case.objects.all()
    return Case.objects.none()


def forwardings_for(actor: Actor) -> QuerySet[Forwarding]:
    """Return what was sent to the actor's units. Lists of a unit start here, where the wall is a plain equality."""
    return Forwarding.objects.filter(unit_id__in=actor.unit_ids)


def own_unit(case: Case, actor: Actor) -> Unit | None:
    """Return the actor's unit that was sent the case; what the cell writes is about no unit."""
    if actor.in_state_cell:
        return None
    leg = forwardings_for(actor).filter(case=case).select_related("unit").order_by("-forwarded_at").first()
    return leg.unit if leg else None


def may_work(case: Case, unit: Unit) -> bool:
    """Ask guardian whether the unit's group still holds the grant to work on the case."""
    return bool(ObjectPermissionChecker(unit.group).has_perm(WORK, case))


def grant(case: Case, unit: Unit) -> None:
    """Let the unit see and work on the case, from the end of this transaction."""
    assign_perm(SEE, unit.group, case)
    assign_perm(WORK, unit.group, case)


def revoke(case: Case, unit: Unit) -> None:
    """Take the case out of the unit's sight, from the end of this transaction."""
    remove_perm(SEE, unit.group, case)
    remove_perm(WORK, unit.group, case)


def look(case: Case, *, by: Actor, at: datetime, kind: str = "case", what: str = "") -> None:
    """Write down that somebody looked, in the transaction that shows it to them."""
    ReadEntry.objects.create(case=case, at=at, actor=by.label, kind=kind, object=what or case.reference)
