"""Lay down the portals of other states: how a control room is reached by API."""

import django.db.models.deletion
from django.db import migrations, models

# Nothing on the ground is deleted: a portal that is reached no more is not active.
RIGHTS = "GRANT SELECT, INSERT, UPDATE ON districts_counterpart TO portal_ground;"
NO_RIGHTS = "REVOKE ALL ON districts_counterpart FROM portal_ground;"


class Migration(migrations.Migration):
    dependencies = [
        ("districts", "0090_times_of_further_promises"),
    ]

    operations = [
        migrations.CreateModel(
            name="Counterpart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.URLField(max_length=300, verbose_name="address of their portal")),
                ("key", models.CharField(max_length=200, verbose_name="key they have given us")),
                ("signing_secret", models.CharField(max_length=120, verbose_name="signing secret")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "partner",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counterpart",
                        to="districts.partner",
                        verbose_name="partner",
                    ),
                ),
                (
                    "unit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counterpart",
                        to="districts.unit",
                        verbose_name="control room",
                    ),
                ),
            ],
            options={
                "verbose_name": "portal of another state",
                "verbose_name_plural": "portals of other states",
                "ordering": ["unit"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("key", ""), _negated=True), models.Q(("signing_secret", ""), _negated=True)
                        ),
                        name="counterpart_has_a_key_and_a_secret",
                    )
                ],
            },
        ),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
    ]
