"""Lay down the sheets of a shift's handover: the cell of the state writes and reads them, and nobody else does."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import districts.keys

# A migration is a historical document: it imports no helper that could change under it.

STATE = "(SELECT nullif(current_setting('portal.state', true), '')::bigint)"
CASE_IN_SIGHT = "EXISTS (SELECT FROM cases_case c WHERE c.id = case_id)"
SHEET_IN_SIGHT = "EXISTS (SELECT FROM cases_handover h WHERE h.id = handover_id)"

FORCE = """
    ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON {table} FROM PUBLIC;
    CREATE POLICY engine ON {table} TO portal_engine USING (true) WITH CHECK (true);
    CREATE POLICY ops ON {table} FOR SELECT TO portal_owner USING (true);
    GRANT SELECT ON {table} TO portal_engine;
    GRANT SELECT, INSERT ON {table} TO portal_cell;
    CREATE TRIGGER needs_an_actor BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION cases_needs_an_actor();
"""

WALLS = f"""
    CREATE POLICY cell ON cases_handover TO portal_cell USING (state_id = {STATE}) WITH CHECK (state_id = {STATE});
    CREATE POLICY cell ON cases_handoverline TO portal_cell
        USING ({SHEET_IN_SIGHT}) WITH CHECK ({SHEET_IN_SIGHT} AND {CASE_IN_SIGHT});
    -- Taken once; what was signed is never changed.
    GRANT UPDATE (taken_by_id, taken_at) ON cases_handover TO portal_cell;
    CREATE FUNCTION cases_handover_is_taken_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.taken_at IS NOT NULL THEN
            RAISE EXCEPTION 'a handover is taken once';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER taken_once BEFORE UPDATE ON cases_handover
        FOR EACH ROW EXECUTE FUNCTION cases_handover_is_taken_once();
    CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON cases_handoverline
        FOR EACH ROW EXECUTE FUNCTION cases_is_written_once();
"""


class Migration(migrations.Migration):
    """There is no way down: without the walls the portal must not start."""

    dependencies = [
        ("cases", "0101_presence"),
        ("districts", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.UUIDField(default=districts.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("signed_at", models.DateTimeField()),
                ("situation", models.TextField(blank=True, max_length=2000)),
                ("done", models.TextField(blank=True, max_length=2000)),
                ("remaining", models.TextField(blank=True, max_length=2000)),
                ("risks", models.TextField(blank=True, max_length=2000)),
                ("people", models.TextField(blank=True, max_length=2000)),
                ("taken_at", models.DateTimeField(null=True)),
                (
                    "given_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers_given",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "state",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="handovers", to="districts.state"
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers_taken",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "handover",
                "verbose_name_plural": "handovers",
            },
        ),
        migrations.CreateModel(
            name="HandoverLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("next_step", models.CharField(max_length=300, verbose_name="next step")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="handovers", to="cases.case"
                    ),
                ),
                (
                    "handover",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="cases.handover"
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a handover",
                "verbose_name_plural": "lines of a handover",
            },
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(fields=["state", "-signed_at"], name="handover_newest"),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.UniqueConstraint(
                condition=models.Q(("taken_at", None)), fields=("given_by",), name="one_open_handover_per_desk"
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("taken_at", None), ("taken_by", None)),
                    models.Q(("taken_at__gte", models.F("signed_at")), ("taken_by__isnull", False)),
                    _connector="OR",
                ),
                name="handover_taken_after_it_was_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("taken_by", None), models.Q(("taken_by", models.F("given_by")), _negated=True), _connector="OR"
                ),
                name="nobody_takes_over_from_themselves",
            ),
        ),
        migrations.AddConstraint(
            model_name="handoverline",
            constraint=models.UniqueConstraint(fields=("handover", "case"), name="a_case_is_handed_over_once"),
        ),
        migrations.AddConstraint(
            model_name="handoverline",
            constraint=models.CheckConstraint(
                condition=models.Q(("next_step", ""), _negated=True), name="a_line_says_the_next_step"
            ),
        ),
        migrations.RunSQL([FORCE.format(table=table) for table in ("cases_handover", "cases_handoverline")]),
        migrations.RunSQL(WALLS),
    ]
