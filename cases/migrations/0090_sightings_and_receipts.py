"""Lay down the ledger of places and the receipts of units, with the walls around them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import districts.keys

# A migration is a historical document: it imports no helper that could change under it.

UNITS = "ANY ((SELECT string_to_array(nullif(current_setting('portal.units', true), ''), ','))::bigint[])"
ALERT_IN_SIGHT = "EXISTS (SELECT FROM cases_alert a WHERE a.id = alert_id)"
CASE_IN_SIGHT = "EXISTS (SELECT FROM cases_case c WHERE c.id = case_id)"
SIGHTING_IN_SIGHT = "EXISTS (SELECT FROM cases_sighting s WHERE s.id = sighting_id)"

FORCE = """
    ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON {table} FROM PUBLIC;
    CREATE POLICY engine ON {table} TO portal_engine USING (true) WITH CHECK (true);
    CREATE POLICY ops ON {table} FOR SELECT TO portal_owner USING (true);
    GRANT SELECT, INSERT ON {table} TO portal_engine, portal_cell;
    GRANT SELECT ON {table} TO portal_unit;
    CREATE TRIGGER needs_an_actor BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION cases_needs_an_actor();
"""
ONCE = """
    CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION cases_is_written_once();
"""

WALLS = f"""
    -- What came with an alert is seen by whoever sees the alert, also after it was joined to another case.
    CREATE POLICY cell ON cases_sighting TO portal_cell
        USING (alert_id IS NULL AND {CASE_IN_SIGHT}) WITH CHECK ({CASE_IN_SIGHT});
    CREATE POLICY cell_by_alert ON cases_sighting FOR SELECT TO portal_cell
        USING (alert_id IS NOT NULL AND {ALERT_IN_SIGHT});
    -- A unit reads what came with the alert, what the cell has entered, and its own; not what another unit wrote.
    CREATE POLICY unit ON cases_sighting FOR SELECT TO portal_unit
        USING (alert_id IS NULL AND (unit_id IS NULL OR unit_id = {UNITS}) AND {CASE_IN_SIGHT});
    CREATE POLICY unit_by_alert ON cases_sighting FOR SELECT TO portal_unit
        USING (alert_id IS NOT NULL AND {ALERT_IN_SIGHT});
    CREATE POLICY cell ON cases_sightingstrike TO portal_cell
        USING ({SIGHTING_IN_SIGHT}) WITH CHECK ({SIGHTING_IN_SIGHT});
    CREATE POLICY unit ON cases_sightingstrike FOR SELECT TO portal_unit USING ({SIGHTING_IN_SIGHT});

    CREATE POLICY cell ON cases_receipt TO portal_cell USING ({CASE_IN_SIGHT}) WITH CHECK ({CASE_IN_SIGHT});
    -- The case itself is out of sight by then: the copy is the unit's own, and a plain equality finds it.
    CREATE POLICY unit ON cases_receipt FOR SELECT TO portal_unit USING (unit_id = {UNITS});
    GRANT UPDATE (acknowledged_at, acknowledged_by) ON cases_receipt TO portal_engine;
    CREATE FUNCTION cases_receipt_is_acknowledged_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR OLD.acknowledged_at IS NOT NULL
            OR to_jsonb(NEW) - 'acknowledged_at' - 'acknowledged_by'
            <> to_jsonb(OLD) - 'acknowledged_at' - 'acknowledged_by'
        THEN
            RAISE EXCEPTION 'cases_receipt is history: it is written once and never changed';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER acknowledged_once BEFORE UPDATE OR DELETE ON cases_receipt
        FOR EACH ROW EXECUTE FUNCTION cases_receipt_is_acknowledged_once();
