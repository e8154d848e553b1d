"""Cases: the cell's file on one person in one crisis, who it is about, and which units may see it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase
from simple_history.models import HistoricalRecords

from cases.states import Outcome, Status
from districts.keys import uuid7
from districts.models import Officer, State
from districts.models.policy import Urgency
from districts.reach import current_actor


class Stamped(Protocol):
    """A saved version of a row, as simple-history makes it."""

    history_user_id: str | None


def acting_label(**_instance: Any) -> str | None:
    """Return who acts now, for the before-and-after record of simple-history."""
    actor = current_actor()
    return actor.label if actor else None


def _label_of(record: Stamped) -> str | None:
    return record.history_user_id


def _set_label(record: Stamped, label: str | None) -> None:
    record.history_user_id = label


def before_and_after() -> HistoricalRecords:
    """Make the record of every saved version of a row, stamped with the actor's label instead of a user's key."""
    return HistoricalRecords(
        get_user=acting_label,
        history_user_id_field=models.CharField(max_length=80, null=True),
        history_user_getter=_label_of,
        history_user_setter=_set_label,
    )


def date_version(row: models.Model, at: datetime) -> None:
    """Have simple-history stamp the next saved version of a row with the time of the act, not with its own clock."""
    setattr(row, "_history_date", at)  # noqa: B010 - the library asks for this name, and its types know nothing of it


class Case(models.Model):
    """The cell's file on one person in one crisis. It holds one or more alerts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.ForeignKey(State, models.PROTECT, related_name="cases")
    reference = models.CharField(_("reference"), max_length=20, unique=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.RECEIVED)
    urgency = models.CharField(_("urgency"), max_length=2, choices=Urgency, default=Urgency.P1)
    practice = models.BooleanField(_("practice"), default=False)
    earlier = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="later")
    minor = models.BooleanField(_("minor"), default=False)
    # Why the family must not be told; empty where nothing speaks against it.
    family_not_told = models.CharField(_("why the family is not told"), max_length=500, blank=True)
    # 0 while a unit has handed it back and nobody has it: it stands first in the queue of the cell.
    queue_place = models.PositiveSmallIntegerField(default=1)

    claimed_by = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="claims")
    claimed_until = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=3, choices=Outcome, blank=True)
    set_aside_reason = models.CharField(max_length=500, blank=True)

    # The legs of the clock. It runs from the post, not from our receipt.
    posted_at = models.DateTimeField(null=True, blank=True)
    detected_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(_("received"))
    claimed_at = models.DateTimeField(null=True, blank=True)
    forwarded_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    moving_at = models.DateTimeField(null=True, blank=True)
    contact_at = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    last_activity_at = models.DateTimeField()

    history = before_and_after()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        permissions = [("work_case", "Can work on the case")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="case_status_is_known"),
            models.CheckConstraint(condition=Q(urgency__in=Urgency.values), name="case_urgency_is_known"),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False) | (~Q(status="closed") & Q(closed_at=None)),
                name="case_closed_at_iff_closed",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | ~Q(outcome="") | ~Q(set_aside_reason=""),
                name="case_closes_with_outcome_or_reason",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by=None, claimed_until=None)
                | Q(claimed_by__isnull=False, claimed_until__isnull=False),
                name="case_claim_has_an_end",
            ),
            models.CheckConstraint(condition=~Q(earlier=F("id")), name="case_is_not_its_own_repeat"),
        ]
        indexes = [
            # Read by the console: everything open of one state, handed back first, then most urgent and oldest.
            models.Index(
                fields=["state", "queue_place", "urgency", "opened_at"],
                condition=~Q(status="closed"),
                name="case_open_queue",
            ),
            # Read by watch each five seconds, slice by slice: does somebody wait for every open case?
            models.Index(fields=["id"], condition=~Q(status="closed"), name="case_open_in_order"),
            # Read by the register and the closed view of the console, newest first.
            models.Index(fields=["state", "-last_activity_at"], name="case_latest"),
        ]

    def __str__(self) -> str:
        return self.reference


class CaseGroupGrant(GroupObjectPermissionBase):
    """A unit's group may see or work on a case. Guardian asks this table and row security reads it: two walls."""

    content_object = models.ForeignKey(Case, models.CASCADE, related_name="grants")

    class Meta(GroupObjectPermissionBase.Meta):
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        # Read by row security: is there a grant on this case for one of my groups?
        indexes = [models.Index(fields=["content_object", "group"], name="grant_case_group")]


class Person(models.Model):
    """Who the case is about, as far as anybody knows. Masked wherever it is shown."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="person", primary_key=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    claimed_age = models.PositiveSmallIntegerField(_("stated age"), null=True, blank=True)

    history = before_and_after()

    class Meta:
        verbose_name = _("person in crisis")
        verbose_name_plural = _("persons in crisis")

    def __str__(self) -> str:
        return str(self.case_id)


class Identifier(models.Model):
    """A handle, number, address or page that points to the person."""

    class Kind(models.TextChoices):
        """What sort of pointer it is."""

        HANDLE = "handle", _("handle")
        ACCOUNT = "account", _("account id")
        PHONE = "phone", _("telephone")
        EMAIL = "email", _("e-mail")
        URL = "url", _("page")

    case = models.ForeignKey(Case, models.PROTECT, related_name="identifiers")
    kind = models.CharField(max_length=8, choices=Kind)
    platform = models.CharField(max_length=40, blank=True)
    value = models.CharField(max_length=500)
    verified = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "platform", "value"], name="an_identifier_once_per_case")
        ]
        # Read by the console's search and by the search for likely twins.
        indexes = [models.Index(fields=["kind", "value"], name="identifier_value")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.case_id}"
