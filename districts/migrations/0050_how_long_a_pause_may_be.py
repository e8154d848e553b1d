"""Let a policy say for how long somebody may hold a promise."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("districts", "0002_rights")]

    operations = [
        migrations.AddField(
            model_name="policy",
            name="pause_max_s",
            field=models.PositiveIntegerField(default=900, verbose_name="longest pause, in seconds"),
        ),
    ]
