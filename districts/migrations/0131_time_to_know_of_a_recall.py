"""Give policies the time in which a unit says that it knows of a recall."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("districts", "0130_counterparts")]

    operations = [
        migrations.AddField(
            model_name="policy",
            name="recall_s",
            field=models.PositiveIntegerField(
                default=300, verbose_name="seconds until a unit says that it knows of a recall"
            ),
        ),
    ]
