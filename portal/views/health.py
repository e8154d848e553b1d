"""Health: does the process answer, does work move, and the figures a monitor collects. No case is told of."""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from prometheus_client.process_collector import ProcessCollector
from psycopg_pool import PoolTimeout

from cases import forwarding
from cases.models import Case, Deadline
from cases.states import Status
from districts.actors import CLOCK
from districts.reach import reach_of
from notifications import queries
from notifications.models import OWED, Message
from portal import pulse
from portal.lookout import book
from portal.lookout.findings import Code, sentence, stops_work
from portal.lookout.parts import broker_answers
from portal.models import Alarm
from portal.views.answers import answers, problem

#: Seconds after which it counts as standing still: nothing has swept, a deadline has not fired, a message has not left.
SWEEP_SILENT_S = 10.0
DEADLINE_LATE_S = 10.0
MESSAGE_LATE_S = 60.0
MAIL_SILENT_S = 60.0
BROKER_WAIT_S = 0.3
FIRST_FORWARDS_OF = timedelta(days=30)
#: What is looked at here and now, and by which word its reason is known; watch need not say it again.
SAID_ALREADY = {
    Code.DEADLINE_LATE: "A deadline",
    Code.MESSAGE_STUCK: "A message",
    Code.MAIL_SILENT: "the mailbox",
}
AWAY = (DatabaseError, InterfaceError, PoolTimeout)


@dataclass(slots=True)
class Findings:
    """What was looked at, and what of it stands still."""

    reasons: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


@answers("GET", signed_in=False)
def healthz(_request: HttpRequest) -> HttpResponse:
    """Say that the process answers. It asks nobody else."""
    return JsonResponse({"status": "ok"})


@answers("GET", signed_in=False)
def readyz(_request: HttpRequest) -> HttpResponse:
    """Say whether work moves: the database answers, deadlines are swept, messages leave; if not 503 and why."""
    found = Findings()
    try:
        _look_at_work(found)
        found.figures["database"] = "ok"
    except AWAY as problem_:
        found.figures["database"] = "away"
        found.reasons.append(f"The database does not answer ({type(problem_).__name__}).")
    # Only told: without the broker work goes on, a second later.
    found.figures["broker"] = "ok" if broker_answers(BROKER_WAIT_S) else "away"
    status = 503 if found.reasons else 200
    body = {"status": "ready" if status == 200 else "not ready", "reasons": found.reasons, **found.figures}
    return JsonResponse(body, status=status)


@answers("GET", signed_in=False)
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the figures in Prometheus text, to this machine or to whoever has the token."""
    if not _may_read_figures(request):
        return problem(request, 403)
    figures = CollectorRegistry()
    ProcessCollector(registry=figures)
    up = Gauge("portal_database_up", "Whether the database answers", registry=figures)
    try:
        _fill(figures)
        up.set(1)
    except AWAY:
        up.set(0)
    return HttpResponse(generate_latest(figures), content_type=CONTENT_TYPE_LATEST)


def _look_at_work(found: Findings) -> None:
    ages = pulse.ages()
    swept = min((age for name, age in ages.items() if name in {"sweep", "watch"}), default=None)
    found.figures["sweep_age_s"] = _rounded(swept)
    if swept is None or swept > SWEEP_SILENT_S:
        ago = "ever" if swept is None else f"{swept:.0f} s"
        found.reasons.append(f"Nobody has looked for due deadlines for {ago}: start `worker` and `beat`, or `watch`.")
    _look_at_mail(found, ages.get("mail"))
    with reach_of(CLOCK):
        now = timezone.now()
        due = Deadline.objects.filter(settled_at=None).order_by("due_at").values_list("due_at", flat=True).first()
        waiting = queries.oldest_due(now)
        alarms = book.standing()
    late = max(0.0, (now - due).total_seconds()) if due else 0.0
    found.figures["deadline_late_s"] = _rounded(late)
    if late > DEADLINE_LATE_S:
        found.reasons.append(f"A deadline has been due for {late:.0f} s and has not fired.")
    age = (now - waiting).total_seconds() if waiting else 0.0
    found.figures["outbox_age_s"] = _rounded(age)
    if age > MESSAGE_LATE_S:
        found.reasons.append(f"A message has been owed for {age:.0f} s and nobody has tried to send it.")
    _look_at_alarms(found, alarms, ages)


def _look_at_mail(found: Findings, age: float | None) -> None:
    """Say that the mailbox has not been looked into, where there is one."""
    if not settings.IMAP_URL:
        return
    found.figures["mail_age_s"] = _rounded(age)
    if age is None or age > MAIL_SILENT_S:
        ago = "ever" if age is None else f"{age:.0f} s"
        found.reasons.append(f"Nobody has looked into the mailbox for {ago}: start `mail`, or correct IMAP_URL.")


def _look_at_alarms(found: Findings, standing: list[Alarm], ages: dict[str, float]) -> None:
    """Say what watch has found, in codes and numbers, and that nobody watches. Nothing of it names a post or a case."""
    alarms: dict[tuple[str, str], int] = {}
    for alarm in standing:
        # A part of ours has a name that anybody may read; a partner or a unit has not.
        subject = alarm.subject if alarm.state_id is None else ""
        alarms[alarm.code, subject] = alarms.get((alarm.code, subject), 0) + alarm.count
    if book.watch_is_silent(ages):
        alarms[Code.WATCH_SILENT, "watch"] = 1
    found.figures["alarms"] = [
        {"code": code, "subject": subject, "count": count} for (code, subject), count in sorted(alarms.items())
    ]
    said = {code for code, name in SAID_ALREADY.items() if any(name in reason for reason in found.reasons)}
    found.reasons += [
        f"{sentence(code, subject=subject or 'one of ours', count=count)} ({code})"
        for (code, subject), count in sorted(alarms.items())
        if stops_work(code) and code not in said
    ]


def _may_read_figures(request: HttpRequest) -> bool:
    """Let in this machine itself, but not what a proxy on this machine forwards; and whoever has the token."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if settings.METRICS_TOKEN and hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        return True
    forwarded = {"X-Forwarded-For", "Forwarded", "X-Real-Ip"} & {name.title() for name in request.headers}
    try:
        near = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        near = False
    return near and not forwarded


