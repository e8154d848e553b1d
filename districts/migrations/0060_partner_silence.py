"""After how many seconds of silence a partner is missed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("districts", "0050_how_long_a_pause_may_be")]

    operations = [
        migrations.AddField(
            model_name="partner",
            name="silent_after_s",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="seconds without an alert or a heartbeat after which the cell is alarmed; 0: never; "
                "empty: a quarter of an hour after its last heartbeat, once it has sent one",
                null=True,
                verbose_name="silent after",
            ),
        ),
    ]
