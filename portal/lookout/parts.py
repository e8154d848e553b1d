"""What is seen of the parts: processes, Celery, the broker, the mailbox, the partners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db.models import Min

from cases.models import Alert
from districts.models import Partner
from portal import pulse
from portal.lookout.findings import Code, Finding
from portal.pulse import Process

#: Each of these must run. ``mail`` is missed once it was seen; it rests where there is no mailbox.
KINDS = ("web", "worker", "beat")
#: Seconds without a heartbeat after which a process counts as frozen or gone; it leaves one every three.
PROCESS_SILENT_S = 12.0
#: A process of another machine is let go of after so long, if others of its kind are alive.
FORGOTTEN_S = 900.0
#: Seconds after its own start in which ``watch`` misses nobody: everything starts at once.
GRACE_S = 30.0
#: Seconds after which Celery's sweep counts as silent. ``watch`` has stood in for ten of them.
CELERY_SILENT_S = 15.0
MAIL_SILENT_S = 60.0
BROKER_WAIT_S = 0.5
#: Where nothing is written down of a partner: a quarter of an hour, once it has sent a heartbeat.
PARTNER_SILENT_S = 900


def silent_processes(*, up_for: float) -> Iterator[Finding]:
    """Find processes that are frozen or gone, and kinds of which none was ever seen."""
    found = pulse.processes()
    gone = [process for process in found if process.age > PROCESS_SILENT_S]
    alive = [process for process in found if process.age <= PROCESS_SILENT_S]
    replaced = {process.name for process in gone if is_replaced(process, found, alive)}
    if replaced:
        pulse.forget(*replaced)
    if up_for < GRACE_S:
        # Just started, maybe together with everything else. One that was seen to freeze since is missed all the same.
        gone = [process for process in gone if process.age < up_for]
    else:
        seen = {process.kind for process in found}
        for kind in KINDS:
            if kind not in seen:
                yield Finding(Code.PROCESS_SILENT, kind)
    missing = {process.kind for process in gone if process.name not in replaced}
    for kind in sorted(missing):
        yield Finding(Code.PROCESS_SILENT, kind, count=sum(process.kind == kind for process in gone))


def is_replaced(process: Process, found: list[Process], alive: list[Process]) -> bool:
    """Tell whether another one of its kind was started after this was last seen: it was killed, not frozen."""
    same = [other for other in found if other.kind == process.kind and other.name != process.name]
    if any(other.host == process.host and other.began < process.age for other in same):
        return True
    return process.age > FORGOTTEN_S and any(other.kind == process.kind for other in alive)


def silent_celery(*, up_for: float) -> Iterator[Finding]:
    """Find work that Celery has left to ``watch``."""
    ages = pulse.ages()
    for name in ("sweep", "delivery"):
        age = min(ages.get(name, float("inf")), up_for)
        if age > CELERY_SILENT_S:
            yield Finding(Code.CELERY_SILENT, name)


def silent_mailbox(*, up_for: float) -> Iterator[Finding]:
    """Find that nobody has looked into the mailbox, where there is one."""
    if settings.IMAP_URL and min(pulse.ages().get("mail", float("inf")), up_for) > MAIL_SILENT_S:
        yield Finding(Code.MAIL_SILENT)


def broker_answers(wait_s: float = BROKER_WAIT_S) -> bool:
    """Tell whether the broker answers."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=wait_s, socket_timeout=wait_s) as broker:
            return bool(broker.ping())
    except (redis.RedisError, OSError, ValueError):
        return False


def broker_away() -> Iterator[Finding]:
    """Find that the broker is away."""
    if not broker_answers():
        yield Finding(Code.BROKER_AWAY)


def silent_partners(*, at: datetime) -> Iterator[Finding]:
    """
    Find partners that were heard of and are not any more, each by its own measure.

    Practice partners and those who are not active are not missed, and who has a measure of 0 is not. One without a
    measure is missed once it has begun to send heartbeats; one with a measure also if it has had a key for that long
    and has never been heard of.
    """
    ages = pulse.ages()
    watched = Partner.objects.filter(active=True, practice=False).exclude(silent_after_s=0)
    for partner in watched.annotate(first_key_at=Min("keys__issued_at")).order_by("pk"):
        silent_for = _silence(partner, ages, at=at)
        if silent_for is not None:
            name = partner.name[:60]
            since = at - timedelta(seconds=silent_for)
            yield Finding(Code.PARTNER_SILENT, name, state_id=partner.state_id, since=since)


def _silence(partner: Partner, ages: Mapping[str, float], *, at: datetime) -> float | None:
    """Return for how long a partner has been silent, if that is too long."""
    limit = PARTNER_SILENT_S if partner.silent_after_s is None else partner.silent_after_s
    age = ages.get(f"partner:{partner.pk}")
    if age is None:
        first: datetime | None = getattr(partner, "first_key_at", None)
        if partner.silent_after_s is None or first is None:
            return None
        age = (at - first).total_seconds()
    if age <= limit:
        return None
    # Asked of silent ones only: an alert is as good a sign of life as a heartbeat.
    newest = (
        Alert.objects.filter(partner=partner).order_by("-received_at").values_list("received_at", flat=True).first()
    )
    age = min(age, (at - newest).total_seconds()) if newest else age
    return age if age > limit else None
