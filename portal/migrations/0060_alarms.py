# A migration is a historical document: it imports no helper that could change under it.
"""
What watch has found wrong, as rows, and when a process began.

An alarm names parts, posts and references and never a person. The cell reads those of its own state and those of the
whole portal; the engine, which is watch, writes them; they are never deleted and never begin anew.
"""

import django.db.models.deletion
from django.db import migrations, models

STATE = "(SELECT nullif(current_setting('portal.state', true), '')::bigint)"

WALLS = f"""
    ALTER TABLE portal_alarm ENABLE ROW LEVEL SECURITY;
    ALTER TABLE portal_alarm FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON portal_alarm FROM PUBLIC;
    CREATE POLICY engine ON portal_alarm TO portal_engine USING (true) WITH CHECK (true);
    CREATE POLICY ops ON portal_alarm FOR SELECT TO portal_owner USING (true);
    -- Two policies and no OR: each is an equality of its own.
    CREATE POLICY cell ON portal_alarm FOR SELECT TO portal_cell USING (state_id = {STATE});
    CREATE POLICY everybody ON portal_alarm FOR SELECT TO portal_cell USING (state_id IS NULL);
    GRANT SELECT, INSERT ON portal_alarm TO portal_engine;
    GRANT UPDATE (count, examples, last_seen_at, ended_at) ON portal_alarm TO portal_engine;
    GRANT SELECT ON portal_alarm TO portal_cell;
    -- A process that ended in good order is let go of, so that nobody is alarmed.
    GRANT DELETE ON portal_pulse TO portal_ground;
"""
OPEN = """
    REVOKE DELETE ON portal_pulse FROM portal_ground;
    REVOKE ALL ON portal_alarm FROM portal_engine, portal_cell;
"""


class Migration(migrations.Migration):
    dependencies = [("portal", "0020_signed_requests"), ("districts", "0002_rights")]
    operations = [
        migrations.AddField(model_name="pulse", name="began_at", field=models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=24)),
                ("subject", models.CharField(blank=True, max_length=80)),
                ("count", models.PositiveIntegerField(default=1)),
                ("examples", models.JSONField(default=list)),
                ("since", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "state",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="districts.state",
                    ),
                ),
            ],
            options={"verbose_name": "alarm"},
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("code", "state", "subject"),
                name="one_open_alarm_of_a_kind",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_at", None), ("ended_at__gte", models.F("since")), _connector="OR"),
                name="alarm_ends_after_it_begins",
            ),
        ),
        migrations.AddIndex(
            model_name="alarm",
            index=models.Index(condition=models.Q(("ended_at", None)), fields=["state", "code"], name="alarm_open"),
        ),
        # The rights go with the table.
        migrations.RunSQL(WALLS, OPEN),
    ]
