"""Lay down what partners add to their alerts and what the cell asks them for, with the walls around both."""

import django.db.models.deletion
from django.db import migrations, models

import districts.keys

# A migration is a historical document: it imports no helper that could change under it.

ALERT_IN_SIGHT = "EXISTS (SELECT FROM cases_alert a WHERE a.id = alert_id)"
CASE_IN_SIGHT = "EXISTS (SELECT FROM cases_case c WHERE c.id = case_id)"

FORCE = """
    ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON {table} FROM PUBLIC;
    CREATE POLICY engine ON {table} TO portal_engine USING (true) WITH CHECK (true);
    CREATE POLICY ops ON {table} FOR SELECT TO portal_owner USING (true);
    GRANT SELECT, INSERT ON {table} TO portal_engine;
    GRANT SELECT ON {table} TO portal_cell, portal_unit;
    CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION cases_is_written_once();
    CREATE TRIGGER needs_an_actor BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION cases_needs_an_actor();
"""

WALLS = f"""
    -- Whoever sees the alert sees what was added to it, also after it was joined to another case.
    CREATE POLICY cell ON cases_addition FOR SELECT TO portal_cell USING ({ALERT_IN_SIGHT});
    CREATE POLICY unit ON cases_addition FOR SELECT TO portal_unit USING ({ALERT_IN_SIGHT});
    -- A partner counts its own; it does not read them back.
    CREATE POLICY partner ON cases_addition FOR SELECT TO portal_partner USING ({ALERT_IN_SIGHT});
    GRANT SELECT (id, alert_id, kind, received_at) ON cases_addition TO portal_partner;

    CREATE POLICY cell ON cases_informationrequest TO portal_cell USING ({CASE_IN_SIGHT}) WITH CHECK ({CASE_IN_SIGHT});
    CREATE POLICY unit ON cases_informationrequest FOR SELECT TO portal_unit USING ({CASE_IN_SIGHT});
    CREATE POLICY partner ON cases_informationrequest FOR SELECT TO portal_partner USING ({CASE_IN_SIGHT});
    GRANT INSERT ON cases_informationrequest TO portal_cell;
    GRANT SELECT (id, case_id, needs, at) ON cases_informationrequest TO portal_partner;

    -- A file that came with an alert goes where the alert goes.
    CREATE POLICY cell_by_alert ON cases_sealedfile FOR SELECT TO portal_cell USING ({ALERT_IN_SIGHT});
    CREATE POLICY unit_by_alert ON cases_sealedfile FOR SELECT TO portal_unit USING ({ALERT_IN_SIGHT});
"""


class Migration(migrations.Migration):
    """There is no way down: without the walls the portal must not start."""

    dependencies = [("cases", "0012_inbox_of_what_is_open"), ("districts", "0002_rights")]

    operations = [
        migrations.CreateModel(
            name="Addition",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("supplement", "supplement"), ("file", "file"), ("retraction", "retraction")],
                        max_length=10,
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveBigIntegerField()),
                ("received_at", models.DateTimeField()),
                ("body", models.JSONField(default=dict)),
                ("idempotency_key", models.CharField(blank=True, max_length=255)),
                ("asked", models.CharField(max_length=64)),
                ("answer", models.JSONField(default=dict)),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="additions", to="cases.alert"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="additions", to="cases.case"
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="districts.partner"
                    ),
                ),
            ],
            options={"verbose_name": "addition", "verbose_name_plural": "additions"},
        ),
        migrations.CreateModel(
            name="InformationRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("needs", models.JSONField(default=list)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="information_requests",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "request for information",
                "verbose_name_plural": "requests for information",
            },
        ),
        migrations.AddConstraint(
            model_name="addition",
            constraint=models.UniqueConstraint(
                condition=models.Q(("idempotency_key", ""), _negated=True),
                fields=("partner", "idempotency_key"),
                name="one_addition_per_idempotency_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="addition",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["supplement", "file", "retraction"])), name="addition_kind_is_known"
            ),
        ),
        migrations.RunSQL([FORCE.format(table=table) for table in ("cases_addition", "cases_informationrequest")]),
        migrations.RunSQL(WALLS),
    ]
