"""Lay down hand-overs by API and their parcels, with the walls around them: no unit reads either."""

import django.db.models.deletion
from django.db import migrations, models

import districts.keys

# A migration is a historical document: it imports no helper that could change under it.

CASE_IN_SIGHT = "EXISTS (SELECT FROM cases_case c WHERE c.id = case_id)"

FORCE = f"""
    ALTER TABLE {{table}} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE {{table}} FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON {{table}} FROM PUBLIC;
    CREATE POLICY engine ON {{table}} TO portal_engine USING (true) WITH CHECK (true);
    CREATE POLICY ops ON {{table}} FOR SELECT TO portal_owner USING (true);
    CREATE POLICY cell ON {{table}} TO portal_cell USING ({CASE_IN_SIGHT}) WITH CHECK ({CASE_IN_SIGHT});
    GRANT SELECT, INSERT ON {{table}} TO portal_engine, portal_cell;
    CREATE TRIGGER needs_an_actor BEFORE INSERT OR UPDATE OR DELETE ON {{table}}
        FOR EACH ROW EXECUTE FUNCTION cases_needs_an_actor();
"""
WALLS = """
    -- What was handed over, where, and what was sent of it does not change; how far it has come does. The cell may
    -- let a parcel stay here that has not set out; what the other side says only the engine writes down.
    GRANT UPDATE (packed_at, their_alert, their_reference, their_state, their_outcome, their_state_at, heard_at)
        ON cases_passage TO portal_engine;
    GRANT UPDATE (stage, attempts, due_at, final_at, status_code, detail) ON cases_parcel TO portal_engine;
    GRANT UPDATE (stage, final_at) ON cases_parcel TO portal_cell;
"""


class Migration(migrations.Migration):
    """There is no way down: without the walls the portal must not start."""

    dependencies = [
        ("cases", "0111_seals"),
        ("districts", "0130_counterparts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Passage",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("packed_at", models.DateTimeField()),
                ("their_alert", models.UUIDField(null=True, unique=True)),
                ("their_reference", models.CharField(blank=True, max_length=40)),
                (
                    "their_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("received", "new"),
                            ("in_triage", "in triage"),
                            ("forwarded", "forwarded"),
                            ("acknowledged", "acknowledged"),
                            ("team_moving", "team on its way"),
                            ("contact_made", "contact made"),
                            ("closed", "closed"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "their_outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("S1", "attempt under way, saved"),
                            ("S2", "in distress, no attempt, safe"),
                            ("S3", "reached by telephone or message only, safe"),
                            ("S4", "with family before police came"),
                            ("H", "in hospital"),
                            ("D", "died"),
                            ("N1", "not at the place"),
                            ("N2", "place not established"),
                            ("N3", "account false or foreign"),
                            ("M", "no danger found"),
                            ("X", "another state has taken over"),
                            ("DUP", "duplicate"),
                        ],
                        max_length=3,
                    ),
                ),
                ("their_state_at", models.DateTimeField(null=True)),
                ("heard_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="passages", to="cases.case"
                    ),
                ),
                (
                    "counterpart",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="districts.counterpart"
                    ),
                ),
                (
                    "crossing",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="passage", to="cases.crossing"
                    ),
                ),
            ],
            options={
                "verbose_name": "hand-over by API",
                "verbose_name_plural": "hand-overs by API",
            },
        ),
        migrations.CreateModel(
            name="Parcel",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("alert", "alert"),
                            ("source", "sealed source"),
                            ("supplement", "supplement"),
                            ("withdrawal", "withdrawal"),
                        ],
                        max_length=10,
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveBigIntegerField()),
                ("name", models.CharField(blank=True, max_length=255)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("owed", "waiting"),
                            ("delivered", "delivered"),
                            ("failed", "given up"),
                            ("lifted", "no longer needed"),
                        ],
                        default="owed",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("give_up_at", models.DateTimeField()),
                ("final_at", models.DateTimeField(null=True)),
                ("status_code", models.PositiveSmallIntegerField(null=True)),
                ("detail", models.CharField(blank=True, max_length=80)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="parcels", to="cases.case"
                    ),
                ),
                (
                    "passage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="parcels", to="cases.passage"
                    ),
                ),
            ],
            options={
                "verbose_name": "parcel",
                "verbose_name_plural": "parcels",
                "indexes": [models.Index(condition=models.Q(("stage", "owed")), fields=["due_at"], name="parcel_due")],
                "constraints": [
                    models.UniqueConstraint(fields=("passage", "number"), name="one_parcel_per_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("final_at", None), ("stage", "owed")),
                            models.Q(models.Q(("stage", "owed"), _negated=True), ("final_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="parcel_final_at_iff_ended",
                    ),
                ],
            },
        ),
        migrations.RunSQL([FORCE.format(table=table) for table in ("cases_passage", "cases_parcel")]),
        migrations.RunSQL(WALLS),
    ]
