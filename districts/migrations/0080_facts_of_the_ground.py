"""
Places, PINs and STD codes of a state's own, and the index by which a suggestion sees that the ground has changed.

A migration is a historical document: the SQL is written in full and nothing of the project is imported.
"""

import django.db.models.deletion
from django.db import migrations, models

# Nothing on the ground is deleted, things end: there is no DELETE.
RIGHTS = """
    GRANT SELECT, INSERT, UPDATE ON districts_place, districts_pinarea, districts_stdarea TO portal_ground;
"""
NO_RIGHTS = """
    REVOKE ALL ON districts_place, districts_pinarea, districts_stdarea FROM portal_ground;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("districts", "0061_duty"),
    ]

    operations = [
        migrations.CreateModel(
            name="PinArea",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lat", models.FloatField(blank=True, null=True, verbose_name="latitude")),
                ("lon", models.FloatField(blank=True, null=True, verbose_name="longitude")),
                ("valid_from", models.DateTimeField(blank=True, null=True, verbose_name="valid from")),
                ("valid_to", models.DateTimeField(blank=True, null=True, verbose_name="valid to")),
                ("pin", models.CharField(max_length=6, verbose_name="PIN, or how it begins")),
                ("district_names", models.JSONField(default=list, verbose_name="revenue districts, in English")),
            ],
            options={
                "verbose_name": "PIN",
                "verbose_name_plural": "PINs",
                "ordering": ["state", "pin"],
            },
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name_en", models.CharField(max_length=120, verbose_name="name in English")),
                ("name_hi", models.CharField(max_length=120, verbose_name="name in Hindi")),
                ("lat", models.FloatField(blank=True, null=True, verbose_name="latitude")),
                ("lon", models.FloatField(blank=True, null=True, verbose_name="longitude")),
                ("valid_from", models.DateTimeField(blank=True, null=True, verbose_name="valid from")),
                ("valid_to", models.DateTimeField(blank=True, null=True, verbose_name="valid to")),
                ("district_name", models.CharField(max_length=120, verbose_name="revenue district, in English")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("town", "town or village"),
                            ("locality", "part of a city"),
                            ("station", "railway station"),
                            ("landmark", "landmark"),
                        ],
                        default="town",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("aliases", models.JSONField(blank=True, default=list, verbose_name="other names and spellings")),
                ("everyday_word", models.BooleanField(default=False, verbose_name="is an everyday word as well")),
            ],
            options={
                "verbose_name": "place",
                "verbose_name_plural": "places",
                "ordering": ["state", "name_en"],
            },
        ),
        migrations.CreateModel(
            name="StdArea",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lat", models.FloatField(blank=True, null=True, verbose_name="latitude")),
                ("lon", models.FloatField(blank=True, null=True, verbose_name="longitude")),
                ("valid_from", models.DateTimeField(blank=True, null=True, verbose_name="valid from")),
                ("valid_to", models.DateTimeField(blank=True, null=True, verbose_name="valid to")),
                ("code", models.CharField(max_length=5, verbose_name="STD code, with its 0")),
                ("district_names", models.JSONField(default=list, verbose_name="revenue districts, in English")),
            ],
            options={
                "verbose_name": "STD code",
                "verbose_name_plural": "STD codes",
                "ordering": ["state", "code"],
            },
        ),
        migrations.AddIndex(
            model_name="registerentry",
            index=models.Index(
                condition=models.Q(
                    (
                        "act__in",
                        (
                            "district_added",
                            "district_changed",
                            "unit_added",
                            "unit_changed",
                            "unit_closed",
                            "place_added",
                            "place_changed",
                            "pinarea_added",
                            "pinarea_changed",
                            "stdarea_added",
                            "stdarea_changed",
                            "facts_imported",
                        ),
                    )
                ),
                fields=["state", "id"],
                name="register_of_the_ground",
            ),
        ),
        migrations.AddField(
            model_name="pinarea",
            name="state",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="districts.state",
                verbose_name="state",
            ),
        ),
        migrations.AddField(
            model_name="pinarea",
            name="unit",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="districts.unit",
                verbose_name="police unit, if one is certain",
            ),
        ),
        migrations.AddField(
            model_name="place",
            name="state",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="districts.state",
                verbose_name="state",
            ),
        ),
        migrations.AddField(
            model_name="place",
            name="unit",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="districts.unit",
                verbose_name="police unit, if one is certain",
            ),
        ),
        migrations.AddField(
            model_name="stdarea",
            name="state",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="districts.state",
                verbose_name="state",
            ),
        ),
        migrations.AddField(
            model_name="stdarea",
            name="unit",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="districts.unit",
                verbose_name="police unit, if one is certain",
            ),
        ),
        migrations.AddConstraint(
            model_name="pinarea",
            constraint=models.UniqueConstraint(fields=("state", "pin"), name="one_pin_area_per_pin"),
        ),
        migrations.AddConstraint(
            model_name="pinarea",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_to__gt", models.F("valid_from"))), name="pin_area_ends_after_it_begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="pinarea",
            constraint=models.CheckConstraint(
                condition=models.Q(("pin__regex", "^[1-9][0-9]{2,5}$")), name="pin_area_is_digits"
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.UniqueConstraint(
                fields=("state", "name_en", "district_name"), name="one_place_of_a_name_per_district"
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_to__gt", models.F("valid_from"))), name="place_ends_after_it_begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["town", "locality", "station", "landmark"])),
                name="place_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="stdarea",
            constraint=models.UniqueConstraint(fields=("state", "code"), name="one_std_area_per_code"),
        ),
        migrations.AddConstraint(
            model_name="stdarea",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_to__gt", models.F("valid_from"))), name="std_area_ends_after_it_begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="stdarea",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^0[1-9][0-9]{1,3}$")), name="std_area_is_digits"
            ),
        ),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
    ]
