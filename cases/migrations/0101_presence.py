"""Lay down who is at work on a case, with the walls around it: the cell of the state, and nobody else."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A migration is a historical document: it imports no helper that could change under it.

WALLS = """
    ALTER TABLE cases_presence ENABLE ROW LEVEL SECURITY;
    ALTER TABLE cases_presence FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON cases_presence FROM PUBLIC;
    CREATE POLICY engine ON cases_presence TO portal_engine USING (true) WITH CHECK (true);
    CREATE POLICY ops ON cases_presence FOR SELECT TO portal_owner USING (true);
    CREATE POLICY cell ON cases_presence TO portal_cell
        USING (EXISTS (SELECT FROM cases_case c WHERE c.id = case_id))
        WITH CHECK (EXISTS (SELECT FROM cases_case c WHERE c.id = case_id));
    GRANT SELECT ON cases_presence TO portal_engine;
    GRANT SELECT, INSERT, UPDATE ON cases_presence TO portal_cell;

    -- Told to the cell when somebody comes or begins to write; no line of history, so it has no number.
    CREATE FUNCTION cases_tell_presence() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('portal_events', json_build_object(
            'key', 0, 'case', NEW.case_id, 'seq', 0, 'action', 'presence', 'unit', NULL)::text);
        RETURN NULL;
    END $$;
    CREATE TRIGGER told_when_somebody_comes AFTER INSERT ON cases_presence
        FOR EACH ROW EXECUTE FUNCTION cases_tell_presence();
    CREATE TRIGGER told_when_somebody_writes AFTER UPDATE ON cases_presence
        FOR EACH ROW WHEN (OLD.doing IS DISTINCT FROM NEW.doing) EXECUTE FUNCTION cases_tell_presence();
"""


class Migration(migrations.Migration):
    """There is no way down: without the walls the portal must not start."""

    dependencies = [("cases", "0100_told_at_commit"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Presence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("doing", models.CharField(choices=[("reading", "reading"), ("writing", "writing")], max_length=8)),
                ("until", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="presences", to="cases.case"
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"verbose_name": "presence", "verbose_name_plural": "presences"},
        ),
        migrations.AddConstraint(
            model_name="presence",
            constraint=models.UniqueConstraint(fields=("case", "officer"), name="one_presence_per_officer_and_case"),
        ),
        migrations.AddConstraint(
            model_name="presence",
            constraint=models.CheckConstraint(
                condition=models.Q(("doing__in", ["reading", "writing"])), name="presence_doing_is_known"
            ),
        ),
        migrations.RunSQL(WALLS),
    ]
