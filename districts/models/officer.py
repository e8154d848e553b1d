"""Officers and their postings: who somebody is, and where and as what they serve, from when to when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from districts.models.territory import Unit, UnitKind


class Role(models.TextChoices):
    """What an officer does at a unit."""

    OPERATOR = "operator", _("operator")
    SHIFT_INCHARGE = "shift_incharge", _("shift in-charge")
    NODAL_OFFICER = "nodal_officer", _("nodal officer")
    DISTRICT_DESK = "district_desk", _("district desk")
    DISTRICT_HEAD = "district_head", _("head of district")
    FIELD_OFFICER = "field_officer", _("field officer")
    SUPERVISOR = "supervisor", _("supervisor")
    REVIEWER = "reviewer", _("reviewer (figures only)")
    AUDITOR = "auditor", _("auditor")
    ADMINISTRATOR = "administrator", _("administrator (onboarding)")


CELL_ROLES = frozenset({Role.OPERATOR, Role.SHIFT_INCHARGE, Role.NODAL_OFFICER})
UNIT_ROLES = frozenset({Role.DISTRICT_DESK, Role.DISTRICT_HEAD, Role.FIELD_OFFICER})


class OfficerManager(BaseUserManager["Officer"]):
    """How officers are made and found."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> Officer:
        """Make an officer; postings are given by ``districts.onboarding``."""
        officer = self.model(username=self.model.normalize_username(username), **fields)
        officer.set_password(password)
        officer.save(using=self._db)
        return officer


class Officer(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. What they may do comes from their postings alone."""

    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    rank = models.CharField(_("rank"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=5, default="hi", choices=[("hi", "हिन्दी"), ("en", "English")])
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), null=True, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = OfficerManager()

    class Meta:
        verbose_name = _("officer")
        verbose_name_plural = _("officers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        """Return the name as colleagues read it."""
        return self.name

    def get_short_name(self) -> str:
        """Return the name as colleagues read it."""
        return self.name


class PostingQuerySet(models.QuerySet["Posting"]):
    """Named questions about postings."""

    def valid(self, at: datetime) -> PostingQuerySet:
        """Return the postings in force at that moment, at units that exist then."""
        return self.filter(
            Q(valid_to=None) | Q(valid_to__gt=at),
            Q(unit__valid_from=None) | Q(unit__valid_from__lte=at),
            Q(unit__valid_to=None) | Q(unit__valid_to__gt=at),
            valid_from__lte=at,
        )


class Posting(models.Model):
    """An officer's dated place at a unit and role. When it ends, the access ends with it."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="postings", verbose_name=_("officer"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="postings", verbose_name=_("unit"))
    role = models.CharField(_("role"), max_length=16, choices=Role)
    valid_from = models.DateTimeField(_("from"))
    valid_to = models.DateTimeField(_("to"), null=True, blank=True)

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="posting_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="posting_role_is_known"),
            ExclusionConstraint(
                name="one_posting_at_a_time_per_role",
                expressions=[
                    ("officer", RangeOperators.EQUAL),
                    ("unit", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_to"),
                            RangeBoundary(),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.officer_id} {self.role} @ {self.unit_id}"


# Which roles make sense at which kind of unit; onboarding explains a refusal with it.
ROLES_AT: dict[str, frozenset[Role]] = {
    UnitKind.STATE_CELL: CELL_ROLES | {Role.SUPERVISOR, Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR},
    UnitKind.ZONE: frozenset({Role.SUPERVISOR, Role.REVIEWER}),
    UnitKind.RANGE: frozenset({Role.SUPERVISOR, Role.REVIEWER}),
    UnitKind.DISTRICT: UNIT_ROLES | {Role.SUPERVISOR, Role.REVIEWER, Role.ADMINISTRATOR},
    UnitKind.CIRCLE: UNIT_ROLES | {Role.SUPERVISOR},
    UnitKind.STATION: UNIT_ROLES,
    UnitKind.RAILWAY: UNIT_ROLES | {Role.SUPERVISOR},
    UnitKind.EMERGENCY_112: UNIT_ROLES,
    UnitKind.OTHER_STATE: UNIT_ROLES,
}
