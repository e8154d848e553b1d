"""The register and the pen: how a row of the ground is written, and what is noted of it in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils.timezone import get_default_timezone

from districts.actors import Actor
from districts.models import (
    Contact,
    Counterpart,
    District,
    Duty,
    Fact,
    Officer,
    Partner,
    PartnerKey,
    Policy,
    Posting,
    RegisterEntry,
    State,
    Unit,
)
from districts.refusals import (
    AlreadyOnDuty,
    AlreadyPosted,
    EndsBeforeItBegins,
    FieldNotSound,
    ImpossibleRow,
    Refusal,
    SecondCell,
    Taken,
)

Row = TypeVar("Row", bound=models.Model)

#: Never written down: of these the register says only whether there is one.
SECRET = frozenset({"password", "signing_secret", "sha256", "key"})
#: How a row of another table is named in the register.
NAMED_BY = {State: "code", District: "code", Unit: "code", Officer: "username", Partner: "code"}


@dataclass(frozen=True, slots=True)
class Note:
    """Who acts, when, and on whose ground: what every entry of the register needs."""

    by: Actor
    at: datetime
    state: State | None
    unit: Unit | None = None


def add(row: Row, *, note: Note) -> Row:
    """Store a new row and register it."""
    subject = name_of(row)
    save(row, subject=subject)
    record(f"{noun_of(row)}_added", subject=subject, note=note, after=facts_of(row))
    return row


def change(row: Row, changes: Mapping[str, Any], *, note: Note, act: str = "") -> Row:
    """
    Give a row other values and register what was there before and after.

    It is read again under a lock, so that "before" is true; what is equal already is neither written nor registered.
    """
    rows = type(row)._base_manager
    row = rows.select_for_update(of=("self",)).get(pk=row.pk)
    differing = {field: value for field, value in changes.items() if getattr(row, field) != value}
    if not differing:
        return row
    before = facts_of(row, differing)
    for field, value in differing.items():
        setattr(row, field, value)
    save(row, subject=name_of(row), fields=list(differing))
    act = act or f"{noun_of(row)}_changed"
    record(act, subject=name_of(row), note=note, before=before, after=facts_of(row, differing))
    return row


def record(
    act: str,
    *,
    subject: str,
    note: Note,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> RegisterEntry:
    """Write down one act of onboarding."""
    return RegisterEntry.objects.create(
        at=note.at,
        actor=note.by.label,
        act=act,
        subject=subject,
        state=note.state,
        unit=note.unit,
        before=before,
        after=after,
    )


def save(row: models.Model, *, subject: str, fields: list[str] | None = None) -> None:
    """
    Store the row, and say in a sentence why not.

    :raises FieldNotSound: if a value can not be what it is given as
    :raises Taken: if there is one of that name already
    """
    try:
        # Relations are chosen from rows, and the database checks them; what is not written is not judged.
        left_out = [f.name for f in row._meta.fields if f.is_relation or (fields is not None and f.name not in fields)]
        row.clean_fields(exclude=left_out)
    except ValidationError as problem:
        raise _field_problem(row, problem) from problem
    try:
        row.save(update_fields=fields)
    except IntegrityError as problem:
        raise _explained(problem, row, subject=subject) from problem


def noun_of(row: models.Model) -> str:
    """Return the word that acts on the row begin with."""
    return "key" if isinstance(row, PartnerKey) else row._meta.model_name or ""


def name_of(row: models.Model) -> str:
    """Return how the register calls a row: its noun and the code people know it by."""
    match row:
        case State() | Unit():
            name = row.code
        case District() | Partner():
            name = f"{row.state.code}/{row.code}"
        case Contact() | Counterpart():
            name = str(row)
        case Duty():
            post = f"{row.contact.unit.code}/{row.contact.post}"
            name = f"{post}/{row.kind}/{row.begins.astimezone(get_default_timezone()):%Y-%m-%dT%H:%M}"
        case Officer():
            name = row.username
        case Posting():
            name = f"{row.officer.username}/{row.unit.code}/{row.role}"
        case PartnerKey():
            name = f"{row.partner.state.code}/{row.partner.code}/{row.prefix}"
        case Fact():
            name = f"{row.state.code}/{row.known_as}"
        case Policy():
            name = f"{row.unit.code if row.unit else row.state.code}/{row.urgency}"
        case _:
            name = str(row.pk)
    return f"{noun_of(row)}:{name}"[:120]


def facts_of(row: models.Model, fields: Iterable[str] | None = None) -> dict[str, Any]:
    """Return the values of a row as the register keeps them, with every secret left out."""
    wanted = set(fields) if fields is not None else None
    return {
        field.name: _plain(field.name, getattr(row, field.name))
        for field in row._meta.fields
        if not field.primary_key and (wanted is None or field.name in wanted)
    }


def _plain(name: str, value: object) -> object:
    """Return one value as JSON can hold it."""
    if name in SECRET:
        return "(set)" if value else ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, models.Model):
        return getattr(value, NAMED_BY.get(type(value), "pk"))
    return value


def _field_problem(row: models.Model, problem: ValidationError) -> Refusal:
    """Name the first field that is wrong, in the words of its form."""
    name, faults = next(iter(problem.message_dict.items()))
    label = row._meta.get_field(name).verbose_name if name != "__all__" else row._meta.verbose_name  # type: ignore[union-attr]  # only our own fields have errors
    return FieldNotSound(field=label, problem=faults[0])


def _explained(problem: IntegrityError, row: models.Model, *, subject: str) -> Refusal:
    """Return the refusal for what the database said no to."""
    rule = str(getattr(getattr(problem.__cause__, "diag", None), "constraint_name", None) or "")
    if rule == "one_cell_per_state":
        return SecondCell(state=getattr(row, "state", ""))
    if rule == "one_posting_at_a_time_per_role":
        return AlreadyPosted(officer=getattr(row, "officer", ""))
    if rule == "one_duty_at_a_time_per_officer":
        return AlreadyOnDuty(subject=getattr(row, "contact", ""))
    if rule.endswith("_ends_after_it_begins"):
        return EndsBeforeItBegins(subject=subject)
    if rule.endswith(("_key", "_uniq")) or rule.startswith("one_"):
        return Taken(subject=subject)
    return ImpossibleRow(subject=subject, rule=rule)
