"""The desks of the cells whose sound is armed, open to every process: they say nothing of any case."""

# A migration is a historical document: it imports no helper that could change under it.

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

RIGHTS = """
    REVOKE ALL ON portal_desk FROM PUBLIC;
    GRANT SELECT, INSERT, UPDATE ON portal_desk TO portal_ground;
    GRANT USAGE ON SEQUENCE portal_desk_id_seq TO portal_ground;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0060_alarms"),
        ("districts", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Desk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=16)),
                ("armed_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "state",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="districts.state"
                    ),
                ),
            ],
            options={"verbose_name": "desk"},
        ),
        migrations.AddConstraint(
            model_name="desk",
            constraint=models.UniqueConstraint(fields=("state", "name"), name="one_desk_per_name_and_state"),
        ),
        migrations.AddIndex(model_name="desk", index=models.Index(fields=["state", "until"], name="desk_armed")),
        # The rights go with the table.
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
