"""Let a unit's inbox find what is still open without passing by all that is not."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The index is small: it holds what is open."""

    dependencies = [("cases", "0011_mail_walls")]

    operations = [
        migrations.AddIndex(
            model_name="forwarding",
            index=models.Index(
                fields=["unit", "-last_activity_at"],
                condition=models.Q(("ended_at", None)),
                name="forwarding_inbox_open",
            ),
        ),
    ]
