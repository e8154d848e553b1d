# A migration is a historical document: it imports no helper that could change under it.
"""The heartbeats, open to every process: they say nothing of any case."""

from django.db import migrations, models

RIGHTS = """
    GRANT SELECT, INSERT, UPDATE ON portal_pulse TO portal_ground;
    -- A row that is written each second stays on its page and needs no new index entry.
    ALTER TABLE portal_pulse SET (fillfactor = 20);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Pulse",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
            options={"verbose_name": "pulse"},
        ),
        # The rights go with the table.
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
