"""Lay down what a post answers by one tap, and the pauses of promises, with the walls around both."""

import django.db.models.deletion
from django.db import migrations, models

import districts.keys

# A migration is a historical document: it imports no helper that could change under it.

CASE_IN_SIGHT = "EXISTS (SELECT FROM cases_case c WHERE c.id = case_id)"

FORCE = """
    ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON {table} FROM PUBLIC;
    CREATE POLICY engine ON {table} TO portal_engine USING (true) WITH CHECK (true);
    CREATE POLICY ops ON {table} FOR SELECT TO portal_owner USING (true);
    GRANT SELECT, INSERT ON {table} TO portal_engine, portal_cell;
    CREATE TRIGGER needs_an_actor BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION cases_needs_an_actor();
"""

WALLS = f"""
    -- The cell makes links when it forwards; only the engine, in the name of a post, uses one. A unit sees neither.
    CREATE POLICY cell ON cases_tap TO portal_cell USING ({CASE_IN_SIGHT}) WITH CHECK ({CASE_IN_SIGHT});
    GRANT UPDATE (used_at, used_as) ON cases_tap TO portal_engine;

    -- What was held, for how long and why is not changed afterwards; a pause only ends.
    CREATE POLICY cell ON cases_pause TO portal_cell USING ({CASE_IN_SIGHT}) WITH CHECK ({CASE_IN_SIGHT});
    GRANT UPDATE (ended_at) ON cases_pause TO portal_engine, portal_cell;
"""


class Migration(migrations.Migration):
    """There is no way down: without the walls the portal must not start."""

    dependencies = [("cases", "0030_what_supplements_say"), ("districts", "0050_how_long_a_pause_may_be")]

    operations = [
        migrations.CreateModel(
            name="Pause",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                ("by", models.CharField(max_length=80)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "pause",
                "verbose_name_plural": "pauses",
            },
        ),
        migrations.CreateModel(
            name="Tap",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "used_as",
                    models.CharField(
                        blank=True, choices=[("acknowledged", "acknowledged"), ("not_ours", "not ours")], max_length=12
                    ),
                ),
            ],
            options={
                "verbose_name": "one-tap link",
                "verbose_name_plural": "one-tap links",
            },
        ),
        migrations.RemoveConstraint(
            model_name="forwarding",
            name="acknowledged_names_officer_phone_and_eta",
        ),
        migrations.AddField(
            model_name="deadline",
            name="paused_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="forwarding",
            name="post",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="districts.contact",
            ),
        ),
        migrations.AddField(
            model_name="historicalforwarding",
            name="post",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="districts.contact",
            ),
        ),
        migrations.AddConstraint(
            model_name="deadline",
            constraint=models.CheckConstraint(
                condition=models.Q(("paused_until", None), ("due_at__gte", models.F("paused_until")), _connector="OR"),
                name="deadline_waits_for_its_pause",
            ),
        ),
        migrations.AddConstraint(
            model_name="forwarding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("acknowledged_at", None),
                    ("post__isnull", False),
                    models.Q(
                        models.Q(("officer_name", ""), _negated=True),
                        models.Q(("officer_phone", ""), _negated=True),
                        ("eta_minutes__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="acknowledged_names_an_officer_or_a_post",
            ),
        ),
        migrations.AddField(
            model_name="pause",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="pauses", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="pause",
            name="forwarding",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pauses",
                to="cases.forwarding",
            ),
        ),
        migrations.AddField(
            model_name="tap",
            name="case",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="taps", to="cases.case"),
        ),
        migrations.AddField(
            model_name="tap",
            name="contact",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="districts.contact"
            ),
        ),
        migrations.AddField(
            model_name="tap",
            name="forwarding",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="taps", to="cases.forwarding"
            ),
        ),
        migrations.AddIndex(
            model_name="pause",
            index=models.Index(condition=models.Q(("ended_at", None)), fields=["until"], name="pause_running"),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("case", "forwarding"),
                name="one_running_pause_of_a_part",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.CheckConstraint(condition=models.Q(("until__gt", models.F("since"))), name="pause_lasts"),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="pause_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="tap",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("used_as", ""), ("used_at", None)),
                    models.Q(("used_at__isnull", False), models.Q(("used_as", ""), _negated=True)),
                    _connector="OR",
                ),
                name="tap_used_at_iff_used_as",
            ),
        ),
        migrations.RunSQL([FORCE.format(table=table) for table in ("cases_tap", "cases_pause")]),
        migrations.RunSQL(WALLS),
    ]