def _fill(figures: CollectorRegistry) -> None:
    """Put what the database knows into the figures: open work only, so that no question grows with the years."""
    ages = Gauge("portal_pulse_age_seconds", "Seconds since a part was last seen to work", ["part"], registry=figures)
    youngest: dict[str, float] = {}
    for name, age in pulse.ages().items():
        # Processes come and go: of a kind the one that was seen last is shown, under a name that stays.
        kind = name.partition("@")[0]
        youngest[kind] = min(age, youngest.get(kind, age))
    for kind, age in youngest.items():
        ages.labels(kind).set(age)
    with reach_of(CLOCK):
        now = timezone.now()
        # Practice stands apart in each: it enters no figure, and a sweep that sleeps over it shows all the same.
        cases = Gauge("portal_cases_open", "Open cases, practice apart", ["state", "practice"], registry=figures)
        for (status, practice), count in _counts(Case.objects.exclude(status=Status.CLOSED), "status", "practice"):
            cases.labels(status, _yes(practice)).set(count)
        late = Gauge(
            "portal_deadlines_overdue", "Deadlines that are due and have not fired", ["practice"], registry=figures
        )
        due = dict.fromkeys(("no", "yes"), 0)
        for (practice,), count in _counts(Deadline.objects.filter(settled_at=None, due_at__lte=now), "case__practice"):
            due[_yes(practice)] = count
        for practice, count in due.items():
            late.labels(practice).set(count)
        owed = Gauge(
            "portal_messages_owed", "Messages that have not been taken yet", ["channel", "practice"], registry=figures
        )
        for (channel, practice), count in _counts(
            Message.objects.filter(state__in=sorted(OWED)), "channel", "practice"
        ):
            owed.labels(channel, _yes(practice)).set(count)
        _first_forwards(figures, now=now)
        oldest = queries.oldest_due(now)
        _fill_alarms(figures)
        _fill_delivery(figures, now)
    waited = Gauge("portal_outbox_age_seconds", "How long the oldest owed message has waited", registry=figures)
    waited.set((now - oldest).total_seconds() if oldest else 0)


def _yes(practice: bool) -> str:  # noqa: FBT001 - the value of a row, in the words of a label
    return "yes" if practice else "no"


def _fill_alarms(figures: CollectorRegistry) -> None:
    alarms = Gauge("portal_alarms_standing", "What watch has found wrong, by code", ["code"], registry=figures)
    for code in Code:
        alarms.labels(code).set(0)
    for (code,), count in _counts(Alarm.objects.filter(ended_at=None), "code"):
        alarms.labels(code).set(count)


def _fill_delivery(figures: CollectorRegistry, now: datetime) -> None:
    dead_ends = Gauge("portal_dead_ends_open", "Posts that cannot be told of an open matter", registry=figures)
    dead_ends.set(queries.dead_ends_open(at=now).count())
    out = Gauge("portal_provider_out", "1 while a provider is out of order", ["provider"], registry=figures)
    failures = Gauge("portal_provider_failures", "Failures in a row", ["provider"], registry=figures)
    for row in queries.providers():
        out.labels(row.name).set(row.opened_at is not None)
        failures.labels(row.name).set(row.failures)


def _first_forwards(figures: CollectorRegistry, *, now: datetime) -> None:
    """Say how often the first unit was the right one; practice counts nowhere."""
    first = Gauge("portal_first_forwards", "Cases first forwarded within 30 days, by unit", ["unit"], registry=figures)
    number, wrong = forwarding.first_forwards(since=now - FIRST_FORWARDS_OF)
    first.labels("wrong").set(wrong)
    first.labels("kept").set(number - wrong)


def _counts(rows: QuerySet[Any], *by: str) -> list[tuple[tuple[Any, ...], int]]:
    """Return how many rows there are of each sort."""
    return [(row[:-1], row[-1]) for row in rows.order_by().values_list(*by).annotate(number=Count("pk"))]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
