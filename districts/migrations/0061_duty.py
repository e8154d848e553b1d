# A migration is a historical document: it imports no helper that could change under it.
"""Duty: who stands at a post from when to when. Like all of the ground it is never deleted: it is called off."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Func, Q, Value

RIGHTS = """
    REVOKE ALL ON districts_duty FROM PUBLIC;
    GRANT SELECT, INSERT ON districts_duty TO portal_ground;
    -- What was entered stays: it may only end otherwise, or be called off.
    GRANT UPDATE (ends, called_off_at) ON districts_duty TO portal_ground;
"""


class Migration(migrations.Migration):
    dependencies = [("districts", "0060_partner_silence")]

    operations = [
        migrations.CreateModel(
            name="Duty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("turn", "duty turn"), ("charge", "additional charge"), ("leave", "leave")],
                        default="turn",
                        max_length=6,
                        verbose_name="kind",
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="duty telephone")),
                (
                    "shift",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("morning", "morning shift"),
                            ("evening", "evening shift"),
                            ("night", "night shift"),
                        ],
                        max_length=7,
                        verbose_name="shift",
                    ),
                ),
                ("begins", models.DateTimeField(verbose_name="from")),
                ("ends", models.DateTimeField(verbose_name="to")),
                ("called_off_at", models.DateTimeField(blank=True, null=True, verbose_name="called off")),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="districts.contact",
                        verbose_name="post",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="officer",
                    ),
                ),
            ],
            options={"verbose_name": "duty", "verbose_name_plural": "duties", "ordering": ["-begins"]},
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(condition=Q(ends__gt=F("begins")), name="duty_ends_after_it_begins"),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=Q(kind__in=["turn", "charge", "leave"]), name="duty_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=~Q(kind="charge") | Q(officer__isnull=False) | ~Q(phone=""), name="a_charge_is_held"
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                name="one_duty_at_a_time_per_officer",
                expressions=[
                    ("contact", "="),
                    ("kind", "="),
                    (Func(F("officer"), Value(0), function="coalesce", output_field=models.BigIntegerField()), "="),
                    (
                        Func(
                            F("begins"),
                            F("ends"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="tstzrange",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                condition=Q(called_off_at=None),
            ),
        ),
        migrations.AddIndex(
            model_name="duty",
            index=models.Index(fields=["contact", "ends"], condition=Q(called_off_at=None), name="duty_of_a_post"),
        ),
        # The rights go with the table.
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
