"""A test of a number is confirmed by the one who holds the telephone. The table keeps the digest of the link alone."""

import django.db.models.deletion
from django.db import migrations, models

import districts.keys

# A migration is a historical document: it imports no helper that could change under it.
WALLS = """
    ALTER TABLE notifications_numberlink ENABLE ROW LEVEL SECURITY;
    ALTER TABLE notifications_numberlink FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON notifications_numberlink FROM PUBLIC;
    -- A test is about no case, and the link to one is its own proof: only the engine finds it.
    CREATE POLICY engine ON notifications_numberlink TO portal_engine USING (true) WITH CHECK (true);
    GRANT SELECT, INSERT, UPDATE (used_at) ON notifications_numberlink TO portal_engine;
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0090_a_topic_more"), ("districts", "0002_rights")]

    operations = [
        migrations.CreateModel(
            name="NumberLink",
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
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="number_link",
                        to="notifications.message",
                    ),
                ),
            ],
            options={"verbose_name": "link of a number test", "verbose_name_plural": "links of number tests"},
        ),
        migrations.RunSQL(WALLS, "DROP POLICY engine ON notifications_numberlink"),
    ]
