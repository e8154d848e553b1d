"""A duty roster as a table (CSV): read line by line, tried as a whole, stored as a whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.actors import Actor
from districts.models import Contact, Duty, Officer
from districts.onboarding import authority
from districts.onboarding.duties import SHIFTS, add_duty, hours_of
from districts.onboarding.register import name_of
from districts.refusals import FieldNotSound, Refusal, RosterFaulty

COLUMNS = ("unit", "post", "kind", "officer", "phone", "shift", "from", "to")
LINES_MAX = 5000
BYTES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a roster, and what came of it: entered, there already, or its fault."""

    number: int
    words: str
    outcome: str
    said: str = ""


def import_roster(text: str, *, by: Actor, at: datetime, dry_run: bool) -> list[Line]:
    """
    Enter a roster, or with ``dry_run`` only say what would come of each line. The same file again enters nothing.

    :raises FieldNotSound: if it is no table with these columns
    :raises RosterFaulty: if a line has a fault; nothing of it is stored then
    """
    with transaction.atomic():
        lines = [_enter(number, row, by=by, at=at) for number, row in _rows(text)]
        faults = sum(line.outcome == "fault" for line in lines)
        if faults and not dry_run:
            raise RosterFaulty(faults=faults)
        if dry_run:
            transaction.set_rollback(True)
    return lines


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    if len(text) > BYTES_MAX:
        raise FieldNotSound(field=_("file"), problem=_("it is too long. Send it in parts."))
    table = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    names = [(name or "").strip().lower() for name in table.fieldnames or []]
    if not {"unit", "post", "from"} <= set(names) or not set(names) <= set(COLUMNS):
        wanted = ",".join(COLUMNS)
        raise FieldNotSound(field=_("file"), problem=_("the first line must name the columns: %s") % wanted)
    table.fieldnames = names
    for number, row in enumerate(table, start=2):
        if number > LINES_MAX:
            raise FieldNotSound(field=_("file"), problem=_("it is too long. Send it in parts."))
        values = {name: (row.get(name) or "").strip() for name in COLUMNS}
        if any(values.values()):
            yield number, values


def _enter(number: int, row: Mapping[str, str], *, by: Actor, at: datetime) -> Line:
    words = " · ".join(value for value in row.values() if value)
    try:
        contact, officer = _contact(row, by=by), _officer(row["officer"])
        kind = row["kind"].lower() or Duty.Kind.TURN
        begins, ends = _times(row)
        if kind not in Duty.Kind.values:
            raise FieldNotSound(field="kind", problem=_("use one of: %s.") % ", ".join(Duty.Kind.values))
        same = Duty.objects.filter(contact=contact, kind=kind, officer=officer, begins=begins, ends=ends)
        if same.filter(called_off_at=None).exists():
            return Line(number, words, "known")
        with transaction.atomic():
            shift, phone = row["shift"].lower(), row["phone"]
            duty = add_duty(
                contact, kind=kind, begins=begins, ends=ends, officer=officer, phone=phone, shift=shift, by=by, at=at
            )
    except Refusal as refusal:
        return Line(number, words, "fault", str(refusal))
    return Line(number, words, "entered", name_of(duty))


def _contact(row: Mapping[str, str], *, by: Actor) -> Contact:
    """Return the post a line is about. One that is not in one's charge and one that is not there are answered alike."""
    charge = authority.desk_of(by).over_units("unit")
    found = Contact.objects.filter(charge, unit__code=row["unit"], post=row["post"]).select_related("unit__state")
    contact = found.first()
    if contact is None:
        problem = _("there is no such post in your charge: %(unit)s/%(post)s.") % dict(row)
        raise FieldNotSound(field="post", problem=problem)
    return contact


def _officer(username: str) -> Officer | None:
    if not username:
        return None
    officer = Officer.objects.filter(Q(username=username), is_active=True).first()
    if officer is None:
        raise FieldNotSound(field="officer", problem=_("nobody signs in as “%s”.") % username)
    return officer


def _times(row: Mapping[str, str]) -> tuple[datetime, datetime]:
    """Return from when to when: two times, or a day and its shift."""
    shift = row["shift"].lower()
    if shift and shift not in SHIFTS:
        raise FieldNotSound(field="shift", problem=_("use one of: %s.") % ", ".join(SHIFTS))
    if shift and not row["to"]:
        return hours_of(_moment(row["from"], "from").date(), shift)
    return _moment(row["from"], "from"), _moment(row["to"], "to", end=True)


def _moment(text: str, field: str, *, end: bool = False) -> datetime:
    try:
        if len(text) <= len("2026-11-24"):
            moment = datetime.combine(date.fromisoformat(text), time.max if end else time.min)
        else:
            moment = datetime.fromisoformat(text)
    except ValueError as problem:
        example = _("write a day such as 2026-11-24, or a time such as 2026-11-24 06:00.")
        raise FieldNotSound(field=field, problem=example) from problem
    return moment if moment.tzinfo else timezone.make_aware(moment)