"""


class Migration(migrations.Migration):
    """There is no way down: without the walls the portal must not start."""

    dependencies = [
        ("cases", "0060_open_cases_in_order"),
        ("districts", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("reference", models.CharField(max_length=20)),
                ("ended_as", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                ("seen", models.JSONField(default=dict)),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("acknowledged_by", models.CharField(blank=True, max_length=80)),
            ],
            options={
                "verbose_name": "receipt",
                "verbose_name_plural": "receipts",
            },
        ),
        migrations.CreateModel(
            name="Sighting",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("gps", "GPS"),
                            ("checkin", "check-in"),
                            ("telecom", "telecom company"),
                            ("std", "fixed line"),
                            ("address", "address"),
                            ("text", "the words of the post"),
                            ("profile", "profile"),
                            ("sim", "address of the SIM"),
                            ("ip", "internet address"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "whose",
                    models.CharField(
                        choices=[("person", "the person"), ("family", "the family"), ("sim", "holder of the SIM")],
                        default="person",
                        max_length=6,
                    ),
                ),
                (
                    "entered",
                    models.CharField(
                        choices=[("alert", "alert"), ("operator", "state cell"), ("district", "district")], max_length=8
                    ),
                ),
                ("by", models.CharField(max_length=80)),
                ("entered_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(null=True)),
                ("text", models.CharField(blank=True, max_length=500)),
                ("pin", models.CharField(blank=True, max_length=10)),
                ("phone", models.CharField(blank=True, max_length=30)),
                ("city", models.CharField(blank=True, max_length=120)),
                ("region", models.CharField(blank=True, max_length=120)),
                ("country", models.CharField(blank=True, max_length=60)),
                ("lat", models.FloatField(null=True)),
                ("lon", models.FloatField(null=True)),
                ("radius_m", models.PositiveIntegerField(null=True)),
                ("ip", models.CharField(blank=True, max_length=64)),
                ("port", models.PositiveIntegerField(null=True)),
                ("trust", models.PositiveSmallIntegerField()),
                ("verified", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "sighting",
                "verbose_name_plural": "sightings",
            },
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="case_open_queue",
        ),
        migrations.AddField(
            model_name="case",
            name="queue_place",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="forwarding",
            name="differs_because",
            field=models.CharField(blank=True, max_length=500, verbose_name="why not the suggested unit"),
        ),
        migrations.AddField(
            model_name="forwarding",
            name="suggestion",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="historicalcase",
            name="queue_place",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="historicalforwarding",
            name="differs_because",
            field=models.CharField(blank=True, max_length=500, verbose_name="why not the suggested unit"),
        ),
        migrations.AddField(
            model_name="historicalforwarding",
            name="suggestion",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("status", "closed"), _negated=True),
                fields=["state", "queue_place", "urgency", "opened_at"],
                name="case_open_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="forwarding",
            index=models.Index(fields=["forwarded_at"], name="forwarding_of_late"),
        ),
        migrations.AddField(
            model_name="receipt",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="forwarding",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="receipt", to="cases.forwarding"
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="unit",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="districts.unit"),
        ),
        migrations.CreateModel(
            name="SightingStrike",
            fields=[
                (
                    "sighting",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="strike",
                        serialize=False,
                        to="cases.sighting",
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
            ],
            options={
                "verbose_name": "struck sighting",
                "verbose_name_plural": "struck sightings",
            },
        ),
        migrations.AddField(
            model_name="sighting",
            name="alert",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="sightings", to="cases.alert"
            ),
        ),
        migrations.AddField(
            model_name="sighting",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="sightings", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="sighting",
            name="corrects",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="corrections", to="cases.sighting"
            ),
        ),
        migrations.AddField(
            model_name="sighting",
            name="unit",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="districts.unit"
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(fields=["unit", "-at"], name="receipt_of_unit"),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("acknowledged_at", None), ("acknowledged_by", "")),
                    models.Q(("acknowledged_at__isnull", False), models.Q(("acknowledged_by", ""), _negated=True)),
                    _connector="OR",
                ),
                name="receipt_is_acknowledged_by_somebody",
            ),
        ),
        migrations.AddField(
            model_name="sightingstrike",
            name="case",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
        ),
        migrations.AddConstraint(
            model_name="sighting",
            constraint=models.CheckConstraint(
                condition=models.Q(("whose__in", ["person", "family", "sim"])), name="sighting_is_of_somebody"
            ),
        ),
        migrations.AddConstraint(
            model_name="sighting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lat", None), ("lon", None)),
                    models.Q(("lat__range", (-90, 90)), ("lon__range", (-180, 180))),
                    _connector="OR",
                ),
                name="sighting_is_on_the_earth",
            ),
        ),
        migrations.RunSQL(
            [FORCE.format(table=table) for table in ("cases_sighting", "cases_sightingstrike", "cases_receipt")]
        ),
        migrations.RunSQL([ONCE.format(table=table) for table in ("cases_sighting", "cases_sightingstrike")]),
        migrations.RunSQL(WALLS),
    ]
