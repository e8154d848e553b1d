# A migration is a historical document: it imports no helper that could change under it.
"""The keys of officers' acts: what a telephone sends again is done once. They say nothing of any case."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

RIGHTS = """
    REVOKE ALL ON portal_actkey FROM PUBLIC;
    GRANT SELECT, INSERT, DELETE ON portal_actkey TO portal_ground;
"""


class Migration(migrations.Migration):
    dependencies = [("portal", "0100_desks"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="ActKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"verbose_name": "key of an act"},
        ),
        migrations.AddConstraint(
            model_name="actkey",
            constraint=models.UniqueConstraint(fields=["officer", "key"], name="an_act_is_done_once"),
        ),
        # The rights go with the table.
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
